#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds what was measured against the bounds: gate.py BOUNDS FIGURES KERNEL...

FIGURES is what `bench.sh --json` wrote. A bound is about the figures that its kernel, subject and row name (* stands for
anything), and says one of:

  "figure": N          at most N
  "added": N           more than the base of the same boot by at most N
  "share": X           more than the base by at most X of it
  "spread": N          what is added differs by at most N among all these figures of one kernel
  "figure_over", "added_over", "share_over": {...}
                       at most that of another "subject" or "row" of the same kernel, "times" that and "plus" that

With "less": {...} the figure of that other subject or row is taken off first, as "added" is.

Prints TAP: a result for each bound and kernel. A bound that names no figure, or one that was not measured, is not kept.
"""

import fnmatch
import json
import sys


def matches(bound, figure):
    return all(fnmatch.fnmatchcase(figure[key], bound[key]) for key in ("kernel", "subject", "row"))


def value(kind, figure):
    """None: not measured"""
    if kind == "figure" or figure["added"] is None:
        return figure["figure"] if kind == "figure" else None
    return figure["added"] / figure["base"] if kind == "share" else figure["added"]


def added_less(bound, figure, figures):
    """What is added, less what the bound has taken off."""
    off = other(bound["less"], figure, figures)
    known = figure["added"] is not None and off is not None and off["added"] is not None
    return figure["added"] - off["added"] if known else None


def shown(kind, number):
    if number is None:
        return "not measured"
    return f"{number:.2%}" if kind == "share" else f"{number:+}" if kind != "figure" else f"{number}"


def other(bound_of, figure, figures):
    """The figure that one is compared with."""
    for f in figures:
        if (f["kernel"] == figure["kernel"] and f["subject"] == bound_of.get("subject", figure["subject"])
                and f["row"] == bound_of.get("row", figure["row"])):
            return f
    return None


def limit(bound, kind, figure, figures):
    """The most that the figure may be, and where that comes from."""
    if kind in bound:
        return bound[kind], ""
    of = bound[kind + "_over"]
    against = other(of, figure, figures)
    known = None if against is None else value(kind, against)
    if known is None:
        return None, f" ({of} was not measured)"
    most = known * of.get("times", 1) + of.get("plus", 0)
    if kind != "share":
        most = round(most)
    return most, f" ({against['subject']} {against['row']} is {shown(kind, known)})"


def kind_of(bound):
    return next(kind for kind in ("figure", "added", "share", "spread")
                if kind in bound or kind + "_over" in bound)


def broken(bound, chosen, figures):
    """Lines that say which figures break the bound."""
    kind = kind_of(bound)
    if kind == "spread":
        known = [(value("added", f), f) for f in chosen]
        if any(number is None for number, _ in known):
            return ["not all was measured"]
        low, high = min(known, key=lambda k: k[0]), max(known, key=lambda k: k[0])
        if high[0] - low[0] <= bound["spread"]:
            return []
        return [f"{high[1]['subject']} {high[1]['row']}: {high[0]:+}, {low[1]['subject']} {low[1]['row']}: {low[0]:+}, "
                f"{high[0] - low[0]} apart, bound {bound['spread']}"]
    lines = []
    for f in chosen:
        number = added_less(bound, f, figures) if "less" in bound else value(kind, f)
        most, why = limit(bound, kind, f, figures)
        if number is None or most is None or number > most:
            lines.append(f"{f['kernel']} {f['subject']} {f['row']}: {shown(kind, number)}, bound {shown(kind, most)}{why}")
    return lines


def results(bounds, figures, kernels):
    for bound in bounds:
        for kernel in fnmatch.filter([*kernels, "user-space"], bound["kernel"]):
            chosen = [f for f in figures if f["kernel"] == kernel and matches(bound, f)]
            yield f"{kernel}: {bound['name']}", broken(bound, chosen, figures) if chosen else ["there is no such figure"]


def main():
    with open(sys.argv[1], encoding="utf-8") as text:
        bounds = json.load(text)
    with open(sys.argv[2], encoding="utf-8") as text:
        figures = json.load(text)["figures"]
    n = failed = 0
    for n, (name, lines) in enumerate(results(bounds, figures, sys.argv[3:]), 1):
        failed += bool(lines)
        print(f"{'not ok' if lines else 'ok'} {n} {name}")
        for line in lines:
            print(f"# {line}")
    print(f"1..{n}")
    return 1 if failed or not n else 0


sys.exit(main())
