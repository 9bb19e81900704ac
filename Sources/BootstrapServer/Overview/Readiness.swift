import BridgeLink

extension BootstrapStatus {
    /// Why newcomers cannot be led in here, in phrases that can follow "not ready: "; empty if they can.
    ///
    /// Ready means: a bridge can be asked and can name a helper, or the network is new. A server that is not ready still serves
    /// whoever is connected, and leads newcomers to peers that it knows itself, as long as there are any.
    var obstacles: [String] {
        if isDraining { return ["the server prepares to stop"] }
        if !isListening { return ["the server does not listen yet"] }
        if !isLedgerUsable { return ["the start of the network could not be stored in the state directory"] }
        // Whoever asks is told who is here; bridges have no part in that.
        guard opensNetwork else { return [] }
        if isNewNetwork { return createsNewDHT ? [] : ["the network has not begun, and this server may not begin it"] }
        if pool.endpoints.isEmpty { return ["no bridge is configured, and none has dialled in"] }
        if pool.available == 0 { return ["none of \(pool.endpoints.count) bridges can be asked"] }
        if !canNameHelper { return ["no bridge is connected to a peer that could help"] }
        return []
    }

    var isReady: Bool { obstacles.isEmpty }
}
