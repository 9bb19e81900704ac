import HTTPRoutes
import HTTPTypes
import Hummingbird
import LivePage
import WireMessages

extension MonitorPage {
    /// One of the live page's files. Whatever a hostile peer may get into the page, it runs no script that is not ours, loads
    /// nothing, and sends nothing anywhere else.
    static func livePage(_ route: BootstrapRoute) -> MonitorPage {
        var page =
            switch route {
            case .dashboardStyle: MonitorPage(LivePage.style, contentType: "text/css; charset=utf-8")
            case .dashboardScript: MonitorPage(LivePage.script, contentType: "text/javascript; charset=utf-8")
            default: MonitorPage(LivePage.html, contentType: "text/html; charset=utf-8")
            }
        page.headers = [
            .cacheControl: "no-cache", .contentSecurityPolicy: contentPolicy, .xContentTypeOptions: "nosniff",
        ]
        if let referrer = HTTPField.Name("Referrer-Policy") { page.headers[referrer] = "no-referrer" }
        return page
    }

    private static let contentPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    static func error(_ code: String, _ text: String, status: HTTPResponse.Status) -> MonitorPage {
        .json(
            RawJSON.object { body in
                body.member("error", text)
                body.member("code", code)
            }.bytes,
            status: status
        )
    }
}
