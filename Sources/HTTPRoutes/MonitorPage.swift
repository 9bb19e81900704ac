package import Hummingbird
import NIOCore

/// What a monitor gets to read.
package struct MonitorPage: Sendable {
    package var status: HTTPResponse.Status
    package var contentType: String
    package var body: [UInt8]
    /// Beside the type of the content. Those of a page for people say which origins it is for; all others are readable from any.
    package var headers: HTTPFields = [.accessControlAllowOrigin: "*"]

    package var statusCode: Int { status.code }

    package init(_ body: [UInt8], contentType: String, status: HTTPResponse.Status = .ok) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package static func json(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> MonitorPage {
        MonitorPage(body, contentType: "application/json", status: status)
    }

    package static func text(_ body: String, status: HTTPResponse.Status = .ok) -> MonitorPage {
        MonitorPage(Array(body.utf8), contentType: "text/plain", status: status)
    }

    /// Where to go instead. A relative address: a proxy may have mounted us anywhere.
    package static func redirect(to location: String) -> MonitorPage {
        var page = MonitorPage.text("see \(location)\n", status: .found)
        page.headers = [.location: location, .cacheControl: "no-store"]
        return page
    }

    /// The response; what monitors read is readable from any origin (protocol.md 6.1).
    package var response: Response {
        var fields = headers
        fields[.contentType] = contentType
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Request {
    /// All `Accept` fields as one; empty if there is none.
    package var accept: String { headers[values: .accept].joined(separator: ",") }
}

extension Response {
    /// Answers HEAD: the same head, the length of the body included, and no body (RFC 9110 9.3.2).
    package var withoutBody: Response { createHeadResponse() }
}
