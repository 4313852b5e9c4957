#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Policies that are to be refused, and good ones that resemble them: writes them, has `ringfence check` read them all.

  policies.py DIRECTORY        prints "ID ok", or "ID what is wrong", a line for each

The name of a policy is the id of its case, a dot and a word; a word that ends in "+" is a good policy. What is refused
must be refused with the line where the fault is (0: the file as such) and, where given, with a word of the message.
"""
import json
import os
import random
import subprocess
import sys

HEAD = "version: 1\nname: p\nmode: enforce\n"
GOOD = HEAD + "files:\n  otherwise: deny\n  rules:\n    - path: /srv/**\n      allow: [read]\n"
CASES = {}


def case(name, text, line=None, word=""):
    CASES[name] = (text if isinstance(text, bytes) else text.encode(), line, word)


def files(rules):
    return HEAD + "files:\n  otherwise: deny\n  rules:\n" + rules


def keys():
    case("P01.good+", GOOD)
    case("P01.top", HEAD + "file: {otherwise: deny}\n", 4, "file")
    case("P01.top-case", HEAD + "Files: {otherwise: deny}\n", 4, "Files")
    case("P01.section", HEAD + "files: {otherwise: deny, rule: []}\n", 4, "rule")
    case("P01.rule", files("    - {path: /a, denny: all}\n"), 7, "denny")
    case("P01.rule-case", files("    - {path: /a, Deny: all}\n"), 7, "Deny")
    case("P01.nesting", HEAD + "rules: [{path: /a, deny: all}]\nfiles: {otherwise: deny}\n", 4, "rules")
    case("P01.too-deep", files("    - {path: /a, deny: {all: all}}\n"), 7)
    case("P01.syscalls", HEAD + "syscalls: {otherwise: kill, permit: [read]}\n", 4, "permit")
    case("P01.argument", HEAD + "syscalls: {otherwise: kill, allow: [{name: kill, arg7: {eq: 1}}]}\n", 4, "arg7")
    case("P01.operator", HEAD + "syscalls: {otherwise: kill, allow: [{name: kill, arg1: {is: 1}}]}\n", 4, "is")
    case("P01.operation", files("    - {path: /a, deny: [raed]}\n"), 7, "raed")
    case("P01.privilege", HEAD + "privileges: {allow: [mout]}\n", 4, "mout")
    case("P01.not-yet", HEAD + "network: {otherwise: deny}\nfiles: {otherwise: deny}\n", 4, "network")


def doubles():
    case("P02.good+", GOOD)
    case("P02.top", GOOD + "name: q\n", 9, "name")
    case("P02.quoted", GOOD + '"name": q\n', 9, "name")
    case("P02.escaped", GOOD + '"n\\x61me": q\n', 9, "name")
    case("P02.flow", HEAD + "files: {otherwise: deny, otherwise: allow}\n", 4, "otherwise")
    case("P02.flow-quoted", HEAD + "files: {otherwise: deny, 'otherwise': allow}\n", 4, "otherwise")
    case("P02.rule", files("    - {path: /a, allow: [read], allow: [write]}\n"), 7, "allow")
    case("P02.merge", GOOD + "<<: {name: q}\n", 9)
    case("P02.operation", files("    - {path: /a, allow: [read, read]}\n"), 7, "read")
    case("P02.complex-key", GOOD + "? name\n: q\n", 9, "name")


def aliases():
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    for level in range(1, 9):
        bomb += f"a{level}: &a{level} [{','.join(['*a' + str(level - 1)] * 9)}]\n"
    case("P03.good+", files('    - {path: "/a/*", deny: all}\n'))
    case("P03.bomb", HEAD + bomb + "files: {otherwise: deny}\n", 4)
    case("P03.self", HEAD + "files: &f {otherwise: deny, rules: *f}\n", 4, "anchor")
    case("P03.redefined", HEAD + "files: &f {otherwise: &f deny}\n", 4, "anchor")
    case("P03.merge-bomb", HEAD + "x: &x {<<: [" + "*x," * 999 + "*x]}\nfiles: {otherwise: deny}\n", 4)
    case("P03.anchor", HEAD.replace("p\n", "&n p\n") + "files: {otherwise: deny}\n", 2, "anchor")
    case("P03.alias", files("    - {path: *n, deny: all}\n"), 7, "alias")
    case("P03.unquoted-glob", files("    - {path: [*.log], deny: all}\n"), 7)


def sizes():
    deep = 100_000
    case("P04.good+", files("".join(f"    - {{path: /srv/{i}, deny: all}}\n" for i in range(500))))
    case("P04.deep-list", HEAD + "files: " + "[" * deep + "]" * deep + "\n", 4)
    case("P04.deep-map", HEAD + "files: " + "{a: " * deep + "}" * deep + "\n", 4)
    case("P04.deep-open", HEAD + "files: " + "[" * deep, 4)
    case("P04.long-scalar", HEAD.replace("p\n", "p" * 1_000_000 + "\n") + "files: {otherwise: deny}\n", 2)
    case("P04.long-path", files("    - {path: /" + "a" * 4096 + ", deny: all}\n"), 7)
    case("P04.rules", files("".join(f"    - {{path: /{i}, deny: all}}\n" for i in range(70_000))), None, "65535")
    case("P04.lines", HEAD + "\n" * 1_000_000 + "denny: 1\n", 1_000_004, "denny")


def bytes_():
    case("P05.good+", GOOD)
    case("P05.byte-order-mark+", b"\xef\xbb\xbf" + GOOD.encode())
    case("P05.crlf+", GOOD.replace("\n", "\r\n"))
    case("P05.utf8+", files("    - {path: /srv/\u00fc/\u4e2d, deny: all}\n"))
    case("P05.nul", GOOD.replace("/srv", "/sr\0v"), 7)
    case("P05.nul-escape", files('    - {path: "/srv\\0/x", deny: all}\n'), 7)
    case("P05.nul-hex", files('    - {path: "/srv\\x00", deny: all}\n'), 7)
    for name, bad in {"c0": b"\x01", "c1": b"\xc2\x85", "invalid": b"\xff", "stray": b"\x80", "overlong": b"\xc0\xaf",
                      "surrogate": b"\xed\xa0\x80", "beyond": b"\xf4\x90\x80\x80", "line-separator": b"\xe2\x80\xa8",
                      "right-to-left": b"\xe2\x80\xae", "zero-width": b"\xe2\x80\x8b", "escape": b"\x1b[2J",
                      "delete": b"\x7f"}.items():
        case("P05." + name, GOOD.encode().replace(b"/srv", b"/s" + bad + b"v"), 7)
    case("P05.utf16", GOOD.encode("utf-16"))
    case("P05.nbsp-in-key", GOOD.replace("files", "files\u00a0"), 4)
    case("P05.tab", files("\t- {path: /a, deny: all}\n"), 7)


def types():
    for i, word in enumerate(("on", "off", "yes", "true", "null", "~", "0", "'enforce '", "ENFORCE", "[enforce]", "1e3")):
        case(f"P06.mode-{i}", HEAD.replace("enforce", word) + "files: {otherwise: deny}\n", 3)
    for i, word in enumerate(("'1'", "1.0", "0x1", "01", "0o1", "1_0", "+1", "-1", "1e0", ".inf", "12:30:45", "null",
                              "18446744073709551617", "9223372036854775808", "2")):
        case(f"P06.version-{i}", GOOD.replace("version: 1", "version: " + word), 1)
    for i, word in enumerate(("0777", "1_000", "12:30:45", "1e3", ".inf", "18446744073709551616", "4294967296", "~",
                              "true", "1.0", "0b1", "0x", "AF_NONE")):
        case(f"P06.value-{i}", HEAD + f"syscalls: {{otherwise: kill, allow: [{{name: kill, arg1: {{eq: {word}}}}}]}}\n", 4)
    for i, word in enumerate(("0o17", "0x1f", "4294967295", "SIGKILL")):
        case(f"P06.value-{i}+", HEAD + "syscalls: {otherwise: kill, allow: ['@container', {name: kill, "
             f"arg1: {{eq: {word}}}}}]}}\n")
    case("P06.errno-number", HEAD + "syscalls: {otherwise: {errno: 1}, allow: [read]}\n", 4)
    case("P06.errno-lower", HEAD + "syscalls: {otherwise: {errno: eperm}, allow: [read]}\n", 4)
    case("P06.path-number", files("    - {path: 1, deny: all}\n"), 7)
    case("P06.path-bool", files("    - {path: yes, deny: all}\n"), 7)
    for i, sign in enumerate("*!&@`%|>"):
        case(f"P06.unquoted-{i}", files(f"    - path: {sign}/x\n      deny: all\n"))


def structure():
    case("P07.empty", "", None, "empty")
    case("P07.spaces", "\n\n   \n")
    case("P07.comment", "# nothing\n")
    case("P07.dashes", "---\n")
    case("P07.two-documents", GOOD + "---\n" + GOOD, 9)
    case("P07.trailing", GOOD + "}\n", 9)
    case("P07.tag", GOOD.replace("/srv", "!!python/object:os.system /srv"), 7, "tag")
    case("P07.tag-str", GOOD.replace("/srv", "!!str /srv"), 7, "tag")
    case("P07.list", "- version: 1\n", 1)
    case("P07.scalar", "version\n", 1)
    case("P07.no-section", HEAD, None, "section")
    case("P07.empty-map", "{}\n", 1)
    case("P07.null-section", HEAD + "files:\n", 4)
    case("P07.no-otherwise", HEAD + "files: {rules: []}\n", 4, "otherwise")
    case("P07.document-marks+", "---\n" + GOOD + "...\n")


def paths():
    for name, path in {"relative": "srv/a", "dot-relative": "./a", "dotdot": "/srv/../etc", "dot": "/srv/./a",
                       "double": "/srv//a", "trailing": "/srv/", "home": "~/a", "three-stars": "/a/***",
                       "class-open": "/a/[b", "class-empty": "/a/[]", "brace-open": "/a/{b", "range": "/a/[z-a]",
                       "backslash": "/a\\", "empty": ""}.items():
        case("P09." + name, files(f"    - {{path: '{path}', deny: all}}\n"), 7)
    case("P09.variable", files("    - {path: '$HOME/a', deny: all}\n"), 7)
    case("P09.good+", files("    - {path: ['/', '/a/**', '/a/*/b', '/a/?', '/a/[a-z]', '/a/{b,c}', '/a/\\*'], deny: all}\n"))


def names():
    for name, word in {"unknown": "opennat", "number": "2", "case": "READ", "multiplexer": "socketcall", "arm": "renameat3",
                       "foreign": "sigreturn", "group": "@everything", "empty": "''"}.items():
        case(f"P11.allow-{name}", HEAD + f"syscalls: {{otherwise: kill, allow: ['@base', {word}]}}\n"
             .replace("''", '""'), 4)
        case(f"P11.deny-{name}", HEAD + f"syscalls: {{otherwise: allow, deny: [{word}]}}\n".replace("''", '""'), 4)
    case("P11.twice", HEAD + "syscalls: {otherwise: kill, allow: ['@base', read, read]}\n", 4, "read")
    case("P11.good+", HEAD + "syscalls: {otherwise: kill, allow: ['@base', mseal, fchmodat2]}\n")


def fuzz():
    """A good policy cut at every offset, and with every byte changed: refused or read, never a crash."""
    text = (GOOD + "syscalls: {otherwise: kill, allow: ['@base', {name: kill, arg1: {in: [1, 0x2]}}]}\n").encode()
    draw = random.Random(12)
    for at in range(0, len(text), 3):
        CASES[f"P12.cut-{at}"] = (text[:at], "any", "")
        CASES[f"P12.flip-{at}"] = (text[:at] + bytes([draw.randrange(256)]) + text[at + 1:], "any", "")
    case("P12.whole+", text)


def judge(name, answer):
    _, line, word = CASES[name]
    errors = [d for d in answer["diagnostics"] if d["level"] == "error"]
    if line == "any":
        return answer["valid"] or errors
    if name.endswith("+"):
        return answer["valid"] and not errors
    if answer["valid"] or not errors:
        return False
    return (line is None or any(e.get("line") == line and e.get("col", 0) > 0 for e in errors)) and \
        any(word in e["text"] for e in errors)


def main():
    for write in (keys, doubles, aliases, sizes, bytes_, types, structure, paths, names, fuzz):
        write()
    os.chdir(sys.argv[1])
    for name, (text, _, _) in CASES.items():
        with open(name + ".yaml", "wb") as out:
            out.write(text)
    answer = subprocess.run(["ringfence", "check", "--json", *(name + ".yaml" for name in CASES)], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    print("check ok" if answer.returncode == 1 else f"check ended with {answer.returncode}")
    for found in json.loads(answer.stdout)["files"]:
        name = found["file"].removesuffix(".yaml")
        print(name, "ok" if judge(name, found) else f"{found['valid']} {json.dumps(found['diagnostics'])[:400]}")


main()
