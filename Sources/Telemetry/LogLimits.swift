/// What bounds the log, so that nobody can fill a disk or our memory by what they send.
public enum LogLimits {
    /// Bytes of a metadata value. Peers choose some of them; an address or two ids fit.
    public static let value = 128
    /// Bytes of a sentence. Ours are constant and short; those of libraries may carry an error's text.
    public static let message = 512
    /// Bytes of lines waiting for a slow reader. At about 200 bytes each that is 5,000 lines.
    public static let pending = 1 << 20
    /// How long the end of the process waits for a slow reader.
    public static let farewell: Duration = .milliseconds(200)
}
