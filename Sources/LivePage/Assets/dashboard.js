// The live page of a bootstrap server. One document says everything (`api/v1/overview`), events repeat it once a
// second without its histories, and this script draws it. The document is read once, at the edge: past `readOverview`
// every text is bounded and plain, every number is a number or null. Texts become text nodes and nothing else.

const LIMITS = { name: 96, text: 300, bridges: 128, changes: 64, events: 100, reasons: 24, findings: 8 };
const STEPS = {
    seconds: { stepMs: 1000, kept: 300, words: "5 minutes" },
    minutes: { stepMs: 60_000, kept: 180, words: "3 hours" },
};
const COLUMNS = [
    "asked", "named", "invited", "accepted", "connected", "lost", "degraded", "busy", "failed",
    "p50Us", "p90Us", "p99Us", "inFlight", "waiting",
];
const SILENCE_MS = 6000;
const FIRST_EVENT_MS = 8000;
const FETCH_MS = 10_000;
const POLL_MS = 5000;
const POLLS_BEFORE_STREAM = 12;
const SMOOTHED_MS = 5000;
const REDRAW_MS = 900;
const SETTLED_MS = 5000;
const LONGEST_WAIT_MS = 30_000;

const BRIDGE_COUNTS = [
    "inFlight", "window", "requests", "answers", "timeouts", "busyAnswers", "dials", "linksOpened",
];
const BRIDGE_STATES = {
    connected: "connected",
    ejected: "does not answer",
    connecting: "connecting",
    disconnected: "disconnected",
    failed: "refuses us",
    retiring: "retiring",
    unknown: "unknown",
};
const ROTATIONS = {
    active: "", none: "", retiring: "", ejected: "",
    busy: "busy", full: "full", suspect: "slow", unanswering: "no answers",
};
const REASONS = {
    bridge_peers: ["Peers from a bridge's emergency reply", "The bridges know peers but no helper among them."],
    known_peers: ["Peers known to this server", "No bridge named a helper; newcomers dial peers by themselves."],
    no_bridge: ["No bridge could be asked", "Look at the bridges below: are they running, is the secret the same?"],
    timed_out: ["No bridge answered in time", "The bridges are overloaded or cut off. Look at their own metrics."],
    bridge_refused: ["The bridges knew nobody", "Are peers in the network? Bridges learn of them within a minute."],
    unusable_answer: ["A bridge's answer was unusable", "Its version may not fit this server."],
    busy: ["Too many questions at once", "Add bridges, or raise their windows."],
    peers_full: ["This server is full", "Raise the limit of peers or add a bootstrap server."],
    draining: ["This server is stopping", "They come back by themselves."],
    other: ["Other reasons", "The log of the server says more."],
};
const KINDS = { browser: "Browsers", server: "Servers", bridge: "Bridges", other: "Others" };
const NATS = { open: "Open", easy: "Easy", hard: "Hard", unknown: "Unknown", unreported: "Did not say" };
const STEPS_IN = {
    asked: "Asked", named: "Helper named", invited: "Invited by it", accepted: "Accepted", connected: "Connected",
};
const LIMITED_BY = {
    limit: "up to the configured limit", memory: "limited by memory", files: "limited by open files",
    cpu: "limited by CPU", other: "estimated",
};
const LEVELS = { info: "Info", warning: "Warning", error: "Error" };
const SEVERITY = { ok: 0, idle: 0, warning: 1, bad: 2 };
const COLOURS = { ok: "#2a9d5c", idle: "#7a8f99", warning: "#dd9a26", bad: "#d23b31", unknown: "#888899" };

// MARK: Reading

const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\uffff]+/g;
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;

/** One line of at most `limit` characters: no controls, nothing that changes the direction of what follows. */
function plain(value, limit = LIMITS.name) {
    if (typeof value !== "string") return "";
    const start = value.slice(0, 2 * limit).replace(UNSAFE, " ").replace(STACKED_MARKS, "$1").trim();
    const letters = Array.from(start);
    return letters.length > limit || value.length > 2 * limit ? `${letters.slice(0, limit - 1).join("")}…` : start;
}

const number = (value) => (typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : null);
const count = (value) => Math.max(0, number(value) ?? 0);
const object = (value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? value : {});
const list = (value, limit) => (Array.isArray(value) ? value.slice(0, limit) : []);
const word = (value, words, otherwise) =>
    typeof value === "string" && Object.hasOwn(words, value) ? value : otherwise;
const optional = (value, read) => (value !== null && typeof value === "object" ? read(value) : null);

function readOverview(raw) {
    const overview = object(raw);
    const latest = object(overview.latest);
    return {
        at: number(overview.at) ?? Date.now(),
        server: readServer(object(overview.server)),
        probe: optional(overview.probe, readProbe),
        totals: readSample(object(overview.totals)),
        latest: { seconds: optional(latest.second, readSample), minutes: optional(latest.minute, readSample) },
        history: optional(overview.history, readHistory),
        queue: readNumbers(object(overview.queue), ["waiting", "waitingLimit", "inFlight", "window"]),
        bridges: list(overview.bridges, LIMITS.bridges).map((bridge) => readBridge(object(bridge))),
        peers: readPeers(object(overview.peers)),
        room: readRoom(object(overview.room)),
        unhelped: readReasons(list(overview.unhelped, LIMITS.reasons)),
        events: list(overview.events, LIMITS.events).map((event) => readEvent(object(event))),
    };
}

function readNumbers(source, keys) {
    return Object.fromEntries(keys.map((key) => [key, count(source[key])]));
}

function readServer(server) {
    return {
        node: plain(server.node),
        version: plain(server.version, 64),
        startedAt: number(server.startedAt),
        network: word(server.network, { new: 1, running: 1 }, "running"),
        ready: server.ready === true,
        notReady: list(server.notReady, 3).map((reason) => plain(reason, LIMITS.text)),
        draining: optional(server.draining, (draining) => ({ until: number(draining.until) })),
        cpuPercent: number(server.cpuPercent),
        memoryBytes: number(server.memoryBytes),
    };
}

function readProbe(probe) {
    return {
        at: number(probe.at),
        ok: probe.ok === true,
        tookUs: number(probe.tookUs),
        step: plain(probe.step, 40),
        error: plain(probe.error, LIMITS.text),
    };
}

function readSample(sample) {
    const read = { at: number(sample.at) };
    for (const key of COLUMNS) read[key] = number(sample[key]);
    return read;
}

function readHistory(history) {
    const read = {};
    for (const name of Object.keys(STEPS)) {
        const columns = object(history[name]);
        read[name] = { start: number(columns.start), columns: {} };
        for (const key of COLUMNS) read[name].columns[key] = list(columns[key], STEPS[name].kept).map(number);
    }
    return read;
}

