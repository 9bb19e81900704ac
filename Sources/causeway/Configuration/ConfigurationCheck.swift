import Foundation
import NIOCore
import NIOPosix

/// All that can be said of a server's settings before it starts.
struct ConfigurationCheck {
    private(set) var problems: [SettingError] = []
    /// Nothing that stops the server, but perhaps not what was meant.
    private(set) var warnings: [String] = []
    /// What is so now, and may be another when the server starts.
    private(set) var notes: [String] = []

    init(_ server: some ServerRole, environment: [String: String]? = nil) async {
        let settings: Settings
        do {
            let file = server.shared.configurationFile
            if let file { problems += try Settings.unknownKeys(in: file) }
            settings = try await Settings(file: file, environment: environment, refusesUnknownKeys: false)
        } catch {
            add(error)
            return
        }
        warnings = settings.suspiciousVariables()
        do {
            problems += try server.listing(settings).problems
        } catch {
            add(error)
        }
        for reading in server.readings(settings) {
            do {
                try reading()
            } catch {
                add(error)
            }
        }
        do {
            try lookAt(server.shared.stateDirectory(settings), name: server.shared)
            for (host, port) in try server.addresses(settings) where port != 0 { await tryPort(host, port) }
        } catch {
            add(error)
        }
    }

    private mutating func add(_ error: any Error) {
        let error = error as? SettingError ?? SettingError(name: "configuration", problem: "\(error)")
        // One part may be read for the sake of another, too.
        guard !problems.contains(where: { $0.description == error.description }) else { return }
        problems.append(error)
    }

    private mutating func lookAt(_ path: String, name options: SharedOptions) throws {
        let name = SettingKey.stateDirectory.name(options.stateDirectory, "--state-dir")
        switch StateDirectoryState.of(path) {
        case .usable: break
        case .missing: notes.append("\(path) is not there yet; the server makes it")
        case .held(let by):
            notes.append(
                "\(path) is held by \(by.map { "process \($0)" } ?? "another process"), perhaps the running server"
            )
        case .unusable(let reason): add(SettingError(name: name, problem: "\(path) cannot be used: \(reason)"))
        }
    }

    private mutating func tryPort(_ host: String, _ port: Int) async {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            notes.append("\(host):\(port) is in use, perhaps by the running server")
        } catch {
            notes.append("\(host):\(port) cannot be listened on now: \(error)")
        }
    }

    func print() {
        for note in notes { Swift.print("note: \(note)") }
        for warning in warnings { Swift.print("warning: \(warning)") }
        for problem in problems {
            try? FileHandle.standardError.write(contentsOf: Data("problem: \(problem)\n".utf8))
        }
        if problems.isEmpty { Swift.print("OK") }
    }
}
