const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const STORED_AS = "causeway key";

export function hex(bytes) {
    return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function randomHex(bytes) {
    return hex(crypto.getRandomValues(new Uint8Array(bytes)));
}

function fromBase64URL(text) {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** The id that belongs to a public key: the first 160 bits of SHA-256 over x, then y. */
export async function nodeID(publicKey) {
    const point = new Uint8Array([...fromBase64URL(publicKey.x), ...fromBase64URL(publicKey.y)]);
    return hex(await crypto.subtle.digest("SHA-256", point)).slice(0, 40);
}

/** A P-256 key and the id made of it; or, for an impostor, an id or a public key that belongs to somebody else. */
export class Identity {
    #privateKey;

    constructor(privateKey, publicKey, id) {
        this.#privateKey = privateKey;
        this.publicKey = publicKey;
        this.id = id;
    }

    /** This browser profile's own: made when first asked for, and the same after every reload of the page. */
    static async own() {
        if (localStorage.getItem(STORED_AS) === null) {
            const pair = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
            localStorage.setItem(STORED_AS, JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey)));
        }
        const stored = JSON.parse(localStorage.getItem(STORED_AS));
        const { kty, crv, x, y } = stored;
        const privateKey = await crypto.subtle.importKey("jwk", stored, CURVE, false, ["sign"]);
        return new Identity(privateKey, { kty, crv, x, y }, await nodeID({ x, y }));
    }

    /** The same private key, under what belongs to another. */
    posing({ id = this.id, publicKey = this.publicKey }) {
        return new Identity(this.#privateKey, publicKey, id);
    }

    /** r, then s, as 128 hex digits. */
    async sign(text) {
        const algorithm = { name: "ECDSA", hash: "SHA-256" };
        return hex(await crypto.subtle.sign(algorithm, this.#privateKey, new TextEncoder().encode(text)));
    }
}

/** What an inviter gives to an invitee. Signed by an Ed25519 key, whatever key the inviter's id is made of. */
export async function invitationToken(inviter, invitee) {
    const now = Date.now();
    const token = { inviter, invitee, timestamp: now, expires: now + 1_800_000, nonce: randomHex(16), version: "1.0" };
    const { privateKey } = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    const signature = await crypto.subtle.sign("Ed25519", privateKey, new TextEncoder().encode(JSON.stringify(token)));
    return { ...token, signature: hex(signature) };
}
