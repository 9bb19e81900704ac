import Timekeeping

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the process is and uses, for both roles; and after it what libraries recorded.
public enum ProcessMetrics {
    /// Reads it from the kernel: some ten microseconds, so callers keep their pages for a while.
    public static func write(role: String, to text: inout MetricsText) {
        text.info("build_info", "The program.", [("version", ProgramVersion.text), ("role", role)])
        let resources = ProcessResources.read(at: .zero)
        let limits = MachineLimits.current()
        // What the kernel does not tell has no sample.
        if let bytes = resources.residentBytes {
            text.gauge("resident_memory_bytes", "Memory that is really there.", bytes)
        }
        if let bytes = limits.memory { text.gauge("memory_limit_bytes", "Memory that there may be.", bytes) }
        if let count = resources.openDescriptors { text.gauge("open_fds", "Open file descriptors.", count) }
        if let count = limits.descriptors { text.gauge("max_fds", "File descriptors that may be open.", count) }
        if let count = resources.threads { text.gauge("threads", "Threads of the process.", count) }
        if let time = resources.processorTime {
            text.counter("cpu_seconds", "Processor time since the start.", Double(time.wholeNanoseconds) / 1e9)
        }
        if let age = ProcessResources.age() {
            text.gauge("uptime_seconds", "Since the process started.", Int(age.wholeMilliseconds / 1_000))
            let started = SystemClock.unixMilliseconds() - age.wholeMilliseconds
            text.gauge("start_time_seconds", "When the process started, since 1970.", Int(started / 1_000))
        }
        MetricsRegistry.shared.write(to: &text)
    }
}
