import NIOCore
import Observation
import Timekeeping
import WebSocketTransport

/// A text from outside within a sentence of ours: cleaned, short, and in quotation marks, so that its words are seen to be not ours.
struct Quoted: CustomStringConvertible {
    let description: String

    init(_ text: String) {
        description = "'\(BoundedText.clean(text, maxBytes: JoinTrialDefaults.maxQuotedBytes))'"
    }
}

/// What is said of a hop, and what to do when it fails.
extension TrialRun {
    static func describe(_ addresses: [SocketAddress], of host: String) -> String {
        let texts = addresses.compactMap(\.ipAddress)
        if texts == [host] { return "\(host) is an address already" }
        let first = texts.prefix(2).joined(separator: ", ")
        return "\(host) is \(first)" + (texts.count > 2 ? " and \(texts.count - 2) more" : "")
    }

    static func text(_ address: SocketAddress) -> String {
        let host = address.ipAddress ?? "\(address)"
        return "\(host.contains(":") ? "[\(host)]" : host):\(address.port ?? 0)"
    }

    static func text(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        if milliseconds < 1_000 { return milliseconds < 1 ? "less than 1 ms" : "\(milliseconds) ms" }
        let tenths = milliseconds / 100
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }

    /// - Parameter now: seconds since 1970.
    static func judge(_ certificate: ServerCertificate, at now: Int64) -> Found<Void> {
        let days = max(0, certificate.notValidAfter - now) / 86_400
        let until = JoinTrialReport.day(of: certificate.notValidAfter)
        let subject = certificate.subject.map { " of \(Quoted($0))" } ?? ""
        let isLate = days < JoinTrialDefaults.certificateDays
        return Found(
            value: (),
            result: isLate ? .warning : .ok,
            seen: "certificate\(subject) valid until \(until), \(days) days left",
            advice: isLate ? "Renew the certificate, and see why that did not happen by itself." : nil
        )
    }

    /// The words for whatever a hop threw.
    static func failure(at hop: Hop, _ error: any Error, limit: Duration, target: WebSocketURL) -> Failure {
        switch error {
        case let failure as Failure:
            failure
        case is CancellationError:
            Failure(seen: "interrupted", advice: "Try again.")
        case let failure as HostLookup.Failure:
            lookupFailure(failure, host: target.host)
        case let error as WebSocketConnectError:
            Failure(seen: seen(error, limit), advice: advice(at: hop, error, target))
        default:
            Failure(seen: "\(Quoted("\(error)"))", advice: "Try again; if it happens again, report it.")
        }
    }

    private static func lookupFailure(_ failure: HostLookup.Failure, host: String) -> Failure {
        Failure(
            seen: "no address for \(Quoted(host)): \(failure.reason)",
            advice: failure.isTemporary
                ? "The name server could not be asked. Check this machine's network and its resolver, and try again."
                : "Check the spelling, and that the name has an A or AAAA record."
        )
    }

    private static func seen(_ error: WebSocketConnectError, _ limit: Duration) -> String {
        switch error {
        case .timedOut: "no answer within \(text(limit))"
        case .rejected(let status): "the server answered with HTTP status \(status)"
        case .tls(let reason), .invalidHandshake(let reason), .refused(let reason): reason
        case .resolution(let host): "no address for \(Quoted(host))"
        case .invalidHeader: "\(error)"
        }
    }

    private static func advice(at hop: Hop, _ error: WebSocketConnectError, _ target: WebSocketURL) -> String {
        switch hop {
        case .dns: "The name server is silent. Check this machine's network and its resolver, and try again."
        case .tcp: connectionAdvice(error, target)
        case .tls: certificateAdvice(error, target)
        case .upgrade: upgradeAdvice(error)
        case .register, .ask, .answer, .helper: "Try again; if it happens again, look at the server's log."
        }
    }

    private static func connectionAdvice(_ error: WebSocketConnectError, _ target: WebSocketURL) -> String {
        switch error {
        case .timedOut:
            "Nothing answers there, not even with a refusal: a firewall drops the packets, or the address is not the "
                + "server's. Check both, and that port \(target.port) is open."
        case .refused, .resolution, .rejected, .invalidHandshake, .tls, .invalidHeader:
            "Is the server running, and listening on port \(target.port) of that address and not of 127.0.0.1 alone? Check "
                + "the address, port mappings and firewalls."
        }
    }

    private static func certificateAdvice(_ error: WebSocketConnectError, _ target: WebSocketURL) -> String {
        guard case .tls(let reason) = error else {
            return "The port accepts connections, but does not speak TLS in time. If it has no TLS, use ws://."
        }
        if reason.contains("expired") { return "Renew the certificate at the server, or its proxy, and reload it." }
        if reason.contains("not valid yet") { return "Check the clocks of the server and of this machine." }
        if reason.contains("not valid for host") {
            return "Use a name that the certificate has, or get one for \(Quoted(target.host))."
        }
        if reason.contains("self-signed") || reason.contains("CA we trust") {
            return
                "If it is of an authority of your own, name that (--ca-file). If it is of a public one, the server must "
                + "send the certificates in between, too."
        }
        if reason.contains("does not speak TLS") || reason.contains("hung up") {
            return "If the port has no TLS, use ws://; otherwise look at the log of the server, or its proxy."
        }
        return "Look at the TLS settings of the server, or its proxy."
    }

    private static func upgradeAdvice(_ error: WebSocketConnectError) -> String {
        guard case .rejected(let status) = error else {
            return
                "Nobody speaks WebSocket there. If the port has TLS, the address must begin with wss://; otherwise check "
                + "the port, and that the process behind it is not stuck."
        }
        return switch status {
        case 200..<300: "A web server answers, but no bootstrap server: check port and path of the address."
        case 300..<400: "It sends elsewhere. Use the address that it sends to; clients do not follow."
        case 401, 403: "A proxy or a firewall forbids it: allow WebSockets on this path without a login."
        case 400, 426: "A proxy loses the upgrade: it must pass on the headers Upgrade and Connection, with HTTP/1.1."
        case 404: "Nobody serves WebSockets at this path: check the path of the address, and the rules of the proxy."
        case 429: "Too many connections from this address: wait, or raise the limit."
        case 502, 503, 504:
            "A proxy answers, and nobody behind it: is the bootstrap server running, and not just stopping?"
        default: "Look at the log of the server, or its proxy."
        }
    }
}
