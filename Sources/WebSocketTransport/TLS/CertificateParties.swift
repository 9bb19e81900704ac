import NIOSSL

/// Who signed a certificate and whom it is about, as the encoded names (RFC 5280, 4.1.2.4 and 4.1.2.6), for comparison
/// only. The TLS library knows both but doesn't tell.
struct CertificateParties: Equatable {
    let issuer: [UInt8]
    let subject: [UInt8]

    init?(_ certificate: NIOSSLCertificate) {
        guard let bytes = try? certificate.toDERBytes() else { return nil }
        self.init(der: bytes)
    }

    init?(der: [UInt8]) {
        var file = DERReader(rest: der[...])
        guard let certificate = file.next(tag: DERReader.sequence) else { return nil }
        var outer = DERReader(rest: certificate)
        guard let signed = outer.next(tag: DERReader.sequence) else { return nil }
        var fields = DERReader(rest: signed)
        // The version, which those of version 1 leave out.
        _ = fields.next(tag: 0xA0)
        guard
            fields.next(tag: DERReader.integer) != nil,  // serial number
            fields.next(tag: DERReader.sequence) != nil,  // signature algorithm
            let issuer = fields.next(tag: DERReader.sequence),
            fields.next(tag: DERReader.sequence) != nil,  // validity
            let subject = fields.next(tag: DERReader.sequence)
        else { return nil }
        self.issuer = Array(issuer)
        self.subject = Array(subject)
    }

    /// The last common name of the subject (RFC 5280, 4.1.2.6), which is the most particular one.
    var subjectName: String? {
        var name: String?
        var sets = DERReader(rest: self.subject[...])
        while let set = sets.next(tag: DERReader.set) {
            var attributes = DERReader(rest: set)
            while let attribute = attributes.next(tag: DERReader.sequence) {
                var fields = DERReader(rest: attribute)
                guard fields.next(tag: DERReader.identifier)?.elementsEqual(Self.commonName) == true else { continue }
                for tag in DERReader.texts {
                    var value = fields
                    if let text = value.next(tag: tag) { name = String(decoding: text, as: UTF8.self) }
                }
            }
        }
        return name
    }

    /// 2.5.4.3.
    private static let commonName: [UInt8] = [0x55, 0x04, 0x03]
}

/// Takes DER values off the front of some bytes (X.690, 8.1 and 10.1).
private struct DERReader {
    static let integer: UInt8 = 0x02
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31
    static let identifier: UInt8 = 0x06
    /// UTF8String, PrintableString, IA5String.
    static let texts: [UInt8] = [0x0C, 0x13, 0x16]

    var rest: ArraySlice<UInt8>

    /// The content of the next value; nil, and nothing taken, if it has another tag or is cut off.
    mutating func next(tag: UInt8) -> ArraySlice<UInt8>? {
        var bytes = self.rest
        guard bytes.popFirst() == tag, let first = bytes.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            // Three bytes of length are 16 MiB, more than any certificate.
            guard (0x81...0x83).contains(first) else { return nil }
            length = 0
            for _ in 0..<(first & 0x7F) {
                guard let byte = bytes.popFirst() else { return nil }
                length = length << 8 | Int(byte)
            }
        }
        guard length <= bytes.count else { return nil }
        self.rest = bytes.dropFirst(length)
        return bytes.prefix(length)
    }
}
