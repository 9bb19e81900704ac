/// What bounds the log, so that nobody can fill a disk or our memory by what they send.
package enum LogLimits {
    /// Bytes of a metadata value. Peers choose some of them; an address or two ids fit.
    package static let value = 128
    /// Bytes of a sentence. Ours are constant and short; those of libraries may carry an error's text.
    package static let message = 512
    /// Bytes of lines waiting for a slow reader. At about 200 bytes each that is 5,000 lines.
    package static let pending = 1 << 20
    /// How long the end of the process waits for a slow reader.
    package static let farewell: Duration = .milliseconds(200)
}
