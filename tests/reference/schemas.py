#!/usr/bin/python3
"""Documents of the command line against docs/schemas, which are normative.

Usage: schemas.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import json
import pathlib
import tempfile

import jsonschema

from lib.checks import check, finish
from lib.program import answer as run

root = pathlib.Path(__file__).resolve().parents[2]
schemas = root / "docs" / "schemas"
example = root / "examples" / "hipsc_time_course"


def faults(document, schema):
    """What does not fit, as sentences; `$ref` between the files is resolved beside them."""
    file, _, part = schema.partition("#/")
    rules = json.loads((schemas / file).read_text())
    resolver = jsonschema.RefResolver(base_uri=schemas.as_uri() + "/" + file, referrer=rules)
    for key in part.split("/") if part else []:
        rules = rules[key]
    found = jsonschema.Draft202012Validator(rules, resolver=resolver).iter_errors(document)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)

    def fits(name, schema, *words):
        """Both forms: printed, with every array in place, and written, with large ones in a .bin beside it."""
        path = folder / f"{name.replace(' ', '_')}.json"
        run(*words, "-o", path)
        for form, document in (("written", json.loads(path.read_text())), ("printed", run(*words))):
            found = faults(document, schema)
            check(f"{name}, {form}", not found, "; ".join(found[:5]))
        return path

    counts = ["--counts", example / "counts.csv.gz", "--cells", example / "cells.csv.gz"]
    roles = ["--perturbation", "perturbation", "--control", "non-targeting", "--batch", "batch"]
    bare = fits("a screen without roles", "screen.json", "summarise", *counts, "--no-control")
    screen = fits("a screen", "screen.json", "summarise", *counts, *roles, "--time", "time_d", "--time-unit", "d")
    fits("components", "components.json", "components", "--screen", screen)
    fits("typical values", "typical.json", "typical", "--screen", screen, "--screen", bare, "--assay", "a", "--assay", "b")
    fits("an audit", "audit.json", "audit", "--screen", screen)
    fits("effects", "effects.json", "effects", "--screen", screen)
    some = json.loads((folder / "effects.json").read_text())["genes"]
    sets = folder / "sets.gmt"
    sets.write_text("first\t\t" + "\t".join(some[:3]) + "\none\t\t" + some[0] + "\n")
    fits("effects with gene sets", "effects.json", "effects", "--screen", screen, "--gene-sets", sets)
    fits("abundance", "abundance.json", "abundance", "--screen", screen)
    fits("an audit without roles", "audit.json", "audit", "--screen", bare)
    fits("components without batches", "components.json", "components", "--screen", bare)
    few = ["--genes", 20, "--members", 2, "--epochs", 5]
    for model in ("linear", "saturating", "production_decay", "neural", "neural_decay"):
        fits(f"a fit of {model}", "fit.json", "fit", "--screen", screen, "--model", model, *few, "--split", "perturbation")
    fit = fits("a fit of every row", "fit.json", "fit", "--screen", screen, "--model", "linear", *few)
    edit = json.loads(fit.read_text())["edits"][0]
    fits("a prediction", "predict.json", "predict", "--fit", fit, "--edit", edit, "--times", "1,3")
    fits("a prediction of an unknown edit", "predict.json", "predict", "--fit", fit, "--edit", "NONE", "--times", "2")
    stages = folder / "stages.json"
    stages.write_text(json.dumps({"time_unit": "h", "stages": [{"duration": 24}, {"edits": [edit], "duration": 48}, {"duration": 0}]}))
    early = folder / "early.json"
    early.write_text(json.dumps({"stages": [{"edits": [{"name": edit, "dose": 1}, "NONE"], "duration": 3}]}))
    fits("protocols", "protocol.json", "protocol", "--fit", fit, "--protocol", stages, "--protocol", early)
    fits("links", "links.json", "links", "--fit", fit, "--starts", 3)
    fits("a portrait of components", "portrait.json", "portrait", "--fit", fit, "--points", 5)
    two = ",".join(json.loads(fit.read_text())["genes"][:2])
    fits("a portrait of two genes", "portrait.json", "portrait", "--fit", fit, "--genes", two, "--edit", edit, "--path", edit)
    exact = fits("a fit to the minimum", "fit.json", "fit", "--screen", screen, "--model", "linear", "--genes", 8, "--members", 1,
                 "--epochs", 200, "--optimiser", "lbfgs")
    fits("links with the curvature at the minimum", "links.json", "links", "--fit", exact, "--edit", edit)
    for file in (stages, early):
        found = faults(json.loads(file.read_text()), "protocol.json#/$defs/stages")
        check("stages", not found, found[:5])
    fits("what to measure next", "next.json", "next", "--fit", fit, "--screen", screen, "--choose", 2)
    fits("what to measure next for a prediction", "next.json", "next", "--fit", fit, "--screen", screen, "--edits", edit,
         "--times", "1,2,3", "--target-edits", edit)
    fits("a fit by batch", "fit.json", "fit", "--screen", screen, "--model", "linear", *few, "--split", "batch")
    short = ["--genes", 20, "--seeds", 2, "--epochs", 5, "--folds", 2]
    for split in ("perturbation", "time", "batch"):
        fits(f"a comparison by {split}", "compare.json", "compare", "--screen", screen, *short, "--split", split,
             "--models", "production_decay:centred,linear:steady_state:10,ridge")
    fits("a steady-state experiment", "compare.json", "compare", "--screen", screen, *short, "--experiment", "steady-state")
    table = folder / "table.csv"
    table.write_text("condition,edits,medium,time,batch,variance,A,B\nc,,,,,,0,0\nx,A,,,,,0.1,-1\ny,d:0.5,,,,0.01,,1\nz,d:1,,,,,0,2\n")
    for scale in ("log2", "linear"):
        given = ["--states", table, "--scale", scale]
        own = fits(f"a fit of a {scale} table", "fit.json", "fit", *given, "--model", "linear", "--members", 2, "--epochs", 5)
        best = fits(f"recommended on a {scale} table", "fit.json", "fit", *given, "--model", "recommended")
        fits(f"predictions of a list by recommended, {scale}", "predictions.json", "predict", "--fit", best, "--conditions", table)
        fits(f"a prediction by recommended, {scale}", "predict.json", "predict", "--fit", best, "--edit", "d:2")
        fits(f"predictions of a list, {scale}", "predictions.json", "predict", "--fit", own, "--conditions", table)
        fits(f"a prediction on the scale {scale}", "predict.json", "predict", "--fit", own, "--edit", "d:2")
        own = fits(f"the document of a {scale} table", "states.json", "states", *given)
        fits(f"typical values of a {scale} table", "typical.json", "typical", "--states", own)
        fits(f"components of a {scale} table", "components.json", "components", *given)
    layout = folder / "layout.csv"
    layout.write_text("condition,b1,b2,b3\n#day,d1,d1,d2\ncontrol,50,50,0\nA,20,0,0\nB,0,0,20\n")
    for sb2 in ("0.02", "inf"):
        fits(f"a design with s_b2 {sb2}", "design.json", "design", "--layout", layout, "--control", "control", "--sb2",
             f"batch={sb2}", "--sb2", "day=0.1", "--sg2", "0.01", "--sw2", "0.4")
    fits("pilots", "pilot.json", "pilot", "--layout", layout, "--control", "control", "--sb2", "batch=0.02", "--sb2", "day=0.1",
         "--sg2", "0.01", "--sw2", "0.4", "--most", "60")
    asked = ["--layout", layout, "--control", "control", "--fixed-batches", "--sg2", "0.01", "--sw2", "0.4"]
    wide = folder / "wide.csv"
    wide.write_text("condition,b1,b2\ncontrol,50,50\n" + "".join(f"e{k},20,20\n" for k in range(5)))
    for more in ([], ["--replicates", 1]):
        fits(f"a rehearsal {more}", "rehearsal.json", "rehearse", "--layout", wide, "--control", "control", "--sb2", "0.02",
             "--sg2", "0.01", "--sw2", "0.4", "--genes", 6, *(more or ["--replicates", 2]))
    fits("a design with everything that can be asked", "design.json", "design", *asked, "--improve", "--effects", "0.2",
         "--power", "screen", "--gene-spread", "1", "--guides", "4", "--guide-sd", "0.3", "--founders", "10", "--sc2", "0.2")
    fits("power over the genes of a screen", "design.json", "design", *asked, "--power", "screen", "--components",
         folder / "components.json")
    expression = folder / "expression.csv"
    expression.write_text("gene,umis,dispersion\nA,0.5,0.3\nB,4,0.1\n")
    fits("power in another setting", "design.json", "design", *asked, "--power", "perturbplan", "--expression", expression)
    spec = folder / "spec.json"
    spec.write_text(json.dumps({"perturbations": 6, "variances": {"sb2": 0.02, "sg2": 0.01, "sw2": 0.4}, "budget": 700,
                                "batches": {"max": 3, "capacity": 400}, "starts": 2, "prices": {"preset": "cells", "batch": 5}}))
    check("a spec", not (found := faults(json.loads(spec.read_text()), "optimise_spec.json")), found[:5])
    first = fits("a search", "optimise.json", "optimise", "--spec", spec)
    again = fits("a search run again from its result", "optimise.json", "optimise", "--spec", first)
    check("the same seed gives the same layout", json.loads(first.read_text())["layout"] == json.loads(again.read_text())["layout"])
    fits("times of a decay", "sampling_times.json", "sampling-times", "--rate", "0.5", "--times", "1,4")
    fits("closed forms", "allocation.json", "allocation", "--budget", "9000", "--price-batch", "300", "--founders", "8",
         "--sc2", "0.2", "--price-read", "0.00002")
    fits("prices", "prices.json", "prices")
    fits("closed forms with prices", "allocation.json", "allocation", "--budget", "9000", "--prices", "perturbplan")
    fits("a sheet", "sheet.json", "sheet", "--layout", layout, "--rows", "2", "--columns", "2")
    check("the recipe of an example", not (found := faults(json.loads((example / "recipe.json").read_text()), "recipe.json")),
          found[:5])

    # The check itself: what does not fit is found.
    document = json.loads(screen.read_text())
    for name, change in (("a missing key", lambda d: d.pop("genes")), ("an unknown key", lambda d: d.update(extra=1)),
                         ("an unknown modality", lambda d: d["roles"].update(modality="magic"))):
        broken = json.loads(json.dumps(document))
        change(broken)
        check(f"{name} is found", faults(broken, "screen.json"))

finish()
