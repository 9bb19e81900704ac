import Conformance
import FoundationEssentials
import Telemetry
import WebSocketTransport
import WireMessages

/// What a server says of itself over HTTP, for whoever looks at how a join went: none of it is a part of the join.
struct DoctorFacts: Sendable, Equatable {
    struct Note: Sendable, Equatable, Encodable {
        var name: String
        var isWarning = false
        var text: String
    }

    /// Whether somebody is in the network already.
    enum Network: Sendable, Equatable {
        /// The server says that nobody has begun it.
        case new
        case running
        /// Few are registered, and the server does not say it in words: whoever asks may begin a network.
        case maybeNew
        /// The server says nothing.
        case unknown
    }

    var network = Network.unknown
    var notes: [Note] = []

    /// A clock that is wrong by this much makes invitations expire early (protocol.md 1.5), and certificates fail.
    static let tolerableSkew: Int64 = 60_000

    init() {}

    /// Asks for what there is. A server that serves nothing over HTTP is asked once.
    static func asking(_ source: StatusSource) async throws -> DoctorFacts {
        var facts = DoctorFacts()
        let overview: [UInt8]?
        do {
            let answer = try await source.get("/api/v1/overview")
            overview = answer.status == 200 ? answer.body : nil
        } catch is StatusSource.Silence {
            return facts
        }
        func body(_ path: String) async throws -> (status: Int, body: [UInt8])? {
            do {
                let answer = try await source.get(path)
                return (answer.status, answer.body)
            } catch is StatusSource.Silence {
                return nil
            }
        }
        let ready = try await body("/health/ready")
        let health = try await body("/health")
        let before = SystemClock.unixMilliseconds()
        let bridges = try await body("/bridge-health")
        let after = SystemClock.unixMilliseconds()
        facts.addReadiness(ready?.status, ready?.body)
        facts.addBridges(bridges?.status, bridges?.body, between: before, and: after)
        facts.network = network(overview: overview, health: health?.body, bridges: bridges?.body)
        return facts
    }

    static func network(overview: [UInt8]?, health: [UInt8]?, bridges: [UInt8]?) -> Network {
        if let overview, let document: StatusOverview = StatusSource.decode(overview) {
            return document.server.isNewNetwork ? .new : .running
        }
        guard let health = health.flatMap({ try? RawJSON(checking: $0) }), health.int64("peers") != nil else {
            return .unknown
        }
        guard let bridges = bridges.flatMap({ try? RawJSON(checking: $0) }) else { return .maybeNew }
        return ConformanceRun.isEstablished(health: health, bridgeHealth: bridges) ? .running : .maybeNew
    }

    mutating func addReadiness(_ status: Int?, _ body: [UInt8]?) {
        guard let body, let document = try? RawJSON(checking: body), let ready = document.bool("ready") else { return }
        let reasons = document.elements("reasons").compactMap { $0.withValue { $0.string } ?? nil }
        let why = ([document.string("reason")].compactMap(\.self) + reasons).prefix(3)
            .map { StatusText.clean($0, StatusBounds.text) }
        let text =
            ready
            ? "the server says that it is ready"
            : "the server says that it is not ready: \(why.joined(separator: "; "))"
        notes.append(Note(name: "ready", isWarning: !ready, text: text))
    }

    /// - Parameters:
    ///   - before, after: when it was asked and answered, by our clock.
    mutating func addBridges(_ status: Int?, _ body: [UInt8]?, between before: Int64, and after: Int64) {
        guard let body, let document = try? RawJSON(checking: body) else { return }
        if let bridges = document.member("bridgeAvailability"), let available = bridges.int64("available"),
            let total = bridges.int64("total")
        {
            let isWarning = available <= 0 || available < total
            notes.append(
                Note(name: "bridges", isWarning: isWarning, text: "\(available) of \(total) bridges can be asked")
            )
        }
        guard let time = document.int64("timestamp"), (0..<8_640_000_000_000_000).contains(time) else { return }
        // As little as it can be, whenever in between the server looked at its clock.
        let skew = time > after ? time - after : time < before ? time - before : 0
        guard abs(skew) >= Self.tolerableSkew else { return }
        let size = StatusWords(now: 0).duration(milliseconds: abs(skew))
        let text = "its clock is \(size) \(skew > 0 ? "ahead of" : "behind") this machine's: set both by NTP"
        notes.append(Note(name: "clock", isWarning: true, text: text))
    }
}