function readBridge(bridge) {
    const load = optional(bridge.load, (load) =>
        readNumbers(load, ["queueDepth", "queueCapacity", "inFlight", "connectedPeers"]));
    return {
        key: number(bridge.key) ?? 0,
        id: plain(bridge.id, 40),
        address: plain(bridge.address),
        state: word(bridge.state, BRIDGE_STATES, "unknown"),
        since: number(bridge.since),
        available: bridge.available === true,
        rotation: word(bridge.rotation, ROTATIONS, "none"),
        era: plain(bridge.era, 20),
        mode: plain(bridge.mode, 20),
        dialledIn: bridge.dialledIn === true,
        sameBridgeAs: plain(bridge.sameBridgeAs),
        error: plain(bridge.error, LIMITS.text),
        nextAttemptAt: number(bridge.nextAttemptAt),
        lastHeardAt: number(bridge.lastHeardAt),
        roundTripUs: number(bridge.roundTripUs),
        ...readNumbers(bridge, BRIDGE_COUNTS),
        load,
        changes: Array.isArray(bridge.changes) ? bridge.changes.slice(-LIMITS.changes).map(readChange) : null,
    };
}

function readChange(change) {
    return { at: count(object(change).at), state: word(object(change).state, BRIDGE_STATES, "unknown") };
}

function readPeers(peers) {
    return {
        ...readNumbers(peers, ["registered", "limit", "connections", "profiled", "ipv6", "needsRelay"]),
        byKind: readNumbers(object(peers.byKind), Object.keys(KINDS)),
        byNat: readNumbers(object(peers.byNat), Object.keys(NATS)),
    };
}

function readRoom(room) {
    return {
        peers: number(room.peers),
        limitedBy: word(room.limitedBy, LIMITED_BY, "other"),
        bytesPerPeer: number(room.bytesPerPeer),
        joinsPerSecond: number(room.joinsPerSecond),
    };
}

/** Of each reason one entry; those that this page does not know are one together. */
function readReasons(entries) {
    const read = new Map();
    for (const entry of entries.map(object)) {
        const reason = word(entry.reason, REASONS, "other");
        const counts = readNumbers(entry, ["fiveMinutes", "hour", "total"]);
        const before = read.get(reason) ?? { reason, fiveMinutes: 0, hour: 0, total: 0 };
        for (const key of Object.keys(counts)) before[key] += counts[key];
        read.set(reason, before);
    }
    return [...read.values()];
}

function readEvent(event) {
    return {
        id: number(event.id) ?? 0,
        at: number(event.at),
        level: word(event.level, LEVELS, "info"),
        kind: plain(event.kind, 40).replaceAll("_", " "),
        text: plain(event.text, LIMITS.text),
        subject: plain(event.subject),
    };
}

// MARK: Histories

/** The newest samples at one step, column by column; null where there is none. */
class History {
    constructor({ stepMs, kept }) {
        this.stepMs = stepMs;
        this.kept = kept;
        this.clear();
    }

    clear() {
        this.end = null;
        this.columns = Object.fromEntries(COLUMNS.map((key) => [key, new Array(this.kept).fill(null)]));
    }

    replace({ start, columns }) {
        this.clear();
        const length = Math.max(...COLUMNS.map((key) => columns[key].length));
        if (start === null || length === 0) return;
        this.end = start + (length - 1) * this.stepMs;
        for (const key of COLUMNS) {
            columns[key].forEach((value, index) => { this.columns[key][this.kept - length + index] = value; });
        }
    }

    /** False if samples are missing before this one, so that the whole should be asked for again. */
    add(sample) {
        if (sample === null || sample.at === null) return true;
        if (this.end === null) this.end = sample.at - this.stepMs;
        const steps = Math.round((sample.at - this.end) / this.stepMs);
        if (steps < 0) return true;
        if (steps > this.kept) return false;
        for (let step = 0; step < steps; step += 1) this.shift();
        for (const key of COLUMNS) this.columns[key][this.kept - 1] = sample[key];
        return steps < 5;
    }

    shift() {
        for (const key of COLUMNS) {
            this.columns[key].shift();
            this.columns[key].push(null);
        }
        this.end += this.stepMs;
    }

    sum(key, samples = this.kept) {
        return this.columns[key].slice(-samples).reduce((total, value) => total + (value ?? 0), 0);
    }

    /** As rates. Single seconds are smoothed over a few, since few newcomers come in each. */
    perSecond(key) {
        const width = Math.max(1, Math.round(SMOOTHED_MS / this.stepMs));
        return this.columns[key].map((value, index, column) => {
            const values = known(column.slice(Math.max(0, index - width + 1), index + 1));
            return value === null ? null : (mean(values) * 1000) / this.stepMs;
        });
    }

    time(index) {
        return (this.end ?? now()) - (this.kept - 1 - index) * this.stepMs;
    }
}

const state = {
    overview: null,
    range: "seconds",
    seconds: new History(STEPS.seconds),
    minutes: new History(STEPS.minutes),
    changes: new Map(),
    events: [],
    clockOffset: 0,
    connection: "waiting",
    lastHeard: null,
    opened: new Set(),
};

/** The server's time. */
const now = () => Date.now() + state.clockOffset;

/** Takes a document in. False if the histories have a hole that the server can fill. */
function adopt(overview) {
    const isWhole = overview.history !== null;
    state.clockOffset = overview.at - Date.now();
    state.lastHeard = Date.now();
    let isComplete = true;
    if (isWhole) {
        state.seconds.replace(overview.history.seconds);
        state.minutes.replace(overview.history.minutes);
        state.changes.clear();
        state.events = [];
    }
    isComplete = state.seconds.add(overview.latest.seconds) && isComplete;
    isComplete = state.minutes.add(overview.latest.minutes) && isComplete;
    isComplete = adoptEvents(overview.events, isWhole) && isComplete;
    for (const bridge of overview.bridges) adoptChanges(bridge);
    announceChanges(state.overview, overview);
    state.overview = overview;
    return isComplete || isWhole;
}

function adoptChanges(bridge) {
    if (bridge.changes !== null) state.changes.set(bridge.key, bridge.changes);
    const changes = state.changes.get(bridge.key) ?? [];
    const last = changes.at(-1);
    if (last?.state !== bridge.state) {
        // A first dial is worth a colour, each further one is not: a bridge that is away stays "disconnected".
        const isRedial = bridge.state === "connecting" && last !== undefined;
        if (!isRedial) changes.push({ at: bridge.since ?? now(), state: bridge.state });
    }
    state.changes.set(bridge.key, changes.slice(-LIMITS.changes));
}

function adoptEvents(events, isWhole) {
    const newest = state.events[0]?.id ?? 0;
    const fresh = events.filter((event) => event.id > newest).sort((one, other) => other.id - one.id);
    const isGapless = isWhole || fresh.length === 0 || newest === 0 || fresh.at(-1).id === newest + 1;
    state.events = [...fresh, ...state.events].slice(0, LIMITS.events);
    return isGapless;
}

// MARK: Words and numbers

const wholes = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const shorts = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const clockMinute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

const whole = (value) => (value === null ? "–" : wholes.format(value));
const compact = (value) => (value === null ? "–" : value < 100_000 ? wholes.format(value) : shorts.format(value));
const rate = (value) => (value === null ? "–" : value < 10 ? tenths.format(value) : compact(value));
const plural = (value, one, many = `${one}s`) => `${whole(value)} ${value === 1 ? one : many}`;
const share = (part, all) => (all > 0 ? part / all : null);
const known = (values) => values.filter((value) => value !== null);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const highest = (values) => values.reduce((top, value) => Math.max(top, value), 0);

