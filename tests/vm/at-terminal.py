#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command at a terminal of its own and does something to it there:

    at-terminal.py interrupt|hang-up blocked|ready COMMAND...

The key for SIGINT, or the end of the terminal: as soon as the command has blocked SIGINT, or when it has written "ready".
Prints what became of the command as a shell would say it, or "lives": it is still there two minutes later, and is killed.
"""

import os
import pty
import signal
import sys
import time

what, when, command = sys.argv[1], sys.argv[2], sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execvp(command[0], command)

if when == "ready":
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 4096)
else:
    blocked = 0
    while not blocked & 1 << signal.SIGINT - 1:
        with open(f"/proc/{pid}/status") as status:
            blocked = int(next(line for line in status if line.startswith("SigBlk:")).split()[1], 16)
        time.sleep(0.001)
if what == "interrupt":
    os.write(terminal, b"\x03")
else:
    os.close(terminal)

for _ in range(1200):
    gone, status = os.waitpid(pid, os.WNOHANG)
    if gone:
        code = os.waitstatus_to_exitcode(status)
        print(code if code >= 0 else 128 - code)
        sys.exit()
    time.sleep(0.1)
print("lives")
os.kill(pid, signal.SIGKILL)
