"""A link without a library at this end: every byte is timed, and so is the bridge's reading of ours."""

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


class RawLink:
    """Blocking; call it in a thread."""

    def __init__(self, node):
        self.node = node
        self.socket = socket.create_connection(("127.0.0.1", node.port))
        self.socket.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)
        self.bytes, self.chunks = bytearray(), []
        local, remote = self.socket.getsockname()[1], node.port
        self.entry = f"0100007F:{remote:04X} 0100007F:{local:04X}"
        self.say({"type": "bootstrap_auth", "auth_token": node.stage.secret, "bootstrapServer": "raw"})
        assert self.messages(lambda found: found)[0][1]["type"] == "auth_success"

    def say(self, message):
        self.socket.sendall(client_frame(json.dumps(message)))

    def unread(self):
        """Bytes that lie in the bridge's receive buffer."""
        with open("/proc/net/tcp") as table:
            for line in table:
                if self.entry in line:
                    return int(line.split()[4].split(":")[1], 16)
        return 0

    def burst(self, texts, until):
        """Writes all at once, and reads until `until(bytes so far)`: messages with the time they came, and for each text
        the latest time at which the bridge had not read all of it."""
        whole, ends = bytearray(), []
        for text in texts:
            whole += client_frame(text)
            ends.append(len(whole))
        samples, sent, done = [(time.monotonic(), 0)], 0, False
        self.socket.setblocking(False)
        limit = time.monotonic() + 60
        while not done:
            assert time.monotonic() < limit, "the burst is not answered after 60 s"
            writable = [self.socket] if sent < len(whole) else []
            readable, writable, _ = select.select([self.socket], writable, [], 0.001)
            if writable:
                sent += self.socket.send(memoryview(whole)[sent:sent + (1 << 18)])
            if readable:
                done = self.receive() and until(self.bytes)
            if samples[-1][1] < len(whole):
                began = time.monotonic()
                waiting = struct.unpack("i", fcntl.ioctl(self.socket, SIOCOUTQNSD, b"\0\0\0\0"))[0]
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
        return True

    def messages(self, enough, seconds=10):
        """What came since the last call, as (when, message); waits until it is enough."""
        self.socket.settimeout(seconds)
        while not enough(found := self.frames()):
            self.receive()
        self.bytes, self.chunks = bytearray(), []
        return found

    def frames(self):
        found, place, chunk = [], 0, 0
        while place + 2 <= len(self.bytes):
            opcode, length, head = self.bytes[place] & 15, self.bytes[place + 1], 2
            if length == 126:
                length, head = int.from_bytes(self.bytes[place + 2:place + 4], "big"), 4
            elif length == 127:
                length, head = int.from_bytes(self.bytes[place + 2:place + 10], "big"), 10
            text = bytes(self.bytes[place + head:place + head + length])
            place += head + length
            assert place <= len(self.bytes), "half a message"
            while self.chunks[chunk][0] < place:
                chunk += 1
            if opcode == 1:
                self.node.hear(text.decode())
                found.append((self.chunks[chunk][1], json.loads(text)))
        return found

    def strays(self, seconds):
        """What still comes within that time."""
        self.socket.settimeout(seconds)
        try:
            self.receive()
        except TimeoutError:
            pass
        return self.messages(lambda _: True)

    def close(self):
        os.close(self.socket.detach())
