#!/usr/bin/python3
"""The melanoma drug screen as state tables: melanoma.py OUT_DIR [--data DIR] [--task NAME] [--split N]

Writes, from DIR (default: ../shared/data/cellbox_melanoma beside the project), OUT_DIR/all.csv and for every split of
splits.json OUT_DIR/TASK_N/train.csv, test.csv (its six columns only, to predict), truth.csv (the measured states of
test.csv) and split.json (ridge_mse and, where one is left out, the drug). The 87 measured nodes are the genes; the
doses of the twelve drugs are those of pert.csv, so they are negative; the unperturbed state is a control row of zeros.
Fit with --scale log2. Score: mean square error over all values of truth.csv, beside ridge_mse of the same split.

melanoma.py --score PREDICTED.csv TRUTH.csv prints that mean square error.
"""
import argparse
import csv
import json
import pathlib

HEAD = ["condition", "edits", "medium", "time", "batch", "variance"]
MEASURED = 87
ENCODED = {"%": "%25", "+": "%2B", ":": "%3A"}


def encoded(name):
    return "".join(ENCODED.get(c, c) for c in name)


def read(data):
    """Node names, and for every row its edits and its states, as written in the files."""
    nodes = (data / "node_Index.csv").read_text().split()
    with open(data / "expr.csv") as expr, open(data / "pert.csv") as pert:
        states, doses = list(csv.reader(expr)), list(csv.reader(pert))
    edits = ["+".join(f"{encoded(nodes[i])}:{row[i]}" for i in range(MEASURED, len(nodes)) if float(row[i]) != 0)
             for row in doses]
    return nodes[:MEASURED], edits, [row[:MEASURED] for row in states]


def write(path, genes, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(HEAD + genes)
        table.writerows(rows)


def convert(data, out, task=None, split=None):
    genes, edits, states = read(data)

    def row(i, with_states=True):
        return [f"row{i}", edits[i], "", "", "", ""] + (states[i] if with_states else [])

    control = ["control", "", "", "", "", ""] + ["0"] * len(genes)
    write(out / "all.csv", genes, [control] + [row(i) for i in range(len(edits))])
    written = 0
    for name, splits in json.loads((data / "splits.json").read_text())["tasks"].items():
        for number, one in enumerate(splits):
            if (task and task != name) or (split is not None and split != number):
                continue
            folder = out / f"{name}_{number}"
            write(folder / "train.csv", genes, [control] + [row(i) for i in one["train"]])
            write(folder / "test.csv", [], [row(i, False) for i in one["test"]])
            write(folder / "truth.csv", genes, [row(i) for i in one["test"]])
            about = {key: one[key] for key in ("ridge_mse", "drug") if key in one}
            (folder / "split.json").write_text(json.dumps(about) + "\n")
            written += 1
    return written


def score(predicted, truth):
    """Mean square error over the values of `truth`, matched by condition and gene."""
    with open(predicted) as p, open(truth) as t:
        answers = {row["condition"]: row for row in csv.DictReader(p)}
        squares = [(float(answers[row["condition"]][gene]) - float(value)) ** 2
                   for row in csv.DictReader(t) for gene, value in row.items() if gene not in HEAD]
    return sum(squares) / len(squares)


if __name__ == "__main__":
    beside = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / "cellbox_melanoma"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, default=beside)
    parser.add_argument("--task", help="only this task of splits.json")
    parser.add_argument("--split", type=int, help="only this split of each task")
    parser.add_argument("--score", nargs=2, metavar=("PREDICTED", "TRUTH"))
    given = parser.parse_args()
    if given.score:
        print(score(*given.score))
    elif given.out is None:
        parser.error("name the folder to write to")
    else:
        print(f"{convert(given.data, given.out, given.task, given.split)} splits written to {given.out}")
