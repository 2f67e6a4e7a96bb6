#!/usr/bin/python3
"""Wrong input at the command line: tests/reference/refusals.json, which tests/web/refusals.test.ts brings to the page's worker.

Every case has one code at both doors, names what it is about, and writes nothing on standard output and no result.
Usage: refusals.py build/native/groundwork. Ends with `N passed, N failed`.
"""
import base64
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

program = pathlib.Path(sys.argv[1]).resolve()
cases = json.loads((pathlib.Path(__file__).parent / "refusals.json").read_text())
passed = failed = 0


def content_of(file):
    """The bytes that a case describes: text or base64, gzipped if it says so, and without the last `cut` bytes."""
    data = base64.b64decode(file["base64"]) if "base64" in file else file["text"].encode()
    if file.get("gzip"):
        data = gzip.compress(data, mtime=0)
    return data[: len(data) - file.get("cut", 0)]


def flags_of(roles):
    flags = []
    for role, value in roles.items():
        for one in value if isinstance(value, list) else [value]:
            flags += [f"--{role.replace('_', '-')}", one]
    return flags


def fit_flags(options):
    """Options of a fit request as flags of the command line."""
    flags = ["--jobs", "1"]
    for key, value in options.items():
        flag = f"--{key.replace('_', '-')}"
        if value is True:
            flags.append(flag)
        else:
            flags += [flag, ",".join(value) if isinstance(value, list) else str(value)]
    return flags


# What protocols, links and portraits are asked of.
states = pathlib.Path(__file__).parent / "protocol_states.csv"
models = tempfile.TemporaryDirectory()
fit = pathlib.Path(models.name) / "fit.json"
subprocess.run([program, "fit", "--states", states, "--scale", "log", "--model", "linear", "--members", "1", "--epochs", "5",
                "-o", fit], capture_output=True, check=True)

for case in cases:
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        words = []
        for flag in ("counts", "cells", "layout", "contrasts", "protocol"):
            if flag in case:
                path = folder / case[flag]["name"]
                path.write_bytes(content_of(case[flag]))
                words += [f"--{flag}", str(path)]
        if "layout" in case:
            command = ["design", *words, *case.get("flags", ["--control", "control", "--sb2", "0.02", "--sw2", "0.4"])]
        elif "protocol" in case:
            command = ["protocol", "--fit", fit, *words]
        elif "model" in case:
            command = [case["model"]["command"], "--fit", fit, *case["model"]["flags"]]
        else:
            command = ["summarise", *words, *flags_of(case["roles"])]
        result = folder / "result.json"
        if "fit" in case:
            screen = folder / "screen.json"
            subprocess.run([program, *command, "-o", screen], check=True, capture_output=True)
            command = ["fit", "--screen", screen, *fit_flags(case["fit"])]
        done = subprocess.run([program, *command, "-o", result], capture_output=True, text=True)
        if case["code"] is None:
            good = done.returncode == 0 and result.exists()
        else:
            good = (
                done.returncode == 1
                and f"[{case['code']}]" in done.stderr
                and all(word in done.stderr for word in case["says"])
                and not result.exists()
            )
        if good and done.stdout == "":
            passed += 1
        else:
            failed += 1
            print(f"FAILED  {case['name']}: expected {case['code']} {case['says']}, got {done.returncode}: {done.stderr.strip()}")

print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
