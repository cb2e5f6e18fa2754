"""Answers rows on standard input as docs/content.md describes the shuffled order: a JSON list of [id, cycle, count] in, the
order of each out, all numbers from 1."""

import hashlib
import json
import sys


def by_digest(campaign, cycle, count):
    return sorted(range(1, count + 1), key=lambda n: hashlib.sha256(f"{campaign}/{cycle}/{n}".encode()).digest())


def order(campaign, cycle, count):
    if count == 2:
        cycle = 1
    turns = by_digest(campaign, cycle, count)
    if count > 2 and cycle > 1 and by_digest(campaign, cycle - 1, count)[-1] == turns[0]:
        turns[0], turns[1] = turns[1], turns[0]
    return turns


json.dump([order(*row) for row in json.load(sys.stdin)], sys.stdout)
