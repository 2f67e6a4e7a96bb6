"""The program under test, for the scripts beside this folder: its path is their first argument."""
import json
import pathlib
import subprocess
import sys

from .checks import check

program = pathlib.Path(sys.argv[1]).resolve()


def run(*words):
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True)


def answer(*words):
    """What it prints, read; a failure ends the script."""
    done = run(*words)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} failed: {done.stderr}")
    return json.loads(done.stdout) if done.stdout else None


def refused(name, status, code, named, done):
    """A check that the finished call `done` was a refusal with this code, names what it is about and printed no result."""
    good = done.returncode == status and f"[{code}]" in done.stderr and all(word in done.stderr for word in named)
    check(name, good and done.stdout == "", f"status {done.returncode}, said: {done.stderr.strip()}")


def refuses(name, status, code, named, *words):
    refused(name, status, code, named, run(*words))
