import Kademlia
import NIOCore
import Telemetry
import WebSocketTransport

/// The peer that a network begins with: joins, then stays connected, so that those who come later are led to a helper.
struct FirstPeer: Sendable {
    private let socket: LoadSocket

    /// Returns once the network has begun; throws ``LoadError`` if the bootstrap leads nowhere.
    static func join(_ url: WebSocketURL, eventLoop: any EventLoop, clock: SystemClock) async throws -> FirstPeer {
        let target = try LoadTarget(url)
        let script = JoinScript(node: NewcomerID.next(), goal: .network)
        let joined = eventLoop.makePromise(of: LoadSocket.self)
        LoadSocket.open(script, at: target, from: nil, on: eventLoop, clock: clock, lost: { _ in }) { socket, outcome in
            switch outcome {
            case .succeeded: joined.succeed(socket)
            case .failed(let reason): joined.fail(LoadError.firstPeer(reason))
            }
        }
        return FirstPeer(socket: try await joined.futureResult.get())
    }

    func leave() {
        socket.leave()
    }
}
