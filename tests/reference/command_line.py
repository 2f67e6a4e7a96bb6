#!/usr/bin/python3
"""The command line as a person meets it: exit statuses, JSON alone on standard output, refusals that name the place.

Usage: command_line.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import json
import pathlib
import tempfile

from lib.checks import check, finish
from lib.program import run

example = pathlib.Path("examples/hipsc_time_course").resolve()


def accepts(name, *words):
    """Status 0 and one JSON document on standard output; returns it."""
    done = run(*words)
    try:
        document = json.loads(done.stdout) if done.stdout else None
    except ValueError:
        document = None
    check(name, done.returncode == 0 and (document is not None or "-o" in words), done.stderr or done.stdout[:200])
    return document


def refuses(name, status, code, named, *words):
    """The status, the code in brackets and every word of `named` on standard error, and nothing on standard output."""
    done = run(*words)
    good = done.returncode == status and f"[{code}]" in done.stderr and all(word in done.stderr for word in named)
    check(name, good and done.stdout == "", f"status {done.returncode}, said: {done.stderr.strip()}")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)

    def written(name, text):
        path = folder / name
        path.write_text(text)
        return path

    counts, cells = example / "counts.csv.gz", example / "cells.csv.gz"
    roles = ["--perturbation", "perturbation", "--control", "non-targeting", "--batch", "batch"]
    screen, fit, project = folder / "screen.json", folder / "fit.json", folder / "all.groundwork"

    accepts("summarise", "summarise", "--counts", counts, "--cells", cells, *roles, "--time", "time_d", "--time-unit", "d", "-o", screen)
    components = accepts("components", "components", "--screen", screen)
    check("components of every gene", len(components["genes"]) == len(json.loads(screen.read_text())["genes"]))
    accepts("fit", "fit", "--screen", screen, "--model", "production_decay", "--loss", "steady_state", "--genes", 20,
            "--seed", 1, "--members", 2, "--epochs", 20, "-o", fit)
    accepts("project", "project", "--screen", screen, "--fit", fit, "-o", project)
    edit = json.loads(fit.read_text())["clamped"][0]
    alone = accepts("predict", "predict", "--fit", fit, "--edit", edit, "--times", "2,4")
    check("predict from a project answers the same",
          alone == accepts("predict from a project", "predict", "--fit", project, "--edit", edit, "--times", "2,4"))
    hours = accepts("predict in hours", "predict", "--fit", fit, "--edit", edit, "--times", "48,96", "--time-unit", "h")
    check("48 hours are two days", hours["mean"] == alone["mean"])
    stages = written("edit first.json", json.dumps({"stages": [{"edits": [edit], "duration": 2}, {"duration": 1}]}))
    course = accepts("protocol", "protocol", "--fit", project, "--protocol", stages)
    check("a protocol has the name of its file", course["protocols"][0]["name"] == "edit first")
    refuses("stages that are no JSON", 1, "json.syntax", ["bad.json"], "protocol", "--fit", fit, "--protocol",
            written("bad.json", "{"))
    unseen = run("predict", "--fit", fit, "--edit", "NOT_A_GENE", "--times", "2")
    check("an edit without a target is answered with a warning on standard error",
          unseen.returncode == 0 and "NOT_A_GENE" in unseen.stderr and json.loads(unseen.stdout)["warnings"])

    layout = written("layout.csv", "condition,b1,b2\n#day,d1,d2\ncontrol,50,50\nA,20,0\nB,20,20\n")
    variances = ["--sg2", "0.01", "--sw2", "0.4"]
    design = accepts("design", "design", "--layout", layout, "--control", "control", "--sb2", "inf", *variances)
    check("design has a contrast a condition", [c["condition"] for c in design["contrasts"]] == ["A", "B"])
    apart = written("apart.csv", "condition,b1,b2\ncontrol,50,0\nA,0,20\n")
    confounded = accepts("design of a confounded layout", "design", "--layout", apart, "--control", "control",
                         "--fixed-batches", "--sb2", "0.02", *variances)["contrasts"][0]
    check("what is confounded has no variance", confounded["variance"] is None and not confounded["estimable"])
    check("and says with what", confounded["confounded_with"][0]["batches"] != [])

    check("help", run("help").returncode == 0 and "summarise" in run("help").stdout)
    for command in ["summarise", "components", "fit", "predict", "protocol", "design", "layout", "simulate", "project"]:
        text = run("help", command)
        check(f"help {command}", text.returncode == 0 and "--" in text.stdout, text.stderr)

    refuses("no such command", 2, "usage.command", ["sumarise"], "sumarise")
    refuses("no such flag", 2, "usage.flag", ["--bach"], "summarise", "--bach", "x")
    refuses("a flag that is needed", 2, "usage.missing", ["--counts"], "summarise", "--cells", cells)
    refuses("no such file", 1, "file.unreadable", ["nowhere.csv"], "summarise", "--counts", folder / "nowhere.csv", *roles)
    head = "cell,perturbation,batch,G1,G2\n"
    ragged = written("ragged.csv", head + "c1,A,b1,1,2\nc2,control,b1,3\n")
    refuses("a ragged line", 1, "text.ragged_line", ["ragged.csv", "line 3"], "summarise", "--counts", ragged,
            "--perturbation", "perturbation", "--control", "control", "--batch", "batch")
    for value, kind in (("-1", "negative"), ("1.5", "not whole")):
        bad = written("bad.csv", head + f"c1,A,b1,1,2\nc2,control,b1,3,{value}\n")
        refuses(f"counts that are {kind}", 1, "counts.not_counts", ["G2", value], "summarise", "--counts", bad,
                "--perturbation", "perturbation", "--control", "control", "--batch", "batch")
    refuses("a control label that is not there", 1, "roles.no_control", ["ntc"], "summarise", "--counts", counts,
            "--cells", cells, "--perturbation", "perturbation", "--control", "ntc")
    refuses("a column that is not there", 1, "roles.unknown_column", ["lane"], "summarise", "--counts", counts,
            "--cells", cells, "--perturbation", "perturbation", "--control", "non-targeting", "--batch", "lane")
    refuses("an unknown model", 1, "model.unknown", ["quadratic"], "fit", "--screen", screen, "--model", "quadratic")
    broken = written("broken.json", '{"kind": "screen"')
    check("a damaged document is refused with its name",
          (done := run("components", "--screen", broken)).returncode == 1 and "broken.json" in done.stderr, done.stderr)
    (folder / "cut.groundwork").write_bytes(project.read_bytes()[:5000])
    check("a damaged project is refused with its name",
          (done := run("components", "--screen", folder / "cut.groundwork")).returncode == 1 and "cut.groundwork" in done.stderr,
          done.stderr)
    odd = written("odd.csv", "condition,b1,b2\ncontrol,5,x\n")
    check("a layout's bad cell is named",
          (done := run("design", "--layout", odd, "--control", "control", "--sb2", "0", *variances)).returncode == 1
          and "odd.csv" in done.stderr and "x" in done.stderr, done.stderr)

    for flags, status, code, named in (
        (["--genes", "0"], 1, "fit.option", ["genes is 0"]),
        (["--seed", "-1"], 1, "request.value", ["seed", "-1"]),
        (["--seed", "abc"], 2, "usage.value", ["--seed", "abc"]),
        (["--members", "0"], 1, "fit.option", ["members is 0"]),
        (["--epochs", "0"], 1, "fit.option", ["epochs is 0"]),
        (["--jobs", "0"], 2, "usage.value", ["--jobs"]),
        (["--holdout", "0.2"], 1, "request.value", ["without a split"]),
        (["--split", "perturbation", "--holdout", "1.5"], 1, "fit.option", ["holdout is 1.5"]),
        (["--split", "perturbation", "--holdout", "NOPE,A"], 1, "split.holdout", ["NOPE"]),
        (["--split", "cells"], 1, "split.unknown", ["cells"]),
        (["--loss", "nope"], 1, "loss.unknown", ["nope", "controls_as_data"]),
        (["--genes", "NOPE,A"], 1, "genes.unknown", ["NOPE"]),
        (["--sampling-time", "0"], 1, "fit.option", ["sampling_time is 0"]),
        (["--time-unit", "fortnight"], 1, "roles.time_unit", ["fortnight"]),
        (["--differentiating", "--resting"], 2, "usage.flag", ["--resting"]),
        (["-o", "fit.txt"], 2, "usage.value", ["fit.txt", ".json"]),
    ):
        refuses(f"fit {' '.join(flags)}", status, code, named, "fit", "--screen", screen, *flags)
    for flags, status, code, named in (
        (["--times", "abc"], 2, "usage.value", ["--times", "abc"]),
        (["--times", ""], 2, "usage.value", ["--times"]),
        (["--times", "-1"], 1, "predict.times", ["-1"]),
        (["--edit", "A", "--edit", "A"], 1, "edit.twice", ["A"]),
        (["--edit", ""], 1, "edit.empty", ["empty"]),
        (["--medium", "RA"], 1, "medium.unknown", ["RA"]),
        (["--genes", "NOPE"], 1, "genes.unknown", ["NOPE"]),
    ):
        refuses(f"predict {' '.join(flags)}", status, code, named, "predict", "--fit", fit, *flags)
    refuses("a folder instead of a file", 1, "file.folder", [str(folder)], "components", "--screen", folder)
    refuses("a place that cannot be written", 1, "file.unwritable", ["/nowhere/x.json"], "components", "--screen",
            screen, "-o", "/nowhere/x.json")
    refuses("a document of another kind", 1, "message.kind", ["screen.json", "fit"], "predict", "--fit", screen)
    newer = written("newer.json", json.dumps({"kind": "screen", "schema": 99}))
    refuses("a document of a newer version", 1, "message.schema", ["newer.json", "99"], "components", "--screen", newer)
    hollow = written("hollow.json", json.dumps({"kind": "screen", "schema": 1}))
    refuses("a document with a part missing", 1, "screen.damaged", ["hollow.json"], "components", "--screen", hollow)

    large = accepts("a document with arrays over 4,096 values", "layout", "--conditions", 600, "--batches", 8, "-o",
                    folder / "large.json")
    message = json.loads((folder / "large.json").read_text())
    check("they lie in the .bin file beside it", large is None and "buffer" in message["cells"]
          and (folder / "large.bin").stat().st_size >= 600 * 8)

finish()
