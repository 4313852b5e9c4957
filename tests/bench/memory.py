#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Inside the machine: kernel memory of a domain with one task, but for its image, in bytes, as "ROW FIGURE".

An entry of each map that has one for each domain or task, with what the kernel keeps beside it.
"""

import json
import subprocess

# Element heads of the hash table and of local storage, Linux 6.12: struct htab_elem, struct bpf_local_storage_elem,
# and for a task's first storage struct bpf_local_storage.
OVERHEAD = {"hash": 48, "task_storage": 80 + 176, "array": 0, "array_of_maps": 0}
PER_DOMAIN = {"rf_domains", "rf_cgroups", "rf_images"}


def rounded(n):
    return (n + 7) // 8 * 8


def main():
    maps = json.loads(subprocess.run(["bpftool", "map", "show", "-j"], check=True, capture_output=True).stdout)
    total = 0
    for m in maps:
        if m.get("name") in PER_DOMAIN or m["type"] == "task_storage":
            key = rounded(m["bytes_key"]) if m["type"] == "hash" else 0
            total += key + rounded(m["bytes_value"]) + OVERHEAD[m["type"]]
    print("domain.bytes", total)


main()