/** Never "100%" of what is not all, nor "0%" of what is something. */
function percent(value) {
    if (value === null) return "–";
    if (value > 0 && value < 0.01) return "<1%";
    if (value < 1 && value > 0.99) return ">99%";
    return `${Math.round(value * 100)}%`;
}

function microseconds(value) {
    if (value === null) return "–";
    if (value < 1000) return "<1 ms";
    if (value < 10_000) return `${tenths.format(value / 1000)} ms`;
    if (value < 1_000_000) return `${wholes.format(value / 1000)} ms`;
    return `${tenths.format(value / 1_000_000)} s`;
}

function bytes(value) {
    if (value === null) return "–";
    if (value < 1 << 20) return `${tenths.format(value / 1024)} KiB`;
    return value < 1 << 30 ? `${wholes.format(value / (1 << 20))} MiB` : `${tenths.format(value / (1 << 30))} GiB`;
}

function duration(milliseconds) {
    const seconds = Math.max(0, Math.round(milliseconds / 1000));
    if (seconds < 90) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 90) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return `${hours} h ${minutes % 60} min`;
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function isSaneTime(time) {
    return time !== null && Math.abs(time) < 8.64e15;
}

function clock(time) {
    return isSaneTime(time) ? clockTime.format(time) : "–";
}

/** With the day, if that is not today. */
function moment(time) {
    if (!isSaneTime(time)) return "–";
    const isToday = new Date(time).toDateString() === new Date().toDateString();
    return isToday ? clockTime.format(time) : `${clockDay.format(time)} ${clockMinute.format(time)}`;
}

const ago = (time) => (isSaneTime(time) ? `${duration(now() - time)} ago` : "never");

// MARK: Elements

const SVG = "http://www.w3.org/2000/svg";
const byID = (id) => document.getElementById(id);

/** `element("td.number", { scope: "row" }, child)`: parts are attributes, nodes, and texts. */
function element(kind, ...parts) {
    const [name, ...classes] = kind.split(".");
    const created = document.createElement(name);
    if (classes.length > 0) created.className = classes.join(" ");
    for (const part of parts) {
        if (typeof part === "string" || part instanceof Node) created.append(part);
        else setAttributes(created, part);
    }
    return created;
}

function drawing(name, attributes = {}) {
    const created = document.createElementNS(SVG, name);
    setAttributes(created, attributes);
    return created;
}

function setAttributes(target, attributes) {
    for (const [key, value] of Object.entries(attributes)) target.setAttribute(key, value);
}

/** These three touch the page only where something changed. */
function setText(target, text) {
    if (target.textContent !== text) target.textContent = text;
}

