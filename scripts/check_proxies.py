#!/usr/bin/env python3
"""The templates in deploy/proxy, tried with the real programs: `nginx`, `haproxy`, `caddy`, as far as they are here.

Each gets a network of its own to live in (`unshare`: no port and no address is shared with this machine), with a bootstrap
server, two bridges and simulated peers behind it, and is asked from addresses inside and outside. What is changed in a
template is where its certificate and its files are, and in the end its timeouts.

Status 0: all as it should be. 1: something is not. 3: this machine lets us make no network, or has none of the proxies."""

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

HOST = "example.org"
# Where the world finds the proxy, and who comes from there: addresses of documentation (RFC 5737), near nobody.
PROXY = "192.0.2.1"
NEIGHBOURS = [f"203.0.113.{number}" for number in range(11, 15)]
STRANGER = "198.51.100.7"
# The operator's own network.
INSIDER = "10.0.0.9"
# What the templates say, and what they say here: longer than 25 s, after which the servers ping, and shorter than the wait.
TIMEOUT, SHORTENED, IDLE = "120s", "32s", 40
# Too short for any ping to come.
TOO_SHORT, PATIENCE = "3s", 10
PRIVATE = ["/ws/metrics", "/ws/metrics/prometheus", "/ws/stats", "/ws/bridge-health", "/ws/info", "/ws/dashboard",
           "/ws/api/v1/status", "/ws/api/v1/overview", "/ws/api/v1/overview/stream", "/ws/api/v1/joins/0"]
# The same, written so that a proxy might not see it.
DISGUISED = ["/ws//metrics", "/ws/./metrics", "/ws/%6detrics", "/ws/health/../metrics", "/ws/health/%2e%2e/metrics",
             "/ws/health//../metrics", "//ws/metrics", "/metrics", "/stats", "/bridge1/metrics", "/bridge1/../metrics",
             "/WS/metrics", "/ws/Metrics", "/ws/metrics/", "/ws/metrics?x", "/ws/health;/../metrics",
             "/ws/health/live/../../stats", "/ws\\metrics", "/ws/health%00/metrics", "http://example.org/ws/metrics"]


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def certificate(directory):
    """An authority, and a certificate of it for the templates' host: what a client trusts."""
    key, request, file = directory / "privkey.pem", directory / "request", directory / "fullchain.pem"
    authority, authority_key = directory / "authority.pem", directory / "authority.key"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run("openssl", "req", "-x509", *curve, "-days", 2, "-subj", "/CN=test", "-addext", "basicConstraints=critical,CA:TRUE",
        "-keyout", authority_key, "-out", authority)
    (directory / "extensions").write_text(f"subjectAltName=DNS:{HOST}\nbasicConstraints=CA:FALSE\n")
    run("openssl", "req", "-new", *curve, "-subj", f"/CN={HOST}", "-keyout", key, "-out", request)
    run("openssl", "x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-set_serial", 1, "-days", 2,
        "-extfile", directory / "extensions", "-out", file)
    (directory / f"{HOST}.pem").write_text(file.read_text() + key.read_text())
    return ssl.create_default_context(cafile=str(authority))


class Proxy:
    """One of the programs with its template, and what has to be changed in it to run here."""

    def __init__(self, directory):
        self.directory, self.file = directory, directory / self.template
        self.process = None

    def replaced(self):
        raise NotImplementedError

    def configure(self, timeout):
        text = (ROOT / "deploy" / "proxy" / self.template).read_text()
        for pattern, replacement, least in [*self.replaced(), *self.timeouts(timeout)]:
            text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
            assert count >= least, f"{self.template}: nothing like {pattern!r}"
        self.file.write_text(text)

    def timeouts(self, timeout):
        return [(rf"\b{TIMEOUT};?$", lambda found: found[0].replace(TIMEOUT, timeout), 1)]

    async def start(self, timeout):
        self.configure(timeout)
        environment = dict(os.environ, HOME=str(self.directory), XDG_DATA_HOME=str(self.directory))
        # What it does not like about a template is our fault, too.
        check = subprocess.run(self.command(checking=True), env=environment, capture_output=True, text=True)
        assert check.returncode == 0, f"{self.name} refuses the template: {check.stderr[-2000:]}"
        complaints = [line for line in check.stderr.splitlines() if re.search(r"warn", line, re.IGNORECASE)
                      and "OCSP" not in line]
        assert not complaints, f"{self.name} complains: {complaints}"
        self.process = subprocess.Popen(self.command(), env=environment, stdout=subprocess.DEVNULL,
                                        stderr=open(self.directory / f"{self.name}.log", "ab"))
        await reachable(443)

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


