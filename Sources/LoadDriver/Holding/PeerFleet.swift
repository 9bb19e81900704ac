import Kademlia
package import NIOCore
import Synchronization
package import Telemetry
import Timekeeping
package import WebSocketTransport

/// Idle connections in this process: opened with bounded concurrency, they stay and answer pings.
package struct PeerFleet: PeerHolder {
    package let opened: FleetReport
    private let crowd: Crowd

    /// Returns when every connection has said what it has to and was answered, or has failed.
    package static func open(
        _ share: HoldPlan.Share,
        as kind: HeldAs,
        at url: WebSocketURL,
        group: any EventLoopGroup,
        clock: SystemClock
    ) async throws -> PeerFleet {
        let crowd = Crowd(firstNumber: share.firstPeer)
        let target = try LoadTarget(url)
        let sources = try addresses(of: share, dialling: url.host)
        let tally = await ClosedLoop.run(total: share.peers, inFlight: HoldDefaults.opening, on: group, clock: clock) {
            eventLoop,
            end in
            let number = crowd.nextNumber()
            LoadSocket.open(
                script(kind),
                at: target,
                from: HoldPlan.source(ofPeer: number, dialling: url.host).flatMap { sources[$0] },
                on: eventLoop,
                clock: clock,
                lost: { crowd.lost($0) }
            ) { socket, outcome in
                if case .succeeded = outcome { crowd.add(socket) }
                end(outcome)
            }
        }
        let report = FleetReport(
            asked: share.peers,
            held: tally.succeeded,
            seconds: tally.elapsed / .seconds(1),
            failures: tally.failures
        )
        return PeerFleet(opened: report, crowd: crowd)
    }

    package func release() async -> [String: Int] {
        crowd.disperse()
    }

    /// By their text.
    private static func addresses(
        of share: HoldPlan.Share,
        dialling host: String
    ) throws -> [String: SocketAddress] {
        let numbers = share.firstPeer..<share.firstPeer + share.peers
        let texts = Set(numbers.compactMap { HoldPlan.source(ofPeer: $0, dialling: host) })
        return try texts.reduce(into: [:]) { $0[$1] = try SocketAddress(ipAddress: $1, port: 0) }
    }

    private static func script(_ kind: HeldAs) -> any Script {
        switch kind {
        case .registered:
            return RegisterScript(node: NewcomerID.next())
        case .echoed:
            // As long as a registration.
            return EchoScript(
                payload: RegisterScript(node: NodeID(high: 0, middle: 0, low: 0)).opening().flatMap(\.self)
            )
        }
    }
}

/// Connections that were opened, and how many of them were lost.
private final class Crowd: Sendable {
    private struct State: Sendable {
        var nextNumber: Int
        var members: [LoadSocket] = []
        var losses = LoadTally()
    }

    private let state: Mutex<State>

    init(firstNumber: Int) {
        state = Mutex(State(nextNumber: firstNumber))
    }

    func nextNumber() -> Int {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
    }

    func add(_ member: LoadSocket) {
        state.withLock { $0.members.append(member) }
    }

    func lost(_ reason: String) {
        // Counted as failures are, which bounds the reasons.
        state.withLock { $0.losses.record(.failed(reason)) }
    }

    /// Lets everybody go. Returns how many were lost before, by reason.
    func disperse() -> [String: Int] {
        let (members, losses) = state.withLock { state in
            defer { state.members = [] }
            return (state.members, state.losses.failures)
        }
        for member in members { member.leave() }
        return losses
    }
}
