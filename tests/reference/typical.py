#!/usr/bin/python3
"""Typical values against numpy: quantiles over genes, and the spread of variances that were drawn here.

Usage: typical.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import os
import pathlib
import subprocess
import tempfile

import numpy as np

from lib.checks import check, finish, skip
from lib.program import answer, program, run

root = pathlib.Path(__file__).resolve().parents[2]
SHARES = ("0.1", "0.25", "0.5", "0.75", "0.9")


def drawn_table(path, batches, sb2, sb_sd, sg2, sg_sd, genes=500, conditions=20, noise=0.004, seed=1):
    """Log states whose variances are log-normal over genes."""
    random = np.random.default_rng(seed)
    own_b, own_g = sb2 * np.exp(sb_sd * random.normal(size=genes)), sg2 * np.exp(sg_sd * random.normal(size=genes))
    batch = np.sqrt(own_b) * random.normal(size=(batches, genes))
    with open(path, "w") as file:
        file.write("condition,edits,medium,time,batch,variance," + ",".join(f"g{k}" for k in range(genes)) + "\n")
        for c in range(conditions):
            for b in range(batches):
                x = batch[b] + np.sqrt(own_g + noise) * random.normal(size=genes)
                file.write(f"c{c}b{b},{'' if c == 0 else f'E{c}'},,,b{b},{noise}," + ",".join(map(repr, x.tolist())) + "\n")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    example = root / "examples" / "eccite_interferon"
    screen = folder / "screen.json"
    answer("summarise", "--counts", example / "counts.csv.gz", "--cells", example / "cells.csv.gz", "--perturbation",
           "perturbation", "--control", "non-targeting", "--batch", "replicate", "-o", screen)
    components = answer("components", "--screen", screen)
    document = answer("typical", "--screen", screen, "--assay", "simulated", "--source", "examples", "--date", "today")
    one = document["screens"][0]
    check("assay, source and date are kept", (one["assay"], one["source"], document["date"]) == ("simulated", "examples", "today"))
    (level,) = one["sb2"]
    for name, figure, values in (("s_b2", one["sb2"][level], [g["sb2"][level] for g in components["genes"]]),
                                 ("s_g2", one["sg2"], [g["sg2"] for g in components["genes"]]),
                                 ("s_w2", one["sw2"], [g["sw2"] for g in components["genes"]]),
                                 ("phi", one["phi"], [g["phi"] for g in components["genes"]])):
        values = np.array([v for v in values if v is not None])
        expected = np.quantile(values, [float(s) for s in SHARES])
        found = np.array([figure["estimates"][s] for s in SHARES])
        check(f"quantiles of {name}", figure["genes"] == len(values) and np.allclose(found, expected, rtol=1e-12), (found, expected))
    check("pooled values are those of components", one["sg2"]["pooled"] == components["pooled"]["sg2"]
          and one["sb2"][level]["pooled"] == components["pooled"]["sb2"][level])
    check("few batches are said to be weak", one["weak"] == components["weak"] and one["weak"])

    # The spread of true variances, from as many batches as screens have: the log of an estimate on 2 or 5 degrees of
    # freedom has standard deviation 1.28 or 0.70, so that 500 genes tell the median to 1.25 sqrt((sd² + 1)/500).
    for batches, tolerance in ((3, 0.3), (6, 0.22)):
        table, states = folder / "table.csv", folder / "states.json"
        drawn_table(table, batches, 0.02, 1.0, 0.008, 0.7)
        answer("states", "--states", table, "--scale", "log", "-o", states)
        drawn = answer("typical", "--states", states)["screens"][0]
        for name, figure, median, sd, off in (("s_b2", drawn["sb2"]["batch"], 0.02, 1.0, tolerance),
                                              ("s_g2", drawn["sg2"], 0.008, 0.7, 0.15)):
            spread = figure["between_genes"]
            for share in SHARES:
                # Quantiles of the standard normal distribution.
                z = {"0.1": -1.2816, "0.25": -0.6745, "0.5": 0, "0.75": 0.6745, "0.9": 1.2816}[share]
                apart = abs(np.log(spread["quantiles"][share]) - np.log(median) - sd * z)
                check(f"{batches} batches: {name} at {share}", apart < off * (1 + abs(z)), apart)
            check(f"{batches} batches: {name} is told from none", not spread["may_be_zero"])
            check(f"{batches} batches: {name} is planned with as pooled", figure["planned"] == figure["pooled"])
        # What the genes' own estimates would have said of the lowest tenth.
        own = np.log(max(drawn["sb2"]["batch"]["estimates"]["0.1"], 1e-12)) - np.log(0.02) + 1.2816
        check(f"{batches} batches: single estimates lie further out", own < -0.3, own)
        check("states have neither guides nor dispersion", drawn["guides"] is None and drawn["phi"]["reason"])

    # Next to no s_g2: a plan takes what nine estimates in ten stay below.
    drawn_table(table, 3, 0.02, 1.0, 1e-8, 0.1)
    answer("states", "--states", table, "--scale", "log", "-o", states)
    unseen = answer("typical", "--states", states)["screens"][0]["sg2"]
    check("what was not seen is not taken to be none", unseen["pooled"] < 1e-4 and unseen["between_genes"]["may_be_zero"]
          and unseen["planned"] == max(unseen["pooled"], unseen["estimates"]["0.9"]) > unseen["pooled"], unseen)

    bare = folder / "bare.json"
    answer("summarise", "--counts", example / "counts.csv.gz", "--cells", example / "cells.csv.gz", "--no-control", "-o", bare)
    none = answer("typical", "--screen", bare)["screens"][0]
    check("without batches there is a reason", none["sg2"]["pooled"] is None and "no batch column" in none["sg2"]["reason"])
    check("without guides there is a reason", none["guides"]["efficacy"]["reason"] == "the screen has no guide column")

    for name, status, code, words in (
            ("no screen", 2, "usage.missing", ["typical"]),
            ("fewer sources than screens", 2, "usage.value", ["typical", "--screen", screen, "--screen", screen, "--source", "a"]),
            ("a document of another kind", 1, "message.kind", ["typical", "--states", screen])):
        done = run(*words)
        check(name, done.returncode == status and f"[{code}]" in done.stderr and not done.stdout, done.stderr)

if (root.parent / "shared" / "data").exists():
    done = subprocess.run(["/usr/bin/python3", root / "script" / "typical", "--check"], capture_output=True, text=True,
                          env={**os.environ, "GROUNDWORK": str(program)})
    check("the stored figures are those of the real screens", done.returncode == 0, done.stdout + done.stderr)
else:
    skip()

finish()
