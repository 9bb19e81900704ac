import FoundationEssentials
import Observation

struct StatusKey: CodingKey, ExpressibleByStringLiteral {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringLiteral text: String) { stringValue = text }
    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

typealias StatusFields = KeyedDecodingContainer<StatusKey>

extension KeyedDecodingContainer<StatusKey> {
    /// nil if there is none, or something else.
    func read<Value: Decodable>(_ key: StatusKey) -> Value? {
        (try? decodeIfPresent(Value.self, forKey: key)) ?? nil
    }

    func count(_ key: StatusKey) -> Int { Swift.max(0, read(key) ?? 0) }

    /// Unix milliseconds that a calendar can hold.
    func time(_ key: StatusKey) -> Int64? {
        let time: Int64? = read(key)
        return time.flatMap { (0..<8_640_000_000_000_000).contains($0) ? $0 : nil }
    }

    /// One clean line; empty if there is none.
    func text(_ key: StatusKey, _ maxBytes: Int) -> String {
        StatusText.clean(read(key) ?? "", maxBytes)
    }

    func word<Word: RawRepresentable<String>>(_ key: StatusKey, otherwise: Word) -> Word {
        read(key).flatMap(Word.init(rawValue:)) ?? otherwise
    }

    func object(_ key: StatusKey) -> StatusFields? {
        try? nestedContainer(keyedBy: StatusKey.self, forKey: key)
    }

    /// The elements that can be read; the first `limit`.
    func list<Element: Decodable>(_ key: StatusKey, _ limit: Int) -> [Element] {
        let elements: [Readable<Element>]? = read(key)
        return (elements ?? []).prefix(limit).compactMap(\.value)
    }
}

/// Whatever it is, it is no reason to refuse what is around it.
private struct Readable<Value: Decodable>: Decodable {
    var value: Value?

    init(from decoder: any Decoder) throws {
        value = try? decoder.singleValueContainer().decode(Value.self)
    }
}

private struct Fields: Decodable {
    var fields: StatusFields

    init(from decoder: any Decoder) throws {
        fields = try decoder.container(keyedBy: StatusKey.self)
    }
}

extension StatusOverview {
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: StatusKey.self)
        at = fields.time("at") ?? 0
        if let object = fields.object("server") { server = Server(object) }
        probe = fields.object("probe").map(Probe.init)
        if let object = fields.object("totals") { totals = Counts(object) }
        let latest = fields.object("latest")
        second = latest?.object("second").map(Sample.init)
        minute = latest?.object("minute").map(Sample.init)
        if let columns = fields.object("history")?.object("seconds") { seconds = Self.samples(columns) }
        if let object = fields.object("queue") { queue = Queue(object) }
        let bridges: [Fields] = fields.list("bridges", StatusBounds.bridges)
        self.bridges = bridges.map { Bridge($0.fields) }
        if let object = fields.object("peers") { peers = Peers(object) }
        if let object = fields.object("room") { room = Room(object) }
        let unhelped: [Fields] = fields.list("unhelped", StatusBounds.reasons)
        self.unhelped = Self.merged(unhelped.map { Unhelped($0.fields) })
        events = fields.list("events", StatusBounds.events)
    }

    /// Columns of one length each, oldest first.
    private static func samples(_ columns: StatusFields) -> [Counts] {
        func column(_ key: StatusKey) -> [Int] { columns.list(key, 300) }
        let (asked, named, invited) = (column("asked"), column("named"), column("invited"))
        let (accepted, connected, lost) = (column("accepted"), column("connected"), column("lost"))
        let (degraded, busy, failed) = (column("degraded"), column("busy"), column("failed"))
        func value(_ column: [Int], _ index: Int) -> Int { column.indices.contains(index) ? max(0, column[index]) : 0 }
        return asked.indices.map { index in
            Counts(
                asked: value(asked, index),
                named: value(named, index),
                invited: value(invited, index),
                accepted: value(accepted, index),
                connected: value(connected, index),
                lost: value(lost, index),
                degraded: value(degraded, index),
                busy: value(busy, index),
                failed: value(failed, index)
            )
        }
    }

    /// Of each reason one; those that are not known are one together.
    private static func merged(_ entries: [Unhelped]) -> [Unhelped] {
        Unhelped.Reason.allCases.compactMap { reason in
            let same = entries.filter { $0.reason == reason }
            guard !same.isEmpty else { return nil }
            return Unhelped(
                reason: reason,
                fiveMinutes: same.reduce(0) { $0 &+ $1.fiveMinutes },
                hour: same.reduce(0) { $0 &+ $1.hour },
                total: same.reduce(0) { $0 &+ $1.total }
            )
        }
    }
}