function setAttribute(target, name, value) {
    if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

function setHidden(target, isHidden) {
    if (target.hidden !== isHidden) target.hidden = isHidden;
}

function setBar(bar, part, level = "") {
    const width = `${(100 * Math.min(1, Math.max(0, part ?? 0))).toFixed(1)}%`;
    if (bar.firstChild.style.width !== width) bar.firstChild.style.width = width;
    setAttribute(bar, "data-level", level);
}

const makeBar = () => element("span.bar", { "aria-hidden": "true" }, element("i"));

/** Makes the children of `parent` those of `items`, in order, one for each key. Those that stay keep their focus. */
function reconcile(parent, items, key, make, update) {
    const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
    let place = parent.firstElementChild;
    const seen = new Set();
    for (const item of items) {
        const name = String(key(item));
        if (seen.has(name)) continue;
        seen.add(name);
        let child = present.get(name);
        present.delete(name);
        if (child === undefined) {
            child = make(item);
            child.dataset.key = name;
        }
        update(child, item);
        if (child === place) place = place.nextElementSibling;
        else parent.insertBefore(child, place);
    }
    for (const child of present.values()) child.remove();
}

// MARK: What to make of it

/** How newcomers fared lately: in the shortest time in which enough of them were answered to say something. */
function lately() {
    const windows = [[15, 20, "15 seconds"], [60, 5, "minute"], [300, 0, "5 minutes"]];
    for (const [samples, enough, words] of windows) {
        const sums = {};
        for (const key of COLUMNS.slice(0, 9)) sums[key] = state.seconds.sum(key, samples);
        const ended = sums.named + sums.degraded + sums.busy + sums.failed;
        if (ended >= enough) return { ...sums, ended, away: sums.busy + sums.failed, words };
    }
}

/** The answer to "are people getting in, and if not, why". */
function judge(overview) {
    const recent = lately();
    const [level, title, detail] = judgeJoins(overview, recent);
    const findings = collectFindings(overview);
    const worst = findings[0]?.level ?? "ok";
    if (SEVERITY[level] > 0 || SEVERITY[worst] === 0) return { level, title, detail, findings };
    // What needs attention shows, but is not as bad as it could be while people do get in.
    return { level: recent.ended > 0 ? "warning" : worst, title, detail, findings };
}

function judgeJoins({ server, probe }, recent) {
    const { named, degraded, away, ended, connected, lost, words } = recent;
    const seen = plural(ended, "newcomer");
    const outcome = `${whole(named + degraded)} of ${seen} got an answer to go on with in the last ${words}.`;
    if (server.draining) {
        const until = isSaneTime(server.draining.until) ? ` It ends by ${clock(server.draining.until)}.` : "";
        return ["warning", "The server is stopping", `It takes no newcomers.${until}`];
    }
    if (ended === 0) return judgeSilence(server, probe);
    if (ended < 3 && away > 0) return ["warning", "A newcomer was turned away", outcome];
    if (away === ended) return ["bad", "Nobody is getting in", `All ${seen} of the last ${words} were turned away.`];
    if (away >= ended / 2) return ["bad", "Most newcomers are turned away", outcome];
    if (away > ended / 20) return ["warning", "Some newcomers are turned away", outcome];
    if (degraded >= ended / 2) {
        return ["warning", "People get in the hard way", "Most are given peers to dial by themselves, not a helper."];
    }
    if (connected + lost >= 10 && lost > connected) {
        const part = `${whole(connected)} of ${whole(connected + lost)}`;
        return ["bad", "Few newcomers reach their helpers", `Only ${part} connected in the last ${words}.`];
    }
    return ["ok", "People are getting in", `${whole(named)} of ${seen} were led to a helper in the last ${words}.`];
}

function judgeSilence(server, probe) {
    if (!server.ready) {
        return ["bad", "Newcomers cannot get in", "Nobody is asking right now; who does will be turned away."];
    }
    if (server.network === "new") {
        return ["idle", "Ready for the first peer", "The network is new. The first peer that asks begins it."];
    }
    if (probe === null) return ["idle", "Nobody is asking", "The server is ready; no newcomer asked in 5 minutes."];
    if (probe.ok) return ["ok", "The way in is open", `Nobody is asking. Our own trial join got in ${ago(probe.at)}.`];
    return ["bad", "Newcomers probably cannot get in", "Nobody is asking right now, and our own trial join failed."];
}

function collectFindings(overview) {
    const found = [];
    const find = (level, text, advice = "") => found.push({ level, text, advice });
    findServer(overview, find);
    findBridges(overview, find);
    findReason(overview, find);
    findRoom(overview, find);
    return found.sort((one, other) => SEVERITY[other.level] - SEVERITY[one.level]).slice(0, LIMITS.findings);
}

function findServer({ server, probe }, find) {
    for (const reason of new Set(server.notReady)) find("bad", `Not ready: ${reason}.`);
    if (probe === null || probe.ok) return;
    const where = probe.step ? ` at "${probe.step}"` : "";
    find("bad", `Our own trial join failed ${ago(probe.at)}${where}${probe.error ? `: ${probe.error}` : ""}.`);
}

/** Those that refuse us first: they do not come back by themselves. */
function findBridges({ bridges }, find) {
    if (bridges.length === 0) {
        find("warning", "No bridge is configured and none has dialled in.", "Name one with --bridge.");
    }
    const away = bridges.filter((bridge) => !bridge.available && bridge.state !== "retiring");
    away.sort((one, other) => Number(other.state === "failed") - Number(one.state === "failed"));
    const level = away.length === bridges.length ? "bad" : "warning";
    for (const bridge of away.slice(0, 3)) {
        const why = bridge.error ? ` (${bridge.error})` : "";
        const advice = bridge.state === "failed" ? "The secret here and there must be the same." : "";
        const since = `${BRIDGE_STATES[bridge.state]} since ${moment(bridge.since)}`;
        find(level, `${bridgeName(bridge)} ${since}${why}.`, advice);
    }
    if (away.length > 3) find(level, `${away.length} of ${bridges.length} bridges cannot be asked.`);
}

/** Why most of those who got no helper got none, if they are many and the bridges above do not say it. */
function findReason({ unhelped, bridges }, find) {
    const main = unhelped.toSorted((one, other) => other.fiveMinutes - one.fiveMinutes)[0];
    const all = unhelped.reduce((sum, entry) => sum + entry.fiveMinutes, 0);
    if (all <= 0.05 * (state.seconds.sum("named") + all) || main.reason === "draining") return;
    if (["no_bridge", "known_peers"].includes(main.reason) && !bridges.some((bridge) => bridge.available)) return;
    const [words, advice] = REASONS[main.reason];
    find("warning", `Most of those without a helper, in the last 5 minutes: ${words.toLowerCase()}.`, advice);
}

function findRoom({ queue, peers, room }, find) {
    if (queue.waitingLimit > 0 && queue.waiting > 0.5 * queue.waitingLimit) {
        const part = `${whole(queue.waiting)} of at most ${whole(queue.waitingLimit)}`;
        find("warning", `${part} questions wait for a bridge.`, "Add bridges.");
    }
    if (peers.limit > 0 && peers.registered > 0.9 * peers.limit) {
        const advice = "Raise the limit or add a bootstrap server.";
        find("warning", `${whole(peers.registered)} of at most ${whole(peers.limit)} peers are here.`, advice);
    } else if (room.peers !== null && room.peers < 0.1 * peers.registered) {
        find("warning", `Room for about ${whole(room.peers)} more peers only.`);
    }
}

/** The percentiles of the last second in which anybody was answered. */
function latestTimes() {
    const { columns, kept } = state.seconds;
    const index = columns.p50Us.findLastIndex((value) => value !== null);
    if (index < kept - 60) return null;
    return { p50Us: columns.p50Us[index], p99Us: columns.p99Us[index] };
}

const bridgeName = (bridge) => bridge.address || (bridge.id ? `Bridge ${bridge.id.slice(0, 8)}` : "A bridge");

// MARK: Charts

const WIDTH = 1000;
const HEIGHT = 100;

const linear = {
    range(values, before) {
        const top = Math.max(0, ...values);
        const nice = niceTop(top);
        // The scale does not jump for every peak that leaves on the left.
        return { low: 0, high: before && before.high >= top && before.high <= 4 * nice ? before.high : nice };
    },
    place: (value, { high }) => HEIGHT - (value / high) * (HEIGHT - 4),
    ticks: ({ high }) => [0, high / 2, high],
};

const logarithmic = {
    range(values) {
        if (values.length === 0) return { low: 1e3, high: 1e5 };
        const low = 10 ** Math.floor(Math.log10(Math.max(100, Math.min(...values))));
        return { low, high: Math.max(low * 100, 10 ** Math.ceil(Math.log10(Math.max(...values)))) };
    },
    place(value, { low, high }) {
        const part = Math.log(Math.max(value, low) / low) / Math.log(high / low);
        return HEIGHT - 1 - part * (HEIGHT - 5);
    },
    ticks({ low, high }) {
        const ticks = [];
        for (let tick = low; tick <= high * 1.01; tick *= 10) ticks.push(tick);
        return ticks.length > 5 ? ticks.filter((_, index) => index % 2 === 0) : ticks;
    },
};

function niceTop(value) {
    if (value <= 2) return 2;
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= value);
}

/** Lines or stacked areas over the time shown. Nothing is measured: the drawing stretches, and its labels are text. */
class Chart {
    constructor(host, { series, scale, format, isStacked = false, summarize, merge }) {
        Object.assign(this, { host, series, scale, format, isStacked, summarize, merge });
        this.cursorIndex = null;
        this.build();
    }

    build() {
        const unseen = { "aria-hidden": "true" };
        const viewBox = `0 0 ${WIDTH} ${HEIGHT}`;
        const kind = this.isStacked ? "area" : "line";
        this.canvas = drawing("svg", { viewBox, preserveAspectRatio: "none", ...unseen });
        this.grid = drawing("path", { class: "grid" });
        this.cursor = drawing("path", { class: "cursor" });
        this.paths = this.series.map(({ key }) => drawing("path", { class: kind, "data-series": key }));
        this.canvas.append(this.grid, ...this.paths, this.cursor);
        this.ticks = element("div", unseen);
        this.times = ["start", "middle", "end"].map((name) => element(`span.time.${name}`, unseen));
        this.caption = element("figcaption");
        const plot = element("div.plot", this.ticks, this.canvas, ...this.times);
        this.host.append(plot, this.buildLegend(), this.caption, this.buildTable());
        this.canvas.addEventListener("pointermove", (event) => this.point(event));
        this.canvas.addEventListener("pointerleave", () => this.leave());
    }

    buildLegend() {
        this.values = this.series.map(() => element("b"));
        this.when = element("li.when", { "aria-hidden": "true" });
        const entries = this.series.map(({ key, label }, index) =>
            element("li", element("span.swatch", { "data-series": key }), `${label} `, this.values[index]));
        return element("ul.legend", ...entries, this.when);
    }

    buildTable() {
        const heads = this.series.map(({ label }) => element("th.number", { scope: "col" }, label));
        const head = element("thead", element("tr", element("th", { scope: "col" }, "Until"), ...heads));
        this.rows = element("tbody");
        this.details = element("details", element("summary", "As a table"), element("table", head, this.rows));
        this.details.addEventListener("toggle", () => this.drawRows());
        return this.details;
    }

    draw(history, columns) {
        this.history = history;
        this.columns = columns;
        this.layers = this.isStacked ? stack(columns) : columns;
        const values = this.layers.flat().filter((value) => value !== null);
        this.bounds = this.scale.range(values, this.bounds);
        this.paths.forEach((path, index) => {
            setAttribute(path, "d", this.isStacked ? this.area(index) : this.line(index));
        });
        this.drawTicks();
        this.drawTimes();
        this.drawValues();
        setText(this.caption, this.summarize(columns));
        this.drawRows();
    }

