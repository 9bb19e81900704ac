import NIOCore
import NIOHTTP1
import WebSocketTransport
import WireMessages

extension HTTPAnswer {
    var json: RawJSON? {
        try? RawJSON(checking: body, limits: JSONLimits(depth: .max, values: .max, bytes: .max))
    }
}

extension TargetAddress {
    /// One request on a connection of its own.
    ///
    /// - Throws: `Deviation` if no whole answer came within `limit`, the connection's error if there is none.
    func request(
        _ method: HTTPMethod = .GET,
        _ path: String,
        headers extra: [(String, String)] = [],
        on eventLoop: any EventLoop,
        within limit: Duration = ConformanceDefaults.http
    ) async throws -> HTTPAnswer {
        var headers: HTTPHeaders = ["host": "\(url.host):\(url.port)", "accept": "*/*"]
        for (name, value) in extra { headers.replaceOrAdd(name: name, value: value) }
        let call = HTTPCall(method, url.target(below: path), headers: headers)
        let handlers = call.handlers(on: eventLoop)
        let channel = try await connect(on: eventLoop, within: ConformanceDefaults.answer) { try handlers.add(to: $0) }
        do {
            return try await call.perform(on: channel, handlers, within: limit)
        } catch let failure as HTTPAnswer.Failure {
            switch failure {
            case .closedEarly, .tooLarge: throw Deviation("\(failure)")
            case .timedOut: throw Deviation("no answer within \(ProbeSocket.describe(limit))")
            }
        }
    }
}
