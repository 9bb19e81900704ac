import DHTTestKit
import Kademlia
import Testing
import WireMessages

/// Whatever bytes come, decoding ends in a message or a typed error; and what is decoded survives another round.
@Suite struct MutationTests {
    static let seed: UInt64 = 0x1795_3441_9463_0001

    @Test func changedBytesNeverTrap() throws {
        var generator = SeededGenerator(seed: Self.seed)
        var decoded = 0
        for round in 0..<12_000 {
            let fixture = Fixture.all[round % Fixture.all.count]
            var bytes = fixture.bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&bytes, &generator) }
            guard let survives = try? fixture.survives(bytes) else { continue }
            decoded += 1
            #expect(survives, "seed \(Self.seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
        // Were all refused, or none, the mutations would be worth nothing.
        #expect((1_000..<11_000).contains(decoded), "\(decoded)")
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let marks = Array(#"{}[]",:\u0019-.eEtfn"#.utf8)
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(marks.randomElement(using: &generator) ?? 0, at: place)
        case 4: bytes.removeLast(Int.random(in: 0...min(8, bytes.count), using: &generator))
        case 5:
            let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
            bytes.insert(contentsOf: bytes[place..<end], at: place)
        default: bytes[place] = marks.randomElement(using: &generator) ?? 0
        }
    }

    @Test func randomBytesNeverTrap() {
        var generator = SeededGenerator(seed: Self.seed &+ 1)
        for _ in 0..<4_000 {
            let count = Int.random(in: 0...64, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? PeerToBootstrap.decode(bytes)
            _ = try? DHTMessage.decode(bytes)
        }
    }

    /// Messages built by hand, with texts and numbers that are hard to write.
    @Test func whatWeEncodeWeDecode() throws {
        var generator = SeededGenerator(seed: Self.seed &+ 2)
        for round in 0..<500 {
            let text = randomText(&generator)
            let id = ClientID.node(.random(using: &generator))
            let request = WireRequestID("r\(round)\(text.prefix(5))") ?? "r"
            let raw = RawJSON.object { $0.member("k", text) }
            let number = Int64.random(in: .min ... .max, using: &generator)
            let messages: [BootstrapToPeer] = [
                .registered(Registered(nodeID: id, timestamp: number)),
                .response(
                    .success(
                        request,
                        .join(.peerFound(helper: PeerEntry(nodeID: id, metadata: raw), membershipToken: raw))
                    )
                ),
                .response(
                    .success(request, .join(.emergency(.emergencyDirectConnect, peers: [PeerEntry(nodeID: id)])))
                ),
                .response(.success(request, .join(.networkEmpty(message: text)))),
                .response(.success(request, .invitation(InvitationReceipt(message: text, targetPeer: id)))),
                .response(.failure(request, error: text, code: "busy", retryAfterMs: number)),
                .websocketPeerMetadata(.inviter(targetPeer: id, metadata: raw, invitationID: text)),
                .signal(Signal(fromPeer: id, signal: raw)),
                .error(ErrorNotice(text, requestID: request)),
            ]
            for message in messages {
                let decoded = try BootstrapToPeer.decode(message.encode())
                #expect(decoded == message, "seed \(Self.seed), round \(round)")
            }
        }
    }

    private func randomText(_ generator: inout SeededGenerator) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...20, using: &generator) {
            let limit: UInt32 = [0x40, 0x100, 0x3000, 0x110000].randomElement(using: &generator) ?? 0x40
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
