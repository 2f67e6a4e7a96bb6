#!/usr/bin/python3
"""`groundwork abundance` on a screen of hosts and tissues drawn here, against a few lines of Python.

Usage: abundance.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import csv
import math
import pathlib
import random
import statistics
import tempfile

from lib.checks import check, finish
from lib.program import answer, run

GENES = ["CD3E", "MS4A1", "LYZ", "GAPDH"]
HOSTS = ["m1", "m2", "m3", "m4", "m5"]
TISSUES = ["marrow", "spleen"]
EDITS = ["", "TP53", "RUNX1", "DNMT3A"]
T975 = {4: 2.7764451051977987, 3: 3.182446305284263}


def close(a, b, tolerance=1e-9):
    return a is not None and b is not None and math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-12)


def draw(seed):
    """Cells as (host, edit, tissue, counts); the third edit leaves the marrow, the second expresses more LYZ."""
    rng = random.Random(seed)
    cells = []
    for host in HOSTS:
        for edit in EDITS:
            many = {"": 300, "TP53": 90, "RUNX1": 40, "DNMT3A": 25}[edit]
            for _ in range(round(many * rng.uniform(0.5, 1.6))):
                tissue = TISSUES[rng.random() < (0.8 if edit == "RUNX1" else 0.4)]
                usual = {"marrow": [4, 2, 12, 30], "spleen": [10, 8, 3, 30]}[tissue]
                means = [m * (2 if edit == "TP53" and gene == "LYZ" else 1) for m, gene in zip(usual, GENES)]
                depth = rng.uniform(0.5, 1.5)
                counts = []
                for mean in means:
                    level, n = math.exp(-mean * depth), 0
                    p = rng.random()
                    while p > level:
                        p *= rng.random()
                        n += 1
                    counts.append(n)
                if sum(counts) > 0:
                    cells.append((host, edit, tissue, counts))
    return cells


def over_hosts(values):
    n = len(values)
    return statistics.fmean(values), statistics.stdev(values) / math.sqrt(n)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    cells = draw(5)
    with open(folder / "counts.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["cell", *GENES])
        table.writerows([f"c{i}", *counts] for i, (_, _, _, counts) in enumerate(cells))
    with open(folder / "cells.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["cell", "gene", "mouse", "tissue"])
        table.writerows([f"c{i}", edit or "safe", host, tissue] for i, (host, edit, tissue, _) in enumerate(cells))
    screen = folder / "screen.json"
    done = run("summarise", "--counts", folder / "counts.csv", "--cells", folder / "cells.csv", "--perturbation", "gene",
               "--control", "safe", "--host", "mouse", "--cell-type", "tissue", "-o", screen)
    check("the screen is summarised", done.returncode == 0, done.stderr)

    result = answer("abundance", "--screen", screen, "--genes", ",".join(GENES))
    names = result["edits"]
    check("edits, unedited cells first", names == ["", *sorted(EDITS[1:])], names)
    check("hosts and tissues", result["hosts"] == HOSTS and result["compartments"] == TISSUES, result["hosts"])
    check("no growth from one harvest", result["basis"] == "none" and all(e["growth"]["value"] is None for e in result["effects"]))

    number = {h: {e: {k: 0 for k in TISSUES} for e in EDITS} for h in HOSTS}
    for host, edit, tissue, _ in cells:
        number[host][edit][tissue] += 1
    for sample in result["samples"]:
        found = {names[p]: dict(zip(TISSUES, row)) for p, row in enumerate(sample["cells"])}
        check(f"cells of {sample['host']}", found == number[sample["host"]], found)

    mean_depth = statistics.fmean(sum(counts) for *_, counts in cells)
    sums = {(h, e, k): [0.0] * 4 for h in HOSTS for e in EDITS for k in TISSUES}
    size = dict.fromkeys(sums, 0.0)
    for host, edit, tissue, counts in cells:
        size[host, edit, tissue] += sum(counts) / mean_depth
        for g, n in enumerate(counts):
            sums[host, edit, tissue][g] += n

    inputs = {"": 5.0, "TP53": 2.0, "RUNX1": 1.0, "DNMT3A": 1.5}
    (folder / "input.csv").write_text("edit,number\n" + "".join(f"{e or 'control'},{n}\n" for e, n in inputs.items()))
    grown = answer("abundance", "--screen", screen, "--genes", ",".join(GENES), "--input", folder / "input.csv",
                   "--sampling-time", 240, "--time-unit", "h")
    check("growth from an input", grown["basis"] == "input")
    for which, effect in enumerate(result["effects"]):
        edit = effect["edit"]
        every = {h: sum(sum(by.values()) for by in number[h].values()) for h in HOSTS}
        own = [sum(number[h][edit].values()) / every[h] for h in HOSTS]
        control = [sum(number[h][""].values()) / every[h] for h in HOSTS]
        a, b = statistics.fmean(own), statistics.fmean(control)
        rest = [x / a - y / b for x, y in zip(own, control)]
        se = math.sqrt(sum(r * r for r in rest) / 4 / 5)
        fold = effect["fold"]
        check(f"fold of {edit}", close(fold["value"], math.log(a / b)) and close(fold["se"], se) and fold["df"] == 4, fold)
        check(f"interval of {edit}", close(fold["high"], fold["value"] + T975[4] * se, 1e-7), fold)
        growth = grown["effects"][which]["growth"]
        expected = (math.log(a / b) - math.log(inputs[edit] / inputs[""])) / 10
        check(f"growth of {edit}", close(growth["value"], expected) and close(growth["se"], se / 10), growth)
        share = {h: {e: {k: number[h][e][k] / sum(number[h][e].values()) for k in TISSUES} for e in EDITS} for h in HOSTS}
        for k, tissue in enumerate(TISSUES):
            mean, error = over_hosts([share[h][edit][tissue] - share[h][""][tissue] for h in HOSTS])
            found = effect["share"][k]
            check(f"share of {edit} in {tissue}", close(found["value"], mean) and close(found["se"], error), found)
        split = result["split"]
        for g, gene in enumerate(GENES):
            parts = {"total": [], "moved": [], "changed": []}
            for h in HOSTS:
                x = {e: {k: sums[h, e, k][g] / size[h, e, k] for k in TISSUES} for e in (edit, "")}
                total = sum(share[h][edit][k] * x[edit][k] - share[h][""][k] * x[""][k] for k in TISSUES)
                moved = sum((share[h][edit][k] - share[h][""][k]) * (x[edit][k] + x[""][k]) / 2 for k in TISSUES)
                parts["total"].append(total)
                parts["moved"].append(moved)
                parts["changed"].append(total - moved)
            for part, values in parts.items():
                mean, error = over_hosts(values)
                found = split[part]
                value, high = found["value"][which][g], found["high"][which][g]
                check(f"{part} of {edit} on {gene}", close(value, mean, 1e-8) and close(high, mean + T975[4] * error, 1e-6),
                      (value, mean))
            both = split["moved"]["value"][which][g] + split["changed"]["value"][which][g]
            check(f"{edit} on {gene} adds up", close(both, split["total"]["value"][which][g], 1e-12), both)
    moved = next(e for e in result["effects"] if e["edit"] == "RUNX1")["share"][1]
    check("RUNX1 is found in the spleen", moved["low"] > 0.2, moved)

    def refused(name, code, *words, text=""):
        done = run("abundance", *words)
        check(name, done.returncode == 1 and f"[{code}]" in done.stderr and text in done.stderr and not done.stdout, done.stderr)

    refused("a medium that is not there", "medium.unknown", "--screen", screen, "--medium", "RPMI", text="RPMI")
    refused("an unknown gene", "genes.unknown", "--screen", screen, "--genes", "CD3E,NONE", text="NONE")
    for rows, text in (("TP53,2\nRUNX1,1\nDNMT3A,1\n", "control"), ("control,2\nTP53,1\nRUNX1,1\n", "DNMT3A"),
                       ("control,2\nTP53,0\n", "line 3"), ("control,2\nTP53,many\n", "line 3"),
                       ("control,2\nTP53,1\nTP53,1\n", "line 4")):
        (folder / "bad.csv").write_text("edit,number\n" + rows)
        refused(f"an input with {rows.split()[-1]}", "abundance.input", "--screen", screen, "--input", folder / "bad.csv",
                text=text)
    bare = folder / "bare.json"
    run("summarise", "--counts", folder / "counts.csv", "--cells", folder / "cells.csv", "--perturbation", "gene",
        "--control", "safe", "-o", bare)
    refused("no hosts and no batches", "abundance.no_hosts", "--screen", bare)
    run("summarise", "--counts", folder / "counts.csv", "--cells", folder / "cells.csv", "--perturbation", "gene",
        "--no-control", "--host", "mouse", "-o", bare)
    refused("no unedited cells", "abundance.no_controls", "--screen", bare)
    check("a share of 2 is refused", run("abundance", "--screen", screen, "--fdr", 2).returncode == 1)

finish()
