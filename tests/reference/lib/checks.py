"""Counts checks for the scripts beside this folder: each ends with finish(), which prints `N passed, N failed, N skipped`."""
import sys

_passed = _failed = _skipped = 0


def check(name, good, said=""):
    global _passed, _failed
    _passed += bool(good)
    _failed += not good
    if not good:
        print(f"FAILED  {name}: {said}")


def skip(count=1):
    global _skipped
    _skipped += count


def finish():
    print(f"{_passed} passed, {_failed} failed, {_skipped} skipped")
    sys.exit(_failed != 0)
