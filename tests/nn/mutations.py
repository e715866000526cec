"""Seeded damage to model files: to their bytes, to their words, and to the tree that they spell."""

import copy
import json
import re

HOSTILE = [
    None, True, False, 0, 1, -1, 1e308, 5e-324, -0.0, 2**63, 10**19, "", "x", "tanh", "Layer", "\ud800", "é\u0000", [], [[]], {}, [0.5],
    [True], ["1.0"], {"type": "Layer"}, {"type": "Sequential", "layers": []}, {"type": "Dropout", "p": 2.0}, {"": 1.0},
]  # fmt: skip
WORDS = [
    "NaN", "-Infinity", "1e999", "1" * 30, "1" * 5000, "true", "null", '""', '"\\ud800"', "[]", "{}", "-0", "01", "[" * 40, "]" * 9,
    "[" * 2000 + "]" * 2000, ",", ":", '"type":', '{"type": "Dropout", "p": 0.5}', "\x00", "\ufeff", "//", "'", "1.0e", "\\",
]  # fmt: skip
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[-+.\w]+|[^\s\w]')


def in_bytes(content, rng):
    """A flipped bit, bytes missing, doubled, added or swapped."""
    a, b = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    b = min(b, a + rng.choice([1, 1, 2, 8, 64, len(content)]))
    piece = content[a:b]
    new = rng.choice(
        [
            bytes([byte ^ 1 << rng.randrange(8) for byte in piece[:1]]) + piece[1:],
            b"",
            piece + piece,
            rng.randbytes(rng.randrange(1, 5)),
            piece[::-1],
            rng.choice(WORDS).encode(),
        ]
    )
    return content[:a] + new + content[b:]


def in_words(content, rng):
    """Two words of the text exchanged, or one replaced by another, by a hostile one or by nothing."""
    text = content.decode()
    spans = [match.span() for match in TOKEN.finditer(text)]
    (a, b), (c, d) = sorted(rng.choices(spans, k=2))
    return rng.choice(
        [
            text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:] if b <= c else text,
            text[:a] + text[c:d] + text[b:],
            text[:a] + rng.choice(WORDS) + text[b:],
            text[:a] + text[b:],
        ]
    ).encode()


def in_tree(content, rng):
    """A value replaced by a hostile one or by another of the tree; a key or an element gone, added, or there twice."""
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


WAYS = {"bytes": in_bytes, "words": in_words, "tree": in_tree}
