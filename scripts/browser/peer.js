import { invitationToken } from "./identity.js";
import { ChannelLink, opened, SocketLink } from "./links.js";
import { Mailbox } from "./mailbox.js";

const REGISTERS_AFTER = 10;
// As long as it has no link.
const ASKS_AGAIN_AFTER = 10_000;

function requestID(prefix) {
    return `${prefix}_${Date.now()}_${Math.random().toString(36).slice(2, 11)}`;
}

/**
 * A browser peer. It does by itself what a peer does without being asked: it proves its key, accepts invitations, dials
 * helpers and answers offers. What it heard and did waits in mailboxes for the script that drives the page.
 */
export class Peer {
    #identity;
    #socket;
    #membershipToken = null;

    constructor(identity) {
        this.#identity = identity;
        this.id = identity.id;
        this.heard = new Mailbox("from the bootstrap server");
        this.done = new Mailbox("by this peer itself");
        this.links = new Map();
        this.calls = new Map();
    }

    /** Opens the socket and says what every peer says first. Resolves, when it is open, to the request's id. */
    async join(url) {
        this.#socket = new WebSocket(url);
        this.#socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
        await opened(this.#socket);
        this.#socket.onclose = ({ code, reason }) => this.done.put({ type: "closed", code, reason });
        setTimeout(() => {
            const message = { type: "register", nodeId: this.id, protocolVersion: "1.0.0", buildId: "unknown_browser" };
            this.send({ ...message, timestamp: Date.now(), metadata: this.#metadata });
        }, REGISTERS_AFTER);
        setInterval(() => this.links.size > 0 || this.#ask(), ASKS_AGAIN_AFTER);
        return this.#ask();
    }

    send(message) {
        this.#socket.send(JSON.stringify(message));
    }

    /** Sends a request; resolves to the response, whatever it says. */
    request(message) {
        const requestId = requestID("req");
        this.send({ ...message, requestId });
        return this.heard.take("response", { requestId });
    }

    async invite(targetPeerId) {
        const token = await invitationToken(this.id, targetPeerId);
        const invitation = { type: "send_invitation", targetPeerId, inviterNodeId: this.id, invitationToken: token };
        return this.request(invitation);
    }

    signal(toPeer, signal) {
        return this.request({ type: "forward_signal", fromPeer: this.id, toPeer, signal });
    }

    /** Tells the server that it is ready to connect to another browser at the same moment as that one. */
    coordinate(target, sessionId) {
        this.send({ type: "ice_coordinate", target, candidates: [], profile: this.profile, sessionId });
    }

    get profile() {
        const network = { hasIPv6: false, natType: "open", portPattern: "sequential", needsRelay: false };
        return { ...network, platform: navigator.platform, browser: "chromium", isMobile: false };
    }

    get #metadata() {
        return {
            publicKey: this.#identity.publicKey,
            membershipToken: null,
            nodeType: "browser",
            capabilities: ["webrtc", "websocket-client"],
            canAcceptConnections: false,
            canInitiateConnections: true,
            verified: true,
        };
    }

    #ask() {
        const requestId = requestID("req");
        const message = { type: "get_peers_or_genesis", requestId, nodeId: this.id, maxPeers: 20 };
        this.send({ ...message, metadata: this.#metadata });
        return requestId;
    }

    #hear(message) {
        switch (message.type) {
            case "registered":
                this.send({ type: "profile_update", nodeId: this.id, connectionProfile: this.profile });
                break;
            case "auth_challenge":
                this.#prove(message);
                break;
            case "response":
                this.#membershipToken ??= message.data?.membershipToken ?? null;
                break;
            case "invitation_received":
                this.#accept(message);
                break;
            case "websocket_peer_metadata":
                this.#dial(message);
                break;
            case "webrtc_start_offer":
                this.#call(message.targetPeer).offer();
                break;
            case "webrtc_expect_offer":
                this.#call(message.fromPeer);
                break;
            case "signal":
                this.calls.get(message.fromPeer)?.hear(message.signal);
                break;
        }
        this.heard.put(message);
    }

    async #prove({ nonce, timestamp }) {
        const signature = await this.#identity.sign(`${nonce}:${timestamp}`);
        this.send({ type: "auth_response", nodeId: this.id, signature, timestamp: Date.now() });
    }

    #accept({ fromPeer, invitationToken: token }) {
        const isValid = token?.inviter && token.signature && token.invitee === this.id && token.expires > Date.now();
        if (!isValid) return;
        this.send({ type: "invitation_accepted", fromPeer: this.id, toPeer: fromPeer, timestamp: Date.now() });
    }

    /** Whoever invited: of a browser and a Node peer only the browser can dial. */
    async #dial({ fromPeer, fromPeerMetadata, targetPeer, targetPeerMetadata }) {
        const other = fromPeer ?? targetPeer;
        const { publicWssAddress, listeningAddress } = fromPeerMetadata ?? targetPeerMetadata;
        const address = publicWssAddress ?? listeningAddress;
        if (!address || this.links.has(other)) return;
        this.links.set(other, null);
        try {
            const metadata = { ...this.#metadata, isBridgeNode: false, startTime: Date.now() };
            metadata.membershipToken = this.#membershipToken;
            const link = await SocketLink.dial(address, this.id, metadata);
            this.links.set(other, link);
            this.done.put({ type: "linked", other, named: link.hello.bridgeNodeId });
        } catch (error) {
            this.links.delete(other);
            this.done.put({ type: "not linked", other, why: String(error) });
        }
    }

    #call(other) {
        const call = new ChannelLink((signal) => this.signal(other, signal));
        this.calls.set(other, call);
        return call;
    }
}
