#!/usr/bin/python3
"""The command `links` against dense numpy on the parameters that the fit stores, and against the truth of simulated courses.

Usage: links.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import csv
import json
import math
import pathlib
import tempfile

import numpy as np

from lib.checks import check, finish
from lib.program import answer as run, refuses

GENES = [f"g{i}" for i in range(5)]
LEVEL = math.log(0.05)  # of a knock-out's activity
random = np.random.default_rng(3)


def refused(code, *words):
    refuses(f"refuses {words[3:]}", 1, code, [], *words)


def close(name, found, expected, tolerance=1e-9):
    """Arrays of numbers; where one has none (null), neither has the other."""
    found, expected = np.array(found, dtype=float), np.array(expected, dtype=float)
    good = found.shape == expected.shape and (np.isnan(found) == np.isnan(expected)).all()
    both = np.isfinite(expected)
    worst = np.abs(found - expected)[both].max(initial=0) if good else math.inf
    check(name, good and worst <= tolerance * (1 + np.abs(expected[both]).max(initial=0)), f"{worst}: {found} against {expected}")


def abscissa(matrix):
    return np.linalg.eigvals(matrix).real.max() if matrix.size else -math.inf


def flow(a, held, t):
    """State of the linear field at time t with gene `held` seen by the others at LEVEL; its own transcript goes on."""
    full = a.copy()
    drive = np.zeros(len(a))
    if held is not None:
        others = np.arange(len(a)) != held
        drive[others] = a[others, held] * LEVEL
        full[others, held] = 0
    values, vectors = np.linalg.eig(full)
    weights = np.where(np.abs(values) > 1e-12, np.expm1(values * t) / values, t)
    return (vectors @ (weights * np.linalg.solve(vectors, drive.astype(complex)))).real


def table(path, rows, genes):
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["condition", "edits", "medium", "time", "batch", "variance", *genes])
        writer.writerows(rows)


def courses(a, edits, noise, genes, times=(0.5, 1, 2, 4)):
    rows = []
    for edit in [None, *edits]:
        for t in times:
            state = flow(a, edit, t) + noise * random.standard_normal(len(a))
            rows.append([f"{edit}_{t}", "" if edit is None else genes[edit], "", t, "b", noise**2, *state])
    return rows


def parameters(fit):
    return [{name: np.array(block, dtype=float) for name, block in m["parameters"].items()} for m in fit["members"]]


def jacobian_of(fit, p, at):
    """By central differences of the equation, which is written down here again."""
    f = lambda x: slope(fit, p, x, None)
    step = 1e-6
    return np.stack([(f(at + step * e) - f(at - step * e)) / (2 * step) for e in np.eye(len(at))], axis=1)


def slope(fit, p, x, held):
    seen = x.copy()
    if held is not None:
        seen[held] = LEVEL
    if fit["model"] == "linear":
        b = p["b"].ravel() if p["b"].size else 0
        out = p["A"] @ seen + b
        if held is not None:
            out[held] += p["A"][held, held] * (x[held] - LEVEL)
        return out
    ceiling = np.array(fit["edit_model"].get("synthesis_ceiling") or [2.0] * len(x))
    a = p["W"] @ seen + (p["b"].ravel() if p["b"].size else 0)
    synthesis = ceiling / (1 + (ceiling - 1) * np.exp(-a))
    return np.exp(p["log_gamma"].ravel()) * (synthesis * np.exp(-x) - 1)


def rest_of(fit, p, held, start):
    """Newton's method in small steps of the edit's strength would be needed in general; these fields are mild."""
    x = start.copy()
    for _ in range(200):
        f = slope(fit, p, x, held)
        j = np.stack([(slope(fit, p, x + 1e-6 * e, held) - slope(fit, p, x - 1e-6 * e, held)) / 2e-6 for e in np.eye(len(x))], axis=1)
        x = x - np.linalg.solve(j, f)
    return x if np.abs(slope(fit, p, x, held)).max() < 1e-9 else np.full(len(x), np.nan)


def members_answer(name, found, values):
    """mean and ± 1.96 standard deviations over members."""
    values = np.array(values)
    close(f"{name}: mean", found["mean"], values.mean(axis=0), 1e-6)
    if len(values) > 1:
        sd = values.std(axis=0, ddof=1)
        close(f"{name}: low", found["low"], values.mean(axis=0) - 1.96 * sd, 1e-6)
        close(f"{name}: high", found["high"], values.mean(axis=0) + 1.96 * sd, 1e-6)


def against_numpy(name, fit, links):
    stored = parameters(fit)
    d = len(fit["genes"])
    rests = [rest_of(fit, p, None, np.zeros(d)) for p in stored]
    jacobians = [jacobian_of(fit, p, r) for p, r in zip(stored, rests)]
    close(f"{name}: abscissa at rest", links["equilibrium"]["abscissa"], [abscissa(j) for j in jacobians], 1e-6)
    control = np.array(fit["state_zero"])
    close(f"{name}: where it rests", links["equilibrium"]["state"], control + np.mean(rests, axis=0), 1e-8)
    edges = np.array([-j / np.diag(j)[:, None] for j in jacobians])
    mean = edges.mean(axis=0)
    ranked = links["edges"]["ranked"]
    matrix = np.array(links["edges"]["matrix"], dtype=float)
    check(f"{name}: some edges have a number", len(ranked["value"]) == links["edges"]["identified"] > 0, links["edges"])
    check(f"{name}: strongest first", (np.diff(np.abs(ranked["value"])) <= 0).all())
    close(f"{name}: coefficients", ranked["value"], [mean[i, j] for i, j in zip(ranked["to"], ranked["from"])], 1e-6)
    close(f"{name}: matrix", matrix, np.where(np.isfinite(matrix), mean, np.nan), 1e-6)
    check(f"{name}: blank where the data do not tell", (np.isfinite(matrix) == (np.array(links["edges"]["learned"]) >= 0.5)).all())
    if links["edges"]["basis"] == "seeds":
        sd = edges.std(axis=0, ddof=1)
        close(f"{name}: spread", ranked["high"], [mean[i, j] + 1.96 * sd[i, j] for i, j in zip(ranked["to"], ranked["from"])], 1e-6)
    for edit in links["edits"]:
        g = fit["genes"].index(edit["edits"][0]["name"])
        others = np.arange(d) != g
        own, by_model = [], []
        for p, r, j in zip(stored, rests, jacobians):
            sub = j[np.ix_(others, others)]
            answer = np.full(d, LEVEL - r[g])
            answer[others] = -np.linalg.solve(sub, j[others, g] * (LEVEL - r[g]))
            own.append(answer if abscissa(sub) < 0 else np.full(d, np.nan))
            by_model.append(rest_of(fit, p, g, r) - r)
        label = f"{name}: {edit['label']}"
        check(f"{label} is an intervention", edit["kind"] == "intervention" and edit["held"] == [fit["genes"][g]])
        stable = np.isfinite(own).all()
        check(f"{label}: stability", edit["scm"]["stable"] == stable, edit["scm"]["sentence"])
        if stable:
            members_answer(f"{label}, structural model", edit["scm"], own)
        else:
            close(f"{label} has no number", edit["scm"]["mean"], np.full(d, np.nan))
            check(f"{label} is said to be unstable", edit["scm"]["sentence"].startswith("Unstable, no number"))
        if edit["model"]["stable"]:
            members_answer(f"{label}, the field's own", edit["model"], by_model)
        if stable and edit["model"]["stable"]:
            difference = (np.mean(own, axis=0) - np.mean(by_model, axis=0))[others]
            close(f"{label}: difference", edit["difference"], np.sqrt(np.mean(difference**2)), 1e-6)


def shift_against_numpy(name, fit, links):
    """Shifts are codes times loadings, and the limits beside them the model's own steady states."""
    shift = links["latent_shift"]
    check(f"{name}: dimensions by what is left out", int(np.nanargmax(shift["held_out_fit"])) == shift["dimensions"], shift["held_out_fit"])
    codes = np.array(shift["codes"], dtype=float).reshape(len(shift["edits"]), shift["dimensions"])
    loadings = np.array(shift["loadings"], dtype=float).reshape(shift["dimensions"], len(fit["genes"]))
    for edit, limit in zip(links["edits"], shift["limits"]):
        own = codes[shift["edits"].index(edit["edits"][0]["name"])] @ loadings
        close(f"{name}: shift of {edit['label']}", limit["shift"], np.sqrt(np.mean(own**2)))
        if edit["model"]["stable"]:
            end = np.array(edit["model"]["mean"])
            close(f"{name}: limit beside shift, {edit['label']}", [limit["limit"], limit["difference"]],
                  [np.sqrt(np.mean(end**2)), np.sqrt(np.mean((end - own) ** 2))])


