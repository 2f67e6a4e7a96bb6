#!/usr/bin/python3
"""Pilots against dense linear algebra: degrees of freedom by ranks, the variance of REML estimates by V and its derivatives.

Usage: pilot.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import math
import pathlib
import tempfile

import numpy as np

from lib.checks import check, finish
from lib.program import answer as run, refuses


def chi_square_cdf(x, df):
    """Regularised lower incomplete gamma function by its series; x is never far out here."""
    a, x = df / 2, x / 2
    term = total = 1 / a
    k = a
    while term > total * 1e-17:
        k += 1
        term *= x / k
        total += term
    return total * math.exp(-x + a * math.log(x) - math.lgamma(a))


def chi_square_quantile(p, df):
    low, high = 1e-12, 10 * df + 100
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if chi_square_cdf(middle, df) < p else (low, middle)
    return (low + high) / 2


def rank(matrix):
    return np.linalg.matrix_rank(matrix) if matrix.size else 0


def intervals(cells, levels, variances, sg2, sw2, confidence=0.95):
    """`levels`: labels of the batches, coarse to fine, unique within each level; one entry (df, low, high) for each, then s_g²."""
    groups = [(c, b) for c in range(cells.shape[0]) for b in range(cells.shape[1]) if cells[c, b] > 0]
    x = np.zeros((len(groups), cells.shape[0]))
    for g, (c, _) in enumerate(groups):
        x[g, c] = 1
    indicators = []
    for labels in levels:
        names = sorted(set(labels))
        z = np.zeros((len(groups), len(names)))
        for g, (_, b) in enumerate(groups):
            z[g, names.index(labels[b])] = 1
        indicators.append(z)
    v = np.diag([sg2 + sw2 / cells[c, b] for c, b in groups]) + sum(s * z @ z.T for s, z in zip(variances, indicators))
    inverse = np.linalg.inv(v)
    p = inverse - inverse @ x @ np.linalg.solve(x.T @ inverse @ x, x.T @ inverse)
    derivatives = [z @ z.T for z in indicators] + [np.eye(len(groups))]
    information = np.array([[np.trace(p @ a @ p @ b) / 2 for b in derivatives] for a in derivatives])
    spread = np.diag(np.linalg.inv(information))
    before, answer = rank(x), []
    stacked = x
    for z in indicators:
        stacked = np.hstack([stacked, z])
        answer.append([rank(stacked) - before])
        before = rank(stacked)
    answer.append([len(groups) - before])
    for one, value, variance in zip(answer, [*variances, sg2], spread):
        df = one[0]
        mean_square = math.sqrt(variance * df / 2)
        tail = (1 - confidence) / 2
        ends = [df * mean_square / chi_square_quantile(q, df) - (mean_square - value) for q in (1 - tail, tail)]
        one += [max(0, end) for end in ends]
    return answer


def close(a, b):
    return abs(a - b) <= 1e-8 * abs(b) + 1e-12


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)

    def pilot(cells, coarse, *words):
        path = folder / "layout.csv"
        rows = ["condition," + ",".join(f"b{b}" for b in range(cells.shape[1]))]
        if coarse:
            rows.append("#day," + ",".join(coarse))
        rows += [("control" if c == 0 else f"P{c}") + "," + ",".join(str(int(n)) for n in row) for c, row in enumerate(cells)]
        path.write_text("\n".join(rows) + "\n")
        return run("pilot", "--layout", path, "--control", "control", *words)

    random = np.random.default_rng(2)
    complete = np.full((6, 4), 50)
    uneven = random.integers(20, 90, size=(8, 7)) * (random.random((8, 7)) < 0.75)
    for name, cells in (("complete blocks", complete), ("an uneven layout", uneven)):
        answer = pilot(cells, None, "--sb2", 0.03, "--sg2", 0.01, "--sw2", 0.6, "--sizes", f"{cells.shape[1]},{2 * cells.shape[1]}")
        for size, times in zip(answer["sizes"], (1, 2)):
            many = np.tile(cells, (1, times))
            expected = intervals(many, [[f"b{b}" for b in range(many.shape[1])]], [0.03], 0.01, 0.6)
            for one, (df, low, high) in zip(size["variances"], expected):
                check(f"{name}, {times} times: {one['name']}", one["df"] == df and close(one["low"], low) and close(one["high"], high),
                      (one, df, low, high))
    days = ["d1", "d1", "d2", "d2", "d3", "d3", "d3"]
    answer = pilot(uneven, days, "--sb2", "day=0.02", "--sb2", "batch=0.015", "--sg2", 0.01, "--sw2", 0.6, "--sizes", 7)
    expected = intervals(uneven, [days, [f"b{b}" for b in range(7)]], [0.02, 0.015], 0.01, 0.6)
    for one, (df, low, high) in zip(answer["sizes"][0]["variances"], expected):
        check(f"nested levels: {one['name']}", one["df"] == df and close(one["low"], low) and close(one["high"], high), (one, df, low, high))

    # The number of batches: the interval lies within the factor there, and not one batch before.
    answer = pilot(complete, None, "--sb2", 0.03, "--sg2", 0.01, "--sw2", 0.6)
    for k, one in enumerate(answer["variances"]):
        for batches, wanted in ((one["needed"], True), (one["needed"] - 1, False)):
            df, low, high = intervals(np.full((6, batches), 50), [[f"b{b}" for b in range(batches)]], [0.03], 0.01, 0.6)[k]
            value = 0.03 if one["name"] == "batch" else 0.01
            check(f"{one['name']} with {batches} batches", (high <= 2 * value and low >= value / 2) == wanted, (low, high))
    check("power as assumed is the plan's goal", abs(answer["power"] - 0.8) < 1e-6, answer["power"])
    widths = [size["power"][1] - size["power"][0] for size in answer["sizes"] if size["power"][0] is not None]
    check("power becomes known with the pilot", all(a >= b - 1e-9 for a, b in zip(widths, widths[1:])), widths)

    # Power at the ends: simulated t tests of the typical contrast, whose error has (C − 1)(B − 1) degrees of freedom.
    size = next(s for s in answer["sizes"] if s["batches"] == 4)
    sg2 = size["variances"][1]
    for end, found in (("high", size["power"][0]), ("low", size["power"][1])):
        variance, df, draws = 2 * (sg2[end] + 0.6 / 50) / 4, 15, 400_000
        t = (answer["effect"] + math.sqrt(variance) * random.normal(size=draws)) / np.sqrt(variance * random.chisquare(df, draws) / df)
        simulated = np.mean(np.abs(t) > 2.131449545559323)
        check(f"power with s_g2 at its {end} end", abs(simulated - found) < 0.004, (simulated, found))

    layout = folder / "layout.csv"
    for name, status, code, words in (
            ("no layout", 2, "usage.missing", []),
            ("a factor of one", 1, "pilot.question", ["--layout", layout, "--control", "control", "--sb2", 0.1, "--sg2", 0.1, "--factor", 1]),
            ("half a batch", 1, "request.value", ["--layout", layout, "--control", "control", "--sb2", 0.1, "--sg2", 0.1, "--sizes", 2.5]),
            ("no gene", 1, "pilot.question", ["--layout", layout, "--control", "control", "--sb2", 0.1, "--sg2", 0.1, "--genes", 0])):
        refuses(name, status, code, [], "pilot", *words)

finish()
