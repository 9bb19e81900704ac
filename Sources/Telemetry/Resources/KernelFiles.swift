#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The small files in which the kernel tells about a process.
public enum KernelFiles {
    /// The longest that is read: `/proc/self/cgroup` has a line for each of a dozen hierarchies.
    private static let longestText = 16 * 1024

    /// The text of a file; nil where there is none.
    public static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: longestText) { buffer, count in
            while count < buffer.count {
                let read = read(file, buffer.baseAddress?.advanced(by: count), buffer.count - count)
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { break }
                count += read
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many files, sockets and the like a process has open.
    ///
    /// - Parameter process: its id; nil: this one.
    public static func openDescriptors(of process: Int32? = nil) -> Int? {
        let path = process.map { "/proc/\($0)/fd" } ?? "/proc/self/fd"
        var facts = stat()
        // Linux 6.2 and later counts for us. Older ones say 0, and nobody has none: this directory would be one.
        if stat(path, &facts) == 0, facts.st_size > 0 { return Int(facts.st_size) }
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil { entries += 1 }
        // Without `.`, `..` and, in our own, the directory itself.
        return max(0, entries - (process == nil ? 3 : 2))
    }

    static let pageBytes = sysconf(Int32(_SC_PAGESIZE))
    static let ticksPerSecond = sysconf(Int32(_SC_CLK_TCK))
}
