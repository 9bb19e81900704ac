package import Kademlia

/// Who a bridge is, as it is kept: the same after a restart, so that links and tokens of before still mean something.
package struct StoredIdentity: Sendable, Hashable {
    package var nodeID: NodeID
    /// The raw representation of an Ed25519 private key: 32 bytes, to be shown to nobody.
    package var signingKey: [UInt8]

    /// How many bytes a signing key has (RFC 8032 5.1.5).
    package static let signingKeyLength = 32

    package init(nodeID: NodeID, signingKey: [UInt8]) {
        self.nodeID = nodeID
        self.signingKey = signingKey
    }
}

extension StoredIdentity: CustomStringConvertible, CustomReflectable {
    package var description: String { "StoredIdentity(nodeID: \(nodeID), signingKey: <redacted>)" }
    package var customMirror: Mirror { Mirror(self, children: ["nodeID": nodeID]) }
}

/// Remembers who we are, across restarts.
///
/// The call may block on a disk; keep it off event loops.
package protocol IdentityStore: Sendable {
    /// The identity of this state directory. The first call ever makes one, with `make`; when it returns, the identity survives
    /// a crash.
    ///
    /// - Throws: `StateStoreError`, among them `invalidIdentity` if `make` gives a key of wrong length.
    func loadOrCreateIdentity(make: () -> StoredIdentity) throws -> StoredIdentity
}
