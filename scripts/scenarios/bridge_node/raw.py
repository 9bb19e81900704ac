"""Sockets without a library at this end, for threads of their own: every byte is timed, and so is the bridge's reading
of ours. What they do does not hold up the others' conversations."""

import contextlib
import fcntl
import json
import os
import select
import socket
import struct
import time

from .conversation import client_frame

# Bytes of ours that have not left for the other end (linux/sockios.h).
SIOCOUTQNSD = 0x894B
TEXT, CLOSE = 1, 8
UPGRADE = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")


def frames_of(data, place=0):
    """The whole frames in what a server sent: (where it ends, opcode, payload)."""
    while place + 2 <= len(data):
        opcode, length, head = data[place] & 15, data[place + 1], 2
        if length == 126:
            length, head = int.from_bytes(data[place + 2:place + 4], "big"), 4
        elif length == 127:
            length, head = int.from_bytes(data[place + 2:place + 10], "big"), 10
        end = place + head + length
        if end > len(data):
            return
        yield end, opcode, bytes(data[place + head:end])
        place = end


class RawSocket:
    """Blocking."""

    def __init__(self, node):
        self.node = node
        self.socket = socket.create_connection(("127.0.0.1", node.port))
        self.socket.sendall(UPGRADE)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)

    def say(self, message):
        self.socket.sendall(client_frame(json.dumps(message)))

    def flood(self, text, count, seconds=30):
        """Writes a text so often, until the other end closes: (messages that came, close code). No code: it was cut."""
        data, rest, place, texts = bytearray(), memoryview(client_frame(text) * count), 0, 0
        limit, code = time.monotonic() + seconds, None
        self.socket.setblocking(False)
        with contextlib.suppress(OSError):
            while code is None and time.monotonic() < limit:
                readable, writable, _ = select.select([self.socket], [self.socket] if rest else [], [], 1)
                if writable:
                    rest = rest[self.socket.send(rest[:1 << 16]):]
                if readable:
                    if not (received := self.socket.recv(1 << 20)):
                        break
                    data += received
                    for place, opcode, payload in frames_of(data, place):
                        texts += opcode == TEXT
                        code = int.from_bytes(payload[:2], "big") if opcode == CLOSE else code
        self.close()
        return texts, code

    def close(self):
        os.close(self.socket.detach())


class RawLink(RawSocket):
    """Authenticated."""

    def __init__(self, node):
        super().__init__(node)
        self.bytes, self.chunks = bytearray(), []
        local, remote = self.socket.getsockname()[1], node.port
        self.entry = f"0100007F:{remote:04X} 0100007F:{local:04X}"
        self.say({"type": "bootstrap_auth", "auth_token": node.stage.secret, "bootstrapServer": "raw"})
        assert self.messages(lambda found: found)[0][1]["type"] == "auth_success"

    def unread(self):
        """Bytes that lie in the bridge's receive buffer."""
        with open("/proc/net/tcp") as table:
            for line in table:
                if self.entry in line:
                    return int(line.split()[4].split(":")[1], 16)
        return 0

    def burst(self, texts, is_enough, seconds=60):
        """Writes all at once, and reads until the bytes are enough: messages with the time they came, and for each text
        the latest time at which the bridge had not read all of it."""
        whole, ends = bytearray(), []
        for text in texts:
            whole += client_frame(text)
            ends.append(len(whole))
        samples, sent, done = [(time.monotonic(), 0)], 0, False
        self.socket.setblocking(False)
        limit = time.monotonic() + seconds
        while not done:
            assert time.monotonic() < limit, f"the burst is not answered after {seconds} s"
            writable = [self.socket] if sent < len(whole) else []
            readable, writable, _ = select.select([self.socket], writable, [], 0.001)
            if writable:
                sent += self.socket.send(memoryview(whole)[sent:sent + (1 << 18)])
            if readable:
                self.receive()
                done = is_enough(self.bytes)
            if samples[-1][1] < len(whole):
                began = time.monotonic()
                waiting = struct.unpack("i", fcntl.ioctl(self.socket, SIOCOUTQNSD, bytes(4)))[0]
                samples.append((began, sent - waiting - self.unread()))
        self.socket.setblocking(True)
        unread_at, latest = [], 0
        for end in ends:
            while latest + 1 < len(samples) and samples[latest + 1][1] < end:
                latest += 1
            unread_at.append(samples[latest][0])
        return self.messages(lambda _: True), unread_at

    def receive(self):
        data = self.socket.recv(1 << 20)
        assert data, "the link was closed"
        self.bytes += data
        self.chunks.append((len(self.bytes), time.monotonic()))

    def messages(self, is_enough, seconds=10):
        """What came since the last call, as (when, message); waits until it is enough."""
        self.socket.settimeout(seconds)
        while not is_enough(found := self.texts()):
            self.receive()
        self.bytes, self.chunks = bytearray(), []
        return found

    def texts(self):
        found, chunk = [], 0
        for end, opcode, payload in frames_of(self.bytes):
            while self.chunks[chunk][0] < end:
                chunk += 1
            if opcode == TEXT:
                self.node.hear(payload.decode())
                found.append((self.chunks[chunk][1], json.loads(payload)))
        return found

    def strays(self, seconds):
        """What still comes within that time."""
        self.socket.settimeout(seconds)
        try:
            self.receive()
        except TimeoutError:
            pass
        return self.messages(lambda _: True)
