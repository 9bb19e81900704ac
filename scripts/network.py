"""A small network of real processes for the test scripts: bootstrap server, bridges, simulated peers."""

import json
import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request

from scenarios.stage import free_port

DEADLINE = 30


class Network:
    """The processes of a small network; all of them end with this one."""

    def __init__(self, causeway, state):
        self.causeway, self.state, self.processes = causeway, state, []
        self.environment = dict(os.environ, BRIDGE_AUTH=secrets.token_hex(16), LOG_LEVEL="warning")
        self.port = free_port()
        self.bridge_ports = [free_port(), free_port()]

    def start(self, *arguments):
        process = subprocess.Popen([self.causeway, *arguments], env=self.environment, stdout=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def start_bridge(self, index):
        return self.start("bridge", "--host", "127.0.0.1", "--port", str(self.bridge_ports[index]),
                          "--metrics-port", str(free_port()), "--state-dir", f"{self.state}/bridge{index}")

    def __enter__(self):
        self.bridges = [self.start_bridge(index) for index in range(len(self.bridge_ports))]
        bridges = [argument for port in self.bridge_ports for argument in ("--bridge", f"ws://127.0.0.1:{port}")]
        self.start("bootstrap", "--host", "127.0.0.1", "--port", str(self.port), "--create-new-dht", "--open-network",
                   "--state-dir", f"{self.state}/bootstrap", *bridges)
        self.wait_for("/bridge-health", lambda body: body["healthy"])
        return self

    def swarm(self, peers, *arguments):
        return subprocess.Popen([self.causeway, "swarm", "--bootstrap", f"ws://127.0.0.1:{self.port}",
                                 "--peers", str(peers), "--json", *arguments],
                                env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(timeout=15) for process in reversed(self.processes)]
        assert all(code in (0, -signal.SIGKILL) for code in codes), f"exit codes {codes}"

    def wait_for(self, path, condition):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            body = self.get(path)
            if body is not None and condition(body):
                return
            time.sleep(0.05)
        raise SystemExit(f"{path} did not become what it should within {DEADLINE} s")



    def get(self, path):
        """The JSON at a path of the bootstrap server, whatever its status; None while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except OSError:
            return None
