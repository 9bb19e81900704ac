import Synchronization

/// A store that forgets with the process, for tests and for bridges that are somebody else after each start.
package final class InMemoryIdentityStore: IdentityStore {
    private let identity = Mutex<StoredIdentity?>(nil)

    package init() {}

    package func loadOrCreateIdentity(make: () -> StoredIdentity) throws -> StoredIdentity {
        try identity.withLock { identity in
            if let identity { return identity }
            let made = make()
            guard made.signingKey.count == StoredIdentity.signingKeyLength else {
                throw StateStoreError.invalidIdentity
            }
            identity = made
            return made
        }
    }
}
