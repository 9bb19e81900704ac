import NIOCore
import NIOPosix
import Testing
import WireMessages

/// One HTTP request on a connection of its own, and what came back.
struct HTTPExchange {
    /// As received, without the blank line behind it.
    let head: String
    let body: String

    /// Sends `method target HTTP/1.1` and these header lines, with nothing changed.
    static func perform(
        _ target: String,
        method: String = "GET",
        _ lines: String...,
        port: Int
    ) async throws -> HTTPExchange {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let answer = try await channel.executeThenClose { inbound, outbound in
            let request = ["\(method) \(target) HTTP/1.1", "Host: <b>localhost</b>", "Connection: close"] + lines
            try await outbound.write(ByteBuffer(string: request.joined(separator: "\r\n") + "\r\n\r\n"))
            var bytes = ByteBuffer()
            for try await var chunk in inbound { bytes.writeBuffer(&chunk) }
            return String(buffer: bytes)
        }
        let end = try #require(answer.firstRange(of: "\r\n\r\n"))
        return HTTPExchange(head: String(answer[..<end.lowerBound]), body: String(answer[end.upperBound...]))
    }

    var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    /// The value of a header field; nil if there is none.
    subscript(field: String) -> String? {
        let prefix = field.lowercased() + ": "
        return head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }
    }

    var json: RawJSON {
        get throws { try RawJSON(checking: Array(body.utf8)) }
    }
}

extension RawJSON {
    /// The names of an object's members, in order.
    var keys: [String] {
        var names: [String] = []
        _ = withValue { object in object.forEachMember { name, _ in names.append(name.string ?? "") } }
        return names
    }
}
