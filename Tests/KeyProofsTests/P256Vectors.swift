import Testing
import WireMessages

/// Keys and signatures of other implementations, so that ours does not only agree with itself.
struct P256Vector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var x: String
    var y: String
    var nodeID: String
    var text: String
    /// r and s, hexadecimal.
    var signature: String

    var jwk: RawJSON { Self.jwk(x: x, y: y) }

    static func jwk(x: String, y: String, kty: String = "EC", crv: String = "P-256") -> RawJSON {
        .object { writer in
            writer.member("crv", crv)
            writer.member("kty", kty)
            writer.member("x", x)
            writer.member("y", y)
        }
    }

    static let all = [browser, plain, leadingZeroX, leadingZeroY]

    /// Made with WebCrypto as browsers have it (Node.js 20.20.2: `generateKey`, `exportKey("jwk")`, `sign`).
    static let browser = P256Vector(
        testDescription: "WebCrypto",
        x: "519LIGukz1-vv7h--3KmFlwFwfuouYStqQf83Ni8Te4",
        y: "5r7exod2xGauyHsvwd_-7Zzebsi7kihZMh9LSmswWZc",
        nodeID: "0310db7bf3dcde09594df17b1ea1a7118f080eba",
        text: "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f:1795344183908",
        signature: "d726b16fffa78ade7f4abc98fca4677fb8da8ffe031b4859f875498c14ec782a"
            + "b4070ca9a6a8a6c571edc664d6419319a45a9766b1a0dffa38b1bd95fed81b15"
    )
    /// What `exportKey` gave for it, byte by byte.
    static let browserExport: RawJSON = """
        {"key_ops":["verify"],"ext":true,"kty":"EC","x":"519LIGukz1-vv7h--3KmFlwFwfuouYStqQf83Ni8Te4",\
        "y":"5r7exod2xGauyHsvwd_-7Zzebsi7kihZMh9LSmswWZc","crv":"P-256"}
        """

    // The others were made with OpenSSL through pyca/cryptography 48.0.0.

    /// The secret number is the SHA-256 of "browser peer".
    static let plain = P256Vector(
        testDescription: "OpenSSL",
        x: "tpOO-MXScDh7PNdwuJ9-frF1FflmmzZ6pWxv11swabU",
        y: "nT7ojpnmOSIEEJSbpwC7vA4pAcqMAhDLsUCGLHdSNc0",
        nodeID: "2cdd8b345063216bb8ace1ac4046911b77988091",
        text: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f:1795344183908",
        signature: "bb05af18a4682ab796cb9ada362eeeea5380b1112e5bf09e689feac12780cb74"
            + "02d1bad22886c5f06816521de24dd9a01bd082263f8c3fb466ba8313872372c2"
    )
    static let plainSecret: [UInt8] = [
        0x3e, 0x00, 0xeb, 0xa2, 0x46, 0xb1, 0xf7, 0x81, 0x52, 0x6e, 0xb0, 0x65, 0x24, 0xfd, 0x83, 0x74,
        0xaa, 0x42, 0x7c, 0x20, 0xb2, 0x6f, 0x2d, 0x1a, 0x66, 0x81, 0x98, 0x2a, 0x9a, 0x28, 0x95, 0xe8,
    ]
    /// The signature of `plain` in the DER form, as hexadecimal digits.
    static let plainDER =
        "3045022100bb05af18a4682ab796cb9ada362eeeea5380b1112e5bf09e689feac12780cb74"
        + "022002d1bad22886c5f06816521de24dd9a01bd082263f8c3fb466ba8313872372c2"

    /// Secret number 0x17b; a leading zero counts among the 32 bytes.
    static let leadingZeroX = P256Vector(
        testDescription: "leading zero in x",
        x: "AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo",
        y: "u0yFo9jqKe-q-iRAaRLdhNWxTcMr9lbvbGvVil2UP5I",
        nodeID: "25236d5c16d87ef14824ed50ab5f360f3b2b66f9",
        text: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f:1",
        signature: "65bd6160673f9e7498fde3e8ff755c94969b109e9aeba971986c537e62ff9b50"
            + "6f241c2294087b86fafa990cf849c44f267837f312ea5e75d7cf90694a8cd15c"
    )
    /// Secret number 0x2b.
    static let leadingZeroY = P256Vector(
        testDescription: "leading zero in y",
        x: "mGriUG8f8QTQQjCGHY9LSY9LxMbQCbMPdUTcEpuC0o0",
        y: "ADzMwKZGDgrjKKTZfTx7YdhvxiicGJ8lJREMRBuwfpc",
        nodeID: "6e6f9f4a6f11c20b31b52e66bde9d219b87e90ca",
        text: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f:2",
        signature: "7c55dda56cf5f2e7a487fa80e3e512eac623a5fa50fd45af46deb2588ae0ce8d"
            + "525d8ba372512d5e77254e46d2f3cec430410ea16d7dcb69bc6822e69db83db7"
    )

    /// Coordinates that are no key of this curve.
    static let noPoints: [(x: String, y: String)] = [
        // A point of P-384 (7 G), and one of secp256k1.
        (
            "KDwdc2XOR4jyn46_I07f_q1v6Zf76l_6LVjMnfp7HFCLBVJvVbnrsgQPBbSPttDh",
            "lHXJkGHkG4i6Uu_bjBaQRxph2GfteZcp2cks0B29IlYw2E7eMqePnmRmTNrFEu-M"
        ),
        ("XL3wZG5dtOqjmPNl8up6Dj1Bm34DMOOc6Svd7crE-bw", "auvKQLolWWCjF41thhpU26gT0LgT_ee1pQgmKAhyZNo"),
        // x and y the other way round.
        (plain.y, plain.x),
        // One bit of y changed.
        (plain.x, "nT7ojpnmOSIEEJSbpwC7vA4pAcqMAhDLsUCGLHdSNcw"),
        // Zero and zero, which some take for the point at infinity.
        (zero, zero),
        // Zero and all ones.
        (zero, "__________________________________________8"),
        // The prime in place of zero: the same point as `zeroX` has, spelt another way.
        ("_____wAAAAEAAAAAAAAAAAAAAAD_______________8", zeroXsY),
    ]
    static let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    /// With `zero` for x, this is on the curve.
    static let zeroXsY = "ZkhceA4vg9ckM71dhKBrtlQcKvMdrocXKL-FahdPk_Q"
}
