import WireMessages

extension ConformanceCase {
    static let versions: [ConformanceCase] =
        [
            accepted("1.0.0"), accepted("1.0.9"),
            refused("0.9"), refused("2.0.0"), refused("1.1.0"), refused("1"), refused(""), refused("a.b.c"),
            refused(nil),
        ] + [
            ConformanceCase(
                "build-id",
                "register",
                "1.4",
                expects: "fallback build ids (missing, empty, node_..., unknown_..., initializing) are accepted"
            ) { probe in
                for buildID in [nil, "", "node_1", "unknown_browser", "initializing"] as [String?] {
                    let socket = try await probe.open()
                    let field = buildID.map { #","buildId":"\#($0)""# } ?? ""
                    socket.send(
                        #"{"type":"register","nodeId":"\#(probe.newID())","protocolVersion":"1.0.0"\#(field)}"#
                    )
                    do {
                        _ = try await socket.next("registered")
                    } catch let deviation as Deviation {
                        throw Deviation("buildId \(buildID.map { "\"\($0)\"" } ?? "missing"): \(deviation.got)")
                    }
                }
                return "registered"
            }
        ]

    private static func accepted(_ version: String) -> ConformanceCase {
        ConformanceCase("version-\(version)", "register", "1.4", expects: "protocol \(version): registered") { probe in
            let socket = try await probe.open()
            socket.send(Probe.register(probe.newID(), version: version))
            _ = try await socket.next("registered")
            return "registered"
        }
    }

    private static func refused(_ version: String?) -> ConformanceCase {
        let name = version.map { $0.isEmpty ? "empty" : $0 } ?? "missing"
        return ConformanceCase(
            "version-\(name)",
            "register",
            "1.4",
            expects: "protocol \(name): version_mismatch with its fields, then close 4001"
        ) { probe in
            let socket = try await probe.open()
            let field = version.map { #","protocolVersion":"\#($0)""# } ?? ""
            socket.send(#"{"type":"register","nodeId":"\#(probe.newID())","buildId":"node_1"\#(field)}"#)
            let mismatch = try await socket.next("version_mismatch")
            for key in ["serverVersion", "serverBuildId", "message"] {
                try expect(mismatch.string(key) != nil, else: "version_mismatch without \(key)")
            }
            if let version, !version.isEmpty {
                try expect(mismatch.string("clientVersion") == version, else: "clientVersion not echoed")
            }
            try expect(mismatch.string("clientBuildId") == "node_1", else: "clientBuildId not echoed")
            return "version_mismatch, " + (try await closes(socket, 4001, "Version mismatch"))
        }
    }
}