    x(index) {
        return ((index * WIDTH) / (this.history.kept - 1)).toFixed(1);
    }

    y(value) {
        return this.scale.place(value, this.bounds).toFixed(1);
    }

    line(index) {
        let path = "";
        let isDown = false;
        this.layers[index].forEach((value, at) => {
            // A point alone is a line that goes nowhere, so that its round ends are seen.
            if (value !== null) path += `${isDown ? "L" : "M"}${this.x(at)} ${this.y(value)}${isDown ? "" : "h.01"}`;
            isDown = value !== null;
        });
        return path;
    }

    /** Between a layer and the one below it, only where it has a height. */
    area(index) {
        const own = this.columns[index];
        const upper = this.layers[index];
        const lower = this.layers[index - 1];
        let path = "";
        for (let start = own.findIndex((value) => value > 0); start >= 0; ) {
            const after = own.findIndex((value, at) => at > start && !(value > 0));
            const end = after < 0 ? own.length - 1 : after;
            const first = Math.max(0, start - 1);
            const indices = Array.from({ length: end - first + 1 }, (_, step) => first + step);
            const over = indices.map((at) => `${this.x(at)} ${this.y(upper[at] ?? 0)}`);
            const back = indices.map((at) => `${this.x(at)} ${this.y(lower?.[at] ?? 0)}`).reverse();
            path += `M${over.join("L")}L${back.join("L")}Z`;
            start = after < 0 ? -1 : own.findIndex((value, at) => at > after && value > 0);
        }
        return path;
    }

    drawTicks() {
        const ticks = this.scale.ticks(this.bounds);
        setAttribute(this.grid, "d", ticks.map((tick) => `M0 ${this.y(tick)}H${WIDTH}`).join(""));
        reconcile(this.ticks, ticks, (tick) => tick, () => element("span.tick"), (label, tick) => {
            setText(label, this.format(tick));
            const top = `${this.y(tick)}%`;
            if (label.style.top !== top) label.style.top = top;
        });
    }

    drawTimes() {
        const last = this.history.kept - 1;
        setText(this.times[0], clockMinute.format(this.history.time(0)));
        setText(this.times[1], clockMinute.format(this.history.time(last / 2)));
        setText(this.times[2], "now");
    }

    drawValues() {
        const index = this.cursorIndex ?? this.history.kept - 1;
        this.columns.forEach((column, at) => setText(this.values[at], this.format(column[index])));
        setText(this.when, this.cursorIndex === null ? "" : `at ${clock(this.history.time(index))}`);
        setAttribute(this.cursor, "d", this.cursorIndex === null ? "" : `M${this.x(index)} 0V${HEIGHT}`);
    }

    point(event) {
        if (!this.history) return;
        const part = event.offsetX / Math.max(1, this.canvas.clientWidth);
        this.cursorIndex = Math.round(Math.min(1, Math.max(0, part)) * (this.history.kept - 1));
        this.drawValues();
    }

    leave() {
        this.cursorIndex = null;
        if (this.history) this.drawValues();
    }

    /** Ten rows, each for a tenth of the time shown, at times that stay. */
    drawRows() {
        if (!this.details.open || !this.history) return;
        const { kept, stepMs } = this.history;
        const length = kept / 10;
        const offset = Math.floor(this.history.time(kept - 1) / stepMs) % length;
        const ends = Array.from({ length: 10 }, (_, row) => kept - 1 - offset - row * length).filter((end) => end >= 0);
        reconcile(this.rows, ends, (end) => this.history.time(end), () => this.makeRow(), (row, end) => {
            setText(row.firstChild, clock(this.history.time(end)));
            this.columns.forEach((column, at) => {
                const values = column.slice(Math.max(0, end - length + 1), end + 1).filter((value) => value !== null);
                setText(row.children[at + 1], values.length > 0 ? this.format(this.merge(values)) : "–");
            });
        });
    }

    makeRow() {
        return element("tr", element("th", { scope: "row" }), ...this.series.map(() => element("td.number")));
    }
}

function stack(columns) {
    const layers = [];
    for (const column of columns) {
        const below = layers.at(-1);
        layers.push(column.map((value, index) => (value === null ? null : value + (below?.[index] ?? 0))));
    }
    return layers;
}


const joinsChart = new Chart(byID("joins-chart"), {
    series: [
        { key: "helped", label: "led to a helper" },
        { key: "degraded", label: "given other peers" },
        { key: "away", label: "turned away" },
    ],
    scale: linear, format: rate, isStacked: true, merge: mean,
    summarize(columns) {
        const all = known(stack(columns).at(-1));
        if (all.length === 0) return "Nothing is known yet.";
        return `On average ${rate(mean(all))} per second, at most ${rate(highest(all))}.`;
    },
});

const timesChart = new Chart(byID("times-chart"), {
    series: [
        { key: "p50Us", label: "half within" },
        { key: "p90Us", label: "90 in 100" },
        { key: "p99Us", label: "99 in 100" },
    ],
    scale: logarithmic, format: microseconds, merge: highest,
    summarize([, , slowest]) {
        const all = known(slowest);
        if (all.length === 0) return "Nobody was answered in this time.";
        return `Worst in this time: 99 in 100 within ${microseconds(highest(all))}.`;
    },
});

const queueChart = new Chart(byID("queue-chart"), {
    series: [{ key: "inFlight", label: "at a bridge" }, { key: "waiting", label: "waiting for one" }],
    scale: linear, format: compact, merge: highest,
    summarize([inFlight, waiting]) {
        const most = [inFlight, waiting].map((column) => whole(highest(known(column))));
        return `At most ${most[0]} at the bridges and ${most[1]} waiting at a time.`;
    },
});

function drawCharts(history) {
    const { p50Us, p90Us, p99Us, inFlight, waiting } = history.columns;
    const busy = history.perSecond("busy");
    const away = history.perSecond("failed").map((value, index) => (value === null ? null : value + busy[index]));
    joinsChart.draw(history, [history.perSecond("named"), history.perSecond("degraded"), away]);
    timesChart.draw(history, [p50Us, p90Us, p99Us]);
    queueChart.draw(history, [inFlight, waiting]);
}

// MARK: Sections

function drawHeader({ server }) {
    setText(byID("node"), server.node || "bootstrap server");
    const facts = [];
    if (server.version) facts.push(`version ${server.version}`);
    if (isSaneTime(server.startedAt)) facts.push(`up ${duration(now() - server.startedAt)}`);
    if (server.memoryBytes !== null) facts.push(bytes(server.memoryBytes));
    if (server.cpuPercent !== null) facts.push(`${tenths.format(server.cpuPercent)}% CPU`);
    setText(byID("identity"), facts.join(" · "));
}

