import DHTTestKit
import Kademlia
import MembershipTokens
import Testing
import WireMessages

@Suite struct TokenTests {
    static let now: Int64 = 1_800_000_000_000
    static let day: Int64 = 86_400_000
    static let holder = NodeID("0123456789abcdef0123456789abcdef01234567") ?? 1
    /// This bridge is 0xb0 with key 1; bootstraps told it of 0xb1 with key 2.
    static let own = PaperKey(1)
    static let other = PaperKey(2)

    static var keys: TokenKeys<Int> {
        var keys = TokenKeys<Int>(own: own.owned(by: 0xb0), PaperKey.cryptography)
        keys.replace(with: [other.named(by: 0xb1)], from: 1)
        return keys
    }

    static func token(
        issuer: NodeID = 0xb1,
        kind: MembershipToken.Kind = .openNetwork(authorizedBy: 0x11),
        key: PaperKey = other,
        age: Int64 = 0
    ) -> MembershipToken {
        MembershipToken(holder: holder, issuer: issuer, timestamp: now - age, kind: kind, keyID: key.id)
    }

    func judge(
        _ token: RawJSON?,
        keys: TokenKeys<Int> = keys,
        holder: NodeID = holder,
        at time: Int64 = now,
        strict: Bool = false
    ) -> TokenVerdict {
        keys.judge(token, of: holder, at: time, isStrict: strict)
    }

    // MARK: Ours

    @Test(arguments: [true, false]) func whatABridgeOfTheNetworkSignedIsAMembership(strict: Bool) {
        #expect(judge(Self.other.sign(Self.token()), strict: strict) == .signed)
        #expect(judge(Self.other.sign(Self.token(kind: .genesis)), strict: strict) == .signed)
        let own = Self.token(issuer: 0xb0, key: Self.own)
        #expect(judge(Self.own.sign(own), strict: strict) == .signed)
    }

