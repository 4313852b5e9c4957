#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A random walk over a tree that changes under somebody confined; what they may open is written down.

  wander.py SEED STEPS TOP POLICY [OTHER]     prints a line for each open: "MODE PATH RESULT"

The same seed gives the same walk: opens (some to map or to execute what is there) by one `ringfence run` of POLICY, several in a row as programs make them, and
between them, from outside, renames of files and of directories, exchanges, hard links, bind mounts and their end, files
removed and made anew. With OTHER the policy is one by name, and replaced by the other one and back, by `ringfence reload`,
every now and then. So two logs differ only where a verdict did. At the end "allowed N refused N", to show that both
were seen.
"""
import ctypes
import os
import random
import shutil
import subprocess
import sys

NAMES = ["a", "b", "secret", "file", "f0.txt", "a-longer-name.conf", "x" * 70]
MODES = "rrrwadxxe"
RENAME_EXCHANGE = 2

libc = ctypes.CDLL(None, use_errno=True)


def exchange(one, other):
    libc.renameat2(-100, one.encode(), -100, other.encode(), RENAME_EXCHANGE)


def mount(source, target):
    if libc.mount(source.encode(), target.encode(), None, 4096, None) == 0:
        mounts.append(target)


def unmount():
    if mounts:
        libc.umount2(mounts.pop().encode(), 2)


def some_path(depth):
    return "/".join([top, *(rng.choice(NAMES) for _ in range(rng.randint(1, depth)))])


def plant():
    """Puts back what is missing; where a file has a directory's name, it stays so."""
    for one in NAMES[:3]:
        for two in NAMES[:4]:
            try:
                os.makedirs(f"{top}/{one}/{two}", exist_ok=True)
                for leaf in NAMES[3:]:
                    make_file(f"{top}/{one}/{two}/{leaf}")
            except OSError:
                pass


def make_file(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o755))


def disturb():
    """One change from outside; most of those that cannot be made fail, which is as good."""
    one, other = some_path(3), some_path(3)
    change = rng.choice([
        lambda: os.rename(one, other), lambda: os.rename(one, other), lambda: exchange(one, other),
        lambda: os.link(one, other), lambda: os.unlink(one), lambda: make_file(one), lambda: os.mkdir(one),
        lambda: mount(one, other), unmount])
    try:
        change()
    except OSError:
        pass


def ask(path, mode):
    confined.stdin.write(f"{mode} {path}\n")
    confined.stdin.flush()
    result = confined.stdout.readline().strip()
    counts["allowed" if result == "ok" else "refused" if result == "13" else "other"] += 1
    print(mode, path, result)


def reload(text):
    """Makes the file `text` the policy `wander`; nobody may be running under it yet."""
    shutil.copy(text, "/etc/ringfence/policies/wander.yaml")
    subprocess.run(["ringfence", "reload", "wander"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


seed, steps, top, policy = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
texts = sys.argv[4:] if len(sys.argv) > 5 else []
if texts:
    os.makedirs("/etc/ringfence/policies", exist_ok=True)
    reload(texts[0])
    policy = "wander"
rng = random.Random(seed)
counts = {"allowed": 0, "refused": 0, "other": 0}
mounts = []
plant()
with subprocess.Popen(["ringfence", "run", "-p", policy, "-l", "/dev/null", "--", "opens-asked"], text=True,
                      stdin=subprocess.PIPE, stdout=subprocess.PIPE) as confined:
    for step in range(steps):
        where = some_path(2)
        for _ in range(rng.randint(1, 4)):
            ask(f"{where}/{rng.choice(NAMES)}", rng.choice(MODES))
        disturb()
        if step % 200 == 199:
            plant()
        if texts and step % 25 == 24:
            texts.reverse()
            reload(texts[0])
    confined.stdin.close()
while mounts:
    unmount()
print("allowed", counts["allowed"], "refused", counts["refused"])
