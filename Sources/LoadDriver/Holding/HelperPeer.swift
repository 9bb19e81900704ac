import Kademlia
package import Logging
package import NIOCore
import Synchronization
package import WebSocketTransport
import WireMessages

/// A member of the DHT that a bridge can name to newcomers: introduces itself, answers pings, and leaves what it is asked to do
/// undone (protocol.md 4.1, 4.4).
package final class HelperPeer: WebSocketHandler {
    private let node: NodeID
    private let ready: EventLoopPromise<Void>
    private let connection = Mutex<WebSocketConnection?>(nil)

    private init(node: NodeID, ready: EventLoopPromise<Void>) {
        self.node = node
        self.ready = ready
    }

    /// Returns once the bridge knows it.
    package static func join(
        _ bridge: WebSocketURL,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> HelperPeer {
        let eventLoop = group.next()
        let ready = eventLoop.makePromise(of: Void.self)
        let helper = HelperPeer(node: NewcomerID.next(), ready: ready)
        let client = WebSocketClient(group: group, logger: logger)
        client.connect(to: bridge, handler: helper).whenFailure { ready.fail(LoadError.link("helper: \($0)")) }
        let overdue = eventLoop.scheduleTask(in: TimeAmount(LoadDefaults.patience)) {
            ready.fail(LoadError.link("helper: no answer within \(LoadDefaults.patience)"))
        }
        defer { overdue.cancel() }
        do {
            try await ready.futureResult.get()
        } catch {
            helper.leave()
            throw error
        }
        return helper
    }

    package func leave() {
        connection.withLock(\.self)?.close(.normal, reason: "")
    }

    package func opened(_ connection: WebSocketConnection) {
        self.connection.withLock { $0 = connection }
        // A newcomer without an address needs somebody to dial (protocol.md 4.9); nobody will. The token is for looks: members
        // have one, and only a strict bridge checks it.
        let metadata: RawJSON = .object { writer in
            writer.member("nodeType", "nodejs")
            writer.member("listeningAddress", "ws://127.0.0.1:9")
            writer.member("membershipToken", RawJSON.object { $0.member("holder", node) })
        }
        connection.send(DHTMessage.hello(DHTPeerHello(peerID: node, metadata: metadata)).encode())
    }

    package func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        let decoded = message.payload.withUnsafeReadableBytes { bytes in
            Result { () throws(WireError) in try DHTMessage.decode(bytes) }
        }
        // What else a bridge may say is no question that a standing peer has to answer.
        if case .success(.connected) = decoded {
            ready.succeed()
        } else if case .success(.ping(let ping)) = decoded {
            connection.send(DHTMessage.pong(DHTPong(requestID: ping.requestID, from: node)).encode())
        }
    }

    package func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        ready.fail(LoadError.link("helper: closed: \(closure.reason)"))
    }
}
