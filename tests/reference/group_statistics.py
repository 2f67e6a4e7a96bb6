#!/usr/bin/python3
"""Recomputes group statistics of two real screens with numpy and compares them with `groundwork summarise`.

usage: group_statistics.py GROUNDWORK [DATA_FOLDER]

Prints one line a check that fails, then "N passed, N failed"; exit status 1 where one failed. Needs numpy only. The
screens are those beside the project, ../shared/data from its root, unless a folder is named; without them it says so
and counts nothing.
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

passed, failed = 0, 0


def check(name, ok):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("failed:", name)


def read_cells(path):
    with gzip.open(path, "rt") as f:
        rows = list(csv.reader(f))
    header, rows = rows[0], rows[1:]
    return {name: np.array([row[i] for row in rows]) for i, name in enumerate(header)}


def read_counts_csv(path):
    with gzip.open(path, "rt") as f:
        genes = f.readline().rstrip("\n").split(",")[1:]
        names, rows = [], []
        for line in f:
            name, values = line.split(",", 1)
            names.append(name)
            rows.append(np.array(values.split(","), dtype=np.int64))
    return names, genes, np.array(rows)


def read_mtx(folder):
    with gzip.open(os.path.join(folder, "features.tsv.gz"), "rt") as f:
        genes = [line.rstrip("\n").split("\t")[1] for line in f]
    with gzip.open(os.path.join(folder, "barcodes.tsv.gz"), "rt") as f:
        names = [line.strip() for line in f]
    with gzip.open(os.path.join(folder, "matrix.mtx.gz"), "rt") as f:
        lines = [line for line in f if not line.startswith("%")]
    entries = np.array([line.split() for line in lines[1:]], dtype=np.int64)
    counts = np.zeros((len(names), len(genes)), dtype=np.int64)
    counts[entries[:, 1] - 1, entries[:, 0] - 1] = entries[:, 2]
    return names, genes, counts


def hash_of(seed, index):
    """base/random.hpp: splitmix64 (Steele, Lea and Flood 2014) of the seed, mixed with the index, and once more."""
    gamma = np.uint64(0x9E3779B97F4A7C15)

    def mixed(x):
        z = x + gamma
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    with np.errstate(over="ignore"):
        key = index * np.uint64(0xD1342543DE82EF95) + np.uint64(0x632BE59BD9B4E019)
        return mixed(mixed(np.full_like(index, seed)) ^ key)


class Document:
    """A document of the command line, with its buffers."""

    def __init__(self, path):
        with open(path) as f:
            self.json = json.load(f)
        binary = path[: -len(".json")] + ".bin"
        self.bytes = open(binary, "rb").read() if os.path.exists(binary) else b""

    def array(self, value):
        if isinstance(value, dict):
            entry = self.json["buffers"][value["buffer"]]
            dtype = {"f8": "<f8", "f4": "<f4", "i4": "<i4", "u1": "u1"}[entry["dtype"]]
            count = int(np.prod(entry["shape"]))
            flat = np.frombuffer(self.bytes, dtype=dtype, count=count, offset=entry["offset"])
            return flat.reshape(entry["shape"])
        return np.array(value)


def compare(title, document, names, genes, counts, roles, excluded=()):
    """`roles`: arrays by cell: label (None = dropped), batch, guide; controls are labelled "control"."""
    label, batch, guide, keep = roles
    close = lambda a, b: a.shape == b.shape and np.allclose(a, b, rtol=1e-11, atol=1e-11)
    counted = np.array([g not in excluded for g in genes])
    depth = counts[:, counted].sum(axis=1)
    keep = keep & (depth > 0)
    size = depth / depth[keep].mean()
    half = np.where(label == "control", (hash_of(1, np.arange(len(names), dtype=np.uint64)) & np.uint64(1)).astype(int), -1)
    d = document.json
    check(title + ": cells", (d["cells_read"], d["cells_kept"]) == (len(names), int(keep.sum())))
    check(title + ": genes", d["genes"] == list(genes))
    check(title + ": mean depth", abs(d["mean_depth"] / depth[keep].mean() - 1) < 1e-14)
    groups = d["groups"]
    statistics = {key: document.array(value) for key, value in d["statistics"].items()}
    group_key = []
    for i in range(len(groups["half"])):
        edits = [e["name"] for e in d["conditions"][groups["condition"][i]]["edits"]]
        level = d["batches"][0]["levels"][groups["batch"][i][0]]
        group_key.append(("+".join(edits) or "control", level, groups["half"][i]))
    present = set(zip(label[keep], batch[keep], half[keep]))
    check(title + ": the groups are those that occur", len(group_key) == len(present) and set(group_key) == present)

    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(keep[:, None], counts / size[:, None], 0.0)
    for i, (name, level, h) in enumerate(group_key):
        member = keep & (label == name) & (batch == level) & (half == h)
        y, r, l = counts[member], scaled[member], size[member]
        where = "%s, group %s %s %s: " % (title, name, level, h)
        check(where + "cells", groups["cells"][i] == member.sum())
        sums = [groups["sum_size"][i], groups["sum_size_sq"][i], groups["sum_inverse_size"][i]]
        check(where + "sizes", np.allclose(sums, [l.sum(), (l**2).sum(), (1 / l).sum()], rtol=1e-12, atol=0))
        check(where + "sum", np.array_equal(statistics["sum"][i], y.sum(axis=0)))
        check(where + "sum_sq", np.array_equal(statistics["sum_sq"][i], (y**2).sum(axis=0)))
        check(where + "detected", np.array_equal(statistics["detected"][i], (y > 0).sum(axis=0)))
        check(where + "scaled", close(statistics["scaled"][i], r.sum(axis=0)))
        check(where + "scaled_sq", close(statistics["scaled_sq"][i], (r**2).sum(axis=0)))
        check(where + "log1p", close(statistics["log1p"][i], np.log1p(r).sum(axis=0)))
        check(where + "log1p_sq", close(statistics["log1p_sq"][i], (np.log1p(r) ** 2).sum(axis=0)))

    guides = d["guides"]
    guide_sum, guide_sq = document.array(guides["sum"]), document.array(guides["scaled_sq"])
    check(title + ": guides within groups", len(guides["guide"]) == len(set(zip(label[keep], batch[keep], half[keep], guide[keep]))))
    for i, name in enumerate(guides["guide"]):
        target, level, h = group_key[guides["group"][i]]
        member = keep & (guide == name) & (label == target) & (batch == level) & (half == h)
        ok = guides["cells"][i] == member.sum() and abs(guides["sum_size"][i] - size[member].sum()) < 1e-9
        ok = ok and np.array_equal(guide_sum[i], counts[member].sum(axis=0))
        check("%s, guide %s in %s" % (title, name, group_key[guides["group"][i]]), ok and close(guide_sq[i], (scaled[member] ** 2).sum(axis=0)))

    reservoir = {key: document.array(value) for key, value in d["reservoir"].items()}
    order = hash_of(1, np.arange(len(names), dtype=np.uint64))
    for i, (name, level, h) in enumerate(group_key):
        cells = np.flatnonzero(keep & (label == name) & (batch == level) & (half == h))
        lowest = np.sort(cells[np.argsort(order[cells])][:200])
        check("%s, reservoir of group %d" % (title, i), np.array_equal(reservoir["cell"][reservoir["group"] == i], lowest))
    for k in range(0, len(reservoir["cell"]), 97):
        row = np.zeros(len(genes), dtype=np.int64)
        part = slice(reservoir["start"][k], reservoir["start"][k + 1])
        row[reservoir["gene"][part]] = reservoir["count"][part]
        check("%s, reservoir row %d" % (title, k), np.array_equal(row, counts[reservoir["cell"][k]]))

    # What is left of a target: Mantel-Haenszel over batches (screen/target_left.hpp).
    for entry in d["target_left"]:
        if entry["guide"] is not None or entry["gene"] is None:
            continue
        g = genes.index(entry["gene"])
        above = below = 0.0
        for level in sorted(set(batch[keep])):
            e = keep & (label == entry["edit"]) & (batch == level)
            c = keep & (label == "control") & (batch == level)
            both = size[e].sum() + size[c].sum()
            above += counts[e, g].sum() * size[c].sum() / both
            below += counts[c, g].sum() * size[e].sum() / both
        check("%s, target left of %s" % (title, entry["edit"]), abs(entry["fraction"] / (above / below) - 1) < 1e-11)
        check("%s, interval of %s" % (title, entry["edit"]), entry["low"] < entry["fraction"] < entry["high"])


def main():
    groundwork = sys.argv[1]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    data = sys.argv[2] if len(sys.argv) > 2 else os.path.join(root, "..", "shared", "data")
    if not os.path.isdir(data):
        print("skipped: there are no real screens in " + data)
        print("0 passed, 0 failed, 2 skipped")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "screen.json")

        def summarise(*flags):
            subprocess.run([groundwork, "summarise", *flags, "-o", out], check=True, stderr=subprocess.DEVNULL)
            return Document(out)

        papalexi = os.path.join(data, "papalexi_thp1_eccite")
        names, genes, counts = read_mtx(papalexi)
        cells = read_cells(os.path.join(papalexi, "cells.csv.gz"))
        assert list(cells["cell"]) == names
        label = np.where(cells["target"] == "non-targeting", "control", cells["target"])
        roles = (label, cells["bio_rep"], cells["grna"], np.ones(len(names), dtype=bool))
        flags = ["--counts", os.path.join(papalexi, "matrix.mtx.gz"), "--cells", os.path.join(papalexi, "cells.csv.gz")]
        flags += ["--perturbation", "target", "--control", "non-targeting", "--batch", "bio_rep", "--guide", "grna"]
        compare("papalexi", summarise(*flags), names, genes, counts, roles)

        schraivogel = os.path.join(data, "schraivogel_tapseq_k562")
        names, genes, counts = read_counts_csv(os.path.join(schraivogel, "counts.csv.gz"))
        cells = read_cells(os.path.join(schraivogel, "cells.csv.gz"))
        row = {name: i for i, name in enumerate(cells["gene"])}
        at = np.array([row[name] for name in names])
        label = np.where(cells["label"] == "non-targeting", "control", cells["label"])[at]
        roles = (label, cells["batch"][at], cells["top_grna"][at], ~np.isin(label, ["multiple", "unassigned"]))
        flags = ["--counts", os.path.join(schraivogel, "counts.csv.gz"), "--cells", os.path.join(schraivogel, "cells.csv.gz")]
        flags += ["--perturbation", "label", "--control", "non-targeting", "--batch", "batch", "--guide", "top_grna"]
        flags += ["--drop", "multiple,unassigned", "--modality", "crispri"]
        compare("schraivogel", summarise(*flags), names, genes, counts, roles)
        globins = ("HBE1", "HBD", "HBB")
        document = summarise(*flags, "--exclude-from-size-factor", ",".join(globins))
        compare("schraivogel without globins in the depth", document, names, genes, counts, roles, globins)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
