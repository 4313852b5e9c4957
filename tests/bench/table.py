#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes one table of what was measured:

  table.py text|json <FIGURES
  table.py shown <JSON           as text what was written as JSON

FIGURES are lines of "KERNEL BOOT SUBJECT ROW FIGURE"; a FIGURE may be "n/a". What a subject adds is its figure less that
of the subject "base" in the same boot: different boots have different bases.
"""

import json
import sys


def read(lines):
    """Dictionaries with kernel, boot, subject, row, figure, base and added, in the order they came."""
    figures, bases = [], {}
    for line in lines:
        kernel, boot, subject, row, text = line.split()
        figure = None if text == "n/a" else float(text) if "." in text else int(text)
        figures.append({"kernel": kernel, "boot": boot, "subject": subject, "row": row, "figure": figure})
        if subject == "base":
            bases[kernel, boot, row] = figure
    for f in figures:
        f["base"] = bases.get((f["kernel"], f["boot"], f["row"]))
        known = f["base"] is not None and f["figure"] is not None
        f["added"] = f["figure"] - f["base"] if known and f["subject"] != "base" else None
    return figures


def cell(f):
    if f is None:
        return ""
    if f["figure"] is None:
        return "n/a"
    return str(f["figure"]) if f["added"] is None else f"{f['added']:+}"


def unique(values):
    return list(dict.fromkeys(values))


def print_kernel(figures):
    columns = unique((f["boot"], f["subject"]) for f in figures)
    by_place = {(f["boot"], f["subject"], f["row"]): f for f in figures}
    lines = [["instructions"] + [f"base ({b})" if s == "base" else s for b, s in columns]]
    for row in unique(f["row"] for f in figures):
        lines.append([row] + [cell(by_place.get((*column, row))) for column in columns])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def main():
    figures = json.load(sys.stdin)["figures"] if sys.argv[1] == "shown" else read(sys.stdin)
    if sys.argv[1] == "json":
        json.dump({"figures": figures}, sys.stdout, indent=1)
        print()
        return
    for kernel in unique(f["kernel"] for f in figures):
        print(f"\n{kernel}")
        print_kernel([f for f in figures if f["kernel"] == kernel])


main()
