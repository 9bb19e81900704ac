import NIOCore
import NIOPosix
package import WireMessages

/// One HTTP request on a connection of its own, and what came back.
package struct HTTPExchange: Sendable {
    /// As received, without the blank line behind it.
    package let head: String
    package let body: String

    /// The other side closed before the end of the head.
    package struct Incomplete: Error {
        package let received: String
    }

    /// Sends `method target HTTP/1.1` and these header lines, with nothing changed.
    package static func perform(
        _ target: String,
        method: String = "GET",
        _ lines: String...,
        host: String = "localhost",
        port: Int
    ) async throws -> HTTPExchange {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let answer = try await channel.executeThenClose { inbound, outbound in
            let request = ["\(method) \(target) HTTP/1.1", "Host: \(host)", "Connection: close"] + lines
            try await outbound.write(ByteBuffer(string: request.joined(separator: "\r\n") + "\r\n\r\n"))
            var bytes = ByteBuffer()
            for try await var chunk in inbound { bytes.writeBuffer(&chunk) }
            return String(buffer: bytes)
        }
        guard let end = answer.firstRange(of: "\r\n\r\n") else { throw Incomplete(received: answer) }
        return HTTPExchange(head: String(answer[..<end.lowerBound]), body: String(answer[end.upperBound...]))
    }

    package var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    /// The value of a header field; nil if there is none.
    package subscript(field: String) -> String? {
        let prefix = field.lowercased() + ": "
        return head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }
    }

    package var json: RawJSON {
        get throws { try RawJSON(checking: Array(body.utf8)) }
    }
}

extension RawJSON {
    /// The names of an object's members, in order.
    package var keys: [String] {
        var names: [String] = []
        _ = withValue { object in object.forEachMember { name, _ in names.append(name.string ?? "") } }
        return names
    }
}
