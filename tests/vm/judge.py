#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds what attempts came to, and the alerts about them, against a table of what was to come.

  judge.py TABLE RESULTS LOG POLICY RUN      prints "ID ok" or "ID what is wrong", a line for each attempt

TABLE    ID WORD ARGUMENT... => RESULT [OPERATION RULE PATH] [KEY=VALUE...]
RESULTS  ID RESULT PID                      what the helper printed
LOG      the alerts, JSON lines
RUN      enforce: RESULT is wanted, and exactly one alert if OPERATION is given, else none
         audit:   "ok" is wanted (audit=RESULT: that), and the same alert as in enforce, but as an audit; what was let
                  pass may be asked for again in another way (alerts=N: so often)
         granted: "ok" is wanted (granted=RESULT: that), and no alert
         With always=yes audit and granted want the same as enforce. A RESULT may be several, joined by |.
         full, root, user, local: as enforce, for one who is somebody else (conformance/lib.bash). full=RESULT and so on
         say what is different there: the kernel may refuse before anybody is asked. A RESULT that ends in "!" comes
         without an alert; "skip" leaves the attempt out.

RULE is "otherwise" or @MARK: the line of the policy that ends in "# MARK". PATH is "-" for none; * stands for anything.
KEY=VALUE is about another member of the alert, such as reason, new_path, syscall; a value of "-" wants no such member.
Without being asked for, path_state is attached (where there is a path), reason is absent, action is deny, and errno is
RESULT where that is an errno.

An alert belongs to the attempt whose ID is its comm, or whose child has its pid. One that belongs to no attempt is a
fault of an attempt called "stray".
"""
import fnmatch
import json
import sys


def rule_lines(path):
    """MARK -> FILE:LINE"""
    with open(path, encoding="utf-8") as policy:
        return {line.rsplit("# ", 1)[1].strip(): f"{path}:{number}"
                for number, line in enumerate(policy, 1) if "# " in line}


def parse_table(path, marks):
    with open(path, encoding="utf-8") as table:
        for line in table:
            if "=>" not in line:
                continue
            attempt, _, wanted = line.partition("=>")
            result, *words = wanted.split()
            options = dict(word.split("=", 1) for word in words if "=" in word)
            words = [word for word in words if "=" not in word]
            yield attempt.split()[0], Row(result, words, options, marks)


class Row:
    def __init__(self, result, words, options, marks):
        self.results = {"enforce": result, "audit": options.pop("audit", "ok"),
                        "granted": options.pop("granted", "ok")}
        self.results.update({run: options.pop(run, result) for run in ("full", "root", "user", "local")})
        self.always = options.pop("always", "no") == "yes"
        self.audits = int(options.pop("alerts", 1))
        self.alert = None
        if not words:
            return
        operation, rule, path = words
        self.alert = {"operation": operation, "path": path, "action": "deny", "reason": "-",
                      "rule": marks[rule[1:]] if rule.startswith("@") else rule,
                      "path_state": "-" if path == "-" else "attached",
                      "errno": result if result.startswith("E") else "-", **options}

    def faults(self, run, result, alerts):
        if self.always and run in ("audit", "granted"):
            run = "enforce"
        wanted = self.results[run]
        if wanted == "skip":
            return
        if result not in wanted.rstrip("!").split("|"):
            yield f"came to {result}, not {wanted}"
        if self.alert is None or run == "granted" or wanted.endswith("!"):
            if alerts:
                yield f"has {len(alerts)} alerts, wants none"
            return
        number = self.audits if run == "audit" else 1
        if len(alerts) != number:
            yield f"has {len(alerts)} alerts, wants {number}"
        for key, value in self.alert.items():
            if run == "audit" and key == "action":
                value = "audit"
            # Of several, the first is the one that enforcing would have ended with.
            for alert in alerts if key in ("operation", "action") else alerts[:1]:
                seen = str(alert.get(key, "-"))
                if not fnmatch.fnmatchcase(seen, value):
                    yield f"{key} is {seen}, not {value}"


def read_results(path):
    results, owner = {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            name, result, pid = line.split()
            results[name] = result
            owner[pid] = name
    return results, owner


def main():
    table, results, log, policy, run = sys.argv[1:]
    rows = dict(parse_table(table, rule_lines(policy)))
    results, owner = read_results(results)
    alerts = {name: [] for name in [*rows, "stray"]}
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            alert = json.loads(line)
            name = alert.get("comm")
            if name not in rows:
                name = owner.get(str(alert.get("pid")), "stray")
            alerts[name].append(alert)
    for name, row in rows.items():
        faults = list(row.faults(run, results.get(name, "nothing"), alerts[name]))
        print(f"{name} ok" if not faults else f"{name} {'; '.join(faults)}: {json.dumps(alerts[name])}")
    print("stray ok" if not alerts["stray"] else f"stray {json.dumps(alerts['stray'])}")


main()
