import BridgeCore
import Testing
import WireMessages

/// What a node's metadata say about how it can be reached.
@Suite struct IntroductionTests {
    private func server(listening: String?, web: String? = nil, accepts: Bool? = nil) -> Introduction {
        Introduction(
            metadata: .object { writer in
                writer.member("nodeType", "nodejs")
                writer.member("listeningAddress", ifPresent: listening)
                writer.member("publicWssAddress", ifPresent: web)
                writer.member("canAcceptConnections", ifPresent: accepts)
            }
        )
    }

    @Test(arguments: [
        "wss://bridge.example.org", "wss://bridge.example.org:8443/path", "wss://93.184.216.34:443",
        "wss://[2606:2800:220:1::1]:443", "wss://127.0.0.1.example.org",
    ])
    func publicSecureAddressIsOpenToBrowsers(address: String) {
        #expect(server(listening: address).reach == .dialable(secure: true))
        #expect(server(listening: address).address == address)
    }

    @Test(arguments: [
        "ws://node.example.org:8083", "ws://127.0.0.1:18101", "wss://127.0.0.1:18101", "wss://localhost:1",
        "wss://192.168.1.7", "wss://10.1.2.3:1", "wss://172.20.0.1", "wss://[::1]:1", "wss://[fe80::1]:1",
        "wss://[fd00::1]", "wss://[::ffff:127.0.0.1]:1",
    ])
    func plainOrPrivateAddressIsForServers(address: String) {
        #expect(server(listening: address).reach == .dialable(secure: false))
        #expect(server(listening: address).address == address)
    }

    @Test(arguments: [
        "ws://0.0.0.0:8083", "wss://0.0.0.0", "ws://[::]:8083", "ws://[0:0:0:0:0:0:0:0]:1", "ws://[::ffff:0.0.0.0]:1",
    ])
    func unspecifiedAddressTellsNothing(address: String) {
        #expect(server(listening: address).reach == .unknown)
        #expect(server(listening: address).address == nil, "dialled from here it would be ourselves")
        #expect(server(listening: address, web: "wss://node.example.org").reach == .dialable(secure: true))
        #expect(server(listening: address, web: "wss://node.example.org").address == "wss://node.example.org")
    }

    @Test(arguments: [
        "", "http://a", "ws://", "ws:// a", "ws:///", "ws://-", "wss://" + String(repeating: "a", count: 300),
    ])
    func whatIsNoAddressIsNone(text: String) {
        #expect(server(listening: text).address == nil)
        #expect(server(listening: text).reach == .unreachable)
    }

    @Test func serversAndBrowsersDialDifferentAddresses() {
        let both = server(listening: "ws://10.0.0.1:8083", web: "wss://node.example.org")
        #expect(both.address == "ws://10.0.0.1:8083")
        #expect(both.reach == .dialable(secure: true))
        let reversed = server(listening: "wss://node.example.org", web: "ws://node.example.org")
        #expect(reversed.reach == .dialable(secure: false))
    }

    @Test func whoAcceptsNobodyIsNotDialable() {
        #expect(server(listening: "wss://node.example.org", accepts: false).reach == .unreachable)
        #expect(server(listening: nil).reach == .unreachable)
        #expect(Introduction.silent.reach == .unknown)
        #expect(Introduction(metadata: #"{"canAcceptConnections":false}"#).reach == .unreachable)
    }

    @Test(arguments: [
        ("\"open\"", NAT.easy), ("\"easy\"", .easy), ("\"hard\"", .hard), ("\"unknown\"", .unknown),
        ("\"other\"", .unknown),
        ("7", .unknown), ("\"hardhardhardhardhard\"", .unknown),
    ])
    func natTypeOfABrowserIsRead(json: String, nat: NAT) throws {
        let text = #"{"nodeType":"browser","connectionProfile":{"natType":\#(json),"hasIPv6":true}}"#
        let introduction = Introduction(metadata: try RawJSON(checking: Array(text.utf8)))
        #expect(introduction.reach == .browser(nat))
        #expect(introduction.metadata == #"{"nodeType":"browser"}"#, "profiles are not passed on")
    }

    @Test func browserWithoutAProfileIsStillABrowser() {
        #expect(Introduction(metadata: #"{"nodeType":"browser"}"#).reach == .browser(.unknown))
        #expect(
            Introduction(metadata: #"{"nodeType":"browser","connectionProfile":"hard"}"#).reach == .browser(.unknown)
        )
    }

    @Test func noBrowserCanBeDialled() {
        let text: RawJSON =
            #"{"nodeType":"browser","listeningAddress":"wss://a.example.org","canAcceptConnections":true}"#
        #expect(Introduction(metadata: text).reach == .browser(.unknown))
        #expect(Introduction(metadata: text).address == nil)
    }
}
