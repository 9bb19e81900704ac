import Kademlia
public import WireMessages

/// A token of our form as it came in, with its signature, which nobody has checked yet.
public struct SignedToken: Sendable, Hashable {
    public var token: MembershipToken
    /// 64 bytes.
    public var signature: [UInt8]

    /// Nil unless `json` has exactly the members of our form, each of the right type, length and spelling. Whatever else is in a
    /// token would not be covered by the signature. (Two members of one name are no JSON to us.)
    public init?(_ json: RawJSON) {
        let result: SignedToken?? = json.withValue { SignedToken(reading: $0) }
        guard let result, let result else { return nil }
        self = result
    }

    private init?(reading object: JSONValue) {
        guard let holder = Self.nodeID(object["nodeId"]), let issuer = Self.nodeID(object["issuer"]),
            let timestamp = object["timestamp"]?.int64, timestamp >= 0,
            let expires = object["expires"]?.int64, expires > timestamp,
            let keyID = object["keyId"]?.string(maxBytes: TokenKeyID.digitCount).flatMap(TokenKeyID.init(_:)),
            let digits = object["signature"]?.string(maxBytes: 2 * TokenCryptography.signatureBytes),
            let signature = [UInt8](lowercaseHexadecimal: digits, count: TokenCryptography.signatureBytes)
        else { return nil }
        let kind: MembershipToken.Kind
        let memberCount: Int
        if object["isOpenNetwork"]?.bool == true, let helper = Self.nodeID(object["authorizedBy"]) {
            kind = .openNetwork(authorizedBy: helper)
            memberCount = 8
        } else if object["isGenesis"]?.bool == true {
            kind = .genesis
            memberCount = 7
        } else {
            return nil
        }
        var found = 0
        object.forEachMember { _, _ in found += 1 }
        guard found == memberCount else { return nil }
        self.signature = signature
        self.token = MembershipToken(
            holder: holder,
            issuer: issuer,
            timestamp: timestamp,
            kind: kind,
            keyID: keyID,
            expires: expires
        )
    }

    /// An id in the one spelling that bridges write.
    private static func nodeID(_ value: JSONValue?) -> NodeID? {
        guard let text = value?.string(maxBytes: NodeID.digitCount), let id = NodeID(text), id.description == text
        else { return nil }
        return id
    }
}