function drawVerdict(overview) {
    const { level, title, detail, findings } = state.connection === "lost" ? lostVerdict() : judge(overview);
    setAttribute(byID("verdict"), "data-level", level);
    setText(byID("verdict-title"), title);
    setText(byID("verdict-detail"), detail);
    const lines = findings.map((finding, index) => ({ ...finding, index }));
    reconcile(byID("findings"), lines, ({ index }) => index,
        () => element("li", element("span"), " ", element("span.advice")),
        (item, { text, advice }) => {
            setText(item.firstChild, text);
            setText(item.lastChild, advice);
        });
    drawTitle(level, title);
    announceVerdict(title);
}

function lostVerdict() {
    const at = state.overview?.at;
    const detail = at ? `What you see below is from ${moment(at)}.` : "It has not answered yet.";
    return { level: "unknown", title: "Unknown: no word from the server", detail, findings: [] };
}

/** What shows of the page while another tab is in front. */
function drawTitle(level, title) {
    const sign = { ok: "●", idle: "○", warning: "▲", bad: "■", unknown: "?" }[level];
    const text = `${sign} ${title} · Causeway`;
    if (document.title !== text) document.title = text;
    const circle = `<circle cx="8" cy="8" r="7" fill="${COLOURS[level]}"/>`;
    const dot = `<svg xmlns="${SVG}" viewBox="0 0 16 16">${circle}</svg>`;
    setAttribute(byID("icon"), "href", `data:image/svg+xml,${encodeURIComponent(dot)}`);
}

function setTile(name, value, note) {
    setText(byID(`tile-${name}`), value);
    setText(byID(`tile-${name}-note`), note);
}

function drawTiles({ bridges, peers, room }) {
    const recent = lately();
    const times = latestTimes();
    const samples = Math.min(10, known(state.seconds.columns.asked).length);
    const away = bridges.filter((bridge) => !bridge.available).length;
    const most = room.joinsPerSecond === null ? "" : `; room for ${compact(room.joinsPerSecond)} /s`;
    setTile("rate", samples > 0 ? `${rate(state.seconds.sum("asked", samples) / samples)} /s` : "–",
        `${compact(state.seconds.sum("asked"))} in 5 minutes${most}`);
    setTile("helped", percent(share(recent.named, recent.ended)),
        recent.ended > 0 ? `${whole(recent.named)} of ${whole(recent.ended)}, last ${recent.words}` : "nobody asked");
    setTile("time", microseconds(times?.p50Us ?? null),
        times ? `half of them; 99 in 100 within ${microseconds(times.p99Us)}` : "no answers in the last minute");
    setTile("bridges", `${bridges.length - away} of ${bridges.length}`,
        away === 0 ? "all can be asked" : `${away} cannot be asked`);
    setTile("peers", compact(peers.registered), `of at most ${compact(peers.limit)}`);
    const limit = LIMITED_BY[room.limitedBy];
    const each = room.bytesPerPeer === null ? "" : `; ${bytes(room.bytesPerPeer)} each`;
    setTile("room", compact(room.peers), room.peers === null ? "not known yet" : `more peers, ${limit}${each}`);
}

function drawFunnel({ totals }, history) {
    const steps = Object.keys(STEPS_IN);
    const sums = Object.fromEntries([...steps, "lost"].map((key) => [key, history.sum(key)]));
    setText(byID("funnel-range"), STEPS[state.range].words);
    reconcile(byID("funnel"), steps, (step) => step, makeFunnelRow, (row, step) => {
        const part = share(sums[step], sums.asked);
        setBar(row.children[1].firstChild, part);
        setText(row.children[2].firstChild, compact(sums[step]));
        setText(row.children[2].lastChild, step === "asked" || part === null ? "" : percent(Math.min(1, part)));
        setText(row.children[3], compact(totals[step]));
    });
    const ended = sums.connected + sums.lost;
    const part = percent(share(sums.connected, ended));
    setText(byID("funnel-note"), ended > 0
        ? `Of ${compact(ended)} introductions whose end is known, ${part} connected.`
        : "No introduction has ended in this time.");
}

function makeFunnelRow(step) {
    const share = element("td.share", makeBar());
    const number = element("td.number", element("span"), " ", element("span.percent"));
    return element("tr", element("th", { scope: "row" }, STEPS_IN[step]), share, number, element("td.number"));
}

function drawGauges({ queue }) {
    const gauges = [
        { name: "At the bridges", value: queue.inFlight, limit: queue.window },
        { name: "Waiting for a bridge", value: queue.waiting, limit: queue.waitingLimit },
    ];
    reconcile(byID("gauges"), gauges, ({ name }) => name,
        ({ name }) => element("div", element("dt", name), element("dd"), makeBar()),
        (gauge, { value, limit }) => {
            const part = share(value, limit);
            setText(gauge.children[1], limit > 0 ? `${whole(value)} of ${compact(limit)} places` : whole(value));
            setBar(gauge.children[2], part, part > 0.9 ? "bad" : part > 0.5 ? "warning" : "");
        });
}

function drawPeers({ peers }) {
    drawShares(byID("kinds"), KINDS, peers.byKind);
    drawShares(byID("nats"), NATS, peers.byNat);
    const told = `Of ${plural(peers.profiled, "peer")} that told of their network`;
    setText(byID("peers-note"), peers.profiled > 0
        ? `${told}, ${compact(peers.ipv6)} have IPv6 and ${compact(peers.needsRelay)} need a relay.`
        : "No peer has told of its network.");
}

function drawShares(body, words, counts) {
    const all = Object.values(counts).reduce((sum, value) => sum + value, 0);
    reconcile(body, Object.keys(words), (key) => key,
        (key) => element("tr",
            element("th", { scope: "row" }, words[key]), element("td", makeBar()), element("td.number")),
        (row, key) => {
            setBar(row.children[1].firstChild, share(counts[key], all));
            setText(row.children[2], compact(counts[key]));
        });
}

function drawReasons({ unhelped }) {
    const entries = unhelped.filter((entry) => entry.total > 0);
    entries.sort((one, other) => other.hour - one.hour || other.total - one.total);
    setHidden(byID("reasons-table"), entries.length === 0);
    setHidden(byID("reasons-empty"), entries.length > 0);
    reconcile(byID("reasons"), entries, ({ reason }) => reason, makeReasonRow, (row, entry) => {
        setAttribute(row, "data-recent", entry.fiveMinutes > 0 ? "yes" : "no");
        setText(row.children[1], compact(entry.fiveMinutes));
        setText(row.children[2], compact(entry.hour));
        setText(row.children[3], compact(entry.total));
    });
}

function makeReasonRow({ reason }) {
    const [words, advice] = REASONS[reason];
    const numbers = Array.from({ length: 3 }, () => element("td.number"));
    return element("tr", element("th", { scope: "row" }, words, element("span.advice", advice)), ...numbers);
}

function drawEvents() {
    const isFiltered = byID("events-filter").checked;
    const shown = state.events.filter((event) => !isFiltered || event.level !== "info");
    setHidden(byID("events-empty"), shown.length > 0);
    reconcile(byID("events"), shown, ({ id }) => id, makeEvent, (item, { at }) => setText(item.firstChild, moment(at)));
}

function makeEvent({ at, level, kind, text, subject }) {
    const time = element("time", isSaneTime(at) ? { datetime: new Date(at).toISOString() } : {});
    const words = subject && !text.includes(subject) ? `${subject}: ${text}` : text;
    const what = element("span.what", words, element("span.kind", text.includes(kind) ? "" : kind));
    return element("li", { "data-level": level }, time, element("span.level", LEVELS[level]), what);
}

