#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a bundle: a root of busybox and the helpers, and a config.json.

oci-bundle.py DIRECTORY POLICY [ARG...]

POLICY: for the annotation io.ringfence.policy; "-": none. ARG: what the container runs.
"""
import json
import os
import shutil
import sys

APPLETS = ["sh", "cat", "sleep", "grep", "mkdir", "mount", "true", "echo", "chmod"]


def make_root(root):
    for path in ("bin", "srv", "proc", "dev", "sys", "tmp"):
        os.makedirs(os.path.join(root, path), exist_ok=True)
    shutil.copy("/bin/busybox", os.path.join(root, "bin/busybox"))
    for helper in ("opens-first",):
        shutil.copy(shutil.which(helper), os.path.join(root, "bin", helper))
    for applet in APPLETS:
        os.symlink("busybox", os.path.join(root, "bin", applet))
    for name in ("public", "secret"):
        with open(os.path.join(root, "srv", name), "w", encoding="ascii") as file:
            file.write(f"this is {name}\n")


def config_of(name, policy, args):
    caps = ["CAP_SYS_ADMIN", "CAP_KILL", "CAP_CHOWN"]
    namespaces = ("pid", "mount", "ipc", "uts", "network", "cgroup")
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": args,
            "env": ["PATH=/bin"],
            "cwd": "/",
            "capabilities": {s: caps for s in ("bounding", "effective", "permitted")},
            # From 2^63 on: no integer for many a reader of JSON.
            "rlimits": [{"type": "RLIMIT_CORE", "hard": 18446744073709551615, "soft": 18446744073709551615}],
        },
        "root": {"path": "rootfs", "readonly": False},
        "hostname": "inside",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
            {"destination": "/tmp", "type": "bind", "source": "shared", "options": ["rbind", "rw"]},
        ],
        "annotations": {} if policy == "-" else {"io.ringfence.policy": policy},
        "linux": {
            "cgroupsPath": f"/containers/{name}",
            "namespaces": [{"type": n} for n in namespaces],
        },
    }


def main():
    bundle, policy, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    os.makedirs(os.path.join(bundle, "shared"))
    make_root(os.path.join(bundle, "rootfs"))
    with open(os.path.join(bundle, "config.json"), "w", encoding="ascii") as file:
        json.dump(config_of(os.path.basename(bundle), policy, args), file)


main()
