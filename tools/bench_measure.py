"""The rows of tools/bench measure: how far profagent's numbers can be trusted.

What of a run repeats, whether a co-runner is noticed, what whole nets take beside the sum of their
operators, what operators alone forecast, and what the agent itself takes.
"""
import itertools
import json
import os
import statistics
import subprocess
import sys
import time

# 40 operators of four kinds of net, from under a microsecond to about one millisecond.
KINDS = (("--space fbnet", 16), ("--arch zoo:mobilenet_v2", 8), ("--arch zoo:resnet18", 8),
         ("--arch zoo:vit_tiny", 8))
BACKENDS = ("native", "onednn", "xnnpack", "openblas")

# Busy half of the time on the CPU given, in stretches of 10 ms.
CO_RUNNER = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
while True:
    end = time.monotonic() + .01
    while time.monotonic() < end:
        pass
    time.sleep(.01)
"""


def load(path):
    with open(path) as f:
        return json.load(f)


def latencies(device):
    return {s["id"].rsplit("-", 1)[-1]: s["latency_ns"] for s in device["samples"]}


def ranks(values):
    order = sorted(range(len(values)), key=lambda i: values[i])
    place = [0] * len(values)
    for r, i in enumerate(order):
        place[i] = r
    return place


def spearman(x, y):
    n = len(x)
    return 1 - 6 * sum((a - b) ** 2 for a, b in zip(ranks(x), ranks(y))) / (n * (n * n - 1))


class Measure:
    def __init__(self, args, folder, sh, tool):
        self.args, self.folder, self.sh, self.tool = args, folder, sh, tool
        self.plan = self.path("ops.json")
        self.results = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def merge(self, out, *parts):
        items = list(itertools.chain.from_iterable(load(p)["items"] for p in parts))
        with open(out, "w") as f:
            json.dump({"schema_version": 1, "name": "bench", "items": items}, f)

    def make_plan(self):
        parts = []
        for i, (what, n) in enumerate(KINDS):
            parts.append(self.path("part%d.json" % i))
            self.sh(self.tool("predict"), "plan", "--operators", *what.split(), "--n", str(n),
                    "--out", parts[-1])
        self.merge(self.plan, *parts)

    def run(self, plan, name, *options):
        """A process of profagent run; its device and its summary."""
        out = self.path(name)
        text = self.sh(self.tool("profagent"), "run", "--plan", plan, "--out", out, "--fresh",
                       "--device", "bench", "--quiet", "--json", *options, unsteady_ok=True)
        return load(out), json.loads(text)

    def repeatability(self):
        devices = [self.run(self.plan, "r%d.json" % i)[0] for i in range(self.args.runs)]
        values = [latencies(d) for d in devices]
        cv = sorted(100 * statistics.stdev(v[k] for v in values)
                    / statistics.mean(v[k] for v in values) for k in values[0])
        pairs = [spearman([a[k] for k in a], [b[k] for k in a])
                 for a, b in zip(values, values[1:])]
        self.results["repeatability"] = {
            "runs": len(devices), "operators": len(cv), "cv median (%)": statistics.median(cv),
            "cv of 90 % of them (%), wanted 1.5": cv[max(0, -(-9 * len(cv) // 10) - 1)],
            "cv of all (%), wanted 3": cv[-1]}
        self.results["ranking of two runs"] = {
            "spearman median": statistics.median(pairs), "spearman least, wanted 0.998": min(pairs)}
        return devices

    def told(self, device):
        """Of a run: whether it was said to be disturbed; of its samples, how many."""
        share = device["fingerprint"]["watch"]
        return (share["machine_disturbed"],
                sum(s["disturbed_turns"] > 0.1 * s["turns"] for s in device["samples"]))

    def disturbance(self, quiet):
        runs = max(2, self.args.runs // 4)
        cpu = quiet[0]["config"]["pinned_cpus"][-1]
        other = subprocess.Popen([sys.executable, "-c", CO_RUNNER, str(cpu)])
        try:
            beside = [self.run(self.plan, "d%d.json" % i)[0] for i in range(runs)]
        finally:
            other.kill()
            other.wait()
        for name, devices in (("co-runner noticed (%), wanted 95", beside),
                              ("false alarms (%), wanted at most 5", quiet)):
            told = [self.told(d) for d in devices]
            samples = sum(len(d["samples"]) for d in devices)
            self.results[name] = {
                "of runs": 100 * sum(t[0] for t in told) / len(told),
                "of samples": 100 * sum(t[1] for t in told) / samples,
                "runs": len(told), "samples": samples}
        a = statistics.median(latencies(quiet[-1]).values())
        b = statistics.median(latencies(beside[-1]).values())
        self.results["latency beside the co-runner, x of alone"] = b / a

    def found(self):
        info = json.loads(self.sh(self.tool("profagent"), "info", "--json"))
        return [b["name"] for b in info["backends"] if b["library"] and b["name"] in BACKENDS]

    def sums(self, backends):
        parts = []
        for what in ("--operators --all", ""):
            parts.append(self.path("sum%d.json" % len(parts)))
            self.sh(self.tool("predict"), "plan", *what.split(), "--arch", "zoo:mobilenet_v2",
                    "--arch", "zoo:resnet18", "--out", parts[-1])
        plan = self.path("sums.json")
        self.merge(plan, *parts)
        for backend in backends:
            self.run(plan, "sum.json", "--backend", backend)
            rows = json.loads(self.sh(self.tool("bench-measure"), self.path("sum.json")))["rows"]
            self.results["whole net / sum of its operators, " + backend] = {
                "nets": len(rows),
                "ratio": statistics.geometric_mean(r["net_ns"] / r["sum_ns"] for r in rows)}

    def forecasts(self, backends):
        """Nets forecast from samples of operators only; devices of the same runtime left out."""
        ops, nets = self.path("fops.json"), self.path("fnets.json")
        self.sh(self.tool("predict"), "plan", "--operators", "--space", "fbnet", "--n", "40",
                "--out", ops)
        self.sh(self.tool("predict"), "plan", "--space", "fbnet", "--method", "random", "--seed",
                str(self.args.seed), "--n", "30", "--out", nets)
        for backend in backends:
            self.run(ops, "fo.json", "--backend", backend)
            self.run(nets, "fn.json", "--backend", backend)
            text = self.sh(self.tool("predict"), "--device", self.path("fo.json"), "--arch", nets,
                           "--without", "*%s*" % backend, "--json")
            with open(self.path("forecast.json"), "w") as f:
                f.write(text)
            check = json.loads(self.sh(self.tool("predict"), "check", "--forecast",
                                       self.path("forecast.json"), "--measured",
                                       self.path("fn.json"), "--json"))
            errors = [abs(n["error"]) for n in check["nets"]]
            self.results["forecast from 40 operators, " + backend] = {
                "median error (%), wanted 15": 100 * statistics.median(errors),
                "spearman": check["spearman"], "nets": len(errors)}

    def agent_itself(self):
        """Peak memory and wall time of a run of one tiny net, which the null backend does not run."""
        plan, out = self.path("one.json"), self.path("one-out.json")
        item = {"kind": "op", "name": "tiny", "output": "y", "ops": [
            {"id": "x", "op": "input", "shape": [1, 4, 4, 3]},
            {"id": "y", "op": "conv2d", "inputs": ["x"], "out_channels": 1}]}
        with open(plan, "w") as f:
            json.dump({"schema_version": 1, "name": "one", "items": [item]}, f)
        for backend in ("null", "native"):
            times, memory = [], []
            for _ in range(10):
                start = time.monotonic()
                text = self.sh(self.tool("profagent"), "run", "--plan", plan, "--out", out,
                               "--fresh", "--backend", backend, "--max-seconds-per-item", "0.001",
                               "--precision", "1", "--quiet", "--json", unsteady_ok=True)
                times.append(1e3 * (time.monotonic() - start))
                memory.append(json.loads(text)["resident_bytes"] / 1e6)
            self.results["agent itself, " + backend] = {
                "resident memory (MB), wanted 8": max(memory),
                "start to end of a run of one tiny net (ms), wanted 50":
                    statistics.median(times)}

    def all(self):
        self.make_plan()
        quiet = self.repeatability()
        self.disturbance(quiet)
        backends = self.found()
        self.sums(backends)
        self.forecasts(backends)
        self.agent_itself()
        return self.results
