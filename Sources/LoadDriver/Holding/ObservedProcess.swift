import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Another process, usually the measured server, as the kernel shows it: memory, open files, processor time.
package struct ObservedProcess: Sendable, Equatable {
    /// Where the memory is read: exact, shared libraries included, unlike `statm` and `status`, which kernels before 6.16 keep
    /// to the nearest few hundred KiB.
    package static let memorySource = "Rss of /proc/PID/smaps_rollup"

    /// The kernel does not tell us: no such process, somebody else's, or not Linux.
    package struct Unreadable: Error, Equatable, CustomStringConvertible {
        package var process: Int32
        package var what: String

        package var description: String {
            "the \(what) of process \(process) cannot be read; is it running on this machine, as the same user?"
        }
    }

    /// One moment.
    package struct Reading: Sendable, Equatable, Encodable {
        package var residentBytes: Int
        /// Of them, what is no part of any file: the process's own data. The rest are pages of programs and libraries, which
        /// all processes that run them share and the kernel takes back when it needs them.
        package var anonymousBytes: Int
        package var descriptors: Int
    }

    package let id: Int32

    package init(id: Int32) {
        self.id = id
    }

    /// This one.
    package static let current = ObservedProcess(id: getpid())

    package func reading() throws(Unreadable) -> Reading {
        guard let descriptors = KernelFiles.openDescriptors(of: id) else {
            throw Unreadable(process: id, what: "number of open files")
        }
        let memory = try memory()
        guard let resident = ProcessText.bytes(of: "Rss", smaps: memory),
            let anonymous = ProcessText.bytes(of: "Anonymous", smaps: memory)
        else { throw Unreadable(process: id, what: "memory") }
        return Reading(residentBytes: resident, anonymousBytes: anonymous, descriptors: descriptors)
    }

    /// The memory alone. Takes the kernel about as long as the process has pages: below a millisecond for 100 MB.
    package func residentBytes() throws(Unreadable) -> Int {
        guard let bytes = ProcessText.bytes(of: "Rss", smaps: try memory()) else {
            throw Unreadable(process: id, what: "memory")
        }
        return bytes
    }

    private func memory() throws(Unreadable) -> String {
        guard let text = KernelFiles.text("/proc/\(id)/smaps_rollup") else {
            throw Unreadable(process: id, what: "memory")
        }
        return text
    }

    /// Of all its threads, also those that have ended, in user and kernel mode, since it started.
    package func processorTime() throws(Unreadable) -> Duration {
        #if os(Linux)
            var clock = clockid_t()
            var time = timespec()
            // Beyond the largest id there is (PID_MAX_LIMIT), bits are lost, and the clock would be somebody else's.
            if (1...1 << 22).contains(id), clock_getcpuclockid(id, &clock) == 0, clock_gettime(clock, &time) == 0 {
                return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
            }
        #endif
        throw Unreadable(process: id, what: "processor time")
    }

    /// How many files it may have open; nil for no limit, or none that the kernel tells.
    package func descriptorLimit() -> Int? {
        KernelFiles.text("/proc/\(id)/limits").flatMap { ProcessText.openFiles(limits: $0) }
    }
}

/// Reads what the kernel writes about a process (proc(5)); nil for whatever is not as documented.
enum ProcessText {
    /// Bytes, from `smaps_rollup`.
    static func bytes(of name: String, smaps text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix("\(name):") {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count == 3, fields[2] == "kB", let kilobytes = Int(fields[1]), kilobytes >= 0 else {
                return nil
            }
            let (bytes, isTooMuch) = kilobytes.multipliedReportingOverflow(by: 1_024)
            return isTooMuch ? nil : bytes
        }
        return nil
    }

    /// The soft limit of open files, from `limits`.
    static func openFiles(limits text: String) -> Int? {
        let name = "Max open files"
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
        }
        return nil
    }
}
