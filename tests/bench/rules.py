#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the policies that are measured:

  rules.py ringfence|apparmor N    the same of the same files, in N rules: a few that the measured programs need, and
                                   then rules for programs that are not there, globs among them, beneath the
                                   directories that are measured too
  rules.py calls N                 a profile of N system calls by name, of which one has its argument checked; N 0:
                                   the group @container, with an argument checked of the same one. Reads what
                                   `ringfence groups --json` prints.
"""

import hashlib
import json
import sys

# pattern, what ringfence allows (None: denies all), the same for AppArmor
NEEDED = [
    ("/usr/**", "read, exec", "rmix"),
    ("/usr/share/bench/**", "read, modify, append, exec", "rwmix"),
    ("/usr/share/bench/secret/**", None, None),
    ("/etc/**", "read", "r"),
    ("/dev/{null,zero,tty}", "read, write, append", "rw"),
    ("/proc/**", "read", "r"),
]
SHAPES = [
    ("/usr/share/doc/**/secret%s", None, None),
    ("/usr/share/app%s/**", "read, exec", "rmix"),
    ("/var/log/app%s/*.log", "create, append", "a"),
    ("/etc/app%s/{main,local}.conf", "read, write", "rw"),
    ("/srv/app%s/**/*.html", "read", "r"),
    ("/usr/lib/app%s/lib[a-z]*.so", "read, exec", "rm"),
]

# What tests/bench/call.c calls, and calls that are in no group.
CHECKED = "sched_get_priority_max"
MORE = ["vhangup", "acct", "swapon", "swapoff", "syslog", "quotactl"]


def word(i):
    """Names without a pattern: numbers in a row would be one small loop of the automaton."""
    return hashlib.sha256(str(i).encode()).hexdigest()[:8]


def rules(n):
    made = list(NEEDED)
    for i in range(n - len(NEEDED)):
        pattern, ours, theirs = SHAPES[i % len(SHAPES)]
        made.append((pattern % word(i), ours, theirs))
    return made


def ringfence(n):
    print("version: 1\nname: bench\nmode: enforce\nfiles:\n  otherwise: deny\n  rules:")
    for pattern, ours, _ in rules(n):
        print(f'    - path: "{pattern}"')
        print(f"      allow: [{ours}]" if ours else "      deny: all")


def apparmor(n):
    print(f"profile bench-{n} {{")
    print("  capability,\n  signal,\n  unix,\n  ptrace,")
    for pattern, _, theirs in rules(n):
        print(f"  {pattern} {theirs}," if theirs else f"  deny {pattern} rwx,")
    print("}")


def calls(n):
    print("version: 1\nname: calls\nmode: enforce\nsyscalls:\n  otherwise: {errno: EPERM}")
    if n == 0:
        print(f'  allow: ["@container"]\n  deny:\n    - {{name: {CHECKED}, arg0: {{eq: 77}}}}')
        return
    names = {name for group in json.load(sys.stdin) for name in group["syscalls"]}
    names = (sorted(names - {CHECKED, *MORE}) + MORE)[: n - 1]
    print(f"  allow:\n    - {{name: {CHECKED}, arg0: {{in: [0, 1, 2]}}}}")
    for name in names:
        print(f"    - {name}")


{"ringfence": ringfence, "apparmor": apparmor, "calls": calls}[sys.argv[1]](int(sys.argv[2]))
