package import Hummingbird
package import HummingbirdCore
package import Logging
import NIOCore

extension HTTPResponder where Context: RequestContext, Context.Source == ApplicationRequestContextSource {
    /// These routes as the plain-HTTP side of a server that also speaks WebSocket on the same port.
    package func channelResponder(logger: Logger) -> HTTPChannelHandler.Responder {
        { request, responseWriter, channel in
            let context = Context(source: .init(channel: channel, logger: logger))
            let response: Response
            do {
                response = try await respond(to: request, context: context)
            } catch let error as any HTTPResponseError {
                response = try error.response(from: request, context: context)
            } catch {
                logger.error("HTTP route failed", metadata: ["reason": "\(error)"])
                response = Response(status: .internalServerError)
            }
            try await responseWriter.write(response: response.head, body: response.body)
        }
    }
}

extension Response {
    /// A JSON body as monitors expect it: compact, and readable from any origin (protocol.md 6.1).
    package static func json(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .accessControlAllowOrigin: "*"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    package static func text(_ body: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain", .accessControlAllowOrigin: "*"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
    }
}
