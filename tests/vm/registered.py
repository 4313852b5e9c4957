#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Registers a command with the daemon as a container runtime does, and has the daemon read its alerts.

  registered.py IMAGE NAME COMMAND [ARGUMENT...]     NAME is JSON: the container's

With MORE in the environment, JSON, its members are those of the request, too; a policy in it takes the place of the image.
With HOLD in the environment the command starts when there is a file of that name; "registered" is printed before.
Prints what the daemon answers if that is no; else the exit status is that of the command.
"""
import json
import os
import socket
import struct
import sys
import time

SOCKET = "/run/ringfence/ringfence.sock"
CGROUPS = "/sys/fs/cgroup/registered"


def memory_file(path):
    fd = os.memfd_create("image")
    with open(path, "rb") as image:
        os.write(fd, image.read())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def ask(connection, request, fds):
    data = json.dumps(request).encode()
    socket.send_fds(connection, [struct.pack("<I", len(data)) + data], fds)
    head = connection.recv(4, socket.MSG_WAITALL)
    return json.loads(connection.recv(struct.unpack("<I", head)[0], socket.MSG_WAITALL))


def hold(path):
    print("registered", flush=True)
    while not os.path.exists(path):
        time.sleep(0.1)


def main():
    image, name, *command = sys.argv[1:]
    cgroup = f"{CGROUPS}/{os.getpid()}"
    os.makedirs(cgroup)
    wait, go = os.pipe()
    child = os.fork()
    if not child:
        os.close(go)
        with open(f"{cgroup}/cgroup.procs", "w", encoding="utf-8") as procs:
            procs.write("0")
        if not os.read(wait, 1):
            os._exit(125)
        os.execvp(command[0], command)
    while str(child) not in read(f"{cgroup}/cgroup.procs").split():
        pass
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(SOCKET)
        request = {"version": 1, "request": "register", "audit": False, "log": True, "name": json.loads(name)}
        request.update(json.loads(os.environ.get("MORE", "{}")))
        fds = [] if "policy" in request else [memory_file(image)]
        answer = ask(connection, request, fds + [os.pidfd_open(child), os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)])
        if answer["ok"]:
            if "HOLD" in os.environ:
                hold(os.environ["HOLD"])
            os.write(go, b"g")
        else:
            print(answer["messages"], end="")
        os.close(go)
        _, status = os.waitpid(child, 0)
    os.rmdir(cgroup)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
