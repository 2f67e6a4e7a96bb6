#!/usr/bin/python3
"""What to measure next, against numpy: a linear model of three genes whose parameters the data fix, and refusals.

Usage: next_experiment.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import itertools
import json
import pathlib
import tempfile

import numpy as np

from lib.checks import check, finish
from lib.program import answer, refuses, run

root = pathlib.Path(__file__).resolve().parents[2]
GENES = ["G1", "G2", "G3"]
TIMES = [0.5, 1, 2, 3, 5]
VARIANCE, DISCREPANCY, KAPPA = 0.01, 0.0025, 0.05
folder = pathlib.Path(tempfile.mkdtemp())


def effect(a, knocked, time):
    """δ of the genes not knocked out: dδ/dt = A δ + a log κ from 0, by the exponential of the augmented matrix."""
    rest = [g for g in range(3) if g not in knocked]
    m = np.zeros((len(rest) + 1, len(rest) + 1))
    m[:-1, :-1] = a[np.ix_(rest, rest)]
    m[:-1, -1] = a[np.ix_(rest, knocked)].sum(1) * np.log(KAPPA)
    values, vectors = np.linalg.eig(m)
    flow = (vectors @ np.diag(np.exp(values * time)) @ np.linalg.inv(vectors)).real
    out = np.zeros(3)
    out[rest] = flow[:-1, -1]
    return out


def derivative(a, conditions):
    """Of the stacked effects by the nine entries of A, by central differences."""
    columns = []
    for k in range(9):
        moved = [a.copy(), a.copy()]
        for sign, m in zip((1, -1), moved):
            m[k // 3, k % 3] += sign * 1e-5
        columns.append(np.concatenate([(effect(moved[0], g, t) - effect(moved[1], g, t)) / 2e-5 for g, t in conditions]))
    return np.array(columns).T


truth = np.array([[-0.8, 0.15, 0.0], [0.2, -0.6, -0.1], [-0.15, 0.1, -0.9]])
rng = np.random.default_rng(4)
trained = [([g], t) for g in range(3) for t in TIMES]
with open(folder / "table.csv", "w") as out:
    out.write("condition,edits,medium,time,batch,variance," + ",".join(GENES) + "\nc,,,0,,0,0,0,0\n")
    for (g, *_), t in trained:
        values = effect(truth, [g], t) + 0.1 * rng.standard_normal(3)
        out.write(f"{GENES[g]}_{t},{GENES[g]},,{t},,{VARIANCE}," + ",".join(f"{v:.6f}" for v in values) + "\n")
table = ["--states", folder / "table.csv", "--scale", "log"]
fit = folder / "fit.json"
done = run("fit", *table, "--model", "linear", "--centred", "--optimiser", "lm", "--l2", "1e-4", "--members", 1, "-o", fit)
check("a fit of the table", done.returncode == 0, done.stderr)
document = json.loads(fit.read_text())
a = np.array(document["members"][0]["parameters"]["A"])  # a row a target
predicted = answer("predict", "--fit", fit, "--edit", "G1", "--times", "2")
check("numpy has the model's flow", np.allclose(np.array(predicted["effect"]["mean"])[0][1:], effect(a, [0], 2)[1:], atol=1e-8),
      predicted["effect"]["mean"])

noise = VARIANCE + DISCREPANCY
posterior = np.linalg.inv(derivative(a, trained).T @ derivative(a, trained) / noise)


def covariance(conditions):
    s = derivative(a, conditions)
    return s @ posterior @ s.T


def bits(conditions):
    q = covariance(conditions)
    return 0.5 * np.linalg.slogdet(np.eye(len(q)) + q / noise)[1] / np.log(2)


candidates = [(g, t) for g in ([0], [0, 1], [1, 2]) for t in (0.5, 2.0, 8.0)]
asked = ["next", "--fit", fit, *table, "--edits", "G1,G1+G2,G2+G3", "--times", "0.5,2,8"]
found = answer(*asked, "--choose", 3)
check("all edits and times are candidates", len(found["conditions"]) == 9)
for one, condition in zip(found["conditions"], candidates):
    name = f"{one['edits']} at {one['time']} d"
    check(f"information of {name}", np.isclose(one["information"], bits([condition]), rtol=2e-3), (one["information"], bits([condition])))
    check(f"spread of {name}", np.isclose(one["sd"], np.sqrt(np.trace(covariance([condition])) / 3), rtol=2e-3))
chosen = [c["condition"] for c in found["chosen"]]
together = bits([candidates[c] for c in chosen])
check("chosen together", np.isclose(found["value"], together, rtol=2e-3), (found["value"], together))
best = max(bits([candidates[c] for c in some]) for some in itertools.combinations(range(9), 3))
check("the best three are found", together > best * (1 - 1e-3), (together, best))
check("the bound holds", found["bound"] >= best * (1 - 1e-3), (found["bound"], best))
check("what each adds sums to the value", np.isclose(sum(c["information"] for c in found["chosen"]), found["value"]))

target = ([1, 2], 5.0)
wanted = answer(*asked, "--target-edits", "G2+G3", "--target-times", "5")
s, t = derivative(a, [candidates[0]]), derivative(a, [target])
across = t @ posterior @ s.T
q, own = s @ posterior @ s.T + noise * np.eye(3), t @ posterior @ t.T
after = own - across @ np.linalg.inv(q) @ across.T
check("the target as it is now", np.isclose(wanted["target_sd"], np.sqrt(np.trace(own) / 3), rtol=2e-3))
check("the target afterwards", np.isclose(wanted["conditions"][0]["target_sd"], np.sqrt(np.trace(after) / 3), rtol=2e-3))
check("the first chosen is the best alone",
      wanted["chosen"][0]["condition"] == min(range(9), key=lambda c: wanted["conditions"][c]["target_sd"]))
many = answer(*asked, "--target-edits", "G2+G3", "--target-times", "5", "--replicates", 50)
check("more groups tell more", all(m["target_sd"] < w["target_sd"] and m["information"] > w["information"]
                                   for m, w in zip(many["conditions"], wanted["conditions"])))

grid = ["--edits", "G1+G2", "--times", ",".join(f"{0.25 * k:g}" for k in range(1, 41))]
times = answer("next", "--fit", fit, *table, *grid, "--choose", 4, "--repeats")
check("times of one edit are held against even ones", times["even"] is not None and 0 < times["even"]["share"] <= 1 + 1e-9, times["even"])

refuses("an unknown edit", 1, "next.unknown", ["drugX"], "next", "--fit", fit, *table, "--edits", "drugX")
refuses("too many of too few", 1, "next.count", ["5", "1"], "next", "--fit", fit, *table, "--edits", "G1", "--choose", 5)
refuses("a time of 0", 1, "predict.times", ["0"], "next", "--fit", fit, *table, "--times", "0,2")
refuses("no data", 2, "usage.missing", ["--screen", "--states"], "next", "--fit", fit)
refuses("a misspelt medium", 1, "medium.unknown", ["RA"], "next", "--fit", fit, *table, "--media", "RA")
refuses("half a target", 1, "request.missing", ["targets"], "next", "--fit", fit, *table, "--target-times", "2")
refuses("a number of groups that is none", 1, "request.value", ["replicates"], "next", "--fit", fit, *table, "--replicates", 0)
other = folder / "other.csv"
other.write_text((folder / "table.csv").read_text().replace("G3", "H3"))
refuses("the fit of another table", 1, "next.other_data", ["not made from"], "next", "--fit", fit, "--states", other, "--scale", "log")
mixture = folder / "mixture.json"
run("fit", *table, "--model", "recommended", "-o", mixture)
refuses("a mixture", 1, "fit.recommended", ["mixture"], "next", "--fit", mixture, *table)

finish()
