public import Kademlia
public import NIOCore

extension SocketAddress {
    /// nil for a socket of the local machine's file system. A zone, which says which of our own interfaces leads there, is no
    /// part of the address.
    public var address: IPAddress? {
        // The layouts of `sockaddr_in` and `sockaddr_in6` (RFC 3493, 3.3). Text would be made and read again for each connection.
        switch self {
        case .v4:
            withSockAddr { address, _ in
                IPAddress(versionFour: UnsafeRawPointer(address).bigEndian(at: 4, as: UInt32.self))
            }
        case .v6:
            withSockAddr { address, _ in
                let address = UnsafeRawPointer(address)
                return IPAddress(
                    high: address.bigEndian(at: 8, as: UInt64.self),
                    low: address.bigEndian(at: 16, as: UInt64.self)
                )
            }
        case .unixDomainSocket:
            nil
        }
    }
}

extension UnsafeRawPointer {
    fileprivate func bigEndian<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Word.Type) -> Word {
        Word(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
