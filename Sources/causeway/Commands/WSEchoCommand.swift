import ArgumentParser
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals
import WebSocketTransport

/// Echoes every message over the very transport that the roles use, so that a conformance suite can judge it.
struct WSEchoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ws-echo",
        abstract: "Echo WebSocket messages, for conformance tests.",
        shouldDisplay: false
    )

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 picks a free one.")
    var port: Int?

    @Option(help: "Be the client of a conformance server at this address, run all its cases, and end.")
    var connect: String?

    @Option(help: "Name under which the conformance server reports this client.")
    var agent = "causeway"

    @Option(help: "Largest message, in bytes.")
    var maxMessageBytes = WebSocketLimits.server.maxMessageBytes

    func validate() throws {
        guard (self.port == nil) != (self.connect == nil) else {
            throw ValidationError("Give either --port or --connect.")
        }
    }

    func run() async throws {
        let logger = Logger(label: "ws-echo")
        let group = MultiThreadedEventLoopGroup.singleton
        if let connect {
            var limits = WebSocketLimits.client
            limits.maxMessageBytes = self.maxMessageBytes
            let client = WebSocketClient(group: group, limits: limits, logger: logger)
            try await ConformanceRun(client: client, server: try WebSocketURL(connect), agent: self.agent).run()
        } else if let port {
            var configuration = WebSocketServer.Configuration(host: self.host, port: port)
            configuration.limits.maxMessageBytes = self.maxMessageBytes
            let server = WebSocketServer(
                configuration: configuration,
                group: group,
                logger: logger,
                onUpgrade: { _ in .accept(EchoHandler.shared) },
                http: nil
            )
            let services = ServiceGroup(
                services: [EchoService(server: server)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
            try await services.run()
        }
    }
}

private struct EchoService: Service {
    let server: WebSocketServer

    func run() async throws {
        try await self.server.run { address in
            print("listening on port \(address.port ?? 0)")
        }
    }
}

/// Sends back what it hears; has no state, so one serves all connections.
private final class EchoHandler: WebSocketHandler {
    static let shared = EchoHandler()

    func opened(_ connection: WebSocketConnection) {}

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        connection.send(message)
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {}
}

/// The client side of Autobahn's fuzzing server: asks how many cases there are, echoes through each, asks for the report.
private struct ConformanceRun {
    let client: WebSocketClient
    let server: WebSocketURL
    let agent: String

    func run() async throws {
        let count = try await self.caseCount()
        for number in 1...max(1, count) where number <= count {
            let (closures, handler) = ReportingHandler.make(echoes: true)
            _ = try await self.client.connect(
                to: self.target("/runCase?case=\(number)&agent=\(self.agent)"),
                handler: handler
            )
            for await _ in closures {}
        }
        let (closures, handler) = ReportingHandler.make(echoes: false)
        _ = try await self.client.connect(to: self.target("/updateReports?agent=\(self.agent)"), handler: handler)
        for await _ in closures {}
        print("ran \(count) cases")
    }

    private func caseCount() async throws -> Int {
        let (messages, handler) = ReportingHandler.make(echoes: false)
        _ = try await self.client.connect(to: self.target("/getCaseCount"), handler: handler)
        var count = 0
        for await message in messages {
            count = Int(String(buffer: message.payload)) ?? count
        }
        return count
    }

    private func target(_ path: String) -> WebSocketURL {
        var target = self.server
        target.path = path
        return target
    }
}

/// Reports what it hears; the stream ends with the connection.
private final class ReportingHandler: WebSocketHandler {
    private let messages: AsyncStream<WebSocketMessage>.Continuation
    private let echoes: Bool

    private init(messages: AsyncStream<WebSocketMessage>.Continuation, echoes: Bool) {
        self.messages = messages
        self.echoes = echoes
    }

    static func make(echoes: Bool) -> (messages: AsyncStream<WebSocketMessage>, handler: ReportingHandler) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: WebSocketMessage.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        return (stream, ReportingHandler(messages: continuation, echoes: echoes))
    }

    func opened(_ connection: WebSocketConnection) {}

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        if self.echoes {
            connection.send(message)
        } else {
            self.messages.yield(message)
        }
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        self.messages.finish()
    }
}
