#!/usr/bin/python3
"""Checks documents of the command line against docs/schemas.

usage: schemas.py GROUNDWORK

Holds the part of JSON Schema that docs/schemas uses and stops at a keyword it does not know. The screens are small and
written here. Prints "N passed, N failed"; exit status 1 where one failed.
"""

import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMAS = os.path.join(ROOT, "docs", "schemas")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def load(name):
    with open(os.path.join(SCHEMAS, name)) as f:
        return json.load(f)


def is_type(value, name):
    if name in ("number", "integer"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def faults(value, schema, document, where="$"):
    """Sentences about where `value` does not fit `schema`, a part of `document`."""
    found = []
    for key, rule in schema.items():
        if key in ("$schema", "$defs", "title", "description", "default"):
            continue
        if key == "$ref":
            name, path = rule.split("#")
            target = document = load(name) if name else document
            for part in path.strip("/").split("/"):
                target = target[part]
            found += faults(value, target, document, where)
        elif key == "type":
            if not any(is_type(value, t) for t in ([rule] if isinstance(rule, str) else rule)):
                found.append("%s: expected %s" % (where, rule))
        elif key == "const":
            if value != rule:
                found.append("%s: expected %r" % (where, rule))
        elif key == "enum":
            if value not in rule:
                found.append("%s: expected one of %r" % (where, rule))
        elif key == "oneOf":
            if sum(not faults(value, option, document, where) for option in rule) != 1:
                found.append("%s: fits not exactly one of the forms" % where)
        elif key == "required":
            found += ["%s: no %s" % (where, name) for name in rule if isinstance(value, dict) and name not in value]
        elif key == "properties":
            for name, part in rule.items():
                if isinstance(value, dict) and name in value:
                    found += faults(value[name], part, document, where + "." + name)
        elif key == "additionalProperties":
            for name in value if isinstance(value, dict) else ():
                if name in schema.get("properties", {}):
                    continue
                if rule is False:
                    found.append("%s: %s is not in the schema" % (where, name))
                elif isinstance(rule, dict):
                    found += faults(value[name], rule, document, where + "." + name)
        elif key == "items":
            for i, item in enumerate(value if isinstance(value, list) else ()):
                found += faults(item, rule, document, "%s[%d]" % (where, i))
        elif key == "minimum":
            if is_type(value, "number") and value < rule:
                found.append("%s: below %s" % (where, rule))
        elif key == "multipleOf":
            if is_type(value, "number") and value % rule != 0:
                found.append("%s: no multiple of %s" % (where, rule))
        else:
            raise ValueError("schemas.py does not know the keyword " + key)
    return found


def counts(cells, genes):
    """A count table and its cell table: labels, lanes and guides go round, counts follow a fixed pattern."""
    names = ["g%d" % g for g in range(genes)]
    table = "cell," + ",".join(names) + "\n"
    meta = "cell,label,lane,guide,time_h\n"
    for c in range(cells):
        label = ["NTC", "g1", "g2+g3", "other"][c % 4]
        table += "c%d,%s\n" % (c, ",".join(str((c * 7 + g * 3 + c * g) % 5) for g in range(genes)))
        meta += "c%d,%s,L%d,%s_%d,%d\n" % (c, label, c % 3, label, c % 2, 24 * (1 + c % 2))
    return table, meta


def main():
    groundwork = sys.argv[1]
    passed = failed = 0
    screen = load("screen.json")
    with tempfile.TemporaryDirectory() as folder:
        for cells, genes in ((80, 3), (600, 200)):
            table, meta = counts(cells, genes)
            for name, text in (("counts.csv", table), ("cells.csv", meta)):
                with open(os.path.join(folder, name), "w") as f:
                    f.write(text)
            for roles in ([], ["--perturbation", "label", "--separator", "+", "--batch", "lane", "--guide", "guide", "--time", "time_h"]):
                out = os.path.join(folder, "screen.json")
                flags = ["--counts", os.path.join(folder, "counts.csv"), "--cells", os.path.join(folder, "cells.csv"), *roles]
                subprocess.run([groundwork, "summarise", *flags, "-o", out], check=True, stderr=subprocess.DEVNULL)
                printed = subprocess.run([groundwork, "summarise", *flags], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                with open(out) as f:
                    written = json.load(f)
                for form, document in (("written", written), ("printed", json.loads(printed.stdout))):
                    wrong = faults(document, screen, screen)
                    for sentence in wrong[:10]:
                        print("failed: %s screen of %d cells: %s" % (form, cells, sentence))
                    failed += bool(wrong)
                    passed += not wrong
        # The check itself: what does not fit is found.
        for change in (lambda d: d.pop("genes"), lambda d: d.update(extra=1), lambda d: d["groups"].update(half="x"), lambda d: d["roles"].update(modality="magic")):
            broken = json.loads(json.dumps(written))
            change(broken)
            if faults(broken, screen, screen):
                passed += 1
            else:
                failed += 1
                print("failed: a broken document was not found out")
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
