#!/usr/bin/python3
"""State tables at the command line: fits, predictions on the table's scale, refusals, and two published data sets.

Usage: state_tables.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import csv
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

from lib.checks import check, finish, skip
from lib.program import refuses, run

root = pathlib.Path(__file__).resolve().parents[2]
shared = root.parent / "shared" / "data"
SIX = ["condition", "edits", "medium", "time", "batch", "variance"]


def works(name, *words):
    done = run(*words)
    check(name, done.returncode == 0, done.stderr)
    return done


def read(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def write(path, genes, rows):
    with open(path, "w", newline="") as out:
        table = csv.writer(out)
        table.writerow(SIX + genes)
        table.writerows(rows)
    return path


def close(a, b, tolerance=1e-6):
    return all(math.isclose(float(x[k]), float(y[k]), rel_tol=tolerance, abs_tol=tolerance)
               for x, y in zip(a, b) for k in x if k not in SIX)


random.seed(5)
genes = [f"P{i}" for i in range(6)]
drugs = {"a": [-1, 0.5, 0, 0, 1, 0], "b": [0, 0, 1, -1, 0, 0.4], "c+d": [0.3, 0, 0, 0.8, 0, -0.7]}
quick = ["--centred", "--l2", 1, "--learning-rate", 0.03, "--members", 2, "--jobs", 1, "--seed", 1]


def encoded(name):
    return name.replace("%", "%25").replace("+", "%2B").replace(":", "%3A")


def response(doses, factor=1.0, noise=0.05):
    return [factor * (sum(dose * drugs[name][i] for name, dose in doses.items()) + random.gauss(0, noise))
            for i in range(len(genes))]


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    rows = [["zero", "", "", "", "", ""] + [0] * len(genes)]
    plan = [{name: dose} for name in drugs for dose in (0.5, 1, 1)] + [{"a": 1, "b": 1}, {"a": 1, "c+d": 0.5}]
    for i, doses in enumerate(plan):
        edits = "+".join(f"{encoded(name)}:{dose}" for name, dose in doses.items())
        rows.append([f"r{i}", edits, "", "", "", ""] + response(doses))
    train = write(folder / "train.csv", genes, rows)
    asked = [["control", "", "", "", "", ""], ["a2", "a:0.8", "", "", "x", "kept"], ["bc", "b:1+c%2Bd:1", "", "", "", ""],
             ["new", "e:3", "", "", "", ""], ["new2", "e:6", "", "", "", ""]]
    test = write(folder / "test.csv", [], asked)

    fits = {}
    for scale in ("log", "log2", "linear"):
        fits[scale] = folder / f"{scale}.json"
        works(f"a fit on the scale {scale}", "fit", "--states", train, "--scale", scale, "--model", "linear", *quick,
              "-o", fits[scale])
        done = works("its predictions", "predict", "--fit", fits[scale], "--conditions", test, "-o", folder / f"{scale}.csv")
        answer = read(folder / f"{scale}.csv")
        check("the six columns come back as they came, in order", list(answer[0])[:6] == SIX
              and [[row[k] for k in SIX] for row in answer] == asked)
        check("then the states and their sd", list(answer[0])[6:] == genes + [g + "_sd" for g in genes])
        check("an exact control is answered exactly", all(abs(float(answer[0][g])) < 0.05 for g in genes), answer[0])
        check("a dose between is close", all(abs(float(answer[1][g]) - 0.8 * drugs["a"][i]) < 0.25
                                             for i, g in enumerate(genes)), answer[1])
        check("a pair is close", all(abs(float(answer[2][g]) - drugs["b"][i] - drugs["c+d"][i]) < 0.45
                                     for i, g in enumerate(genes)), answer[2])
        check("every sd is above 0", all(float(row[g + "_sd"]) > 0 for row in answer for g in genes))
        check("an unseen input is answered with a warning", "The fit knows no edit e" in done.stderr, done.stderr)
        check("an unseen input counts in units of its usual dose", all(
            abs(float(answer[3][g])) <= 2 and math.copysign(1, float(answer[3][g])) == math.copysign(1, float(answer[4][g]))
            for g in genes))
    document = json.loads(fits["log2"].read_text())
    check("the fit says its scale", document["scale"] == "log2" and math.isclose(document["unit"], 1 / math.log(2)))
    check("an input's name is decoded", "c+d" in document["edits"], document["edits"])
    check("all genes of a table are modelled, in its order", document["genes"] == genes)

    # The base of the logarithm is a unit: the same numbers times ln 2 as natural logs are the same data.
    natural = write(folder / "natural.csv", genes, [row[:6] + [x * math.log(2) for x in row[6:]] for row in rows])
    works("the same data as natural logs", "fit", "--states", natural, "--scale", "log", "--model", "linear", *quick,
          "-o", folder / "natural.json")
    works("and their predictions", "predict", "--fit", folder / "natural.json", "--conditions", test, "-o", folder / "natural_p.csv")
    inside = [{k: v if k in SIX else float(v) / math.log(2) for k, v in row.items()} for row in read(folder / "natural_p.csv")]
    check("log2 and natural logs of the same data predict the same", close(inside, read(folder / "log2.csv"), 2e-3))
    # Comparisons of tables: no change is the mean square of the held-out states themselves, on the table's scale.
    compared = {}
    for scale, table in (("log2", train), ("log", natural)):
        out = folder / f"compared_{scale}.json"
        works(f"a comparison on the scale {scale}", "compare", "--states", table, "--scale", scale, "--split", "combination",
              "--folds", 2, "--seeds", 1, "--epochs", 30, "--models", "linear:centred", "-o", out)
        document = json.loads(out.read_text())
        check("the comparison says its scale", document["scale"] == scale)
        compared[scale] = {model["name"]: model["scores"]["mse"]["mean"] for model in document["results"]["models"]}
    pairs = [row[6:] for row in rows if "+" in row[1].replace("%2B", "")]
    expected = sum(sum(x * x for x in row) / len(row) for row in pairs) / len(pairs)
    check("no change is scored by the held-out states alone", math.isclose(compared["log2"]["no_change"], expected, rel_tol=1e-6),
          f"{compared['log2']['no_change']} against {expected}")
    for name in ("no_change", "mean_effect", "ridge"):
        check(f"the error of {name} scales with the square of the unit", math.isclose(
            compared["log2"][name] * math.log(2) ** 2, compared["log"][name], rel_tol=1e-6), compared)
    check("every predictor of a screen is there, and additive", {"ridge", "additive", "linear:centred"} <= set(compared["log"]))
    refuses("a comparison without data", 2, "usage.missing", ["--screen", "--states"], "compare", "--seed", 1)
    refuses("a comparison with an unknown field", 1, "model.unknown", ["kernel"], "compare", "--states", train, "--scale", "log2",
            "--models", "kernel")
    # A linear table in other units gives the same answer in those units.
    large = write(folder / "large.csv", genes, [row[:6] + [1000 * x for x in row[6:]] for row in rows])
    works("a linear table in other units", "fit", "--states", large, "--scale", "linear", "--model", "linear", *quick,
          "-o", folder / "large.json")
    works("and its predictions", "predict", "--fit", folder / "large.json", "--conditions", test, "-o", folder / "large_p.csv")
    inside = [{k: v if k in SIX else float(v) / 1000 for k, v in row.items()} for row in read(folder / "large_p.csv")]
    check("units do not change a linear fit", close(inside, read(folder / "linear.csv"), 2e-3))

    # Without a control the reference is zero, and it is said.
    bare = write(folder / "bare.csv", genes, rows[1:])
    done = works("a table without a control", "fit", "--states", bare, "--scale", "log2", "--model", "linear", *quick,
                 "-o", folder / "bare.json")
    check("says that the reference is zero", "the reference is zero" in done.stderr, done.stderr)
    check("in its document too", any("reference is zero" in w for w in json.loads((folder / "bare.json").read_text())["warnings"]))
    works("and predicts", "predict", "--fit", folder / "bare.json", "--conditions", test, "-o", folder / "bare_p.csv")
    check("like the table with a control row of zeros", close(read(folder / "bare_p.csv"), read(folder / "log2.csv"), 1e-6))

    # Edits of genes, in batches and at times, on the linear scale with values below 0.
    control = [1.0, 0.8, 1.2, 0.05, 1.5, 0.9]
    timed = []
    for batch, day in (("d2", 2), ("d4", 4)):
        shift = [random.gauss(0, 0.1) for _ in genes]
        for edit in ("", "P0", "P1", "P2", "P4"):
            states = [c + s + random.gauss(0, 0.03) for c, s in zip(control, shift)]
            if edit:
                states[genes.index(edit)] = 0.1 * control[genes.index(edit)] + shift[genes.index(edit)]
            timed.append([f"{edit or 'control'}_{batch}", edit, "m", day, batch, 0.0009] + states)
    screen = write(folder / "timed.csv", genes, timed)
    works("knock-downs over time", "fit", "--states", screen, "--scale", "linear", "--modality", "crispri",
          "--split", "perturbation", "--holdout", "P4", *quick, "-o", folder / "timed.json")
    works("an edit that was held out", "predict", "--fit", folder / "timed.json", "--conditions",
          write(folder / "ask.csv", [], [["q", "P4", "m", 3, "", ""]]), "-o", folder / "ask_p.csv")
    answer = read(folder / "ask_p.csv")[0]
    check("an unseen knock-down falls by the pooled kappa", float(answer["P4"]) < 0.6 * control[4], answer)
    check("the rest stays near the control", abs(float(answer["P0"]) - control[0]) < 0.3, answer)

    fit = fits["log2"]
    printed = json.loads(works("predictions as JSON", "predict", "--fit", fit, "--conditions", test).stdout)
    check("as JSON the same", all(math.isclose(printed["states"][1][i], float(read(folder / "log2.csv")[1][g]), rel_tol=1e-6)
                                  for i, g in enumerate(genes)))
    works("a project holds a state table", "project", "--fit", fit, "-o", folder / "p.groundwork")

    refuses("no scale", 2, "usage.missing", ["--scale"], "fit", "--states", train)
    refuses("an unknown scale", 1, "states.scale", ["log10"], "fit", "--states", train, "--scale", "log10")
    refuses("neither screen nor states", 2, "usage.missing", ["--screen", "--states"], "fit", "--seed", 1)
    refuses("a scale without a table", 2, "usage.flag", ["--scale"], "fit", "--screen", "x.json", "--scale", "log")
    refuses("--edit with a list", 2, "usage.flag", ["--edit"], "predict", "--fit", fit, "--conditions", test, "--edit", "a")
    refuses("an output of another kind", 2, "usage.value", ["out.txt"], "predict", "--fit", fit, "--conditions", test, "-o", "out.txt")
    for name, row, code, named in (
            ("a repeated name", ["zero", "a:1", "", "", "", ""] + [0] * 6, "states.name_twice", ["line 14", "'zero'"]),
            ("a variance below 0", ["x", "a:1", "", "", "", -1] + [0] * 6, "states.variance", ["line 14", "column 6"]),
            ("an exact edit", ["x", "a:1", "", "", "", 0] + [0] * 6, "states.exact", ["line 14"]),
            ("a word for a number", ["x", "a:1", "", "", "", ""] + [0, "low"] + [0] * 4, "states.number", ["'low'", "(P1)"]),
            ("a dose that is none", ["x", "a:lots", "", "", "", ""] + [0] * 6, "states.dose", ["'lots'"])):
        bad = write(folder / "bad.csv", genes, rows + [row])
        refuses(name, 1, code, ["bad.csv", *named], "fit", "--states", bad, "--scale", "log2")
    unknown = write(folder / "medium.csv", [], [["q", "a:1", "serum", "", "", ""]])
    done = works("an unknown medium is answered", "predict", "--fit", fit, "--conditions", unknown, "-o", folder / "m.csv")
    check("with a warning", "medium \"serum\"" in done.stderr, done.stderr)

    if (shared / "cellbox_melanoma").is_dir():
        sys.path.insert(0, str(root / "script" / "tables"))
        import melanoma
        melanoma.convert(shared / "cellbox_melanoma", folder / "melanoma", "random", 0)
        split = folder / "melanoma" / "random_0"
        works("the melanoma screen", "fit", "--states", split / "train.csv", "--scale", "log2", "--modality", "drug",
              "--model", "linear", "--centred", "--members", 1, "--seed", 1, "-o", folder / "mel.json")
        works("its held-out conditions", "predict", "--fit", folder / "mel.json", "--conditions", split / "test.csv",
              "-o", folder / "mel.csv")
        mse = melanoma.score(folder / "mel.csv", split / "truth.csv")
        nothing = [float(v) ** 2 for row in read(split / "truth.csv") for k, v in row.items() if k not in SIX]
        check("are predicted far better than by no change", mse < 0.25 * sum(nothing) / len(nothing), mse)
    else:
        skip()
        print("skipped: ../shared/data/cellbox_melanoma is not there")
    if (shared / "simulated_knockouts").is_dir():
        subprocess.run(["/usr/bin/python3", shared / "simulated_knockouts" / "draw.py", "1", "0.05", folder / "ko"], check=True)
        works("simulated knock-outs load", "fit", "--states", folder / "ko" / "train.csv", "--scale", "linear",
              "--modality", "crispri", "--centred", "--members", 1, "--epochs", 10, "-o", folder / "ko.json")
        works("and are predicted", "predict", "--fit", folder / "ko.json", "--conditions", folder / "ko" / "test.csv",
              "-o", folder / "ko.csv")
        check("every held-out row has its states", len(read(folder / "ko.csv")) == 43 * 4)
    else:
        skip()
        print("skipped: ../shared/data/simulated_knockouts is not there")

finish()