function drawClock() {
    const zone = `Times are in ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`;
    const skew = Math.abs(state.clockOffset);
    const warning = skew > 5000 ? ` This computer's clock differs from the server's by ${duration(skew)}.` : "";
    setText(byID("clock"), zone + warning);
}

// MARK: Bridges

function drawBridges({ bridges }) {
    const table = byID("bridges");
    const available = bridges.filter((bridge) => bridge.available).length;
    setText(byID("bridges-note"), bridges.length > 0 ? `${available} of ${bridges.length} can be asked` : "");
    setText(byID("bridges-range"), STEPS[state.range].words);
    setHidden(byID("bridges-empty"), bridges.length > 0);
    setHidden(table, bridges.length === 0);
    reconcile(tableBodies(table), bridges, ({ key }) => key, makeBridge, updateBridge);
}

/** The table as `reconcile` wants it: without its head. */
function tableBodies(table) {
    return {
        children: table.tBodies,
        firstElementChild: table.tBodies[0] ?? null,
        insertBefore: (child, place) => table.insertBefore(child, place),
    };
}

/** Roles are spelled out, as they get lost where a narrow screen turns rows into blocks. */
function makeBridge({ key }) {
    const cell = (kind, ...parts) => element(kind, { role: "cell" }, ...parts);
    const numbers = ["in flight", "round trip", "answers"].map((label) => cell("td.number", { "data-label": label }));
    const viewBox = `0 0 ${WIDTH} 10`;
    const strip = drawing("svg", { class: "strip", viewBox, preserveAspectRatio: "none", role: "img" });
    const button = element("button", { type: "button", "aria-controls": `bridge-${key}` });
    button.addEventListener("click", () => toggleBridge(key));
    const row = element("tr.row", { role: "row" },
        element("th.first", { scope: "row", role: "rowheader" }, element("span.name"), element("span.id")),
        cell("td.now", element("span.state"), element("span.why")),
        cell("td.wide", strip), ...numbers, cell("td", button));
    const more = cell("td.more", { colspan: "7" }, element("dl.facts"), element("ol.changes"));
    const details = element("tr.details", { id: `bridge-${key}`, role: "row", hidden: "" }, more);
    return element("tbody", { role: "rowgroup" }, row, details);
}

function toggleBridge(key) {
    if (!state.opened.delete(key)) state.opened.add(key);
    drawBridges(state.overview);
}

function updateBridge(body, bridge) {
    const [row, details] = body.children;
    const [name, status, history, inFlight, roundTrip, answers, more] = row.children;
    setText(name.children[0], bridgeName(bridge));
    setText(name.children[1], bridge.id && bridge.address ? bridge.id.slice(0, 12) : "");
    const rotation = bridge.state === "connected" ? ROTATIONS[bridge.rotation] : "";
    setText(status.children[0], rotation ? `${BRIDGE_STATES[bridge.state]}, ${rotation}` : BRIDGE_STATES[bridge.state]);
    setAttribute(status.children[0], "data-state", bridge.state);
    setText(status.children[1], whyBridge(bridge));
    drawStrip(history.firstChild, bridge);
    setText(inFlight, `${whole(bridge.inFlight)} / ${compact(bridge.window)}`);
    setText(roundTrip, microseconds(bridge.roundTripUs));
    setText(answers, compact(bridge.answers));
    const isOpen = state.opened.has(bridge.key);
    const button = more.firstChild;
    setAttribute(button, "aria-expanded", String(isOpen));
    setAttribute(button, "aria-label", `${isOpen ? "Less" : "More"} about ${bridgeName(bridge)}`);
    setText(button, isOpen ? "Less" : "More");
    setHidden(details, !isOpen);
    if (isOpen) drawBridgeDetails(details.firstChild, bridge);
}

function whyBridge(bridge) {
    if (bridge.sameBridgeAs) return `same bridge as ${bridge.sameBridgeAs}`;
    if (bridge.available) return `since ${moment(bridge.since)}`;
    const next = isSaneTime(bridge.nextAttemptAt) ? `; next attempt in ${duration(bridge.nextAttemptAt - now())}` : "";
    return `since ${moment(bridge.since)}${bridge.error ? `: ${bridge.error}` : ""}${next}`;
}

/** The states over the time shown, each as high as it is good. */
function drawStrip(strip, bridge) {
    const { stepMs, kept } = STEPS[state.range];
    const [end, span] = [now(), stepMs * kept];
    const changes = state.changes.get(bridge.key) ?? [];
    const heights = { connected: 10, ejected: 6, connecting: 6, disconnected: 3, failed: 3, retiring: 6, unknown: 2 };
    const pieces = changes.map(({ at, state: name }, index) => {
        const from = Math.max(0, 1 - (end - at) / span);
        const to = Math.min(1, 1 - (end - (changes[index + 1]?.at ?? end)) / span);
        return { name, from: Math.round(from * WIDTH), to: Math.round(to * WIDTH), key: `${at} ${index}` };
    }).filter(({ from, to }) => to >= 0 && to >= from);
    reconcile(strip, pieces, ({ key }) => key, () => drawing("rect"), (piece, { name, from, to }) => {
        setAttribute(piece, "data-state", name);
        setAttribute(piece, "x", String(from));
        setAttribute(piece, "width", String(Math.max(2, to - from)));
        setAttribute(piece, "y", String(10 - heights[name]));
        setAttribute(piece, "height", String(heights[name]));
    });
    const recent = changes.filter(({ at }) => at > end - span).length;
    const since = `${BRIDGE_STATES[bridge.state]} since ${moment(bridge.since)}`;
    setAttribute(strip, "aria-label", `${since}; ${plural(recent, "change")} in ${STEPS[state.range].words}`);
}

function drawBridgeDetails(cell, bridge) {
    const [facts, changes] = cell.children;
    const kinds = [bridge.era, bridge.mode, bridge.dialledIn ? "dialled in" : ""];
    const entries = [
        ["Node id", bridge.id || "not known"],
        ["Kind", kinds.filter(Boolean).join(", ") || "not known"],
        ["Last heard", ago(bridge.lastHeardAt)],
        ["Connections opened", `${whole(bridge.linksOpened)} in ${plural(bridge.dials, "attempt")}`],
        ["Questions", whole(bridge.requests)],
        ["Timed out", whole(bridge.timeouts)],
        ["Said busy", whole(bridge.busyAnswers)],
    ];
    if (bridge.load) {
        entries.push(["Its queue", `${whole(bridge.load.queueDepth)} of ${compact(bridge.load.queueCapacity)}`]);
        entries.push(["Peers it is linked to", whole(bridge.load.connectedPeers)]);
    }
    reconcile(facts, entries, ([name]) => name, ([name]) => element("div", element("dt", name), element("dd")),
        (fact, [, value]) => setText(fact.lastChild, value));
    const latest = (state.changes.get(bridge.key) ?? []).slice(-20).reverse();
    reconcile(changes, latest, ({ at, state: name }) => `${at} ${name}`, () => element("li"),
        (item, { at, state: name }) => setText(item, `${moment(at)} ${BRIDGE_STATES[name]}`));
}

