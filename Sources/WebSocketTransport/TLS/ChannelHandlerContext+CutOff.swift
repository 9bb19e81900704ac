import NIOCore
import NIOSSL

extension ChannelHandlerContext {
    /// Closes the connection at once. A plain `close` is polite: under TLS it says goodbye and waits some seconds for the
    /// answer, which the peers that we cut off are the last to give.
    func cutOff() {
        if let secure = try? self.pipeline.syncOperations.context(handlerType: NIOSSLHandler.self) {
            // Begins below that handler.
            secure.close(promise: nil)
        } else {
            self.close(promise: nil)
        }
    }
}
