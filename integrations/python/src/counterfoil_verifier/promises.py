"""Evaluates public promises again, by code that shares nothing with ours: the eight measures of docs/operate/promises.md.

Reads lines of JSON with a promise and a history, and writes the verdict on each:

    python3 -m counterfoil_verifier.promises < cases.jsonl
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import defaultdict
from typing import Any, Iterator

Json = dict[str, Any]
Broken = tuple[int, str, int]

_KEYS = ("rotation-on-time", "keys-below-ceiling", "next-key-ahead")
_LISTS = {
    "checkpoint-pace": "checkpoints",
    "witness-quorum": "cosigned",
    "revocation-effective": "revocations",
    "forgery-found": "forgeries",
    "correction-in-time": "corrections",
}


def _canonical(value: Any) -> str:
    """RFC 8785, for texts and integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def until(history: Json, time: int) -> Json:
    """What was known at a time; later knowledge changes nothing of it."""
    then: Json = {"as_of": time}
    then["keys"] = [
        {
            **key,
            "until": max(key["from"], min(key["until"], time)),
            "ended": key["ended"] if key["ended"] <= time else 0,
        }
        for key in history["keys"]
        if key["stated"] <= time
    ]
    for name in _LISTS.values():
        then[name] = [
            {**one, "answered": one["answered"] if one["answered"] <= time else 0} if "answered" in one else one
            for one in history[name]
            if one["at"] <= time
        ]
    return then


def _pace(times: dict[str, list[int]], ends: dict[str, int], since: int, bound: int, as_of: int) -> Iterator[Broken]:
    for what, unsorted in times.items():
        starts = sorted(unsorted)
        for begun, following in zip(starts, starts[1:] + [ends.get(what, as_of)]):
            first = max(begun, since)
            if following - first > bound:
                yield first + bound, what, following


def _ceiling(keys: list[Json], bound: int, as_of: int) -> Iterator[Broken]:
    for key in keys:
        end = min(key["until"], as_of)
        if end - key["from"] > bound:
            yield key["from"] + bound, key["kid"], end


def _ahead(keys: list[Json], bound: int, as_of: int) -> Iterator[Broken]:
    first: dict[str, int] = {}
    for key in keys:
        first[key["line"]] = min(key["from"], first.get(key["line"], key["from"]))
    for key in keys:
        if first[key["line"]] < key["from"] <= as_of and key["from"] - key["stated"] < bound:
            yield key["from"], key["kid"], key["stated"] + bound


def _waiting(cases: list[Json], bound: int, as_of: int) -> Iterator[Broken]:
    for case in cases:
        end = case["answered"] or as_of
        if end - case["at"] > bound:
            yield case["at"] + bound, case["id"], end


def verdict(promise: Json, history: Json) -> Json:
    """Kept, broken or unknown, when it was not kept, and the hash of what was looked at."""
    measure, bound, since, as_of = promise["measure"], promise["bound"], promise["since"], history["as_of"]
    rows = history["keys" if measure in _KEYS else _LISTS[measure]]
    times: dict[str, list[int]] = defaultdict(list)
    ends: dict[str, int] = {}
    broken: Iterator[Broken]
    if measure == "rotation-on-time":
        for key in rows:
            if key["from"] <= as_of:
                times[key["line"]].append(key["from"])
            if key["ended"]:
                ends[key["line"]] = min(key["ended"], ends.get(key["line"], key["ended"]))
        broken = _pace(times, ends, since, bound, as_of)
    elif measure == "keys-below-ceiling":
        broken = _ceiling(rows, bound, as_of)
    elif measure == "next-key-ahead":
        broken = _ahead(rows, bound, as_of)
    elif measure in ("checkpoint-pace", "witness-quorum"):
        for seen in rows:
            times[seen["log"]].append(seen["at"])
        broken = _pace(times, ends, since, bound, as_of)
    else:
        broken = _waiting(rows, bound, as_of)
    found = sorted(one for one in broken if one[0] >= since)
    inputs = _canonical({"as_of": as_of, "promise": promise, "rows": sorted(rows, key=_canonical)})
    return {
        "id": promise["id"],
        "state": "broken" if found else "kept" if rows else "unknown",
        "inputs": hashlib.sha256(inputs.encode()).hexdigest(),
        "broken": [{"what": what, "from": start, "until": end} for start, what, end in found],
    }


def main() -> None:
    for line in sys.stdin:
        case = json.loads(line)
        history = until(case["history"], case["history"]["as_of"])
        print(_canonical(verdict(case["promise"], history)))


if __name__ == "__main__":
    main()