// MARK: Telling those who do not see it

const announcements = [];

function announce(text) {
    announcements.push(text);
}

function speak() {
    if (announcements.length > 0) setText(byID("announcements"), announcements.splice(0).join(" "));
}

/** States alone are spoken, never numbers. */
function announceChanges(before, after) {
    if (before === null) return;
    const earlier = new Map(before.bridges.map((bridge) => [bridge.key, bridge.state]));
    const changed = after.bridges.filter((bridge) =>
        ![bridge.state, undefined].includes(earlier.get(bridge.key)) && bridge.state !== "connecting");
    const words = changed.slice(0, 3).map((bridge) => `${bridgeName(bridge)}: ${BRIDGE_STATES[bridge.state]}.`);
    if (changed.length > 3) words.push(`And ${changed.length - 3} more bridges changed.`);
    if (words.length > 0) announce(words.join(" "));
}

const verdict = { title: "", since: 0, spoken: "" };

/** Once it has lasted a moment. */
function announceVerdict(title) {
    if (title !== verdict.title) Object.assign(verdict, { title, since: Date.now() });
    if (title === verdict.spoken || Date.now() - verdict.since < SETTLED_MS) return;
    if (verdict.spoken !== "") announce(title);
    verdict.spoken = title;
}

// MARK: Drawing

let drawnAt = 0;
let drawTimer = null;

/** Soon, but at most once in `REDRAW_MS`, and not while nobody looks. */
function redraw() {
    if (drawTimer !== null) return;
    const wait = Math.max(0, drawnAt + REDRAW_MS - Date.now());
    drawTimer = setTimeout(() => {
        drawTimer = null;
        if (document.hidden) drawHidden();
        else requestAnimationFrame(draw);
    }, wait);
}

function drawHidden() {
    if (state.overview) {
        const { level, title } = state.connection === "lost" ? lostVerdict() : judge(state.overview);
        drawTitle(level, title);
    }
}

function draw() {
    drawnAt = Date.now();
    drawConnection();
    const overview = state.overview;
    if (overview === null) {
        if (state.connection === "lost") drawVerdict(null);
        return;
    }
    const history = state[state.range];
    drawHeader(overview);
    drawVerdict(overview);
    drawTiles(overview);
    drawCharts(history);
    drawFunnel(overview, history);
    drawGauges(overview);
    drawBridges(overview);
    drawPeers(overview);
    drawReasons(overview);
    drawEvents();
    drawClock();
}

// MARK: Connection

const connection = {
    stream: null, openedAt: null, hasEvents: false,
    isBusy: false, isPolling: false, polls: 0,
    lostAt: null, attempt: 0, retryAt: null,
};

async function fetchOverview() {
    const response = await fetch("api/v1/overview", { cache: "no-store", signal: AbortSignal.timeout(FETCH_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return readOverview(await response.json());
}

/** The whole document first, then its changes. */
async function connect() {
    if (connection.isBusy) return;
    connection.isBusy = true;
    connection.retryAt = null;
    closeStream();
    try {
        adopt(await fetchOverview());
        connection.attempt = 0;
        setConnection("live");
        if (connection.isPolling && connection.polls < POLLS_BEFORE_STREAM) connection.polls += 1;
        else openStream();
    } catch {
        lose();
    } finally {
        connection.isBusy = false;
    }
    redraw();
}

function openStream() {
    connection.polls = 0;
    connection.openedAt = Date.now();
    connection.hasEvents = false;
    connection.stream = new EventSource("api/v1/overview/stream");
    connection.stream.addEventListener("overview", receive);
    connection.stream.addEventListener("error", streamFailed);
}

function closeStream() {
    connection.stream?.close();
    connection.stream = null;
}

function receive(event) {
    let overview;
    try {
        overview = readOverview(JSON.parse(event.data));
    } catch {
        return;
    }
    connection.hasEvents = true;
    connection.isPolling = false;
    connection.attempt = 0;
    const isComplete = adopt(overview);
    setConnection("live");
    redraw();
    if (!isComplete) refill();
}

/** Asks for the whole document while the stream goes on. */
async function refill() {
    if (connection.isBusy) return;
    connection.isBusy = true;
    try {
        adopt(await fetchOverview());
        redraw();
    } catch {
        // The stream will tell whether the server is gone.
    } finally {
        connection.isBusy = false;
    }
}

/** A stream that never said anything is held back by somebody between us, or refused: the page asks instead. */
function streamFailed() {
    if (connection.stream === null) return;
    closeStream();
    if (connection.hasEvents) lose();
    else connection.isPolling = true;
}

function lose() {
    closeStream();
    connection.lostAt ??= Date.now();
    connection.attempt += 1;
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (connection.attempt - 1));
    connection.retryAt = Date.now() + wait * (0.8 + 0.4 * Math.random());
    setConnection("lost");
    redraw();
}

function setConnection(name) {
    if (state.connection === name) return;
    if (name === "live" && state.connection === "lost") announce("The connection to the server is back.");
    if (name === "lost") announce("The connection to the server is lost.");
    if (name === "live") connection.lostAt = null;
    state.connection = name;
    drawConnection();
}

function drawConnection() {
    setAttribute(document.body, "data-connection", state.connection);
    const live = connection.isPolling ? "Live, every 5 seconds" : "Live";
    const words = { waiting: "Connecting", live, lost: "Connection lost" };
    setText(byID("connection"), words[state.connection]);
    const isLost = state.connection === "lost";
    setHidden(byID("lost"), !isLost);
    if (!isLost) return;
    const since = state.lastHeard === null
        ? `The server has not answered since ${clock(connection.lostAt)}`
        : `No word from the server since ${moment(state.lastHeard)} (${duration(Date.now() - state.lastHeard)})`;
    const isTrying = connection.isBusy || connection.retryAt === null;
    const next = isTrying ? "now" : `in ${duration(connection.retryAt - Date.now())}`;
    setText(byID("lost-text"), `${since}. Trying again ${next}.`);
}

/** Once a second: what is due because time passed. */
function tick() {
    speak();
    if (connection.retryAt !== null && Date.now() >= connection.retryAt) connect();
    const isOpen = connection.stream !== null;
    if (isOpen && connection.hasEvents && Date.now() - state.lastHeard > SILENCE_MS) lose();
    if (isOpen && !connection.hasEvents && Date.now() - connection.openedAt > FIRST_EVENT_MS) streamFailed();
    if (state.connection === "live" && !isOpen && Date.now() - state.lastHeard >= POLL_MS) connect();
    if (!document.hidden && state.connection === "lost") drawConnection();
}

// MARK: Start

function listen() {
    for (const choice of document.querySelectorAll("input[name=range]")) {
        choice.addEventListener("change", () => {
            state.range = choice.value;
            draw();
        });
        if (choice.checked) state.range = choice.value;
    }
    byID("events-filter").addEventListener("change", drawEvents);
    byID("retry").addEventListener("click", connect);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) redraw(); });
    window.addEventListener("pagehide", closeStream);
    window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
    setInterval(tick, 1000);
}

listen();
connect();
