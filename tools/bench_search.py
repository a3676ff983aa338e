"""The rows of tools/bench search: how well the library searches, as far as that needs no training.

Parts: program (the integer program), methods (differentiable search on a made-up supernet), proxy
(fronts found on another device), confidence (budgets kept on devices known by 10 samples). The last
two need LATCAST_REFERENCE; accuracies of NAS-Bench-201 are those of --accuracies, or made up.
"""
import json
import os
import statistics
import subprocess
import sys

PARTS = ("program", "methods", "proxy", "confidence")
DEVICES = ("native-avx512_bf16_t1", "onednn-avx512_t1", "xnnpack-avx512_t1", "openblas-haswell_t1",
           "native-avx512_bf16_t1_int8")
SHARDS = max(1, os.cpu_count() or 1)
CORNERS = ("of all nets", "of the front", "of the upper half")


def spread(values):
    """Median, least, most, mean and 90 % quantile."""
    v = sorted(values)
    if not v:
        return None
    return {"median": statistics.median(v), "min": v[0], "max": v[-1], "mean": statistics.mean(v),
            "p90": v[min(len(v) - 1, int(0.9 * len(v)))]}


class Search:
    def __init__(self, args, tool, top):
        self.args, self.binary, self.top = args, tool("bench-search"), top

    def ask(self, part, *arguments, shards=1):
        """What bench-search prints; from several processes side by side where it can be parted."""
        runs = [subprocess.Popen([self.binary, part, *map(str, arguments),
                                  *((str(i), str(shards)) if shards > 1 or part in ("proxy", "confidence")
                                    else ())],
                                 stdout=subprocess.PIPE, text=True,
                                 env=dict(os.environ, OPENBLAS_NUM_THREADS="1"))
                for i in range(shards)]
        texts = [run.communicate()[0] for run in runs]
        if any(run.returncode for run in runs):
            sys.exit("bench: bench-search %s failed" % part)
        return [json.loads(text)["rows"] for text in texts]

    def devices(self):
        return [os.path.join(self.top, "devices", "pool", "amd-epyc_%s.json" % d) for d in DEVICES]

    def model(self):
        return os.path.join(self.top, "devices", "model.lc")

    def tables(self):
        data = os.environ.get("LATCAST_REFERENCE")
        if not data:
            sys.exit("bench: search proxy and confidence need LATCAST_REFERENCE, the folder of public latency "
                     "tables")
        return os.path.join(data, "nasbench201", "latency_ms.csv"), self.accuracies()

    def accuracies(self):
        return self.args.accuracies or "made-up"

    def program(self):
        return self.ask("program", self.model(), self.args.seed, self.args.runs, *self.devices())[0]

    def methods(self):
        return self.ask("methods", self.model(), self.args.seed, min(self.args.runs, 3),
                        *self.devices())[0]

    def proxy(self):
        pairs = sum(self.ask("proxy", *self.tables(), self.args.seed, min(self.args.runs, 3),
                             shards=SHARDS), [])
        ways = ("raw", "changes", "predictor")
        return {"accuracies": self.accuracies(), "pairs": len(pairs),
                "kept (%)": {way: {corner: spread([100 * p[way][corner] for p in pairs if way in p])
                                   for corner in CORNERS} for way in ways},
                "by target": {t: {way: statistics.mean(
                    [100 * p[way][CORNERS[0]] for p in pairs if p["target"] == t and way in p] or [0])
                    for way in ways} for t in sorted({p["target"] for p in pairs})}}

    def confidence(self):
        draws = 20 * self.args.runs
        parts = self.ask("confidence", *self.tables(), self.args.seed, draws, shards=SHARDS)
        rows = []
        for same in zip(*parts):
            of = {k: sum((r[k] for r in same), []) for k in same[0] if isinstance(same[0][k], list)}
            over, lost = of["above the budget (%)"], of["accuracy lost"]
            rows.append({
                "confidence": same[0]["confidence"], "accuracies": self.accuracies(), "draws": draws,
                "refused": sum(r["refused"] for r in same),
                "above the budget, share (%)": 100 * len(over) / max(1, len(over) + len(lost)),
                "above the budget by (%)": spread(over), "accuracy lost": spread(lost),
                "all nets above their quantile (%)": spread(of["nets above their quantile (%)"])})
        return rows

    def all(self):
        parts = self.args.parts.split(",") if self.args.parts else PARTS
        if set(parts) - set(PARTS):
            sys.exit("bench: --parts takes some of %s" % ",".join(PARTS))
        return {part: getattr(self, part)() for part in parts}


def cell(s, form="%.3g"):
    return "" if s is None else "%s (%s to %s)" % tuple(form % s[k] for k in ("median", "min", "max"))


def show(results, table):
    if "program" in results:
        table("integer program", ["what", "instances", "proven best", "bound above (%)", "ms", "equal to trying all"],
              [[r["what"], str(r["instances"]), str(r.get("proven", "")),
                "%.2g" % r["bound above score at most (%)"] if r.get("proven") != r["instances"]
                and "proven" in r and "forecasts" not in r["what"] else "",
                cell({k: 1e3 * v for k, v in r["seconds"].items()}) if "seconds" in r else "",
                str(r.get("equal to trying all", ""))] for r in results["program"]])
    if "methods" in results:
        table("six budgets, made-up supernet",
              ["method", "searches", "nets", "within 1 %", "off the budget (%)", "logits' (%)",
               "loss above the best (%)", "s"],
              [[r["method"], str(r["searches"]), str(r["nets"]), str(r["within 1 %"]),
                *(cell(r[k]) for k in ("off the budget (%)", "of the largest logits (%)",
                                       "loss above the best net's (%)", "seconds"))]
               for r in results["methods"]])
    if "proxy" in results:
        kept = results["proxy"]["kept (%)"]
        table("hypervolume kept, %(pairs)d pairs, accuracies: %(accuracies)s" % results["proxy"],
              ["way", "corner", "mean (%)", "median (least to most)"],
              [[way, corner, "%.2f" % kept[way][corner]["mean"], cell(kept[way][corner], "%.4g")]
               for way in kept for corner in CORNERS])
    if "confidence" in results:
        table("budgets kept with 10 samples, accuracies: %s" % results["confidence"][0]["accuracies"],
              ["confidence", "above the budget (%)", "by (%)", "accuracy lost: median", "mean", "90 %",
               "refused", "draws"],
              [["%g" % r["confidence"], "%.1f" % r["above the budget, share (%)"],
                cell(r["above the budget by (%)"]),
                *("%.3f" % r["accuracy lost"][k] for k in ("median", "mean", "p90")),
                str(r["refused"]), str(r["draws"])] for r in results["confidence"]])
