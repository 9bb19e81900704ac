public import WireMessages

/// What a client found out about its network (`profile_update`, protocol.md 2.10), in words of closed lists.
public struct ConnectionProfile: Sendable, Equatable {
    public enum NATType: String, ClosedWord {
        case open, easy, hard, unknown
        public static var unlisted: Self { .unknown }
        public static var unsaid: Self { .unknown }
    }

    public enum PortPattern: String, ClosedWord {
        case sequential, random, unknown
        public static var unlisted: Self { .unknown }
        public static var unsaid: Self { .unknown }
    }

    /// The first seven are what clients of the existing network say.
    public enum Platform: String, ClosedWord {
        case windows, macos, linux, android, ios, chromeos, nodejs, unknown, other
        public static var unlisted: Self { .other }
        public static var unsaid: Self { .unknown }
    }

    /// The first seven are what clients of the existing network say.
    public enum Browser: String, ClosedWord {
        case chrome, firefox, safari, edge, opera, ie, nodejs, chromium, brave, vivaldi, samsung, unknown, other
        public static var unlisted: Self { .other }
        public static var unsaid: Self { .unknown }
    }

    /// The kind of device, under the names that existing reports use.
    public enum Category: String, CaseIterable, Hashable, Sendable {
        case mobileAndroid = "mobile-android"
        case mobileIOS = "mobile-ios"
        case mobileOther = "mobile-other"
        case desktopWindows = "desktop-windows"
        case desktopMacOS = "desktop-macos"
        case desktopLinux = "desktop-linux"
        case desktopChromeOS = "desktop-chromeos"
        case serverNodeJS = "server-nodejs"
        case unknown

        public var isMobile: Bool {
            switch self {
            case .mobileAndroid, .mobileIOS, .mobileOther: true
            case .desktopWindows, .desktopMacOS, .desktopLinux, .desktopChromeOS, .serverNodeJS, .unknown: false
            }
        }

        public var isDesktop: Bool {
            switch self {
            case .desktopWindows, .desktopMacOS, .desktopLinux, .desktopChromeOS: true
            case .mobileAndroid, .mobileIOS, .mobileOther, .serverNodeJS, .unknown: false
            }
        }
    }

    public var natType: NATType
    public var portPattern: PortPattern
    public var hasIPv6: Bool
    public var needsRelay: Bool
    public var platform: Platform
    public var browser: Browser
    public var isMobile: Bool

    /// - Parameter profile: as it came. A field of a wrong type counts as missing, a missing yes or no as no.
    public init(_ profile: RawJSON) {
        self =
            profile.withValue { fields in
                ConnectionProfile(
                    natType: NATType(saying: fields["natType"]?.string),
                    portPattern: PortPattern(saying: fields["portPattern"]?.string),
                    hasIPv6: fields["hasIPv6"]?.bool ?? false,
                    needsRelay: fields["needsRelay"]?.bool ?? false,
                    platform: Platform(saying: fields["platform"]?.string),
                    browser: Browser(saying: fields["browser"]?.string),
                    isMobile: fields["isMobile"]?.bool ?? false
                )
            } ?? ConnectionProfile()
    }

    public init(
        natType: NATType = .unknown,
        portPattern: PortPattern = .unknown,
        hasIPv6: Bool = false,
        needsRelay: Bool = false,
        platform: Platform = .unknown,
        browser: Browser = .unknown,
        isMobile: Bool = false
    ) {
        self.natType = natType
        self.portPattern = portPattern
        self.hasIPv6 = hasIPv6
        self.needsRelay = needsRelay
        self.platform = platform
        self.browser = browser
        self.isMobile = isMobile
    }

    public var category: Category {
        switch (platform, isMobile) {
        case (.android, true): .mobileAndroid
        case (.ios, true): .mobileIOS
        case (_, true): .mobileOther
        case (.windows, false): .desktopWindows
        case (.macos, false): .desktopMacOS
        case (.linux, false): .desktopLinux
        case (.chromeos, false): .desktopChromeOS
        case (.nodejs, false): .serverNodeJS
        case (.android, false), (.ios, false), (.unknown, false), (.other, false): .unknown
        }
    }
}
