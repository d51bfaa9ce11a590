"""Where keys and slots belong, written from docs/ring.md alone, with nothing of Ringway.

Reads one JSON object from standard input:
    {"members": [{"id": "w-1", "weight": 1}, ...], "keys": ["user:alice", ...], "slots": 16384}
and writes one to standard output:
    {"keys":    [{"crc32": ..., "slot": ..., "target": "w-1" or null}, ...],
     "points":  {"w-1": [ascending points], ...},
     "targets": [target of each slot],
     "successors": [successor of each slot]}
"""

import bisect
import hashlib
import json
import math
import re
import struct
import sys
import zlib


def hash_of(key):
    return zlib.crc32(re.sub("[\ud800-\udfff]", "\ufffd", key).encode("utf-8"))


def points_of(member):
    vnodes = max(1, math.floor(member["weight"] * 160 + 0.5))
    points = []
    for number in range(vnodes):
        digest = hashlib.md5(f"{member['id']}-{number}".encode("ascii")).digest()
        points.extend(struct.unpack("<4I", digest))
    return sorted(points)


def order_at(circle, position):
    """The target and the successor of `position`."""
    start = bisect.bisect_left(circle, (position, ""))
    order = []
    for step in range(len(circle)):
        member = circle[(start + step) % len(circle)][1]
        if member not in order:
            order.append(member)
        if len(order) == 2:
            break
    return order + [None] * (2 - len(order))


def main():
    asked = json.load(sys.stdin)
    slots = asked["slots"]
    width = 2**32 // slots
    points = {member["id"]: points_of(member) for member in asked["members"]}
    circle = sorted((point, member) for member, own in points.items() for point in own)
    orders = [order_at(circle, slot * width + width // 2) for slot in range(slots)]
    keys = []
    for key in asked["keys"]:
        crc32 = hash_of(key)
        slot = crc32 // width
        keys.append({"crc32": crc32, "slot": slot, "target": orders[slot][0]})
    json.dump(
        {
            "keys": keys,
            "points": points,
            "targets": [order[0] for order in orders],
            "successors": [order[1] for order in orders],
        },
        sys.stdout,
    )


main()
