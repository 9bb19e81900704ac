/// Why state cannot be kept. In no case is a file replaced or repaired: what is in it may be the only record of a decision
/// that must not be taken twice.
package enum StateStoreError: Error, Hashable, Sendable {
    /// The directory does not exist and cannot be made, or cannot be read.
    case directoryUnusable(path: String, reason: String)
    /// Another process, or another store of this one, works on the directory.
    case inUse(path: String)
    /// The file is there but is no state file of ours: empty, garbage, or some other database.
    case notAStateFile(path: String, reason: String)
    /// The file was ours once, and is damaged.
    case damaged(path: String, reason: String)
    /// The file was written by a version of this program that we cannot read.
    case unknownVersion(path: String, found: Int, supported: Int)
    /// A read or a write failed, for want of space for instance. A decision whose recording failed counts as not made; asking
    /// again tells whether it reached the disk after all.
    case failed(path: String, reason: String)
    /// An identity to be stored has a key of wrong length: our own mistake.
    case invalidIdentity
}

extension StateStoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .directoryUnusable(let path, let reason): "cannot use the state directory \(path): \(reason)"
        case .inUse(let path): "the state directory \(path) is in use by another process"
        case .notAStateFile(let path, let reason): "\(path) is not a state file, and is left as it is: \(reason)"
        case .damaged(let path, let reason): "\(path) is damaged, and is left as it is: \(reason)"
        case .unknownVersion(let path, let found, let supported):
            "\(path) has version \(found), but this program reads versions 1 to \(supported) only"
        case .failed(let path, let reason): "cannot keep state in \(path): \(reason)"
        case .invalidIdentity: "an identity needs a key of \(StoredIdentity.signingKeyLength) bytes"
        }
    }
}
