"""Seeded damage to files: to their bytes, to their words, and to what is inside.

`WAYS` has for each format the ways to damage one: functions of its content and a generator.
"""

import copy
import io
import json
import re
import zipfile

HOSTILE = [
    *(None, True, False, 0, 1, -1, 1e308, 5e-324, -0.0, 2**63, 10**19),
    *("", "x", "tanh", "Layer", "\ud800", "é\u0000"),
    *([], [[]], {}, [0.5], [True], ["1.0"], {"": 1.0}),
    {"type": "Layer"},
    {"type": "Sequential", "layers": []},
    {"type": "Dropout", "p": 2.0},
]
WORDS = [
    *("NaN", "-Infinity", "1e999", "1" * 30, "1" * 5000, "true", "null", "-0", "01", "1.0e"),
    *('""', '"\\ud800"', "[]", "{}", "[" * 40, "]" * 9, "[" * 2000 + "]" * 2000),
    *(",", ":", ";", '"', "'", '"type":', '{"type": "Dropout", "p": 0.5}'),
    *("\x00", "\ufeff", "//", "#", "\\", "\r", "\n", "\t"),
]
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[-+.\w]+|[^\s\w]')


def in_bytes(content, rng):
    """A flipped bit, bytes missing, doubled, added or swapped."""
    a, b = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    b = min(b, a + rng.choice([1, 1, 2, 8, 64, len(content)]))
    piece = content[a:b]
    flipped = bytes([byte ^ 1 << rng.randrange(8) for byte in piece[:1]]) + piece[1:]
    added = rng.randbytes(rng.randrange(1, 5))
    word = rng.choice(WORDS).encode()
    new = rng.choice([flipped, b"", piece + piece, added, piece[::-1], word])
    return content[:a] + new + content[b:]


def in_words(content, rng):
    """Two words exchanged, or one replaced by another, by a hostile one or by nothing."""
    text = content.decode()
    spans = [match.span() for match in TOKEN.finditer(text)]
    (a, b), (c, d) = sorted(rng.choices(spans, k=2))
    exchanged = text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:] if b <= c else text
    repeated = text[:a] + text[c:d] + text[b:]
    hostile = text[:a] + rng.choice(WORDS) + text[b:]
    return rng.choice([exchanged, repeated, hostile, text[:a] + text[b:]]).encode()


def in_tree(content, rng):
    """A value replaced by a hostile one or another of the tree; a key gone, added, or twice."""
    tree = json.loads(content)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        places = list(_places(tree))
        if not places:
            break
        holder, key = rng.choice(places)
        other_holder, other_key = rng.choice(places)
        new = copy.deepcopy(rng.choice([rng.choice(HOSTILE), other_holder[other_key]]))
        kind = rng.randrange(5)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, list):
            holder.insert(key, new)
        elif kind == 1:
            holder[rng.choice([f"{key}s", "", "W", "layers", "\ud800"])] = new
        elif kind == 2 and isinstance(holder[key], float):
            holder[key] *= rng.choice([-1.0, 0.0, 1e300, 1e-300, 2.0])
        else:
            holder[key] = new
    return json.dumps(tree).encode()


def _places(x):
    """Every place in a tree: what holds it, and its key or index there."""
    for key, part in list(x.items() if isinstance(x, dict) else enumerate(x)):
        yield x, key
        if isinstance(part, (dict, list)):
            yield from _places(part)


def in_members(content, rng):
    """Files of an archive damaged, renamed, left out or there twice; its checksums fit."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    for _ in range(rng.choice([1, 1, 2])):
        k = rng.randrange(len(members)) if members else 0
        kind = rng.randrange(8)
        if not members:
            break
        name, inside = members[k]
        if kind == 0:
            del members[k]
        elif kind == 1:
            members.append((rng.choice([name, "x.npy", "", "../W.npy", "W"]), inside))
        elif kind == 2:
            members[k] = members[rng.randrange(len(members))][0], inside
        else:
            head = len(inside) if kind == 3 else 128  # more often in the header
            members[k] = name, in_bytes(inside[:head], rng) + inside[head:]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, inside in members:
            archive.writestr(zipfile.ZipInfo(name), inside)
    return buffer.getvalue()


def in_header(content, rng):
    """The JSON header of a safetensors file damaged, its length written anew to fit it."""
    length = int.from_bytes(content[:8], "little")
    header, rest = content[8 : 8 + length].rstrip(), content[8 + length :]
    damaged = rng.choice([in_tree, in_tree, in_words])(header, rng)
    return len(damaged).to_bytes(8, "little") + damaged + rest


WAYS = {
    "json": {"bytes": in_bytes, "words": in_words, "tree": in_tree},
    "npz": {"bytes": in_bytes, "members": in_members},
    "safetensors": {"bytes": in_bytes, "header": in_header},
    "csv": {"bytes": in_bytes, "words": in_words},
}
