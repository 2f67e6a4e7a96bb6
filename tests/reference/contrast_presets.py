"""Presets of contrasts against dense generalised least squares, coefficients written out here by hand.

    python3 tests/reference/contrast_presets.py build/native/groundwork
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from lib.checks import check, finish

def dense_variances(cells, sb2, sg2, sw2, contrasts):
    """Var(lᵀμ̂) from V over all groups; None where fixed batches (sb2 None) do not let it be estimated."""
    groups = [(c, b) for c in range(cells.shape[0]) for b in range(cells.shape[1]) if cells[c, b] > 0]
    x = np.zeros((len(groups), cells.shape[0]))
    z = np.zeros((len(groups), cells.shape[1]))
    for g, (c, b) in enumerate(groups):
        x[g, c] = z[g, b] = 1
    noise = np.diag([sg2 + sw2 / cells[c, b] for c, b in groups])
    design = np.hstack([x, z]) if sb2 is None else x
    v = noise if sb2 is None else noise + sb2 * z @ z.T
    information = design.T @ np.linalg.solve(v, design)
    inverse = np.linalg.pinv(information, rcond=1e-12)
    answers = []
    for l in contrasts:
        full = np.concatenate([l, np.zeros(design.shape[1] - len(l))])
        estimable = np.allclose(full @ inverse @ information, full, atol=1e-8)
        answers.append(full @ inverse @ full if estimable else None)
    return answers


def row(names, **coefficients):
    l = np.zeros(len(names))
    for name, value in coefficients.items():
        l[names.index(name)] = value
    return l


def main():
    program = sys.argv[1]
    random = np.random.default_rng(4)
    names = ["c1", "c2", "c5", "cN", "A1", "A2", "A5", "AN", "B1", "AB1", "cXY", "cYX", "AXY", "AYX"]
    columns = [("", "M", 1), ("", "M", 2), ("", "M", 5), ("", "N", 1), ("A", "M", 1), ("A", "M", 2), ("A", "M", 5),
               ("A", "N", 1), ("B", "M", 1), ("B+A", "M", 1), ("", "X>Y", 1), ("", "Y>X", 1), ("A", "X>Y", 1),
               ("A", "Y>X", 1)]
    mean = 8 / 3
    slope = {t: (t - mean) / sum((u - mean) ** 2 for u in (1, 2, 5)) for t in (1, 2, 5)}
    wanted = {
        "rate": {"A rate in M": row(names, **{f"A{t}": slope[t] for t in slope}, **{f"c{t}": -slope[t] for t in slope})},
        "difference": {
            "A, day 2 less day 1 in M": row(names, A2=1, c2=-1, A1=-1, c1=1),
            "A, day 5 less day 1 in M": row(names, A5=1, c5=-1, A1=-1, c1=1),
            "A, N less M at day 1": row(names, AN=1, cN=-1, A1=-1, c1=1),
            "A, X>Y less M at day 1": row(names, AXY=1, cXY=-1, A1=-1, c1=1),
            "A, Y>X less M at day 1": row(names, AYX=1, cYX=-1, A1=-1, c1=1),
        },
        "interaction": {"A × B in M at day 1": row(names, AB1=1, A1=-1, B1=-1, c1=1)},
        "order": {
            "unedited, X>Y less Y>X at day 1": row(names, cXY=1, cYX=-1),
            "A, X>Y less Y>X at day 1": row(names, AXY=1, AYX=-1, cXY=-1, cYX=1),
        },
        "effect": {
            "B in M at day 1": row(names, B1=1, c1=-1),
            "A in N at day 1": row(names, AN=1, cN=-1),
        },
    }
    confounded = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layout.csv"
        for trial in range(12):
            density = 0.45 if trial % 2 else 0.05  # thin layouts confound some contrasts
            cells = random.integers(5, 200, (len(names), 5)) * (random.random((len(names), 5)) < density)
            cells[np.arange(len(names)), random.integers(0, 5, len(names))] += 20  # every condition somewhere
            path.write_text("condition,#perturbation,#medium,#time,b1,b2,b3,b4,b5\n" + "".join(
                f"{n},{p},{m},{t}," + ",".join(map(str, cells[k])) + "\n"
                for k, (n, (p, m, t)) in enumerate(zip(names, columns))))
            sg2, sw2 = 0.02 * random.random(), 0.2 + random.random()
            for sb2 in (0.0, 0.05, None):
                batches = ["--fixed-batches"] if sb2 is None else ["--sb2", str(sb2)]
                for preset, contrasts in wanted.items():
                    done = subprocess.run([program, "design", "--layout", path, "--control", "c1", "--contrast-preset", preset,
                                           "--sg2", repr(sg2), "--sw2", repr(sw2), *batches], capture_output=True, text=True)
                    check(f"{preset} answers", done.returncode == 0, done.stderr)
                    if done.returncode:
                        continue
                    answers = {one["name"]: one for one in json.loads(done.stdout)["contrasts"]}
                    check(f"{preset}: nothing else", preset == "effect" or set(answers) == set(contrasts), str(list(answers)))
                    expected = dense_variances(cells, sb2, sg2, sw2, contrasts.values())
                    for name, variance in zip(contrasts, expected):
                        one = answers.get(name)
                        check(f"{preset} has {name}", one is not None, str(list(answers)))
                        if one is None:
                            continue
                        check(f"{name} has a meaning", one["meaning"])
                        check(f"{name}: estimable", one["estimable"] == (variance is not None), one["reason"])
                        if variance is None:
                            confounded += 1
                            check(f"{name}: confounded in words", one["reason"] and one["confounded_with"])
                        elif one["se"] is not None:
                            check(f"{name}: SE", abs(one["se"] - variance**0.5) < 1e-9 * variance**0.5,
                                  f"{one['se']} {variance**0.5}")
    check("some contrasts were confounded", confounded > 0)
    finish()


if __name__ == "__main__":
    main()
