import Foundation
import Testing
import WireMessages

@Suite struct FixtureTests {
    @Test(arguments: Fixture.all)
    func everyMessageDecodesAndEncodesToTheSameText(fixture: Fixture) throws {
        let isUnknown = try fixture.isUnknown(fixture.bytes)
        #expect(!isUnknown)
        let encoded = try fixture.transcode(fixture.bytes)
        #expect(String(decoding: encoded, as: UTF8.self) == fixture.text)
        let survives = try fixture.survives(fixture.bytes)
        #expect(survives)
    }

    @Test func fieldsWeDoNotKnowAreDropped() throws {
        for fixture in Fixture.all {
            let extended = fixture.text.dropLast() + #","zzz":{"a":[1,{"b":null}]},"__proto__":1}"#
            let encoded = try fixture.transcode(Array(extended.utf8))
            #expect(String(decoding: encoded, as: UTF8.self) == fixture.text)
        }
    }

    @Test func theOrderOfMembersDoesNotMatter() throws {
        for fixture in Fixture.all {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(fixture.bytes)) as? [String: Any])
            let sorted = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
            let encoded = try fixture.transcode(Array(sorted))
            #expect(try sameValue(encoded, fixture.bytes))
        }
    }

    /// J05: whatever type a field has, the message decodes without it, or the error names that field.
    @Test func aFieldOfWrongTypeReadsAsAbsentOrIsNamedInTheError() throws {
        let odd = [
            "null", "true", "-1", "1.5", "1e400", "18446744073709551616", #""""#, #""x""#, "[]", "[null,[]]", "{}",
        ]
        for fixture in Fixture.all {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(fixture.bytes)) as? [String: Any])
            for key in object.keys where key != "type" {
                for value in odd {
                    var changed = object
                    changed[key] = nil
                    let rest = try JSONSerialization.data(withJSONObject: changed, options: [.sortedKeys])
                    let text = "{\"\(key)\":\(value)," + String(decoding: rest.dropFirst(), as: UTF8.self)
                    do {
                        let survives = try fixture.survives(Array(text.utf8))
                        #expect(survives, "\(text)")
                    } catch {
                        #expect(
                            error.reason == .invalidField(key) || error.reason == .missingField(key),
                            "\(error) for \(text)"
                        )
                    }
                }
            }
        }
    }

    @Test func anErrorNamesTheTypeAndTheRequest() {
        let error = WireError(reason: .missingField("nodeId"), messageType: "announce_independent", requestID: "r1")
        #expect(throws: error) {
            try PeerToBootstrap.decode(Array(#"{"type":"announce_independent","requestId":"r1"}"#.utf8))
        }
        #expect(throws: WireError(reason: .invalidField("requestId"), messageType: "announce_independent")) {
            try PeerToBootstrap.decode(
                Array(#"{"type":"announce_independent","requestId":17,"nodeId":"diagnostic_1"}"#.utf8)
            )
        }
    }

    @Test func notAMessageIsSaidPrecisely() {
        #expect(throws: WireError(reason: .notAnObject)) { try PeerToBootstrap.decode(Array("[]".utf8)) }
        #expect(throws: WireError(reason: .missingType)) { try PeerToBootstrap.decode(Array("{}".utf8)) }
        #expect(throws: WireError(reason: .missingType, requestID: "r")) {
            try PeerToBootstrap.decode(Array(#"{"type":7,"requestId":"r"}"#.utf8))
        }
        #expect(throws: WireError(reason: .notJSON(JSONError(.empty, at: 0)))) { try PeerToBootstrap.decode([]) }
        #expect(throws: WireError(reason: .notJSON(JSONError(.duplicateKey, at: 16)))) {
            try PeerToBootstrap.decode(Array(#"{"type":"ping","type":"pong"}"#.utf8))
        }
    }

    @Test func anUnknownTypeIsKeptCutToItsLimit() throws {
        #expect(try DHTMessage.decode(Array(#"{"type":"pubsub_push","a":1}"#.utf8)) == .unknown(type: "pubsub_push"))
        let long = String(repeating: "é", count: 30_000)
        let message = try DHTMessage.decode(Array(#"{"type":"a\#(long)"}"#.utf8))
        #expect(message == .unknown(type: "a" + String(repeating: "é", count: 31)))
    }
}

/// Compares two texts as values, by a parser that is not ours.
func sameValue(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) throws -> Bool {
    func canonical(_ bytes: some Collection<UInt8>) throws -> Data {
        let value = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
        return try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
    }
    return try canonical(left) == canonical(right)
}