def portrait_against_numpy(name, fit, path):
    """Two genes, the others held at the rest of the edit; and the components of the fit's own effects."""
    p, d = parameters(fit)[0], len(fit["genes"])
    drawn = run("portrait", "--fit", path, "--genes", f"{fit['genes'][2]},{fit['genes'][1]}", "--edit", fit["genes"][0],
                "--path", fit["genes"][0], "--points", 7)
    rest = rest_of(fit, p, 0, rest_of(fit, p, None, np.zeros(d)))
    grid = drawn["grid"]
    own = [r for r in drawn["rests"] if r["label"] == fit["genes"][0]]
    close(f"{name}: the rest of the edit", [own[0]["u"], own[0]["v"]], [rest[2], rest[1]], 1e-7)
    for i, j in ((0, 0), (3, 5), (6, 2)):
        at = rest.copy()
        at[2], at[1] = grid["u"][i], grid["v"][j]
        f = slope(fit, p, at, 0)
        close(f"{name}: the field at {i}, {j}", [grid["du"][i][j], grid["dv"][i][j]], [f[2], f[1]], 1e-7)
        f[[1, 2]] = 0
        close(f"{name}: what leaves the plane at {i}, {j}", grid["leaving"][i][j], np.sqrt(np.mean(f**2)), 1e-7)
    way = drawn["paths"][0]
    check(f"{name}: the way begins at the control and ends near the rest", way["u"][0] == 0 and math.isclose(way["times"][-1], 2 * fit["times"][-1])
          and abs(way["u"][-1] - rest[2]) < 0.05 * (1 + abs(rest[2])), way["u"][-1])
    drawn = run("portrait", "--fit", path, "--points", 3)
    effects = np.array(fit["members"][0]["effects"], dtype=float)
    states = np.vstack([np.zeros(d), effects])
    values = np.linalg.svd(states - states.mean(axis=0), compute_uv=False)
    close(f"{name}: shares of components", [axis["share"] for axis in drawn["axes"]], values[:2] ** 2 / (values**2).sum(), 1e-9)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    states, stored = folder / "states.csv", folder / "fit.json"
    given = ["--states", states, "--scale", "log", "--modality", "knockout", "--jobs", 1]

    truth = 0.4 * random.standard_normal((5, 5))
    np.fill_diagonal(truth, 0)
    np.fill_diagonal(truth, -0.5 - np.abs(truth).sum(axis=1))
    table(states, courses(truth, range(4), 0.02, GENES), GENES)
    for model, optimiser, members, flags in (
        ("linear", "lbfgs", 1, ["--centred", "--l2", 1]),
        ("linear", "lbfgs", 2, ["--l2", 1]),
        ("linear", "adam", 3, ["--centred"]),
        ("production_decay", "lbfgs", 1, ["--centred", "--l2", 1]),
        ("production_decay", "adam", 3, []),
    ):
        name = f"{model} by {optimiser}{', not centred' if '--centred' not in flags else ''}"
        run("fit", *given, "--model", model, "--optimiser", optimiser, "--members", members, "--epochs", 2000, *flags, "-o", stored)
        links = run("links", "--fit", stored)
        fit = json.loads(stored.read_text())
        check(f"{name}: basis", links["edges"]["basis"] == ("gauss_newton" if optimiser == "lbfgs" else "seeds"), links["edges"])
        check(f"{name}: it stands", links["equilibrium"]["stands"], links["equilibrium"])
        against_numpy(name, fit, links)
        shift_against_numpy(name, fit, links)
        searched = [c["label"] for c in links["steady_states"]["conditions"]]
        check(f"{name}: a search for unedited cells and every edit", searched == ["unedited", *(e["label"] for e in links["edits"])], searched)
        portrait_against_numpy(name, fit, stored)
        if model == "linear" and members == 1:
            check(f"{name}: intervention and model agree", all(e["difference"] < 1e-8 for e in links["edits"]))
            expected = -truth / np.diag(truth)[:, None]
            ranked = links["edges"]["ranked"]
            inside = [lo <= expected[i, j] <= hi for i, j, lo, hi in zip(ranked["to"], ranked["from"], ranked["low"], ranked["high"])]
            print(f"{sum(inside)} of {len(inside)} edges of the truth within their 95 % intervals")
            check(f"{name}: the truth is inside", sum(inside) >= len(inside) - 3)

    # Gene 0 restrains two genes that activate one another; what the model was never shown is that they run away without it.
    restrained = np.array([[-1, 3, 0], [-3, -1, 1.5], [0, 1.5, -1]], dtype=float)
    table(states, courses(restrained, (1, 2), 0.01, GENES[:3]), GENES[:3])
    run("fit", *given, "--model", "linear", "--optimiser", "lbfgs", "--members", 1, "--epochs", 2000, "--centred", "--l2", 1, "-o", stored)
    links = run("links", "--fit", stored, "--edit", "g0", "--edit", "g1", "--starts", 5)
    against_numpy("restrained", json.loads(stored.read_text()), links)
    first, second = links["edits"]
    check("the unstable one is said to be", not first["scm"]["stable"] and not first["model"]["stable"] and first["unseen"])
    check("close to the truth", abs(first["scm"]["abscissa"][0] - 0.5) < 0.1, first["scm"]["abscissa"])
    check("the other one has numbers", second["scm"]["stable"])
    both = run("links", "--fit", stored, "--edit", "g1+g2", "--starts", 0)
    a = parameters(json.loads(stored.read_text()))[0]["A"]
    close("two genes held", both["edits"][0]["scm"]["mean"], [-(a[0, 1] + a[0, 2]) * LEVEL / a[0, 0], LEVEL, LEVEL])
    check("no search was asked for", both["steady_states"]["conditions"] == [])

    refused("request.value", "links", "--fit", stored, "--starts", "-1")
    unknown = run("links", "--fit", stored, "--edit", "NOBODY", "--starts", 0)
    check("an edit that the model cannot speak of is said", any("no edit NOBODY" in w for w in unknown["warnings"]), unknown["warnings"])
    refused("states.edit_twice", "links", "--fit", stored, "--edit", "g1+g1")
    refused("portrait.genes", "portrait", "--fit", stored, "--genes", "g1")
    refused("request.value", "portrait", "--fit", stored, "--member", 2)
    refused("medium.unknown", "links", "--fit", stored, "--medium", "RA")
    run("fit", *given, "--model", "recommended", "-o", stored)
    refused("fit.recommended", "links", "--fit", stored)

finish()
