package import Hummingbird
package import HummingbirdCore
package import Logging

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
