import Hummingbird
import NIOCore
import WebSocketTransport

/// Answers with the request's path and four exclamation marks.
let answerWithBody: WebSocketServer.HTTPResponder = { request, writer, _ in
    let body = ByteBuffer(string: "\(request.head.path ?? "")!!!!")
    let response = Response(status: .ok, body: ResponseBody(byteBuffer: body))
    try await writer.write(response: response.head, body: response.body)
}
