#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes alerts with hostile and long names, under a policy, and checks what came of them, outside.

  alerts.py plant DIRECTORY           makes directories deeper than a path can be long
  alerts.py hostile DIRECTORY         tries to make directories with hostile names, and under hostile thread names
  alerts.py deep DIRECTORY            tries to make directories whose paths are as long as can be, and longer
  alerts.py names LOG DIRECTORY       each name has one alert, and comes back from it byte by byte
  alerts.py longest LOG DIRECTORY     a path of 4096 bytes is whole; a longer one is refused and told
  alerts.py schema LOG                each line is an alert as ringfence-alert(5) has it, numbered without a gap
  alerts.py text FILE DIRECTORY       as text: one line for each name, and nothing that drives a terminal
  alerts.py pairs LOG                 what was refused, or would have been: operation, object, rule
"""
import ctypes
import json
import os
import re
import sys

NAMES = [b'\n{"action":"allowed"}', b"\r", b"\x1b[2J", b"\x7f", "\u2028".encode(), "\u202e".encode(), b'"', b"\\",
         b"\\x41", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a" * 255, b"\xff" * 255, b"%s%n", b" ", b"'",
         b"ringfence: deny file.read -etc-shadow", "\u00fc\u4e2d".encode(), *(bytes([b]) for b in range(1, 256)
                                                                              if b not in b"./\\\r\x7f\" '")]
COMMS = {b"\n": "n", b'"}': "q", b"\x1b[1m": "e", b"\xff\xfe": "u"}

MEMBERS = {"time": str, "seq": int, "action": str, "policy": str, "hash": str, "rule": str, "reason": str,
           "container": str, "cgroup_id": int, "operation": str, "path": str, "path_state": str, "new_path": str,
           "new_path_state": str, "syscall": str, "args": list, "errno": str, "pid": int, "tid": int, "ppid": int,
           "uid": int, "comm": str, "exe": str, "exe_truncated": bool, "repeated": int,
           "count": int}
ALWAYS = {"time", "seq", "action", "policy", "hash", "rule", "container", "cgroup_id", "operation", "errno", "pid",
          "tid", "ppid", "uid", "comm"}
FORMATS = {"time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", "action": "deny|audit", "hash": "[0-9a-f]{64}",
           "rule": r"otherwise|.+:\d+", "operation": "file\\.[a-z]+|privilege\\.[a-z_]+|syscall", "errno": "E[A-Z0-9]+"}


def original(text):
    """The bytes that an escaped string stands for."""
    return re.sub(rb"\\(\\|x[0-9a-f]{2})", lambda m: b"\\" if m[1] == b"\\" else bytes([int(m[1][1:], 16)]),
                  text.encode())


def read(path):
    with open(path, "rb") as lines:
        data = lines.read()
    assert data.endswith(b"\n") or not data
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def refused(action, *args):
    try:
        action(*args)
    except PermissionError:
        return
    sys.exit(f"not refused: {args}")


def plant(top):
    """The directories of a chain that is longer than a path can be: no policy is in force yet."""
    os.chdir(top)
    for _ in range(24):
        os.mkdir(b"d" * 200)
        os.chdir(b"d" * 200)


def deep(top):
    """In the chain: names that end at 4096 bytes and one byte after."""
    os.chdir(top)
    at = len(top)
    while 4096 - at > 201 + 1:
        os.chdir(b"d" * 200)
        at += 201
    left = 4096 - at - 1
    prctl = ctypes.CDLL(None).prctl
    prctl(15, b"deep")
    refused(os.mkdir, b"f" * left)
    refused(os.mkdir, b"f" * (left + 1))
    os.chdir(b"d" * 200)
    refused(os.mkdir, b"g")


def hostile(top):
    for name in NAMES:
        refused(os.mkdir, top + b"/" + name)
    prctl = ctypes.CDLL(None).prctl
    for comm, name in COMMS.items():
        prctl(15, comm)
        refused(os.mkdir, top + b"/comm-" + name.encode())


def check_names(alerts, top):
    seen = [original(a["path"]) for a in alerts]
    for name in NAMES:
        assert seen.count(top + b"/" + name) == 1, name
    for comm, name in COMMS.items():
        found = [original(a["comm"]) for a in alerts if original(a["path"]) == top + b"/comm-" + name.encode()]
        assert found == [comm], (found, comm)
    for alert in alerts:
        for value in alert.values():
            assert not isinstance(value, str) or value.isprintable(), alert


def check_deep(alerts, top):
    found = [a for a in alerts if a["comm"] == "deep"]
    assert len(found) == 3, found
    whole, longer, farther = found
    assert len(original(whole["path"])) == 4096 and original(whole["path"]).startswith(top + b"/d")
    assert whole["path_state"] == "attached" and "reason" not in whole
    for alert in (longer, farther):
        assert alert["path_state"] == "too_long" and alert["reason"] == "path", alert
        assert alert["errno"] == "EACCES" and alert["rule"] == "otherwise", alert


def check_schema(alerts):
    for number, alert in enumerate((a for a in alerts if "count" not in a), 1):
        assert alert["seq"] == number, alert
        assert ALWAYS <= set(alert) <= set(MEMBERS), alert
        for key, value in alert.items():
            assert type(value) is MEMBERS[key], (key, alert)
            assert key not in FORMATS or re.fullmatch(FORMATS[key], value), (key, alert)
        assert ("path" in alert) <= ("path_state" in alert), alert
        assert ("syscall" in alert) == ("args" in alert), alert
        assert alert["pid"] > 0 and alert["tid"] > 0 and alert["cgroup_id"] > 0, alert
    times = [a["time"] for a in alerts]
    assert alerts and times == sorted(times)
    assert len({(a["cgroup_id"], a["hash"], a["policy"], a["container"]) for a in alerts}) == 1
    print(len(alerts))


def check_text(path, top):
    with open(path, "rb") as lines:
        found = [line for line in lines.read().split(b"\n") if line.startswith(b"ringfence: deny file.create " + top)]
    assert len(found) == len(NAMES) + len(COMMS), len(found)
    for line in found:
        assert line.decode().isprintable(), line
        assert b" by " in line and line.count(b"ringfence: deny file.create") == 1, line


def pairs(alerts):
    print("\n".join(sorted({f"{a['operation']} {a.get('path', a.get('syscall', '-'))} {a['rule']} {a['errno']}"
                            for a in alerts})))


def main():
    what, path, *rest = sys.argv[1:]
    top = (rest[0] if rest else path).encode()
    if what in ("plant", "deep", "hostile") and not rest:
        {"plant": plant, "deep": deep, "hostile": hostile}[what](top)
    elif what == "text":
        check_text(path, top)
    elif what in ("names", "longest"):
        {"names": check_names, "longest": check_deep}[what](read(path), top)
    else:
        {"schema": check_schema, "pairs": pairs}[what](read(path))


main()