    @Test func genesisTokenHasItsOwnForm() {
        let text = String(decoding: Self.token(kind: .genesis).unsigned.bytes, as: UTF8.self)
        #expect(
            text == """
                {"nodeId":"\(Self.holder)","issuer":"\(NodeID(0xb1))","timestamp":1800000000000,"isGenesis":true,\
                "keyId":"\(Self.other.id)","expires":1802592000000}
                """
        )
        #expect(Self.other.id.description.count == 16)
        #expect(TokenKeyID(Self.other.id.description) == Self.other.id)
    }

    @Test func orderOfMembersAndBlanksDoNotMatter() throws {
        let token = Self.other.sign(Self.token())
        let names = ["signature", "expires", "authorizedBy", "isOpenNetwork", "keyId", "timestamp", "issuer", "nodeId"]
        let members = names.map { "\"\($0)\" :\n \(token.member($0)?.description ?? "")" }
        let shuffled = try RawJSON(checking: Array("{ \(members.joined(separator: " , ")) }".utf8))
        #expect(judge(shuffled, strict: true) == .signed)
    }

    @Test func whoeverShowsATokenMustBeItsHolder() {
        let token = Self.other.sign(Self.token())
        #expect(judge(token, holder: 0x99) == .wrongHolder)
        for shape in [#"{"nodeId":"ID","signature":"x"}"#, #"{"holder":"ID","issuer":"i","signature":"x"}"#] {
            let text = shape.replacing("ID", with: Self.holder.description)
            let foreign = try? RawJSON(checking: Array(text.utf8))
            #expect(judge(foreign) == .acceptedByShape)
            #expect(judge(foreign, holder: 0x99) == .wrongHolder)
        }
        let both = #"{"nodeId":"ID","holder":"\#(NodeID(0x99))","signature":"x"}"#
            .replacing("ID", with: Self.holder.description)
        let twoNames = try? RawJSON(checking: Array(both.utf8))
        #expect(judge(twoNames) == .wrongHolder, "one name that fits is not enough")
        #expect(judge(twoNames, holder: 0x99) == .wrongHolder)
    }

    @Test func tokenIsGoodFromItsIssueToItsEndGiveOrTakeFiveMinutes() {
        let token = Self.other.sign(Self.token())
        let end = Self.now + 30 * Self.day
        #expect(judge(token, at: end + 299_999) == .signed)
        #expect(judge(token, at: end + 300_000) == .expired)
        #expect(judge(token, at: Self.now - 300_000) == .signed)
        #expect(judge(token, at: Self.now - 300_001) == .notYetValid)
        var endless = Self.token()
        endless.expires = .max
        #expect(judge(Self.other.sign(endless), at: end) == .signed)
        var late = Self.token()
        (late.timestamp, late.expires) = (.max - 1, .max)
        #expect(judge(Self.other.sign(late)) == .notYetValid)
    }

    @Test func keyMustBeTheIssuersAndTheSignatureTheKeys() {
        #expect(judge(Self.other.sign(Self.token(issuer: 0xb0))) == .foreignKey, "0xb1 signs in our name")
        #expect(judge(Self.other.sign(Self.token(issuer: 0xb7))) == .foreignKey)
        #expect(judge(Self.own.sign(Self.token())) == .badSignature)
        let stranger = PaperKey(9)
        let unknown = stranger.sign(Self.token(key: stranger))
        #expect(judge(unknown) == .acceptedByShape)
        #expect(judge(unknown, strict: true) == .unknownKey)
        #expect(judge(unknown, at: Self.now + 40 * Self.day) == .expired, "it says so itself")
    }

    // MARK: Others

    @Test func tokensOfTheExistingNetworkAreJudgedByTheirShapeOrNotAtAll() throws {
        let id = Self.holder.description
        let shapes = [
            // protocol.md 1.5: bridge-issued, genesis form, membership.
            #"{"nodeId":"\#(id)","issuer":"i","timestamp":1,"isOpenNetwork":true,"authorizedBy":"h","#
                + #""signature":"bridge-issued-open-network-token"}"#,
            #"{"nodeId":"\#(id)","issuer":"i","timestamp":1,"isGenesis":true,"signature":"bridge-issued-genesis-token"}"#,
            #"{"holder":"\#(id)","issuer":"i","timestamp":1,"type":"membership","isGenesis":false,"nonce":"00","#
                + #""version":"1.0","signature":"ab"}"#,
            #"{"holder":"\#(id.uppercased())","signature":"ab"}"#,
        ]
        for shape in shapes {
            let token = try RawJSON(checking: Array(shape.utf8))
            #expect(judge(token) == .acceptedByShape)
            #expect(judge(token, strict: true) == .unverifiable)
            #expect(judge(token.removing(["signature"])) == .malformed)
            #expect(judge(token.removing(["nodeId", "holder"])) == .malformed)
        }
        #expect(judge(nil) == .missing)
        let odd: [RawJSON] = [
            "{}", "null", #"{"nodeId":5,"signature":"x"}"#, #"{"nodeId":"","signature":"x"}"#,
            #"["nodeId","signature"]"#,
            #"{"nodeId":"diagnostic_1","signature":"x"}"#,
        ]
        for token in odd { #expect(judge(token) == .malformed) }
        let empty = try RawJSON(checking: Array(#"{"nodeId":"\#(id)","signature":""}"#.utf8))
        #expect(judge(empty) == .malformed)
    }

    @Test func verdictsHaveDifferentWords() {
        #expect(Set(TokenVerdict.allCases.map(\.explanation)).count == TokenVerdict.allCases.count)
        #expect(TokenVerdict.allCases.filter(\.isAccepted) == [.signed, .acceptedByShape])
    }

    // MARK: Tampering

    @Test func noByteOfATokenCanBeChanged() {
        for kind: MembershipToken.Kind in [.openNetwork(authorizedBy: 0x11), .genesis] {
            let token = Self.other.sign(Self.token(kind: kind))
            #expect(judge(token, strict: true) == .signed)
            var readable = 0
            for place in token.bytes.indices {
                // One bit after the other, and the one that tells lower case from upper.
                for bit: UInt8 in [UInt8(place % 5), 5] {
                    var bytes = token.bytes
                    bytes[place] ^= 1 << bit
                    guard let changed = try? RawJSON(checking: bytes) else { continue }
                    readable += 1
                    #expect(judge(changed) != .signed, "byte \(place), bit \(bit)")
                    #expect(!judge(changed, strict: true).isAccepted, "byte \(place), bit \(bit)")
                }
            }
            #expect(readable > 400)
        }
    }

    @Test func noMemberOfATokenCanBeChangedAddedOrLeftOut() throws {
        let token = Self.other.sign(Self.token())
        let id = Self.holder.description
        let values = [
            "null", "true", "false", "0", "1", "-1", "1.0", "1800000000000.0", "1.8e12", "1800000000001", "\"\"", "{}",
            "[]",
            "\"\(id)\"", "\"\(NodeID(0xb0))\"", "\"\(NodeID(0xb1))\"", "\"\(Self.own.id)\"", "\"x\"",
            "9223372036854775808",
            "\"" + String(repeating: "0", count: 128) + "\"", "\"" + String(repeating: "A", count: 128) + "\"",
        ]
        let names = ["nodeId", "issuer", "timestamp", "isOpenNetwork", "authorizedBy", "keyId", "expires", "signature"]
        for name in names {
            #expect(!judge(token.removing([name]), strict: true).isAccepted, "without \(name)")
            for value in values where value != token.member(name)?.description {
                let changed = token.adding(name, try RawJSON(checking: Array(value.utf8)))
                #expect(judge(changed) != .signed, "\(name): \(value)")
                #expect(!judge(changed, strict: true).isAccepted, "\(name): \(value)")
            }
        }
        for name in ["isGenesis", "holder", "x", "", "NodeId", "type"] {
            for value in values {
                let more = token.adding(name, try RawJSON(checking: Array(value.utf8)))
                #expect(!judge(more).isAccepted, "with \(name): \(value)")
            }
        }
        let upperCase = token.adding("nodeId", id.uppercased())
        #expect(judge(upperCase) == .malformed, "one spelling")
        let again = Array((token.description.dropLast() + #","nodeId":"\#(id)"}"#).utf8)
        #expect((try? RawJSON(checking: again)) == nil, "two members of one name are no JSON")
    }

    @Test(arguments: SeededGenerator.seeds(4)) func whateverComesIsJudgedAndNothingMadeUpIsSigned(seed: UInt64) {
        print("token seed \(seed)")
        var chance = SeededGenerator(seed: seed)
        let names = [
            "nodeId", "holder", "issuer", "timestamp", "isOpenNetwork", "isGenesis", "authorizedBy", "keyId", "expires",
            "signature", "x",
        ]
        let values = [
            "\"\(Self.holder)\"", "\"\(NodeID(0xb1))\"", "true", "false", "1800000000000", "1800000000001", "null",
            "[]",
            "\"\(Self.other.id)\"", "\"" + String(repeating: "ab", count: 64) + "\"",
        ]
        for _ in 0..<1_000 {
            let members = names.shuffled(using: &chance).prefix(Int.random(in: 0...names.count, using: &chance))
                .map { "\"\($0)\":\(values[Int.random(in: values.indices, using: &chance)])" }
            let text = "{\(members.joined(separator: ","))}"
            guard let token = try? RawJSON(checking: Array(text.utf8)) else {
                Issue.record("not JSON: \(text)")
                continue
            }
            let verdict = judge(token)
            #expect(verdict != .signed, "\(text)")
            #expect(verdict.isAccepted || !judge(token, strict: true).isAccepted)
            #expect(!judge(token, strict: true).isAccepted, "\(text)")
        }
    }
}
