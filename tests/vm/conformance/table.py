#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of every case of the conformance suite.

  table.py README CASES LOG.tap...       one log for each machine that ran the suite

Prints a line for each case: its id, its title, and "passed", "FAILED", or "out of scope" with the place in README that
says why: README.md:LINE, a line of the list of what is not stopped that names the id in parentheses. A case has passed
if each log has a test of that name and all of them passed; a skipped test is no pass. Exit status 1 if any case failed,
is missing, or is both tested and declared out of scope.
"""
import re
import sys


def read_cases(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                case, _, title = line.strip().partition(" ")
                yield case, title


def read_log(path):
    """case -> whether all its tests passed"""
    cases = {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = re.match(r"(not )?ok \d+ ([A-Z]\d\d)\b(.*)", line)
            if found:
                good = not found[1] and " # skip" not in found[3]
                cases[found[2]] = cases.get(found[2], True) and good
    return cases


def read_scope(path):
    """case -> the line of README that declares it out of scope"""
    scope = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            for group in re.findall(r"\(([A-Z]\d\d(?:, [A-Z]\d\d)*)\)", line):
                for case in group.split(", "):
                    scope[case] = number
    return scope


def main():
    readme, cases, *logs = sys.argv[1:]
    results = [read_log(log) for log in logs]
    scope = read_scope(readme)
    bad = 0
    for case, title in read_cases(cases):
        tested = [result[case] for result in results if case in result]
        if case in scope and not tested:
            verdict = f"out of scope, README.md:{scope[case]}"
        elif case not in scope and len(tested) == len(results) and all(tested):
            verdict = "passed"
        else:
            verdict = "FAILED" if not all(tested) else \
                "FAILED: out of scope, and tested" if case in scope else "FAILED: no test on every machine"
            bad += 1
        print(f"{case}  {title:52}  {verdict}")
    sys.exit(bad > 0)


main()
