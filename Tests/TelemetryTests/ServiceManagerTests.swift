import Telemetry
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

#if os(Linux)
    @Suite struct ServiceManagerTests {
        @Test(arguments: [false, true]) func managerHearsWhatItShould(isAbstract: Bool) throws {
            let name = "causeway-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
            let listener = try Listener(isAbstract ? "@\(name)" : "/tmp/\(name)")
            let manager = ServiceManager(socket: listener.name)
            #expect(manager.tell(.ready))
            #expect(listener.heard() == "READY=1")
            #expect(manager.tell(.reloading))
            let reloading = try #require(listener.heard()).split(separator: "\n")
            #expect(reloading.first == "RELOADING=1")
            // Microseconds of the clock that a manager compares with its own.
            let at = try #require(reloading.last?.split(separator: "=").last.flatMap { Int64($0) })
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            #expect((0...Int64(now.tv_sec + 1) * 1_000_000).contains(at))
            #expect(manager.tell(.status("two\nlines")))
            #expect(listener.heard() == "STATUS=two lines")
            #expect(manager.tell(.alive))
            #expect(listener.heard() == "WATCHDOG=1")
            #expect(manager.tell(.stopping))
            #expect(listener.heard() == "STOPPING=1")
        }

        @Test func watchdogHearsTwiceWithinItsLimitOfTheProcessThatItWatches() {
            let own = "\(getpid())"
            #expect(ServiceManager.watchdogPace(microseconds: "30000000", process: own) == .seconds(15))
            #expect(ServiceManager.watchdogPace(microseconds: "30000000", process: nil) == .seconds(15))
            #expect(ServiceManager.watchdogPace(microseconds: "30000000", process: own + "0") == nil)
            for none in [nil, "", "0", "-5", "often"] {
                #expect(ServiceManager.watchdogPace(microseconds: none, process: own) == nil)
            }
        }

        @Test(arguments: [
            nil, "", "relative", "/tmp/causeway-nobody-listens-here", "@causeway-nobody-listens-here",
            "/" + String(repeating: "x", count: 200),
        ])
        func whoDoesNotListenIsNotMissed(socket: String?) {
            #expect(!ServiceManager(socket: socket).tell(.ready))
        }
    }

    /// A datagram socket as a service manager has one.
    private final class Listener {
        struct Failed: Error {
            var code: Int32
        }

        let name: String
        private let descriptor: Int32

        init(_ name: String) throws {
            self.name = name
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(name.utf8)
            if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = MemoryLayout<sa_family_t>.size + bytes.count + (bytes[0] == 0 ? 0 : 1)
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(length))
                }
            }
            guard result == 0 else { throw Failed(code: errno) }
        }

        deinit {
            close(descriptor)
            if name.hasPrefix("/") { unlink(name) }
        }

        /// The next message, which was sent already.
        func heard() -> String? {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
        }
    }
#endif
