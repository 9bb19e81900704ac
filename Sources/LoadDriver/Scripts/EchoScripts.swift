import Kademlia
import WireMessages

/// What is said to an echo server: texts as long as those they stand for.
enum EchoPayload {
    /// All that a newcomer says in a join, in one message.
    static let join = JoinScript(node: NodeID(high: 0, middle: 0, low: 0), goal: .helper).opening().flatMap(\.self)

    /// A bootstrap's question to a bridge.
    static let request = BootstrapToBridge.getOnboardingPeer(
        GetOnboardingPeer(
            requestID: "0123456789abcdef",
            newNodeID: NodeID(high: 0, middle: 0, low: 0),
            newNodeMetadata: RequestScript.metadata
        )
    ).encode()
}

/// Says one thing and wants it back.
struct EchoScript: Script {
    let payload: [UInt8]

    func opening() -> [[UInt8]] { [payload] }

    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep {
        bytes.elementsEqual(payload) ? .done : .failed("echo of something else")
    }
}

/// Says one thing many times over one connection, `window` of them under way at a time.
struct EchoStreamScript: Script {
    let payload: [UInt8]
    let window: Int
    /// Echoes still wanted.
    private var missing: Int

    init(payload: [UInt8], window: Int, total: Int) {
        self.payload = payload
        self.window = min(window, total)
        missing = total
    }

    func opening() -> [[UInt8]] { Array(repeating: payload, count: window) }

    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep {
        guard bytes.count == payload.count else { return .failed("echo of something else") }
        missing -= 1
        if missing == 0 { return .done }
        return missing >= window ? .say(payload) : .wait
    }
}