class Nginx(Proxy):
    name, template = "nginx", "nginx.conf"

    def replaced(self):
        return [(r"^user .*", "user root root;", 1), (r"^worker_rlimit_nofile .*\n", "", 1), (r"/etc/letsencrypt/live/example.org", str(self.directory), 2),
                (r"/run/nginx.pid", f"{self.directory}/nginx.pid", 1), (r"/var/log/nginx", str(self.directory), 2),
                (r"^http \{", "http {\n" + "".join(f"    {kind}_temp_path {self.directory}/{kind};\n" for kind in (
                    "client_body", "proxy", "fastcgi", "uwsgi", "scgi")), 1)]

    def command(self, checking=False):
        return ["nginx", "-c", self.file, "-e", f"{self.directory}/error.log",
                *(["-t", "-q"] if checking else ["-g", "daemon off;"])]


class HAProxy(Proxy):
    name, template = "haproxy", "haproxy.cfg"

    def replaced(self):
        return [(r"^ +(user|group) .*\n", "", 2), (r"/etc/haproxy/certs", str(self.directory), 1),
                (r"^ +log /dev/log.*\n", "", 1), (r"^ +log global\n", "", 1), (r"^ +option httplog\n", "", 1),
                # More than a test may open.
                (r"maxconn 30000", "maxconn 1000", 2)]

    def command(self, checking=False):
        return ["haproxy", *(["-c"] if checking else ["-db"]), "-q", "-f", self.file]


class Caddy(Proxy):
    name, template = "caddy", "Caddyfile"

    def replaced(self):
        return [(r"^example.org \{", f"{{\n\tadmin off\n}}\nexample.org {{\n"
                 f"\ttls {self.directory}/fullchain.pem {self.directory}/privkey.pem", 1)]

    def timeouts(self, timeout):
        return []

    def command(self, checking=False):
        return ["caddy", "validate" if checking else "run", "--adapter", "caddyfile", "--config", self.file]


PROXIES = {proxy.name: proxy for proxy in (Nginx, HAProxy, Caddy)}


async def reachable(port, seconds=10):
    end = time.monotonic() + seconds
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            assert time.monotonic() < end, f"nobody listens on port {port}"
            await asyncio.sleep(0.05)


async def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not (value := await condition()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.1)
    return value


class Visit:
    """Somebody who asks the proxy, from an address."""

    def __init__(self, tls, source):
        self.tls, self.source = tls, source

    async def get(self, path, *headers, plain=False):
        """Status, head and body of what is at a path, which is sent as it stands."""
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(
                PROXY, 80 if plain else 443, ssl=None if plain else self.tls,
                server_hostname=None if plain else HOST, local_addr=(self.source, 0))
            lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *headers]
            if not any(line.startswith("Connection:") for line in headers):
                lines.append("Connection: close")
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                body = b"" if b" 101 " in head else await reader.readexactly(int(length[1])) if length else await reader.read()
            except (asyncio.IncompleteReadError, ConnectionError):
                head, body = b"HTTP/1.1 000\r\n", b""
            writer.close()
        return int(head.split()[1]), head.decode("latin-1"), body

    def websocket(self, path="/ws", **headers):
        import websockets
        return websockets.connect(f"wss://{HOST}{path}", host=PROXY, port=443, ssl=self.tls, ping_interval=None, proxy=None,
                                  local_addr=(self.source, 0), additional_headers=headers or None)


