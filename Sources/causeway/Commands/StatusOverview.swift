import FoundationEssentials
import Observation

/// What a bootstrap server says of itself, as far as `causeway status` shows it. A key that is missing, or of another kind than
/// expected, reads as absent, and a word that is not known as "unknown" or "other": servers may be newer or older than this program.
/// Every text is clean and bounded once it is in here.
struct StatusOverview: Decodable, Sendable, Equatable {
    struct Server: Sendable, Equatable {
        var version = ""
        var node = ""
        var startedAt: Int64?
        var isNewNetwork = false
        var ready = false
        var notReady: [String] = []
        var isDraining = false
        var drainsUntil: Int64?
        var cpuPercent: Double?
        var memoryBytes: Int64?
    }

    struct Probe: Sendable, Equatable {
        var at: Int64?
        var ok = false
        var tookUs: Int64?
        var step = ""
        var error = ""
    }

    /// The counts of joins in some time.
    struct Counts: Sendable, Equatable {
        var asked = 0
        var named = 0
        var invited = 0
        var accepted = 0
        var connected = 0
        var lost = 0
        var degraded = 0
        var busy = 0
        var failed = 0

        var away: Int { busy + failed }
        var ended: Int { named + degraded + away }
    }

    struct Sample: Sendable, Equatable {
        var counts = Counts()
        var p50Us: Int64?
        var p90Us: Int64?
        var p99Us: Int64?
    }

    struct Queue: Sendable, Equatable {
        var inFlight = 0
        var window = 0
        var waiting = 0
        var waitingLimit = 0
    }

    struct Bridge: Sendable, Equatable {
        enum State: String, Sendable {
            case connected
            case ejected
            case connecting
            case disconnected
            case failed
            case retiring
            case unknown
        }

        var id = ""
        var address = ""
        var state = State.unknown
        var since: Int64?
        var available = false
        var rotation = ""
        var error = ""
        var roundTripUs: Int64?
        var inFlight = 0
        var window = 0
        var requests = 0
        var answers = 0
        var timeouts = 0
        var busyAnswers = 0

        var name: String { address.isEmpty ? (id.isEmpty ? "a bridge" : "bridge \(id.prefix(8))") : address }
    }

    struct Peers: Sendable, Equatable {
        var registered = 0
        var limit = 0
        var connections = 0
        var browsers = 0
        var servers = 0
        var bridges = 0
        var others = 0
        var natOpen = 0
        var natEasy = 0
        var natHard = 0
        var natUnknown = 0
        var natUnreported = 0
    }

    struct Room: Sendable, Equatable {
        enum Limit: String, Sendable {
            case limit
            case memory
            case files
            case cpu
            case other
        }

        var peers: Int?
        var limitedBy = Limit.other
        var bytesPerPeer: Int64?
        var joinsPerSecond: Int?
    }

    struct Unhelped: Sendable, Equatable {
        enum Reason: String, Sendable, CaseIterable {
            case bridgePeers = "bridge_peers"
            case knownPeers = "known_peers"
            case noBridge = "no_bridge"
            case timedOut = "timed_out"
            case bridgeRefused = "bridge_refused"
            case unusableAnswer = "unusable_answer"
            case busy
            case peersFull = "peers_full"
            case draining
            case other
        }

        var reason = Reason.other
        var fiveMinutes = 0
        var hour = 0
        var total = 0
    }

    var at: Int64 = 0
    var server = Server()
    var probe: Probe?
    var totals = Counts()
    var second: Sample?
    var minute: Sample?
    /// The last seconds, oldest first, 300 at most.
    var seconds: [Counts] = []
    var queue = Queue()
    var bridges: [Bridge] = []
    var peers = Peers()
    var room = Room()
    var unhelped: [Unhelped] = []
    var events: [StatusEvent] = []

    init() {}
}

/// One event, of the overview or of `/api/v1/events`.
struct StatusEvent: Decodable, Sendable, Equatable {
    enum Level: String, Sendable {
        case info
        case warning
        case error
    }

    var id: Int64 = 0
    var at: Int64?
    var level = Level.info
    var kind = ""
    var subject = ""
    var text = ""

    init(at: Int64?, level: Level, kind: String, subject: String = "", text: String) {
        self.at = at
        self.level = level
        self.kind = kind
        self.subject = subject
        self.text = text
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: StatusKey.self)
        id = fields.read("id") ?? 0
        at = fields.time("at")
        level = fields.word("level", otherwise: .info)
        kind = fields.text("kind", 40)
        subject = fields.text("subject", StatusBounds.name)
        text = fields.text("text", StatusBounds.text)
    }
}

/// The way of one join: `GET /api/v1/joins/ID`.
struct StatusJoin: Decodable, Sendable, Equatable {
    struct Step: Decodable, Sendable, Equatable {
        var afterUs: Int64 = 0
        var event = ""
        var bridge = ""
        var detail = ""

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: StatusKey.self)
            afterUs = fields.read("afterUs") ?? 0
            event = fields.text("event", 40)
            bridge = fields.text("bridge", StatusBounds.name)
            detail = fields.text("detail", StatusBounds.text)
        }
    }

    var id = ""
    var askedAt: Int64?
    var newcomer = ""
    var helper = ""
    var outcome = ""
    var steps: [Step] = []
    var stepsDropped = 0

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: StatusKey.self)
        id = fields.text("id", 128)
        askedAt = fields.time("askedAt")
        newcomer = fields.text("newcomer", 40)
        helper = fields.text("helper", 40)
        outcome = fields.text("outcome", 40)
        steps = fields.list("steps", 64)
        stepsDropped = fields.count("stepsDropped")
    }
}

/// `GET /api/v1/events`.
struct StatusEvents: Decodable, Sendable, Equatable {
    var events: [StatusEvent]

    init(from decoder: any Decoder) throws {
        events = try decoder.container(keyedBy: StatusKey.self).list("events", StatusBounds.listedEvents)
    }
}

/// What one may send us, and how much of it is shown. As in the page of the server.
enum StatusBounds {
    static let name = 96
    static let text = 300
    static let bridges = 128
    static let reasons = 24
    static let events = 100
    static let listedEvents = 5_000
    /// Of a server's answer, which has some hundred KB at most. What comes from somebody else is cut off before it hurts.
    static let bodyBytes = 64 << 20
}
