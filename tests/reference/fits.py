#!/usr/bin/python3
"""Fits at the command line that are hard to answer: each gets an answer with finite numbers, or a sentence.

Usage: fits.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import csv
import json
import math
import pathlib
import random
import tempfile

from lib.checks import check, finish
from lib.program import refused, run

MODELS = ["linear", "saturating", "production_decay", "neural", "neural_decay"]
quick = ["--members", 1, "--jobs", 1, "--epochs", 40]


def numbers(value):
    """Every number of a part of a document."""
    if isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, list):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, (int, float)):
        yield value


def answers(name, path, *words):
    """The fit is made, and a prediction with it has a number for every gene; returns the fit."""
    done = run("fit", *words, "-o", path)
    check(name, done.returncode == 0, done.stderr)
    if done.returncode != 0:
        return None
    fit = json.loads(path.read_text())
    check(f"{name}: parameters are numbers", all(math.isfinite(x) for m in fit["members"] for x in numbers(m["parameters"])))
    return fit


def refuses(name, code, named, *words):
    refused(name, 1, code, named, run("fit", *words))


def table(path, genes, rows):
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["condition", "edits", "medium", "time", "batch", "variance", *genes])
        writer.writerows(rows)
    return path


random.seed(2)
genes = [f"G{i}" for i in range(6)]


def states(edit, scale=1.0):
    effect = [0.0] * 6
    if edit:
        k = genes.index(edit)
        effect = [scale * (0.6 if i == (k + 1) % 6 else -2.0 if i == k else 0.05) for i in range(6)]
    return [x + random.gauss(0, 0.05) for x in effect]


def plan(edits=("", "G0", "G1", "G2"), batches=("b1", "b2"), times=("",), variance=0.0025):
    return [[f"{e or 'control'}_{b}_{t}", e, "", t, b, variance] + states(e) for t in times for b in batches for e in edits]


def again(rows):
    """The same rows under other names: replicates."""
    return [[row[0] + "_again", *row[1:]] for row in rows]


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    out = folder / "fit.json"

    def states_file(name, rows, names=genes):
        return ["--states", table(folder / name, names, rows), "--scale", "log", "--modality", "knockout", *quick]

    # All-zero genes, in the states and in the counts.
    rows = [row[:6] + [0] + row[7:] for row in plan()]
    for model in MODELS:
        answers(f"a gene that is zero everywhere, {model}", out, *states_file("zero.csv", rows), "--model", model)
    counts = folder / "counts.csv"
    lines = ["cell,label,batch," + ",".join(genes)]
    for c in range(120):
        label, batch = ("ntc", "G1", "G2")[c % 3], "ab"[c % 2]
        row = [0 if g == 0 or label == f"G{g}" else random.randint(4, 9) for g in range(6)]
        lines.append(f"c{c},{label},{batch}," + ",".join(map(str, row)))
    counts.write_text("\n".join(lines) + "\n")
    screen = folder / "screen.json"
    done = run("summarise", "--counts", counts, "--perturbation", "label", "--control", "ntc", "--batch", "batch", "-o", screen)
    check("a screen with a gene that no cell has", done.returncode == 0, done.stderr)
    fit = answers("it is fitted without that gene", out, "--screen", screen, *quick)
    check("it is fitted without that gene", fit and "G0" not in fit["genes"] and "G1" in fit["genes"], fit and fit["genes"])
    fit = answers("with that gene by name", out, "--screen", screen, "--genes", "G0,G1,G2,G3", *quick)
    check("what was never counted is counted as censored", fit and fit["censored"] > 0, fit and fit["censored"])
    refuses("no gene that can be modelled", "fit.no_genes", [], *states_file("none.csv", [r[:6] + [""] * 6 if not r[1] else r for r in plan()]))

    # One condition, one control.
    refuses("controls alone, at one time", "fit.nothing", [], *states_file("controls.csv", plan(edits=("",))))
    answers("one edit", out, *states_file("one.csv", plan(edits=("", "G0"))))
    answers("one edit and one control row", out, *states_file("two.csv", plan(edits=("", "G0"), batches=("",))))
    for model in MODELS:
        answers(f"one control, four edits, {model}", out,
                *states_file("single.csv", plan(edits=("", "G0", "G1", "G2", "G3"), batches=("",))), "--model", model)

    # Times.
    answers("a time of 0 for edited cells", out, *states_file("start.csv", plan(times=(0, 1, 2))))
    refuses("no time but 0", "fit.time", ["time 0"], *states_file("only.csv", plan(times=(0,))))
    refuses("a time before 0", "states.time", ["-1"], *states_file("before.csv", plan(times=(-1, 2))))

    # Duplicates and variances.
    answers("every row twice", out, *states_file("twice.csv", plan() + again(plan())))
    same = plan()
    answers("every row twice, the same numbers", out, *states_file("same.csv", same + again(same)))
    refuses("a name twice", "states.name_twice", ["line 10"], *states_file("name.csv", same + same))
    answers("exact controls", out, *states_file("exact.csv", [r[:5] + ["" if r[1] else 0] + r[6:] for r in plan()]))
    done = run("fit", *states_file("all_exact.csv", plan(variance=0)))
    check("variance 0 of edited rows: an answer or a sentence", done.returncode == 0 or (done.returncode == 1 and "[" in done.stderr), done.stderr)

    # Diverging: unstable growth in data and steps too long for it.
    wild = [r[:6] + [8 * x * float(r[3]) for x in r[6:]] for r in plan(times=(1, 2, 4))]
    for model in MODELS:
        for optimiser in ("adam", "lbfgs"):
            done = run("fit", *states_file("wild.csv", wild), "--model", model, "--optimiser", optimiser, "--l2", 1e-6,
                       "--learning-rate", 5, "--step", 4, "-o", out)
            good = done.returncode == 0 or (done.returncode == 1 and ("[fit." in done.stderr or "[minimise." in done.stderr))
            check(f"a rate of 5 and steps of 4 days, {model} by {optimiser}", good, f"status {done.returncode}: {done.stderr}")

    # 3,000 genes and four conditions.
    many = [f"M{i}" for i in range(3000)]
    wide = [[c, e, "", "", "", 0.01] + [(-2 if g == e else 0) + random.gauss(0, 0.1) for g in many]
            for c, e in (("control", ""), ("a", "M0"), ("b", "M1"), ("c", "M2"))]
    fit = answers("3,000 genes and four conditions", out, "--states", table(folder / "wide.csv", many, wide), "--scale", "log",
                  "--modality", "knockout", "--members", 1, "--jobs", 1, "--epochs", 5)
    check("it models what it can, with the targets, and says so", fit and len(fit["genes"]) == 400 and "M2" in fit["genes"]
          and any("400" in w for w in fit["warnings"]), fit and fit["warnings"])
    done = run("fit", "--states", folder / "wide.csv", "--scale", "log", "--modality", "knockout", *quick, "--optimiser", "lm",
               "-o", folder / "no.json")
    check("Levenberg-Marquardt of 160,000 parameters is refused", "[fit.option]" in done.stderr and "500" in done.stderr, done.stderr)

finish()
