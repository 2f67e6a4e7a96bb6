#!/usr/bin/python3
"""Prices: presets are what they say, and a preset and the same prices by hand give the same answers.

Usage: prices.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import datetime
import json
import math
import pathlib
import tempfile

from lib.checks import check, finish
from lib.program import answer, run


presets = {one["id"]: one for one in answer("prices")["presets"]}
for one in presets.values():
    seen = datetime.date.fromisoformat(one["seen"])
    check(f"{one['id']} is dated, with a source", seen <= datetime.date.today() and len(one["source"]) > 20)
check("made-up numbers are named so, and only they", [k for k, one in presets.items() if one["placeholder"]] == ["placeholder"]
      and "nobody's prices" in presets["placeholder"]["source"])
check("PerturbPlan's: 0.086 a cell, 0.374 a million reads", (presets["perturbplan"]["cell"], presets["perturbplan"]["read"]) == (0.086, 0.374e-6))
check("scPower's: a kit of six lanes, a flow cell of 4.1e9 reads", math.isclose(presets["scpower"]["batch"], 5600 / 6)
      and math.isclose(presets["scpower"]["cell"], 20000 * 14032 / 4.1e9))

budget = ["allocation", "--budget", 20000, "--capacity", 8000]
for name, one in presets.items():
    by_name = answer(*budget, "--prices", name)
    by_hand = answer(*budget, "--price-batch", one["batch"], "--price-cell", one["cell"], *(["--price-read", one["read"]] if one["read"] else []))
    check(f"allocation with {name}", by_name["prices"].pop("preset") == name and by_hand["prices"].pop("preset") is None and by_name == by_hand)
    # Complete blocks: the variance of the plan is that of the least cost, or the capacity binds.
    cost, p, sg2, sw2 = by_name["cost"], 24, 0.0017, 8.4
    n = min(8000, (1 + math.sqrt(p)) * math.sqrt(sw2 / sg2 * one["batch"] / (2 * one["cell"])) if one["batch"] else 0)
    if one["batch"]:
        batches = 20000 / (one["batch"] + one["cell"] * n)
        check(f"best plan with {name}", math.isclose(cost["variance"], (2 * sg2 + sw2 * (1 + math.sqrt(p)) ** 2 / n) / batches, rel_tol=1e-9),
              (cost, n, batches))
own = answer(*budget, "--prices", "scpower", "--price-batch", 100)
check("a price given beside a preset takes its place", own["prices"]["batch"] == 100 and own["prices"]["cell"] == presets["scpower"]["cell"])

with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "spec.json"
    spec = {"perturbations": 4, "variances": {"sb2": 0.02, "sg2": 0.01, "sw2": 0.4}, "budget": 9000, "batches": {"max": 4, "capacity": 3000},
            "starts": 1, "seed": 3}

    def search(prices, **more):
        path.write_text(json.dumps({**spec, "prices": prices, **more}))
        return run("optimise", "--spec", path)

    named = json.loads(search({"preset": "scpower"}).stdout)
    given = json.loads(search({"batch": presets["scpower"]["batch"], "cell": presets["scpower"]["cell"]}).stdout)
    check("a search with a preset", named["layout"] == given["layout"] and named["cost"] == given["cost"])
    check("the budget is kept", named["cost"] <= 9000 and math.isclose(
        named["cost"], named["batches"] * presets["scpower"]["batch"] + named["cells"] * presets["scpower"]["cell"], rel_tol=1e-9))
    deep = json.loads(search({"preset": "perturbplan"}, depth={"share": 1e-4, "dispersion": 0.2}).stdout)
    check("a price of reads chooses the depth", deep["price_of_cell"] > 0.086 and deep["cost"] <= 9000)
    for name, status, code, done in (
            ("reads without depth", 1, "optimise.price", search({"preset": "perturbplan"})),
            ("unknown prices in a spec", 1, "prices.unknown", search({"preset": "mine"})),
            ("unknown prices at the command line", 1, "prices.unknown", run(*budget, "--prices", "mine"))):
        check(name, done.returncode == status and f"[{code}]" in done.stderr and not done.stdout, done.stderr)

finish()