def register(me, address=None):
    metadata = {"nodeType": "nodejs", "capabilities": ["websocket"], "canInitiateConnections": True}
    if address:
        metadata["listeningAddress"] = address
    return json.dumps({"type": "register", "nodeId": me, "protocolVersion": "1.0.0", "buildId": "node_1", "metadata": metadata})


async def receive(link, wanted, seconds=15):
    """The next message of a type; others may come before it."""
    async with asyncio.timeout(seconds):
        while True:
            message = json.loads(await link.recv())
            if message.get("type") == wanted:
                return message


async def joins(visit):
    """A newcomer on the operator's machine joins through the proxy, up to the link with its helper; then it greets a bridge."""
    import websockets
    me = secrets.token_hex(20)
    metadata = {"nodeType": "nodejs", "capabilities": ["websocket"], "canInitiateConnections": True}
    async with visit.websocket() as client:
        await client.send(json.dumps({"type": "get_peers_or_genesis", "maxPeers": 20, "nodeId": me, "metadata": metadata,
                                      "requestId": "req_1"}))
        await client.send(register(me))
        answer = await receive(client, "response")
        assert answer["success"] and answer["data"]["status"] == "peer_found", answer
        invitation = await receive(client, "invitation_received")
        await client.send(json.dumps({"type": "invitation_accepted", "fromPeer": me, "toPeer": invitation["fromPeer"],
                                      "timestamp": int(time.time() * 1000)}))
        helper = (await receive(client, "websocket_peer_metadata"))["fromPeerMetadata"]["listeningAddress"]
        async with websockets.connect(helper, proxy=None) as link:
            await link.send(json.dumps({"type": "dht_peer_hello", "peerId": me, "metadata": metadata}))
            assert (await receive(link, "dht_peer_connected"))["success"]
    for path in "/bridge1", "/bridge2":
        async with visit.websocket(path) as link:
            await link.send(json.dumps({"type": "dht_peer_hello", "peerId": me, "metadata": metadata}))
            assert (await receive(link, "dht_peer_connected"))["success"]


async def addresses_count(tls):
    """The server tells where clients come from: of one /24 it lists two at most, and it passes no address on that leads into
    a network where the peer is not. What a client writes into the header itself changes nothing."""
    asker, peers = secrets.token_hex(20), {secrets.token_hex(20): address for address in NEIGHBOURS}
    async with contextlib.AsyncExitStack() as stack:
        for number, (me, address) in enumerate(peers.items()):
            claim = f"8.8.{number}.8"
            link = await stack.enter_async_context(Visit(tls, address).websocket(
                **{"X-Forwarded-For": claim, "X-Real-IP": claim, "Forwarded": f"for={claim}"}))
            await link.send(register(me, "ws://10.1.2.3:4"))
            await receive(link, "registered")
        link = await stack.enter_async_context(Visit(tls, INSIDER).websocket())
        await link.send(register(asker))
        await receive(link, "registered")
        # More than one round, since each list goes on where the last one ended.
        most = 0
        for number in range(6):
            await link.send(json.dumps({"type": "get_peers", "requestId": f"r{number}", "nodeId": asker, "maxPeers": 20}))
            answer = await receive(link, "response")
            listed = [peer for peer in answer["data"]["peers"] if peer["nodeId"] in peers]
            most = max(most, len(listed))
            for peer in listed:
                assert "10.1.2.3" not in json.dumps(peer), f"taken for a neighbour: {peer}"
        assert most == 2, f"{most} of {len(peers)} peers of one network in a list, not 2: the server saw another address"