extension StatusOverview.Server {
    fileprivate init(_ fields: StatusFields) {
        version = fields.text("version", 64)
        node = fields.text("node", StatusBounds.name)
        startedAt = fields.time("startedAt")
        isNewNetwork = fields.read("network") == "new"
        ready = fields.read("ready") ?? false
        let reasons: [String] = fields.list("notReady", 3)
        notReady = reasons.map { StatusText.clean($0, StatusBounds.text) }
        let draining = fields.object("draining")
        isDraining = draining != nil
        drainsUntil = draining?.time("until")
        cpuPercent = fields.read("cpuPercent")
        memoryBytes = fields.read("memoryBytes")
    }
}

extension StatusOverview.Probe {
    fileprivate init(_ fields: StatusFields) {
        at = fields.time("at")
        ok = fields.read("ok") ?? false
        tookUs = fields.read("tookUs")
        step = fields.text("step", 40)
        error = fields.text("error", StatusBounds.text)
    }
}

extension StatusOverview.Counts {
    fileprivate init(_ fields: StatusFields) {
        asked = fields.count("asked")
        named = fields.count("named")
        invited = fields.count("invited")
        accepted = fields.count("accepted")
        connected = fields.count("connected")
        lost = fields.count("lost")
        degraded = fields.count("degraded")
        busy = fields.count("busy")
        failed = fields.count("failed")
    }
}

extension StatusOverview.Sample {
    fileprivate init(_ fields: StatusFields) {
        counts = StatusOverview.Counts(fields)
        p50Us = fields.read("p50Us")
        p90Us = fields.read("p90Us")
        p99Us = fields.read("p99Us")
    }
}

extension StatusOverview.Queue {
    fileprivate init(_ fields: StatusFields) {
        inFlight = fields.count("inFlight")
        window = fields.count("window")
        waiting = fields.count("waiting")
        waitingLimit = fields.count("waitingLimit")
    }
}

extension StatusOverview.Bridge {
    fileprivate init(_ fields: StatusFields) {
        id = fields.text("id", 40)
        address = fields.text("address", StatusBounds.name)
        state = fields.word("state", otherwise: .unknown)
        since = fields.time("since")
        available = fields.read("available") ?? false
        rotation = fields.text("rotation", 20)
        error = fields.text("error", StatusBounds.text)
        roundTripUs = fields.read("roundTripUs")
        inFlight = fields.count("inFlight")
        window = fields.count("window")
        requests = fields.count("requests")
        answers = fields.count("answers")
        timeouts = fields.count("timeouts")
        busyAnswers = fields.count("busyAnswers")
    }
}

extension StatusOverview.Peers {
    fileprivate init(_ fields: StatusFields) {
        registered = fields.count("registered")
        limit = fields.count("limit")
        connections = fields.count("connections")
        if let kinds = fields.object("byKind") {
            browsers = kinds.count("browser")
            servers = kinds.count("server")
            bridges = kinds.count("bridge")
            others = kinds.count("other")
        }
        if let nats = fields.object("byNat") {
            natOpen = nats.count("open")
            natEasy = nats.count("easy")
            natHard = nats.count("hard")
            natUnknown = nats.count("unknown")
            natUnreported = nats.count("unreported")
        }
    }
}

extension StatusOverview.Room {
    fileprivate init(_ fields: StatusFields) {
        peers = fields.read("peers")
        limitedBy = fields.word("limitedBy", otherwise: .other)
        bytesPerPeer = fields.read("bytesPerPeer")
        joinsPerSecond = fields.read("joinsPerSecond")
    }
}

extension StatusOverview.Unhelped {
    fileprivate init(_ fields: StatusFields) {
        reason = fields.word("reason", otherwise: .other)
        fiveMinutes = fields.count("fiveMinutes")
        hour = fields.count("hour")
        total = fields.count("total")
    }
}
