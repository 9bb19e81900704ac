import Kademlia

/// A message that is written once, with a place for the id of whoever says it: an operation costs no encoding.
struct NodeTemplate: Sendable {
    /// What stands before, between and after the ids.
    private let parts: [[UInt8]]

    /// In no message by chance.
    private static let placeholder = NodeID(
        high: 0xdead_beef_0bad_f00d,
        middle: 0xfee1_dead_c0de_cafe,
        low: 0x5eed_5eed
    )

    init(_ encode: (NodeID) -> [UInt8]) {
        let text = encode(Self.placeholder)[...]
        parts = text.split(separator: Array(Self.placeholder.description.utf8), omittingEmptySubsequences: false)
            .map { Array($0) }
    }

    func text(of node: NodeID) -> [UInt8] {
        let id = node.description.utf8
        var text: [UInt8] = []
        text.reserveCapacity(parts.reduce(0) { $0 + $1.count + id.count })
        for (index, part) in parts.enumerated() {
            if index > 0 { text += id }
            text += part
        }
        return text
    }
}
