import DHTTestKit
import NIOCore
import Testing
import WebSocketTransport

@Suite struct HandshakeKeyTests {
    /// RFC 6455, 1.3.
    @Test func acceptIsThatOfTheSpecification() throws {
        let key = try #require(HandshakeKey("dGhlIHNhbXBsZSBub25jZQ=="))
        #expect(key.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: [
        "", "abc=", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=!", "dGhl?HNhbXBsZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZQAA",
    ])
    func otherTextsAreNoKey(text: String) {
        #expect(HandshakeKey(text) == nil)
    }

    @Test func generatedKeysAreValid() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<50 {
            let key = HandshakeKey(using: &generator)
            #expect(HandshakeKey(key.text) == key)
        }
    }
}

@Suite struct CloseReasonTests {
    @Test func longReasonsAreCutAtACharacterBorder() {
        let reason = CloseReason.clean(String(repeating: "é", count: 100))
        #expect(reason == String(repeating: "é", count: 61))
        #expect(reason.utf8.count <= CloseReason.maxBytes)
    }

    @Test func controlCharactersAreRemoved() {
        #expect(CloseReason.clean("bad\r\nSet-Cookie: x\u{0}\u{7F}\u{85}") == "badSet-Cookie: x")
    }
}

@Suite struct ControlFrameBudgetTests {
    let start = NIODeadline.uptimeNanoseconds(1_000_000)

    @Test func burstIsFreeAndThenTheRateCounts() {
        var budget = ControlFrameBudget(perSecond: 10, burst: 5, at: self.start)
        let burst = (0..<6).map { _ in budget.take(at: self.start) }
        #expect(burst == [true, true, true, true, true, false])
        let tooEarly = budget.take(at: self.start + .milliseconds(99))
        let later = budget.take(at: self.start + .milliseconds(200))
        #expect(!tooEarly)
        #expect(later)
    }

    @Test func creditNeverExceedsTheBurst() {
        var budget = ControlFrameBudget(perSecond: 10, burst: 2, at: self.start)
        let later = self.start + .hours(1000)
        let taken = (0..<3).map { _ in budget.take(at: later) }
        #expect(taken == [true, true, false])
    }
}

@Suite struct WebSocketURLTests {
    @Test func bareHostAndPortMeansUnencrypted() throws {
        let url = try WebSocketURL("bridge.example:8083")
        #expect(url == WebSocketURL(scheme: .ws, host: "bridge.example", port: 8083))
        #expect(url.description == "ws://bridge.example:8083")
    }

    @Test(arguments: [
        ("ws://a", "a", 80, "/"), ("wss://a", "a", 443, "/"), ("WSS://a:1/x?y=z", "a", 1, "/x?y=z"),
        ("ws://[::1]:99/p", "::1", 99, "/p"), ("ws://[fe80::1]", "fe80::1", 80, "/"),
        ("localhost", "localhost", 80, "/"),
        ("ws://a?q", "a", 80, "/?q"), ("127.0.0.1:65535", "127.0.0.1", 65535, "/"),
    ])
    func addressesAreTakenApart(text: String, host: String, port: Int, path: String) throws {
        let url = try WebSocketURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.path == path)
    }

    @Test(arguments: [
        ("", WebSocketURL.ParseError.empty), ("http://a", .unsupportedScheme("http")), ("ws://", .missingHost),
        (":80", .missingHost), ("ws://u:p@a", .userInformation), ("ws://a#b", .fragment), ("a:0", .invalidPort("0")),
        ("a:65536", .invalidPort("65536")), ("a:", .invalidPort("")), ("a:+1", .invalidPort("+1")),
        ("ws://a b", .invalidHost("a b")), ("::1", .invalidHost("::1")), ("ws://[zz]", .invalidHost("[zz]")),
        ("ws://a/x\r\ny", .invalidPath),
    ])
    func otherTextsAreRefusedWithAReason(text: String, error: WebSocketURL.ParseError) {
        #expect(throws: error) { try WebSocketURL(text) }
    }
}