async def private_stays_private(tls):
    insider, stranger = Visit(tls, INSIDER), Visit(tls, STRANGER)
    upgrade = ("Connection: Upgrade", "Upgrade: websocket")
    for path in PRIVATE + DISGUISED:
        for headers in (), upgrade, ("X-Forwarded-For: 10.0.0.9", "X-Real-IP: 10.0.0.9"):
            status, head, body = await stranger.get(path, *headers)
            assert status in (0, 301, 308, 400, 403, 404, 426), f"{path} {headers}: {head}"
    for path in "/ws/health", "/ws/health/live", "/ws/health/ready":
        # Ready is a server that has seen itself onboard, which may take it a moment.
        async def is_good():
            return (await stranger.get(path))[0] == 200
        await until(is_good, f"{path}: {(await stranger.get(path))[2]}")
    for path in "/ws", "/ws/", "/bridge1", "/bridge2/":
        status, head, _ = await stranger.get(path)
        assert status in (403, 404), f"{path} without an upgrade: {head}"
        # An upgrade that is none: no key.
        status, head, body = await stranger.get(path, *upgrade)
        assert status in (400, 404, 426), f"{path} with half an upgrade: {head} {body[:200]}"
    status, _, body = await insider.get("/ws/metrics/prometheus")
    assert status == 200 and b"causeway_joins_total" in body, status
    status, _, body = await insider.get("/ws/bridge-health")
    assert status == 200 and b'"healthy":true' in body, (status, body)
    status, head, _ = await stranger.get("/ws", plain=True)
    assert status in (301, 308) and f"https://{HOST}/ws" in head, head


