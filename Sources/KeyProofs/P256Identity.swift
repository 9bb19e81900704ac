import Crypto
package import Kademlia
package import WireMessages

/// Who a browser peer is: the owner of a P-256 key, whose node id is derived from it and can be proved (protocol.md 1.1, 2.5.2).
package struct P256Identity: Sendable, Hashable {
    /// Coordinates x and y of a point that is on the curve, 32 bytes each.
    private let point: [UInt8]
    /// The first 20 bytes of the SHA-256 of x and y.
    package let nodeID: NodeID

    /// - Parameter jwk: `metadata.publicKey`, whatever it is. Nil unless it is the JWK of a point on P-256 (RFC 7518, 6.2.1):
    ///   `kty` `"EC"`, `crv` `"P-256"` or absent, since existing servers do not look at it, `x` and `y` in Base64 for URLs.
    package init?(jwk: RawJSON) {
        guard jwk.bytes.count <= KeyProofLimits.jwk else { return nil }
        let point: [UInt8]?? = jwk.withValue { Self.point($0) }
        guard let point, let point, (try? P256.Signing.PublicKey(rawRepresentation: point)) != nil else { return nil }
        self.point = point
        let digest = [UInt8](SHA256.hash(data: point))
        nodeID = NodeID(
            high: digest[0..<8].reduce(0) { $0 << 8 | UInt64($1) },
            middle: digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) },
            low: digest[16..<20].reduce(0) { $0 << 8 | UInt32($1) }
        )
    }

    /// Whether the owner of the key signed `text`, with ECDSA and SHA-256 (FIPS 186-5, 6).
    /// - Parameter signature: r and s in the form of IEEE P1363, as 128 hex digits of either case. Anything else is no signature,
    ///   also the DER form.
    package func verifies(signature: String, of text: String) -> Bool {
        guard signature.utf8.count == 2 * KeyProofLimits.signature, text.utf8.count <= KeyProofLimits.signedText,
            let bytes = [UInt8](lowercaseHexadecimal: signature.lowercased(), count: KeyProofLimits.signature),
            let key = try? P256.Signing.PublicKey(rawRepresentation: point),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: bytes)
        else { return false }
        return key.isValidSignature(signature, for: Array(text.utf8))
    }

    /// What a browser signs to prove that it has the key: nonce and time of the challenge, not of its answer.
    /// - Parameters:
    ///   - nonce: 64 hex digits.
    ///   - timestamp: Milliseconds since 1970.
    package static func signedText(nonce: String, timestamp: Int64) -> String {
        "\(nonce):\(timestamp)"
    }

    private static func point(_ object: JSONValue) -> [UInt8]? {
        guard object["kty"]?.string(maxBytes: 2) == "EC", let x = coordinate(object["x"]),
            let y = coordinate(object["y"])
        else { return nil }
        if let curve = object["crv"], curve.string(maxBytes: 5) != "P-256" { return nil }
        return x + y
    }

    private static func coordinate(_ value: JSONValue?) -> [UInt8]? {
        // Four characters for each three bytes, padding included.
        guard let text = value?.string(maxBytes: (KeyProofLimits.coordinate + 2) / 3 * 4) else { return nil }
        return Base64URL.bytes(text, count: KeyProofLimits.coordinate)
    }
}
