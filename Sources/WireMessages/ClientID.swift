public import Kademlia

/// Who is at the other end of a client link: a node of the DHT, or a diagnostic tool.
///
/// Tools of the existing network register with ids like `diagnostic_1795344183908` (protocol.md 1.1). They are served, but
/// nobody else hears of them.
public enum ClientID: Hashable, Sendable {
    case node(NodeID)
    /// Any other text of 1 to 128 printable ASCII characters. Make it with `init(_:)`, which knows the two apart.
    case tool(String)

    public init?(_ text: String) {
        if let node = NodeID(text) {
            self = .node(node)
        } else if (1...WireLimits.toolID).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        {
            self = .tool(text)
        } else {
            return nil
        }
    }

    /// The node's id, unless this is a tool.
    public var node: NodeID? {
        switch self {
        case .node(let id): id
        case .tool: nil
        }
    }
}

extension ClientID: CustomStringConvertible {
    /// The id as the wire has it.
    public var description: String {
        switch self {
        case .node(let id): id.description
        case .tool(let text): text
        }
    }
}
