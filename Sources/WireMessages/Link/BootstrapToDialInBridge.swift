/// All that a bootstrap may say to a bridge that dialled in: what it says to any client about its registration, then what it says
/// on a link (protocol.md 3.1 (c)).
public enum BootstrapToDialInBridge: WireConversation {
    case registered(Registered)
    case versionMismatch(VersionMismatch)
    case response(Response)
    case error(ErrorNotice)
    case link(BootstrapToBridge)

    public init(type: WireType, fields: WireFields) throws(WireError.Reason) {
        switch type {
        case "registered": self = .registered(try Registered(reading: fields))
        case "version_mismatch": self = .versionMismatch(try VersionMismatch(reading: fields))
        case "response": self = .response(try Response(reading: fields))
        case "error": self = .error(try ErrorNotice(reading: fields))
        default: self = .link(try BootstrapToBridge(type: type, fields: fields))
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .registered(let message): message.write(to: &writer)
        case .versionMismatch(let message): message.write(to: &writer)
        case .response(let message): message.write(to: &writer)
        case .error(let message): message.write(to: &writer)
        case .link(let message): message.write(to: &writer)
        }
    }
}
