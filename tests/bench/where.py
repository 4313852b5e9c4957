#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the instructions of one allowed open go:

  where.py [--instructions] 6.1|6.12 hot|cold|renamed

Boots the exact machine (tests/vm/vm.sh), lets a confined program open files (under the policy of ten rules of bench.sh),
and follows one of its opens through security_file_open() through qemu's debugger, instruction by instruction. Prints how
many each function took: the hook's own, the trampoline's, the helpers', and with --instructions each one's address and
function, in their order. What the kernel does there without any hook (the functions whose names are neither bpf's nor
of read-copy-update) is counted, too.

Build first: make bench-programs, tests/vm/image.sh.
"""

import argparse
import bisect
import collections
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build"
ENTRY = "security_file_open"
PROGRAM = "_rf_file_open"  # bpf_prog_TAG_rf_file_open
SKIPPED = 500  # opens that go before: the directory is to be known, and the program's own files are not meant
RIP, RSP = 16, 7  # registers, as gdb numbers them
MOST = 100000


class Debugger:
    """The part of gdb's remote protocol that is needed."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.received = b""
        self.ask("?")
        self.drop_answers()

    def drop_answers(self):
        """That the machine has stopped may be told more than once."""
        self.socket.settimeout(1)
        try:
            while True:
                self.answer()
        except TimeoutError:
            self.socket.settimeout(None)

    def answer(self):
        while True:
            start = self.received.find(b"$")
            end = self.received.find(b"#", start)
            if start >= 0 and 0 <= end <= len(self.received) - 3:
                packet = self.received[start + 1:end]
                self.received = self.received[end + 3:]
                self.socket.send(b"+")
                return packet.decode()
            more = self.socket.recv(65536)
            if not more:
                sys.exit("where.py: the machine ended")
            self.received += more

    def ask(self, command):
        packet = command.encode()
        self.socket.send(b"$" + packet + b"#%02x" % (sum(packet) & 255))
        return self.answer()

    def register(self, number):
        digits = self.ask("g")[number * 16:number * 16 + 16]
        return int.from_bytes(bytes.fromhex(digits), "little")

    def word(self, address):
        return int.from_bytes(bytes.fromhex(self.ask(f"m{address:x},8")), "little")

    def run_to(self, address, times):
        """Stands at the first instruction there; hardware breakpoints, as the kernel patches its code."""
        for n in range(times):
            self.ask(f"Z1,{address:x},1")
            self.ask("c")
            self.ask(f"z1,{address:x},1")
            if n < times - 1:
                self.ask("s")


def assemble_job(job):
    (job / "bin").mkdir()
    for program in (BUILD / "tests/bench/bin").iterdir():
        shutil.copy(program, job / "bin")
    shutil.copy(BUILD / "ringfence", job)
    shutil.copy(HERE / "where-guest.sh", job)
    rules = subprocess.run([HERE / "rules.py", "ringfence", "10"], check=True, capture_output=True, text=True).stdout
    (job / "10.yaml").write_text(rules + 'syscalls: {otherwise: {errno: EPERM}, allow: ["@container"]}\n')


def start_machine(kernel, kind, job, debugger):
    lsms = "lsm=landlock,bpf" + (" clearcpuid=rep_good,erms,fsrm" if kernel == "6.1" else "")
    return subprocess.Popen(
        [HERE.parent / "vm/vm.sh", "--kernel", kernel, "--exact", "--gdb", debugger, "--job", job, "--append", lsms,
         "--", "bash", "where-guest.sh", kind], stdout=subprocess.PIPE, text=True, errors="replace")


def read_functions(machine):
    """(address, name) in order, when the guest is about to go."""
    functions = []
    for line in machine.stdout:
        words = line.split()
        if words == ["go"]:
            return sorted(functions)
        if len(words) == 2 and len(words[0]) == 16:
            functions.append((int(words[0], 16), words[1]))
    sys.exit("where.py: the machine ended before it was ready")


def follow(debugger, functions):
    """The addresses of all instructions of one call."""
    named = {name: address for address, name in functions}
    debugger.run_to(next(a for name, a in named.items() if name.endswith(PROGRAM)), SKIPPED)
    debugger.run_to(named[ENTRY], 1)
    end = debugger.word(debugger.register(RSP))
    addresses = []
    while len(addresses) < MOST:
        at = debugger.register(RIP)
        if at == end:
            return addresses
        addresses.append(at)
        debugger.ask("s")
    sys.exit(f"where.py: no end after {MOST} instructions")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("kernel", choices=("6.1", "6.12"))
    parser.add_argument("kind", choices=("hot", "cold", "renamed"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        job = pathlib.Path(directory, "job")
        job.mkdir()
        assemble_job(job)
        path = directory + "/debugger"
        machine = start_machine(options.kernel, options.kind, job, path)
        try:
            functions = read_functions(machine)
            addresses = follow(Debugger(path), functions)
        finally:
            machine.terminate()
    starts = [address for address, _ in functions]
    names = [functions[bisect.bisect_right(starts, at) - 1][1] for at in addresses]
    if options.instructions:
        for at, name in zip(addresses, names):
            print(f"{at:x} {name}")
    for name, n in collections.Counter(names).most_common():
        print(f"{n:6} {name}")
    print(f"{len(names):6} in all")


main()
