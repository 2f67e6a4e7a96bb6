#!/usr/bin/python3
"""Effects of real screens beside edgeR (quasi-likelihood) and limma-voom on pseudobulk of the same genes.

Usage: effects.py build/native/groundwork FOLDER_OF_SCREENS. `script/bench --peers-effects` installs what it needs. One count
a gene, edit and batch goes to both peers, with batch in the design, once with TMM factors (their usual way) and once with
library size alone (as `effects` takes depth); q is Benjamini and Hochberg's over all
edits and genes for all three.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

program, data = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
here = pathlib.Path(__file__).resolve().parent
papalexi, schraivogel = data / "papalexi_thp1_eccite", data / "schraivogel_tapseq_k562"
SCREENS = {
    "Papalexi": ["--counts", papalexi / "matrix.mtx.gz", "--features", papalexi / "features.tsv.gz", "--barcodes",
                 papalexi / "barcodes.tsv.gz", "--cells", papalexi / "cells.csv.gz", "--perturbation", "target", "--control",
                 "non-targeting", "--batch", "bio_rep", "--guide", "grna"],
    "Schraivogel": ["--counts", schraivogel / "counts.csv.gz", "--cells", schraivogel / "cells.csv.gz", "--perturbation",
                    "label", "--control", "non-targeting", "--batch", "batch", "--modality", "crispri", "--guide", "top_grna",
                    "--drop", "multiple,unassigned"],
}


def stored(document, path, array):
    """A matrix of a document, from its JSON or from the buffer beside it."""
    if not isinstance(array, dict):
        return np.array(array, dtype=float)
    place = document["buffers"][array["buffer"]]
    kind = {"f8": "<f8", "f4": "<f4", "i4": "<i4", "u1": "u1"}[place["dtype"]]
    return np.frombuffer(path.with_suffix(".bin").read_bytes(), kind, int(np.prod(place["shape"])),
                         place["offset"]).reshape(place["shape"])


def ranks(values):
    """Mean ranks of ties."""
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[inverse]


def spearman(a, b):
    return np.corrcoef(ranks(a), ranks(b))[0, 1]


def adjusted(p):
    order = np.argsort(p)[::-1]
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(p[order] * len(p) / np.arange(len(p), 0, -1))
    return np.minimum(q, 1)


def pseudobulk(document, path, genes, folder):
    """counts.csv and samples.csv of the folder: cells of one condition in one batch, halves of the controls joined."""
    groups = document["groups"]
    condition, batch = (stored(document, path, groups[key]).astype(int) for key in ("condition", "batch"))
    batch = batch.reshape(len(condition), -1)
    total = stored(document, path, document["statistics"]["sum"])  # groups × genes
    labels = [one["label"] for one in document["conditions"]]
    control = [one["control"] for one in document["conditions"]]
    samples = sorted({(not control[c], labels[c], "/".join(map(str, b))) for c, b in zip(condition, batch)})
    sums = {key: np.zeros(total.shape[1]) for key in samples}
    for g, (c, b) in enumerate(zip(condition, batch)):
        sums[not control[c], labels[c], "/".join(map(str, b))] += total[g]
    index = [document["genes"].index(gene) for gene in genes]
    with open(folder / "samples.csv", "w") as file:
        csv.writer(file).writerows([["sample", "condition", "batch"], *[[f"s{i}", *key[1:]] for i, key in enumerate(samples)]])
    with open(folder / "counts.csv", "w") as file:
        out = csv.writer(file)
        out.writerow(["gene", *[f"s{i}" for i in range(len(samples))]])
        for gene, i in zip(genes, index):
            out.writerow([gene, *[int(sums[key][i]) for key in samples]])
    return len(samples)


for name, flags in SCREENS.items():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        screen, effects = folder / "screen.json", folder / "effects.json"
        run = lambda *words: subprocess.run([program, *map(str, words)], check=True, capture_output=True)
        run("summarise", *flags, "-o", screen)
        run("effects", "--screen", screen, "--no-guides", "-o", effects)
        answer = json.loads(effects.read_text())
        genes, conditions = answer["genes"], [one["condition"] for one in answer["conditions"]]
        ours = {key: stored(answer, effects, answer[key]) for key in ("estimate", "p")}
        count = pseudobulk(json.loads(screen.read_text()), screen, genes, folder)
        print(f"{name}: {len(conditions)} edits × {len(genes)} genes, {count} pseudobulk samples")
        tested = {(gene, condition): (ours["estimate"][k, g], ours["p"][k, g]) for g, gene in enumerate(genes)
                  for k, condition in enumerate(conditions) if np.isfinite(ours["p"][k, g])}
        for method in ("TMM", "none"):
            said = subprocess.run(["Rscript", "--vanilla", here / "pseudobulk.R", folder, method], check=True, capture_output=True,
                                  text=True)
            print(f"  {'TMM factors' if method == 'TMM' else 'library size alone'} ({said.stdout.strip()})")
            found = {}
            for peer in ("edgeR", "limma-voom"):
                with open(folder / f"{peer}.csv") as file:
                    theirs = {(row["gene"], row["condition"]): (float(row["log_fold"]), float(row["p"]))
                              for row in csv.DictReader(file)}
                keys = [key for key in tested if key in theirs]
                a, b = (np.array([table[key] for key in keys]) for table in (tested, theirs))
                hits_a, hits_b = adjusted(a[:, 1]) <= 0.05, adjusted(b[:, 1]) <= 0.05
                found[peer] = {key for key, hit in zip(keys, hits_b) if hit}
                agree = np.mean(np.sign(a[hits_a & hits_b, 0]) == np.sign(b[hits_a & hits_b, 0]))
                print(f"    {peer:10s}  {len(keys)} tests; rank correlation of log folds {spearman(a[:, 0], b[:, 0]):.3f}, of p "
                      f"{spearman(a[:, 1], b[:, 1]):.3f}; q ≤ 0.05: ours {hits_a.sum()}, theirs {hits_b.sum()}, both "
                      f"{(hits_a & hits_b).sum()} (same sign {100 * agree:.0f} %)")
            print(f"    edgeR and limma-voom both: {len(found['edgeR'] & found['limma-voom'])}")
