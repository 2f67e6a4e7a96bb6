#!/usr/bin/python3
"""A layout carried through to a model: its floor against closed forms, the seed, and refusals.

Usage: rehearse.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import pathlib
import tempfile

from lib.checks import check, finish
from lib.program import answer, refuses

folder = pathlib.Path(tempfile.mkdtemp())
SB2, SG2, SW2, EDITS = 0.05, 0.01, 0.5, 6


def layout(name, control, edits):
    """`control` cells a batch, `edits` rows of cells."""
    path = folder / f"{name}.csv"
    path.write_text("condition," + ",".join(f"b{b}" for b in range(len(control))) + "\ncontrol," + ",".join(map(str, control)) + "\n"
                    + "".join(f"e{k}," + ",".join(map(str, row)) + "\n" for k, row in enumerate(edits)))
    return path


def rehearsed(path, *words, variances=("--sb2", SB2, "--sg2", SG2, "--sw2", SW2)):
    return ["rehearse", "--layout", path, "--control", "control", *variances, *words]


def small(path, *words):
    return answer(*rehearsed(path, "--genes", 8, "--replicates", 2, *words))


# Held-out effects are measured against half of the unedited cells: 50 of 100.
complete = layout("complete", [100] * 3, [[20] * 3] * EDITS)
found = small(complete)
expected = (SG2 + SW2 / 20 + SG2 + SW2 / 50) / 3
check("floor of a complete layout", abs(found["floor"] / expected - 1) < 1e-9, (found["floor"], expected))
apart = layout("apart", [0, 0, 100], [[20, 20, 0]] * EDITS)
found_apart = small(apart)
expected = (SB2 + SG2 + SW2 / 20) / 2 + SB2 + SG2 + SW2 / 50
check("floor with controls apart", abs(found_apart["floor"] / expected - 1) < 1e-9, (found_apart["floor"], expected))
check("layouts meet the same networks", found["drawn_effect_sd"]["mean"] == found_apart["drawn_effect_sd"]["mean"])
check("the same seed, the same answer", small(complete) == found)
other = small(complete, "--seed", 2)
check("another seed, other networks", other["no_change"]["mean"] != found["no_change"]["mean"] and other["floor"] == found["floor"])
check("all four losses", [loss["name"] for loss in found["losses"]] == ["prediction", "controls_as_data", "steady_state", "centred"])
check("a centred model does not drift", found["losses"][3]["drift"]["mean"] == 0 < found["losses"][0]["drift"]["mean"])
check("intervals hold their means", all(m["low"] <= m["mean"] <= m["high"] for m in (found["measured"], found["no_change"])))
one = answer(*rehearsed(complete, "--genes", 8, "--replicates", 1))
check("one experiment has no interval", one["measured"]["low"] is None and one["measured"]["mean"] is not None)

course = folder / "course.csv"
course.write_text("condition,#perturbation,#time,b0,b1\ncontrol,,2,50,50\n" + "".join(f"e{k},g{k},2,20,20\n" for k in range(EDITS)))
check("times are said not to be drawn", any("not drawn" in w for w in small(course)["warnings"]), small(course)["warnings"])

refuses("too few edits", 1, "rehearse.edits", ["3 edits", "4"], *rehearsed(layout("few", [100], [[20]] * 3)))
refuses("no effects", 1, "rehearse.effects", ["0"], *rehearsed(complete, "--effects", 0))
refuses("no genes", 1, "request.value", ["genes", "100"], *rehearsed(complete, "--genes", 101))
refuses("no time", 1, "rehearse.time", ["time"], *rehearsed(complete, "--sampling-time", 0))
refuses("half a replicate", 1, "request.value", ["replicates"], *rehearsed(complete, "--replicates", 0.5))
refuses("no variance between batches", 2, "usage.missing", ["--sb2"], *rehearsed(complete, variances=("--sg2", SG2)))

finish()