async def streams(visit):
    """The live page's events come one by one as they happen, not in heaps. None where the server has no such stream."""
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(PROXY, 443, ssl=visit.tls, server_hostname=HOST,
                                                       local_addr=(visit.source, 0))
        writer.write(f"GET /ws/api/v1/overview/stream HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/event-stream\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        if head.split()[1] == "404":
            writer.close()
            return None
        assert head.split()[1] == "200" and "text/event-stream" in head, head
        began, times, text = time.monotonic(), [], b""
        # An overview comes each second. A proxy that collects 4 KiB or more would show as two that come together.
        while len(times) < 4:
            chunk = await reader.read(65536)
            assert chunk, f"the stream ended: {text[-200:]}"
            text += chunk
            times += [time.monotonic() - began] * (text.count(b"\ndata:") + text.startswith(b"data:") - len(times))
        writer.close()
    assert times[0] < 2, f"the first event came after {times[0]:.1f} s"
    assert times[3] - times[1] > 1, f"events came in heaps: {times}"
    return len(times)


async def stays_when_idle(visit, seconds):
    """Says nothing for so long. None if the connection is still good then, else after how many seconds it ended."""
    import websockets
    async with visit.websocket() as client:
        await client.send(register(secrets.token_hex(20)))
        await receive(client, "registered")
        silent = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await client.recv()
        except TimeoutError:
            pass
        except websockets.ConnectionClosed:
            return asyncio.get_running_loop().time() - silent
        await client.send(json.dumps({"type": "ping", "requestId": "p", "timestamp": 1}))
        assert (await receive(client, "pong"))["requestId"] == "p"
        return None


async def inside(causeway, proxy, directory):
    """Everything about one proxy; in a network of its own."""
    run("ip", "link", "set", "lo", "up")
    for address in (PROXY, *NEIGHBOURS, STRANGER, INSIDER):
        run("ip", "address", "add", f"{address}/32", "dev", "lo")
    environment = dict(os.environ, BRIDGE_AUTH=secrets.token_hex(16), LOG_LEVEL="warning")
    processes = []

    def start(*arguments):
        log = subprocess.DEVNULL if arguments[0] == "swarm" else open(directory / "causeway.log", "ab")
        processes.append(subprocess.Popen([causeway, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=log))

    tls = certificate(directory)
    try:
        for port, monitors in ((8083, 9091), (8084, 9092)):
            start("bridge", "--host", "127.0.0.1", "--port", str(port), "--metrics-port", str(monitors),
                  "--state-dir", f"{directory}/{port}", "--trusted-proxy", "loopback")
        start("bootstrap", "--host", "127.0.0.1", "--port", "8080", "--base-path", "/ws", "--trusted-proxy", "loopback",
              "--bridge", "ws://127.0.0.1:8083", "--bridge", "ws://127.0.0.1:8084", "--create-new-dht", "--open-network",
              "--state-dir", f"{directory}/8080")
        await reachable(8080)
        start("swarm", "--bootstrap", "ws://127.0.0.1:8080", "--peers", "4")
        await proxy.start(SHORTENED)
        operator, stranger = Visit(tls, "127.0.0.1"), Visit(tls, STRANGER)

        async def ready():
            status, _, body = await Visit(tls, INSIDER).get("/ws/api/v1/status")
            return status == 200 and json.loads(body)["introductions"]["connected"] >= 3
        await until(ready, "the network behind the proxy")

        idle = asyncio.create_task(stays_when_idle(stranger, IDLE))
        await joins(operator)
        print(f"{proxy.name}: joined over wss, and both bridges answer")
        await addresses_count(tls)
        print(f"{proxy.name}: the clients' own addresses count, and forged ones do not")
        await private_stays_private(tls)
        print(f"{proxy.name}: {len(PRIVATE) + len(DISGUISED)} private paths closed to strangers, open to the operator")
        print(f"{proxy.name}: {'events of the live page come one by one' if await streams(Visit(tls, INSIDER)) else 'no live page yet'}")
        ended = await idle
        assert ended is None, f"a silent connection ended after {ended:.1f} s"
        print(f"{proxy.name}: silent for {IDLE} s, and still there", end="")
        if proxy.timeouts(TOO_SHORT):
            proxy.stop()
            await proxy.start(TOO_SHORT)
            ended = await stays_when_idle(stranger, PATIENCE)
            assert ended is not None, f"the timeouts in {proxy.template} decide nothing"
            print(f"; a timeout of {SHORTENED} is enough, one of {TOO_SHORT} ends it after {ended:.1f} s")
        else:
            print("; no timeout")
    finally:
        proxy.stop()
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--causeway", default=str(ROOT / ".build/release/causeway"), help="the program (default: %(default)s)")
    parser.add_argument("--only", choices=sorted(PROXIES), help="one of them")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        name, directory = arguments.inside
        directory = pathlib.Path(directory)
        asyncio.run(inside(arguments.causeway, PROXIES[name](directory), directory))
        return

    os.environ["PATH"] += ":/usr/sbin:/sbin"
    separate = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    if not shutil.which("unshare") or not shutil.which("ip") or subprocess.run(
            [*separate, "true"], capture_output=True).returncode != 0:
        print("skipped: no network namespaces here")
        sys.exit(3)
    names = [arguments.only] if arguments.only else [name for name in PROXIES if shutil.which(name)]
    if not names:
        print("skipped: none of nginx, haproxy, caddy is here")
        sys.exit(3)
    failed = []
    with tempfile.TemporaryDirectory(prefix="causeway-proxies-") as root:
        runs = {}
        # Side by side: mostly they wait.
        for name in names:
            directory = pathlib.Path(root) / name
            directory.mkdir()
            runs[name] = subprocess.Popen(
                [*separate, sys.executable, __file__, "--causeway", os.path.abspath(arguments.causeway),
                 "--inside", name, str(directory)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for name, process in runs.items():
            output, _ = process.communicate(timeout=180)
            print(output, end="")
            if process.returncode != 0:
                failed.append(name)
                for log in sorted((pathlib.Path(root) / name).glob("*.log")):
                    print(f"--- {log.name}\n{log.read_text()[-2000:]}")
    if failed:
        print(f"failed: {', '.join(failed)}")
        sys.exit(1)
    print(f"proxies: {', '.join(names)} as they should be")


if __name__ == "__main__":
    main()
