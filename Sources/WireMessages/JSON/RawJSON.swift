/// A JSON value that we pass on without looking inside: checked once, kept as the bytes it came in.
///
/// Tokens are signed over their serialised text, so order of members, number text and escapes must survive (protocol.md 0.4).
/// Equality is equality of bytes.
public struct RawJSON: Hashable, Sendable {
    /// One complete JSON value.
    public let bytes: [UInt8]

    /// The caller vouches for `bytes`: one complete value that the scanner accepts.
    init(accepted bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(_ value: JSONValue) {
        self.init(accepted: Array(value.rawBytes))
    }

    /// Checks `bytes` and keeps them, without whitespace around the value.
    public init(checking bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> RawJSON in
            try JSONValue.reading(UnsafeRawBufferPointer(bytes), limits: limits, refusal: { $0 }) {
                (value: JSONValue) throws(JSONError) in
                RawJSON(value)
            }
        }
    }

    /// An object made by the caller, who writes members with `JSONWriter.member`.
    public static func object(_ members: (inout JSONWriter) -> Void) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return RawJSON(accepted: writer.bytes)
    }

    /// The same value in no more memory than its bytes need, for whoever keeps many: a value that was written here has room left.
    public func compact() -> RawJSON {
        // Of a slice, an array would keep the whole buffer.
        RawJSON(accepted: bytes.withUnsafeBufferPointer { Array($0) })
    }

    public static let emptyObject = RawJSON(accepted: Array("{}".utf8))
    public static let null = RawJSON(accepted: Array("null".utf8))

    /// Reads inside the value. `body`'s argument must not leave it.
    public func withValue<Result>(_ body: (JSONValue) -> Result) -> Result? {
        // Passed the scanner once already, when the limits may have been wider.
        let limits = JSONLimits(depth: .max, values: .max, bytes: .max)
        return bytes.withUnsafeBytes { bytes in
            try? JSONValue.reading(bytes, limits: limits, refusal: { $0 }) { (value: JSONValue) throws(JSONError) in
                body(value)
            }
        }
    }
}

extension RawJSON: ExpressibleByStringLiteral {
    /// For texts in our own source: `let metadata: RawJSON = #"{"nodeType":"nodejs"}"#`. Traps if the literal is not JSON.
    public init(stringLiteral text: String) {
        do {
            try self.init(checking: Array(text.utf8))
        } catch {
            preconditionFailure("not JSON (\(error)): \(text)")
        }
    }
}

extension RawJSON: CustomStringConvertible {
    /// The text itself. Tokens and secrets may be in it: do not log it.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
