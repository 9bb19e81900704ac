package import Crypto
import Foundation

/// A certificate authority for tests, with certificates made on the spot: valid ones, and ones that are wrong in one way.
package struct TestAuthority {
    /// Seconds from now.
    package typealias Validity = ClosedRange<Int>

    package static let valid: Validity = -3600...86_400
    package static let expired: Validity = -86_400 ... -3600
    package static let future: Validity = 3600...86_400

    /// What a certificate may be used for (RFC 5280, 4.2.1.12).
    package enum Purpose {
        case server
        case client
    }

    package enum Host {
        case name(String)
        case address([UInt8])

        package static let localhost = Host.name("localhost")
        package static let loopback = Host.address([127, 0, 0, 1])
    }

    package let name: String
    package let certificate: TestCertificate

    package init(_ name: String = "Test CA", validity: Validity = valid) {
        self.name = name
        let key = P256.Signing.PrivateKey()
        self.certificate = TestCertificate(
            subject: name,
            key: key,
            issuer: name,
            issuerKey: key,
            validity: validity,
            // Basic constraints: this one may sign others.
            extensions: [DER.extension([2, 5, 29, 19], DER.sequence(DER.yes))]
        )
    }

    package func issue(
        _ hosts: Host...,
        validity: Validity = valid,
        purpose: Purpose = .server,
    ) -> TestCertificate {
        TestCertificate(
            subject: "bridge",
            key: P256.Signing.PrivateKey(),
            issuer: self.name,
            issuerKey: self.certificate.key,
            validity: validity,
            extensions: Self.extensions(hosts, purpose)
        )
    }

    /// Signed by nobody but itself.
    package static func selfSigned(_ hosts: Host...) -> TestCertificate {
        let key = P256.Signing.PrivateKey()
        return TestCertificate(
            subject: "bridge",
            key: key,
            issuer: "bridge",
            issuerKey: key,
            validity: valid,
            extensions: self.extensions(hosts, .server)
        )
    }

    private static func extensions(_ hosts: [Host], _ purpose: Purpose) -> [[UInt8]] {
        let names = hosts.map { host in
            switch host {
            case .name(let name): DER.value(0x82, Array(name.utf8))
            case .address(let bytes): DER.value(0x87, bytes)
            }
        }
        let last: Int
        switch purpose {
        case .server: last = 1
        case .client: last = 2
        }
        return [
            DER.extension([2, 5, 29, 17], DER.sequence(names)),
            DER.extension([2, 5, 29, 37], DER.sequence(DER.identifier([1, 3, 6, 1, 5, 5, 7, 3, last]))),
        ]
    }
}

/// An X.509 certificate of version 3 (RFC 5280, 4.1) and its key.
package struct TestCertificate {
    package let key: P256.Signing.PrivateKey
    package let der: [UInt8]

    fileprivate init(
        subject: String,
        key: P256.Signing.PrivateKey,
        issuer: String,
        issuerKey: P256.Signing.PrivateKey,
        validity: TestAuthority.Validity,
        extensions: [[UInt8]]
    ) {
        let ecdsaWithSHA256 = DER.sequence(DER.identifier([1, 2, 840, 10045, 4, 3, 2]))
        let toBeSigned = DER.sequence(
            DER.value(0xA0, DER.value(0x02, [2])),
            DER.value(0x02, [1] + (0..<8).map { _ in UInt8.random(in: .min ... .max) }),
            ecdsaWithSHA256,
            DER.commonName(issuer),
            DER.sequence(DER.time(validity.lowerBound), DER.time(validity.upperBound)),
            DER.commonName(subject),
            Array(key.publicKey.derRepresentation),
            DER.value(0xA3, DER.sequence(extensions))
        )
        // Signing fails only when there is no memory for it.
        let signature = (try? issuerKey.signature(for: toBeSigned).derRepresentation) ?? Data()
        self.key = key
        self.der = DER.sequence(toBeSigned, ecdsaWithSHA256, DER.value(0x03, [0] + signature))
    }

    package var pem: String {
        let text = Data(self.der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
    }

    package var keyPEM: String { self.key.pemRepresentation + "\n" }
}

/// Writes DER (X.690), as much of it as certificates need.
private enum DER {
    static let yes = value(0x01, [0xFF])

    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length =
            count < 0x80
            ? [UInt8(count)] : count < 0x100 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] {
        self.sequence(parts)
    }

    static func sequence(_ parts: [[UInt8]]) -> [UInt8] {
        self.value(0x30, parts.flatMap { $0 })
    }

    static func identifier(_ arcs: [Int]) -> [UInt8] {
        let encoded =
            [[UInt8(arcs[0] * 40 + arcs[1])]]
            + arcs.dropFirst(2).map { arc in
                var bytes = [UInt8(arc & 0x7F)]
                var rest = arc >> 7
                while rest > 0 {
                    bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                    rest >>= 7
                }
                return bytes
            }
        return self.value(0x06, encoded.flatMap { $0 })
    }

    static func commonName(_ name: String) -> [UInt8] {
        self.sequence(
            self.value(0x31, self.sequence(self.identifier([2, 5, 4, 3]), self.value(0x0C, Array(name.utf8))))
        )
    }

    static func `extension`(_ arcs: [Int], _ content: [UInt8]) -> [UInt8] {
        self.sequence(self.identifier(arcs), self.value(0x04, content))
    }

    /// Seconds from now, in UTC.
    static func time(_ offset: Int) -> [UInt8] {
        var seconds = time_t(Date().timeIntervalSince1970) + offset
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let fields = [
            parts.tm_year % 100, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
        ]
        return self.value(0x17, fields.flatMap { [UInt8($0 / 10) + 48, UInt8($0 % 10) + 48] } + Array("Z".utf8))
    }
}

/// A folder that is gone when the last test lets go of it.
package final class TestFolder: Sendable {
    private let path = NSTemporaryDirectory() + "/causeway-tls-" + UUID().uuidString

    package init() throws {
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    package func path(_ name: String) -> String {
        "\(self.path)/\(name)"
    }

    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: self.path(name)))
        return self.path(name)
    }
}
