#!/usr/bin/env python3
"""Rules, scrape configuration and dashboard in `deploy`, tried with the real Prometheus on a real network.

`promtool` checks the rules, runs their tests, and reads what both roles serve. Every metric that a rule or the dashboard asks
for has to exist there, with the values of labels that it names. Then a Prometheus scrapes both roles, and evaluates every
expression of the dashboard.

Status 0: all as it should be. 1: something is not. 3: there is no Prometheus here."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from network import Network
from scenarios.stage import free_port

HERE = pathlib.Path(__file__).resolve().parent.parent / "deploy"

RULES, TESTS, SCRAPES = (HERE / "prometheus" / name for name in ("alerts.yaml", "alerts_test.yaml", "prometheus.yaml"))
DASHBOARD = HERE / "grafana" / "causeway.json"


def promtool(*arguments, stdin=None):
    """What it has to say; it ends the script if it is not content."""
    done = subprocess.run(["promtool", *map(str, arguments)], input=stdin, capture_output=True)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, f"promtool {' '.join(map(str, arguments))}:\n{said}"
    return said


def get(url, accept="*/*"):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=5) as answer:
        return answer.read()


def expressions(dashboard):
    """Every query, with the variables of Grafana replaced by what they stand for."""
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    queries += [note["expr"] for note in dashboard["annotations"]["list"] if "expr" in note]
    variables = {"$__rate_interval": "1m", "$__range": "1h", "$bootstrap": ".*", "$bridge": ".*"}
    for name, value in variables.items():
        queries = [query.replace(name, value) for query in queries]
    return queries


def selections(query):
    """Metrics in an expression, with what their labels have to be: (name, [(label, operator, value)])."""
    for name, matchers in re.findall(r"\b(causeway_\w+|up)\b(?:\{([^}]*)\})?", query):
        yield name, re.findall(r'(\w+)(=~|!=|!~|=)"([^"]*)"', matchers)


def samples(text):
    """{name: [labels]} of an exposition."""
    found = {}
    for line in text.splitlines():
        if match := re.match(r"(\w+)(?:\{(.*)\})? ", line):
            found.setdefault(match[1], []).append(dict(re.findall(r'(\w+)="([^"]*)"', match[2] or "")))
    return found


def families(text):
    """[(name, type, help, labels)] of an exposition in the format of Prometheus."""
    found, labels = {}, samples(text)
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, help = line.split(" ", 3)
            found[name] = [None, help]
        elif line.startswith("# TYPE "):
            found[line.split()[2]][0] = line.split()[3]
    for name, (kind, help) in found.items():
        series = labels.get(name) or labels.get(f"{name}_bucket") or [{}]
        yield name, kind, help, sorted(set(series[0]) - {"le"})


def table(texts):
    """docs/metrics.md, as it has to be."""
    lines = ["# Metrics", "",
             "What `/metrics/prometheus` of a bootstrap server and `/metrics` of a bridge serve to Prometheus. `deploy/prometheus`",
             "has alerts on them, `deploy/grafana` a dashboard. Made by `scripts/check_monitoring.py --write`, which tries all of",
             "that with a real Prometheus. Labels have closed lists of values; `bridge` is a configured address (64 at most), or",
             "`dialled_in`. What libraries of the process record through swift-metrics comes behind, as `causeway_library_...`: 1,000",
             "series at most, 64 of a name.", ""]
    for role, text in texts.items():
        lines += [f"## {role}", "", "| metric | type | labels | meaning |", "|---|---|---|---|"]
        for name, kind, help, labels in sorted(families(text)):
            lines.append(f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {help} |")
        lines.append("")
    return "\n".join(lines)


def check_names(queries, exposed):
    for query in queries:
        for name, matchers in selections(query):
            if name == "up":
                continue
            jobs = [value for label, _, value in matchers if label == "job"] or list(exposed)
            series = [labels for job in jobs for labels in exposed[job].get(name, [])]
            assert series, f"no metric {name} of {jobs}, which {query!r} asks for"
            for label, operator, value in matchers:
                if label in ("job", "instance") or operator.startswith("!") or value == ".+":
                    continue
                for word in value.split("|") if operator == "=~" else [value]:
                    assert any(labels.get(label) == word for labels in series), f"{name} has no {label}={word!r}: {query!r}"


def check_dashboard(dashboard):
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)), "two panels with one id"
    covered = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & covered, f"{panel['title']} lies over another panel"
        covered |= cells


def check_live(network, directory, queries):
    """A Prometheus of our own, with the configuration and the rules as they are but for the addresses."""
    port = free_port()
    text = SCRAPES.read_text()
    text = text.replace("10.0.0.10:9090", f"127.0.0.1:{network.port}").replace("15s", "1s")
    bridges = ", ".join(f"127.0.0.1:{port}" for port in network.monitors)
    text = text.replace("10.0.0.11:9090, 10.0.0.12:9090", bridges)
    (directory / SCRAPES.name).write_text(text)
    shutil.copy(RULES, directory)
    prometheus = subprocess.Popen(
        ["prometheus", f"--config.file={directory / SCRAPES.name}", f"--storage.tsdb.path={directory}/data",
         f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def query(expression):
        return json.loads(get(f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})))

    try:
        end = time.monotonic() + 30
        while True:
            try:
                up = query("sum(up)")["data"]["result"]
                scraped = query("min(count_over_time(up[1m])) > 5")["data"]["result"]
                if up and up[0]["value"][1] == "3" and scraped:
                    break
            except OSError:
                pass
            assert time.monotonic() < end, "Prometheus does not reach all three"
            time.sleep(0.3)
        empty = []
        for expression in queries:
            answer = query(expression)
            assert answer["status"] == "success", f"{expression}: {answer}"
            if not answer["data"]["result"]:
                empty.append(expression)
        firing = query('ALERTS{alertstate="firing"}')["data"]["result"]
        assert not firing, f"alerts in a healthy network: {firing}"
        return empty
    finally:
        prometheus.terminate()
        prometheus.wait(timeout=10)


class Monitored(Network):
    """A network whose bridges' monitors have known ports."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.monitors = [free_port(), free_port()]

    def start_bridge(self, index):
        return self.start("bridge", "--host", "127.0.0.1", "--port", str(self.bridge_ports[index]),
                          "--metrics-port", str(self.monitors[index]), "--state-dir", f"{self.state}/bridge{index}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/metrics.md instead of comparing it")
    parser.add_argument("--causeway", default=".build/release/causeway", help="path of the program")
    arguments = parser.parse_args()
    if not shutil.which("promtool") or not shutil.which("prometheus"):
        print("skipped: no Prometheus here")
        sys.exit(3)
    print(f"rules: {re.search(r'[0-9]+ rules', promtool('check', 'rules', RULES))[0]}")
    promtool("check", "config", SCRAPES)
    promtool("test", "rules", TESTS)
    rules = RULES.read_text()
    alerts = set(re.findall(r"alert: (\w+)", rules))
    untested = alerts - set(re.findall(r'alertname="(\w+)"', TESTS.read_text()))
    assert not untested, f"no test lets these fire: {untested}"

    dashboard = json.loads(DASHBOARD.read_text())
    check_dashboard(dashboard)
    queries = expressions(dashboard)
    with tempfile.TemporaryDirectory(prefix="causeway-monitoring-") as root:
        directory = pathlib.Path(root)
        generated = {"groups": [{"name": "dashboard", "rules": [
            {"record": f"dashboard:{number}", "expr": query} for number, query in enumerate(queries)]}]}
        # JSON is YAML.
        (directory / "dashboard.yaml").write_text(json.dumps(generated))
        promtool("check", "rules", directory / "dashboard.yaml")
        network = Monitored(os.path.abspath(arguments.causeway), root)
        network.environment["LOG_LEVEL"] = "error"
        with network:
            swarm = network.swarm(8)
            try:
                network.wait_for("/api/v1/status", lambda body: body["introductions"]["connected"] >= 7)
                pages = {"causeway-bootstrap": f"http://127.0.0.1:{network.port}/metrics/prometheus",
                         "causeway-bridge": f"http://127.0.0.1:{network.monitors[0]}/metrics/prometheus"}
                exposed, texts = {}, {}
                for job, page in pages.items():
                    body = get(page)
                    complaints = promtool("check", "metrics", stdin=body).strip()
                    assert not complaints, f"{page}: {complaints}"
                    exposed[job] = samples(body.decode())
                    texts[{"causeway-bootstrap": "Bootstrap server", "causeway-bridge": "Bridge"}[job]] = body.decode()
                made, document = table(texts), HERE.parent / "docs" / "metrics.md"
                if arguments.write:
                    document.write_text(made)
                assert document.read_text() == made, "docs/metrics.md is not what is served: run this script with --write"
                conditions = re.findall(r"expr: (?:>-\n((?: {10}.*\n)+)|(.*))", rules)
                assert len(conditions) == len(alerts), "an expression was not found"
                check_names(queries + ["".join(condition) for condition in conditions], exposed)
                empty = check_live(network, directory, queries)
            finally:
                swarm.send_signal(signal.SIGTERM)
                swarm.communicate(timeout=15)
    print(f"metrics: promtool has no complaint about {sum(map(len, exposed.values()))} names")
    print(f"dashboard: {len(queries)} expressions, {len(queries) - len(empty)} with an answer in a young network")
    used = {name for query in queries for name, _ in selections(query)}
    served = {re.sub('_(bucket|sum|count)$', '', name) for names in exposed.values() for name in names}
    unused = sorted(served - {re.sub('_(bucket|sum|count)$', '', name) for name in used})
    print(f"not on the dashboard: {', '.join(unused) or 'none'}")
    for query in empty:
        print(f"  no answer yet: {query}")


if __name__ == "__main__":
    main()
