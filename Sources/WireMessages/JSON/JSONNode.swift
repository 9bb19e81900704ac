/// One entry of the tape that `JSONScanner` makes of a text: where a value lies, and where the next one is.
///
/// The tape lists values in the order of the text. An object's members follow it as pairs, the name (a string entry) first.
struct JSONNode {
    enum Kind: UInt8 {
        case null
        case `true`
        case `false`
        /// A number without fraction and exponent.
        case integer
        /// Any other number.
        case number
        /// A string whose bytes are its value.
        case string
        /// A string with at least one escape.
        case escapedString
        case array
        case object
    }

    var kind: Kind
    /// How many levels of arrays and objects this value has, itself included; 0 for the others.
    var height: UInt8 = 0
    /// Offset of the first byte; of a string, of the first byte after the quote.
    var start: UInt32
    /// Offset after the last byte; of a string, of the closing quote.
    var end: UInt32
    /// Index of the entry after this value and all that is in it. While an array or object is open: the one around it.
    var next: UInt32
}

extension JSONNode.Kind {
    var isString: Bool { self == .string || self == .escapedString }
    var isContainer: Bool { self == .array || self == .object }
}
