#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Holds a directory for one owner, until it is released or the process ends in whatever way.
///
/// The lock is on the directory itself, so there is no lock file that a crash could leave behind.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    init(path: String) throws(StateStoreError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .directoryUnusable(path: path, reason: Self.reason()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let reason = Self.reason()
            close(descriptor)
            throw isTaken ? .inUse(path: path) : .directoryUnusable(path: path, reason: reason)
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)  // releases the lock
    }

    /// Makes sure that names given or changed in the directory survive a crash.
    func synchronize() -> Bool {
        fsync(descriptor) == 0
    }

    /// The system's text for the error that just happened.
    static func reason() -> String {
        String(cString: strerror(errno))
    }
}
