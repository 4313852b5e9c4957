#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds objects for Kubernetes against the API as Debian's python3-kubernetes has it (made of its OpenAPI document).

kubernetes-check.py FILE...

Of each object: that the API has this kind under this apiVersion; and down to the last member, that the name is a
known one, that the value is of its type, and that nothing is missing that must be there. Not what a cluster makes
of it: default values, admission, references from one object to another.
"""
import datetime
import re
import sys

import kubernetes.client as api
import yaml

PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object, "datetime": datetime.datetime}


def complaint(value, kind, where):
    """What is wrong with `value` as a `kind`, a generator of lines."""
    inner = re.fullmatch(r"list\[(.*)\]", kind)
    if inner:
        if not isinstance(value, list):
            yield f"{where}: no list"
            return
        for i, element in enumerate(value):
            yield from complaint(element, inner[1], f"{where}[{i}]")
        return
    inner = re.fullmatch(r"dict\(str, (.*)\)", kind)
    if inner:
        if not isinstance(value, dict):
            yield f"{where}: no map"
            return
        for key, element in value.items():
            yield from complaint(key, "str", f"{where}: {key}")
            yield from complaint(element, inner[1], f"{where}.{key}")
        return
    if kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (kind == "int" and isinstance(value, bool)):
            yield f"{where}: {value!r} is no {kind}"
        return
    yield from complaint_of_model(value, getattr(api, kind), where)


def complaint_of_model(value, model, where):
    if not isinstance(value, dict):
        yield f"{where}: no map"
        return
    attributes = {json: python for python, json in model.attribute_map.items()}
    for key, element in value.items():
        if key not in attributes:
            yield f"{where}: unknown member '{key}'"
        else:
            yield from complaint(element, model.openapi_types[attributes[key]], f"{where}.{key}")
    try:  # as to what must be there, the model knows
        model(**{attributes[key]: element for key, element in value.items() if key in attributes})
    except ValueError as error:
        yield f"{where}: {error}"


def model_of(thing):
    """The class for the object's apiVersion and kind; None: the API has none."""
    group, _, version = ("/" + thing["apiVersion"]).rpartition("/")
    group = group.strip("/").split(".", maxsplit=1)[0] or "core"
    version = version.capitalize()
    verbs = getattr(api, f"{group.capitalize()}{version}Api", None)
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", thing["kind"]).lower()
    if not any(hasattr(verbs, f"create_{scope}{name}") for scope in ("", "namespaced_")):
        return None
    return getattr(api, version + thing["kind"], None)


def check(path):
    with open(path, encoding="utf-8") as file:
        things = list(yaml.safe_load_all(file))
    for thing in things:
        where = f"{path}: {thing.get('kind')}"
        model = model_of(thing) if {"apiVersion", "kind"} <= thing.keys() else None
        if not model:
            yield f"{where}: no kind of {thing.get('apiVersion')}"
            continue
        yield from complaint_of_model(thing, model, where)
        if not thing.get("metadata", {}).get("name"):
            yield f"{where}: no metadata.name"
    if not things:
        yield f"{path}: nothing in it"


def main():
    wrong = [line for path in sys.argv[1:] for line in check(path)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
