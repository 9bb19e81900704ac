const PATIENCE = 40_000;

/** What came, in its order, until somebody takes it; each piece is taken once. */
export class Mailbox {
    #name;
    #began = performance.now();
    #waiting = [];
    #takers = [];
    #seen = [];

    constructor(name) {
        this.#name = name;
    }

    /** `at` tells the taker how many milliseconds after the mailbox was made it came. */
    put(message) {
        const dated = { ...message, at: performance.now() - this.#began };
        this.#seen.push(message.type);
        const index = this.#takers.findIndex((taker) => taker.wants(dated));
        if (index < 0) {
            this.#waiting.push(dated);
        } else {
            this.#takers.splice(index, 1)[0].give(dated);
        }
    }

    /** The next of a type, or of any of several, whose members are those of `like`; fails after a while. */
    take(types, like = {}) {
        const wants = (message) =>
            [types].flat().includes(message.type) &&
            Object.entries(like).every(([key, value]) => message[key] === value);
        const index = this.#waiting.findIndex(wants);
        if (index >= 0) return Promise.resolve(this.#waiting.splice(index, 1)[0]);
        return new Promise((resolve, reject) => {
            const late = () => {
                this.#takers.splice(this.#takers.indexOf(taker), 1);
                const seen = this.#seen.join(", ") || "nothing";
                reject(new Error(`no ${types} with ${JSON.stringify(like)} ${this.#name}; there was ${seen}`));
            };
            const timer = setTimeout(late, PATIENCE);
            const give = (message) => {
                clearTimeout(timer);
                resolve(message);
            };
            const taker = { wants, give };
            this.#takers.push(taker);
        });
    }

    /** How many of a type ever came. */
    count(type) {
        return this.#seen.filter((seen) => seen === type).length;
    }
}
