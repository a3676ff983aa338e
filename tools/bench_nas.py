"""The rows of tools/bench nas: nets searched under budgets, trained and measured on this machine.

Parts: budgets (six budgets of FBNet by LightNAS, beside FBNet's fixed weight, each net measured),
hybrid (the nets that the hybrid space gives at one latency, beside those of one kind of layer), pgp
(what progressive pretraining gains on nets rich in adders) and board (the same evolutionary search
asking the board instead of the predictor). What takes long - supernets, trained nets - stays in a
folder (--keep) and is not made again.
"""
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import time

PARTS = ("budgets", "hybrid", "pgp", "board")
KINDS = (("hybrid", None), ("conv", "conv_*,skip"), ("shift", "shift_*,skip"),
         ("adder", "adder_*,skip"))
# Supernets and nets: epochs of the built-in images.
SUPERNET = {"fbnet": ("--epochs", "8"),
            "nasa": ("--epochs", "24", "--recipe", "pgp"),
            "nasa plain": ("--epochs", "24", "--recipe", "plain")}
NET = ("--epochs", "2", "--rate", "0.02")
STEPS = {"fbnet": "300", "nasa": "400"}


def spread(values):
    return {"mean": statistics.mean(values), "min": min(values), "max": max(values)}


class Nas:
    def __init__(self, args, folder, sh, tool):
        self.args, self.sh, self.tool = args, sh, tool
        self.folder = os.path.abspath(args.keep or folder)
        os.makedirs(self.folder, exist_ok=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def ask(self, *command, **kw):
        """The JSON that a command of ours prints."""
        return json.loads(self.sh(self.tool(command[0]), *command[1:], "--json", **kw))

    def device(self, space, backend, n):
        """A device of n samples, measured by plan; the pool's own of this backend are left out."""
        out, plan = self.path(space + "-device.json"), self.path(space + "-plan.json")
        if not os.path.exists(out):
            self.sh(self.tool("predict"), "plan", "--space", space, "--n", str(n), "--without",
                    "amd-epyc_%s*" % backend, "--out", plan)
            self.sh(self.tool("profagent"), "run", "--plan", plan, "--backend", backend, "--out",
                    out, "--max-seconds-per-item", "3", "--quiet", unsteady_ok=True)
        return ("--device", out, "--without", "amd-epyc_%s*" % backend)

    def supernet(self, name):
        """Weights, trained to the end if they are not yet (the command goes on from what is there)."""
        out = self.path(name.replace(" ", "-") + ".lc")
        self.sh(self.tool("nas"), "train", "--space", name.split()[0], "--out", out, "--quiet",
                "--seed", str(self.args.seed), *SUPERNET[name])
        return out

    def course(self, name):
        return ("--supernet", self.supernet(name), "--seed", str(self.args.seed), *SUPERNET[name])

    def measure(self, nets, device):
        """Each net's measurement and forecast, as nas verify reports them: the median of 3."""
        return self.ask("nas", "verify", "--quiet", "--repeats", "3", "--max-seconds-per-item", "3",
                        *device, "--arch", nets[0], *nets[1:], unsteady_ok=True)["nets"]

    # ---- budgets ----

    def budgets(self):
        """FBNet's fixed weight knows no budget: one search of it, from the middle one, is for all."""
        device = self.device("fbnet", self.args.backend, 20)
        folder, fixed = self.path("front-lightnas"), self.path("fixed-weight.json")
        common = ("--space", "fbnet", "--steps", STEPS["fbnet"], "--quiet", *device,
                  *self.course("fbnet"))
        self.sh(self.tool("nas"), "pareto", "--method", "lightnas", "--budgets", "6", "--out",
                folder, *common)
        nets = [os.path.join(folder, "net-%d.json" % (i + 1)) for i in range(6)]
        limits = [read(net)["search"]["latency"]["budget_ns"] / 1e6 for net in nets]
        if not os.path.exists(fixed):
            self.sh(self.tool("nas"), "search", "--method", "fbnet", "--latency-ms",
                    "%.9g" % limits[2], "--out", fixed, *common)
        theirs = read(fixed)["search"]
        measured = self.measure(nets, device)
        rows = []
        for i, limit in enumerate(limits):
            ours = read(nets[i])["search"]
            real = measured[i]["latency"]["measured_ns"]
            rows.append({"budget (ms)": limit,
                         "forecast off (%)": off(ours["latency"]["latency_ns"], limit),
                         "reached by gradients (%)": off(ours["reached_ns"], limit),
                         "measured (ms)": real / 1e6, "measured off (%)": off(real, limit),
                         "accuracy (%)": ours["accuracy"], "seconds": ours["seconds"],
                         "fixed weight reached (%)": off(theirs["reached_ns"], limit)})
        return rows

    # ---- hybrid ----

    def hybrid(self):
        device = self.device("nasa", "native", 40)
        found = {}
        for kind, choose in KINDS:
            found[kind] = out = self.path("hybrid-%s.json" % kind)
            if not os.path.exists(out):
                self.sh(self.tool("nas"), "search", "--space", "nasa", "--method", "lightnas",
                        "--steps", STEPS["nasa"], "--images", "0", "--latency-ms",
                        self.args.latency_ms, "--out", out, "--quiet", *device,
                        *self.course("nasa"), *(("--choose", choose) if choose else ()))
        measured = self.measure(list(found.values()), device)
        rows = []
        for (kind, net), real in zip(found.items(), measured):
            accuracies = [self.train(net, kind, seed)
                          for seed in range(self.args.seed, self.args.seed + self.args.runs)]
            rows.append({"net": kind, "layers": layers(net), "accuracy (%)": spread(accuracies),
                         "of the supernet (%)": read(net)["search"]["accuracy"],
                         "forecast (ms)": read(net)["search"]["latency"]["latency_ns"] / 1e6,
                         "measured (ms)": real["latency"]["measured_ns"] / 1e6})
        return rows

    def train(self, net, kind, seed):
        """Test accuracy of a net trained on from its supernet."""
        out = self.path("%s-%d.lc" % (kind, seed))
        return self.ask("nas", "train", "--arch", net, "--from", self.path("nasa.lc"), "--out", out,
                        "--quiet", "--seed", str(seed), *NET)["accuracy"] * 100

    # ---- pgp ----

    def pgp(self):
        rows = []
        for recipe, name in (("pgp", "nasa"), ("plain", "nasa plain")):
            weights, row = self.supernet(name), {"recipe": recipe}
            for nets, choose in (("all nets", "*"), ("adders and skips", "adder_*,skip"),
                                 ("convolutions and skips", "conv_*,skip")):
                table = self.path("pgp-%s-%s.csv" % (recipe, nets.split()[0]))
                self.sh(self.tool("nas"), "accuracies", "--space", "nasa", "--supernet", weights,
                        "--choose", choose, "--n", "40", "--images", "1024", "--out", table,
                        "--quiet", "--seed", str(self.args.seed))
                with open(table) as f:
                    values = [float(line.rsplit(",", 1)[1]) for line in f.readlines()[1:] if "," in line]
                row[nets] = {"mean": statistics.mean(values), "std": statistics.stdev(values)}
            rows.append(row)
        return rows

    # ---- board ----

    def board(self):
        """One evolutionary search by accuracies of a table; then as many nets as it asked about are
        measured, as a search without a predictor would have to. The 20 samples of the device, which
        serve all searches, are not counted to the predictor's time; they are given beside."""
        device = self.device("nasbench201", self.args.backend, 20)
        out = self.path("board.json")
        for name in (out, out + ".search"):
            if os.path.exists(name):
                os.remove(name)
        began = time.monotonic()
        self.sh(self.tool("nas"), "search", "--space", "nasbench201", "--method", "nsga2",
                "--accuracies", self.args.accuracies or self.table(), "--latency-ms", "2", "--out",
                out, "--quiet", *device, "--seed", str(self.args.seed))
        asked = time.monotonic() - began
        found = read(out)["search"]
        plan, measured = self.path("board-plan.json"), self.path("board-measured.json")
        self.sh(self.tool("predict"), "plan", "--space", "nasbench201", "--method", "random", "--n",
                str(found["looked_at"]), "--out", plan)
        if os.path.exists(measured):
            os.remove(measured)
        began = time.monotonic()
        self.sh(self.tool("profagent"), "run", "--plan", plan, "--backend", self.args.backend,
                "--out", measured, "--fresh", "--quiet", unsteady_ok=True)
        by_board = time.monotonic() - began
        return {"nets looked at": found["looked_at"], "predictor (s)": asked,
                "board (s)": by_board + asked, "times": (by_board + asked) / asked}

    def table(self):
        """Accuracies of all nets of NAS-Bench-201 by a formula: what they are takes no part in how
        long a search takes."""
        path, worth = self.path("table.csv"), {"none": 0, "skip_connect": 2, "avg_pool_3x3": 1,
                                               "nor_conv_1x1": 4, "nor_conv_3x3": 6}
        with open(path, "w") as f:
            f.write("arch,accuracy\n")
            for cell in itertools.product(worth, repeat=6):
                f.write("|%s~0|+|%s~0|%s~1|+|%s~0|%s~1|%s~2|,%.3f\n" %
                        (*cell, 50 + sum(worth[op] * (1 + 0.05 * i) for i, op in enumerate(cell))))
        return path

    def all(self):
        parts = self.args.parts.split(",") if self.args.parts else PARTS
        if set(parts) - set(PARTS):
            sys.exit("bench: --parts takes some of %s" % ",".join(PARTS))
        return {part: getattr(self, part)() for part in parts}


def read(path):
    with open(path) as f:
        return json.load(f)


def off(ns, limit_ms):
    return 100 * (ns / 1e6 / limit_ms - 1)


def layers(net):
    """How many positions of each kind: "conv 5, adder 3"."""
    names = re.findall(r"conv|shift|adder|attention|skip", read(net)["name"])
    return ", ".join("%s %d" % (k, names.count(k)) for k in sorted(set(names)))


def show(results, table):
    def mean(s, form="%.1f"):
        return "%s (%s to %s)" % tuple(form % s[k] for k in ("mean", "min", "max"))

    def deviation(s):
        return "%.1f ± %.1f" % (s["mean"], s["std"])

    if "budgets" in results:
        names = list(results["budgets"][0])
        table("six budgets, FBNet, LightNAS; FBNet's fixed weight beside it", names,
              [["%.4g" % r[n] for n in names] for r in results["budgets"]])
    if "hybrid" in results:
        table("one latency, hybrid nets and nets of one kind of layer",
              ["net", "layers", "accuracy (%)", "in the supernet (%)", "forecast (ms)", "measured (ms)"],
              [[r["net"], r["layers"], mean(r["accuracy (%)"]), "%.1f" % r["of the supernet (%)"],
                "%.3f" % r["forecast (ms)"], "%.3f" % r["measured (ms)"]] for r in results["hybrid"]])
    if "pgp" in results:
        names = [n for n in results["pgp"][0] if n != "recipe"]
        table("accuracy in the supernet (%)", ["recipe", *names],
              [[r["recipe"], *(deviation(r[n]) for n in names)] for r in results["pgp"]])
    if "board" in results:
        table("an evolutionary search", list(results["board"]),
              [["%.4g" % v for v in results["board"].values()]])
