#!/usr/bin/python3
"""`groundwork effects --gene-sets` against numpy, on a shipped example; and what it refuses.

The competitive score, its degrees of freedom, p and q are computed again from the gene tests of the same document and the
printed correlation, which tests/core/measurement compares with limma's.
Usage: gene_sets.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import gzip
import json
import math
import pathlib
import sys
import tempfile

import numpy as np

from lib.checks import check, finish
from lib.program import run

example = pathlib.Path(__file__).resolve().parents[2] / "examples" / "eccite_interferon"


def normal_cdf(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


def normal_quantile(p):
    """By bisection: slow and plain."""
    low, high = -40.0, 0.0  # p < 1/2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if normal_cdf(middle) < p else (low, middle)
    return (low + high) / 2


def two_sided_t(t, df):
    """2 P(T > |t|), by the midpoint rule in the angle: ∫ cos^(df−1)."""
    steps = 200000
    top = math.atan(abs(t) / math.sqrt(df))
    whole = (np.arange(steps) + 0.5) / steps * math.pi / 2
    part = (np.arange(steps) + 0.5) / steps * (math.pi / 2 - top) + top
    return float(np.mean(np.cos(part) ** (df - 1)) * (math.pi / 2 - top) / (np.mean(np.cos(whole) ** (df - 1)) * math.pi / 2))


def adjusted(p):
    flat = p.ravel()
    q = np.full(flat.shape, np.nan)
    known = np.flatnonzero(np.isfinite(flat))
    order = known[np.argsort(flat[known])[::-1]]
    q[order] = np.minimum(np.minimum.accumulate(flat[order] * len(order) / np.arange(len(order), 0, -1)), 1)
    return q.reshape(p.shape)


numbers = lambda rows: np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=float)
close = lambda a, b, t: np.allclose(a, b, rtol=t, atol=1e-12, equal_nan=True)

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    screen = folder / "screen.json"
    done = run("summarise", "--counts", example / "counts.csv.gz", "--cells", example / "cells.csv.gz", "--perturbation", "perturbation", "--control",
        "non-targeting", "--batch", "replicate", "-o", screen)
    if done.returncode:
        sys.exit(done.stderr)
    plain = json.loads(run("effects", "--screen", screen, "--no-guides").stdout)
    check("without sets", plain["gene_sets"] is None)
    genes = plain["genes"]
    sets = {"first": genes[:8], "every third": genes[::3], "last and unknown": [*genes[-5:], "NO_SUCH_GENE"], "one": genes[:1]}
    gmt = "".join(f"{name}\t\t" + "\t".join(members) + "\n" for name, members in sets.items())
    path = folder / "sets.gmt"
    path.write_text(gmt)
    packed = folder / "sets.gmt.gz"
    packed.write_bytes(gzip.compress(gmt.encode(), mtime=0))
    done = run("effects", "--screen", screen, "--no-guides", "--gene-sets", path)
    answer = json.loads(done.stdout)
    found = answer["gene_sets"]
    again = json.loads(run("effects", "--screen", screen, "--no-guides", "--gene-sets", packed).stdout)["gene_sets"]
    check("gzipped", {**again, "source": ""} == {**found, "source": ""})
    check("genes are tested as without sets", answer["q"] == plain["q"])
    check("what is left out is said", "1 of 4 gene sets have fewer than two tested genes" in done.stderr, done.stderr)
    check("measured", [one["measured"] for one in found["sets"]] == [8, len(genes[::3]), 5, 1])
    check("reason", [one["reason"] is None for one in found["sets"]] == [True, True, True, False])

    estimate, p = numbers(answer["estimate"]), numbers(answer["p"])
    z = np.full(p.shape, np.nan)
    for k, g in zip(*np.nonzero(np.isfinite(p))):
        z[k, g] = math.copysign(normal_quantile(max(p[k, g], 1e-300) / 2), estimate[k, g])
    score, change, many = (np.full((len(p), len(sets)), np.nan) for _ in range(3))
    for k in range(len(p)):
        tested = np.isfinite(z[k]) & ~np.isin(genes, answer["conditions"][k]["edits"])  # without the edit's own target
        for s, members in enumerate(sets.values()):
            inside = tested & np.isin(genes, members)
            outside = tested & ~inside
            m, n, rho = inside.sum(), outside.sum(), found["sets"][s]["correlation"]
            if m < 2:
                continue
            difference = z[k, inside].mean() - z[k, outside].mean()
            pooled = (((z[k, inside] - z[k, inside].mean()) ** 2).sum() + ((z[k, outside] - z[k, outside].mean()) ** 2).sum()) / (m + n - 2)
            score[k, s] = difference / math.sqrt(pooled * ((1 + (m - 1) * rho) / m + 1 / n))
            change[k, s] = estimate[k, inside].mean() - estimate[k, outside].mean()
            many[k, s] = m + n - 2
    check("score", close(score, numbers(found["score"]), 1e-7), (score, found["score"]))
    check("change", close(change, numbers(found["estimate"]), 1e-9))
    df, set_p = numbers(found["df"]), numbers(found["p"])
    check("degrees of freedom", np.all((df <= many + 1e-9) | np.isnan(df)) and np.all(df[np.isfinite(df)] > 0))
    expected = np.array([[two_sided_t(t, d) if np.isfinite(t) else np.nan for t, d in zip(*rows)] for rows in zip(score, df)])
    check("p", np.allclose(expected, set_p, rtol=1e-5, atol=1e-9, equal_nan=True), (expected, set_p))
    check("q", close(adjusted(set_p), numbers(found["q"]), 1e-9))

    for name, text, code, words in [
        ("a line without tabs", "A\td\tG\nB,d,G\n", "gene_sets.line", ["sets.gmt, line 2"]),
        ("no genes", "A\td\t\t\n", "gene_sets.line", ["line 1"]),
        ("twice", "A\td\tG\nA\td\tG\n", "gene_sets.line", ["line 2", "line 1"]),
        ("nothing", "\n", "gene_sets.empty", ["sets.gmt"]),
        ("other genes", "A\td\tENSG1\tENSG2\n", "gene_sets.no_overlap", ["ENSG1", genes[0]]),
        ("single genes", f"A\td\t{genes[0]}\n", "gene_sets.too_few", ["two or more"]),
    ]:
        path.write_text(text)
        done = run("effects", "--screen", screen, "--gene-sets", path)
        check(name, done.returncode == 1 and f"[{code}]" in done.stderr and all(w in done.stderr for w in words) and not done.stdout,
              done.stderr)

finish()
