#!/usr/bin/python3
"""Power over the genes of a screen, against closed forms and simulated t tests.

Usage: gene_power.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import json
import math
import pathlib
import tempfile

import numpy as np

from lib.checks import check, finish
from lib.program import run

root = pathlib.Path(__file__).resolve().parents[2]
CONDITIONS, BATCHES, CELLS = 8, 4, 60
SHARES = ("0.1", "0.25", "0.5", "0.75", "0.9")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    random = np.random.default_rng(5)
    # Components as the command writes them, with drawn values.
    count = 150
    genes = [{"gene": f"G{k}", "sb2": {"batch": 0.02}, "sw2": float(np.exp(random.normal(0.5, 1.2))),
              "sg2": 0.0, "sg2_moderated": float(np.exp(random.normal(-5, 0.8))), "phi": 0.1} for k in range(count)]
    for gene in genes:
        gene["phi"] = gene["sw2"] * 0.3
    components = folder / "components.json"
    components.write_text(json.dumps({"kind": "components", "genes": genes}))
    layout = folder / "layout.csv"
    layout.write_text("condition," + ",".join(f"b{b}" for b in range(BATCHES)) + "\n" + "".join(
        ("control" if c == 0 else f"P{c}") + f",{CELLS}" * BATCHES + "\n" for c in range(CONDITIONS)))
    sets = folder / "sets.gmt"
    sets.write_text("some\tfirst\t" + "\t".join(f"G{k}" for k in range(10)) + "\tOTHER\nforeign\t\tX1\tX2\n")
    base = ["design", "--layout", layout, "--control", "control", "--sb2", 0.02, "--sg2", 0.004, "--sw2", 2, "--components", components]

    def power(*words, setting="screen"):
        done = run(*base, "--power", setting, *words)
        if done.returncode:
            raise SystemExit(done.stderr)
        return json.loads(done.stdout)["power"]

    answer = power("--effect", -0.3)
    check("every gene answers by name", [one["gene"] for one in answer["by_gene"]] == [gene["gene"] for gene in genes])
    df = (CONDITIONS - 1) * (BATCHES - 1)
    expected = np.array([math.sqrt(2 * (gene["sg2_moderated"] + gene["sw2"] / CELLS) / BATCHES) for gene in genes])
    found = np.array([one["se"] for one in answer["by_gene"]])
    check("standard errors are the closed form of complete blocks", np.allclose(found, expected, rtol=1e-10))
    check("degrees of freedom are the classical ones", all(abs(one["df"] - df) < 1e-6 for one in answer["by_gene"]))
    for key, values in (("se", expected), ("power", [one["power"] for one in answer["by_gene"]]),
                        ("mdfc", [one["mdfc"] for one in answer["by_gene"]])):
        quantiles = np.quantile(values, [float(share) for share in SHARES])
        check(f"quantiles of {key}", np.allclose([answer["genes"][key][share] for share in SHARES], quantiles, rtol=1e-9))
    check("power is the mean over genes", abs(answer["power"] - np.mean([one["power"] for one in answer["by_gene"]])) < 1e-9)
    # Found from 64 of the genes: Benjamini and Hochberg's equation holds for all of them to a few percent.
    fixed_point = 0.1 * (0.9 * answer["cutoff"] + 0.1 * answer["power"])
    check("the cut-off solves its equation", abs(fixed_point / answer["cutoff"] - 1) < 0.03, (fixed_point, answer["cutoff"]))

    # Simulated t tests: the share below the cut-off to the left, and the detectable change to both sides.
    draws = 200_000
    z, scale = random.normal(size=draws), np.sqrt(random.chisquare(df, draws) / df)
    null = np.sort(z / scale)
    critical = null[int(answer["cutoff"] * draws)] if answer["cutoff"] * draws > 500 else None
    two_sided = np.quantile(np.abs(null), 0.95)
    for k in (0, 40, 90, 149):
        se, one = expected[k], answer["by_gene"][k]
        if critical is not None:
            simulated = np.mean((-0.3 / se + z) / scale < critical)
            check(f"power of {one['gene']}", abs(simulated - one["power"]) < 0.02, (simulated, one["power"]))
        simulated = np.mean(np.abs((math.log(one["mdfc"]) / se + z) / scale) > two_sided)
        check(f"detectable change of {one['gene']}", abs(simulated - 0.8) < 0.01, simulated)

    few = power("--effect", -0.3, "--gene-sets", sets, "--gene-set", "some")
    check("a gene set", [one["gene"] for one in few["by_gene"]] == [f"G{k}" for k in range(10)]
          and few["genes"]["of"] == 10 and few["genes"]["without_components"] == 1 and "set some" in few["genes"]["sentence"])
    one = power("--effect", -0.3, "--genes", "G7")
    check("one gene", one["genes"]["of"] == 1 and math.isclose(one["by_gene"][0]["se"], expected[7], rel_tol=1e-10))

    # PerturbPlan's setting takes expression from the same genes: 1/(sw2 − phi) UMIs a cell.
    expression = folder / "expression.csv"
    expression.write_text("gene,umis,dispersion\n" + "".join(
        f"{g['gene']},{1 / (g['sw2'] - g['phi'])!r},{g['phi']!r}\n" for g in genes))
    ours = power(setting="perturbplan")
    done = run(*base[:-2], "--power", "perturbplan", "--expression", expression)
    theirs = json.loads(done.stdout)["power"]
    check("PerturbPlan's setting on the genes of a screen", math.isclose(ours["power"], theirs["power"], rel_tol=1e-6)
          and ours["preset"] == "perturbplan" and ours["genes"]["of"] == count, (ours["power"], theirs["power"]))
    done = run(*base[:-2], "--power", "perturbplan", "--gene-dispersion", 0.5)
    expression.write_text("gene,umis,dispersion\nA,0.6666666666666666,0.5\n")
    single = json.loads(run(*base[:-2], "--power", "perturbplan", "--expression", expression).stdout)["power"]
    check("… and around the chosen s_w2", math.isclose(json.loads(done.stdout)["power"]["power"], single["power"], rel_tol=1e-9))

    for name, status, code, words in (
            ("a gene without components", 1, "genes.unknown", ["--power", "screen", "--genes", "G1,G999"]),
            ("an unknown set", 1, "gene_sets.unknown", ["--power", "screen", "--gene-sets", sets, "--gene-set", "none"]),
            ("a set of other genes", 1, "gene_sets.no_overlap", ["--power", "screen", "--gene-sets", sets, "--gene-set", "foreign"]),
            ("a file without a set", 2, "usage.missing", ["--power", "screen", "--gene-sets", sets]),
            ("components without the question", 2, "usage.missing", [])):
        done = run(*base, *words)
        check(name, done.returncode == status and f"[{code}]" in done.stderr and not done.stdout, done.stderr)
    done = run(*base[:-2], "--power", "screen", "--genes", "G1")
    check("genes without components", done.returncode == 2 and "[usage.missing]" in done.stderr, done.stderr)
    done = run(*base[:-2], "--power", "perturbplan", "--gene-dispersion", 3)
    check("a dispersion above s_w2", done.returncode == 1 and "[power.genes]" in done.stderr, done.stderr)

finish()
