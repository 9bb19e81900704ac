import { Mailbox } from "./mailbox.js";

// Existing acceptors hear nothing for about 50 ms after they have answered the hello.
const DEAF_TIME = 100;

/** Resolves when the socket is open, rejects if it will never be. */
export function opened(socket) {
    return new Promise((resolve, reject) => {
        socket.addEventListener("open", resolve, { once: true });
        socket.addEventListener("close", ({ code }) => reject(new Error(`not open: ${code}`)), { once: true });
    });
}

/** A DHT link by WebSocket. A browser always dials. */
export class SocketLink {
    #me;
    #socket;
    #pings = 0;
    #heard = new Mailbox("on the DHT link");

    /** Resolves when the other has named itself. */
    static async dial(address, me, metadata) {
        const link = new SocketLink();
        link.#me = me;
        link.#socket = new WebSocket(address);
        link.#socket.onmessage = ({ data }) => link.#hear(JSON.parse(data));
        await opened(link.#socket);
        link.#socket.send(JSON.stringify({ type: "dht_peer_hello", peerId: me, metadata }));
        link.hello = await link.#heard.take("dht_peer_connected");
        await new Promise((resolve) => setTimeout(resolve, DEAF_TIME));
        return link;
    }

    /** The pong. */
    async ping() {
        const requestId = `${this.#me.slice(0, 8)}_${(this.#pings += 1)}`;
        this.#send({ type: "ping", requestId, nodeId: this.#me });
        return this.#heard.take("pong", { requestId });
    }

    #send(message) {
        this.#socket.send(JSON.stringify({ ...message, from: this.#me, timestamp: Date.now() }));
    }

    #hear(message) {
        const { type, requestId, timestamp } = message;
        if (type === "ping") {
            this.#send({ type: "pong", requestId, originalTimestamp: timestamp });
        } else if (type === "find_node") {
            this.#send({ type: "find_node_response", requestId, nodes: [] });
        } else {
            this.#heard.put(message);
        }
    }
}

/** A link to another browser: a WebRTC data channel, which two browsers agree on by signals that others carry. */
export class ChannelLink {
    #connection = new RTCPeerConnection();
    #signal;
    #handled = Promise.resolve();

    /** `signal` carries a signal to the other browser. */
    constructor(signal) {
        this.#signal = signal;
        this.heard = new Mailbox("on the data channel");
        this.#connection.ondatachannel = ({ channel }) => this.#use(channel);
        this.#connection.onicecandidate = ({ candidate: found }) => {
            if (!found) return;
            const { candidate, sdpMLineIndex, sdpMid } = found;
            this.#signal({ type: "candidate", candidate, sdpMLineIndex, sdpMid });
        };
    }

    async offer() {
        this.#use(this.#connection.createDataChannel("dht"));
        await this.#describe();
    }

    /** Handles signals one after the other: a candidate is of no use before the description it belongs to. */
    hear(signal) {
        this.#handled = this.#handled.then(() => this.#handle(signal));
    }

    say(text) {
        this.channel.send(JSON.stringify({ type: "text", text }));
    }

    async #handle(signal) {
        if (signal.type === "candidate") {
            await this.#connection.addIceCandidate(signal);
        } else {
            await this.#connection.setRemoteDescription(signal);
            if (signal.type === "offer") await this.#describe();
        }
    }

    async #describe() {
        await this.#connection.setLocalDescription();
        const { type, sdp } = this.#connection.localDescription;
        this.#signal({ type, sdp });
    }

    #use(channel) {
        this.channel = channel;
        channel.onmessage = ({ data }) => this.heard.put(JSON.parse(data));
        channel.onopen = () => this.heard.put({ type: "open" });
    }
}
