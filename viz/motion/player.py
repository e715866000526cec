"""Players: one self-contained page to step through a forward and a backward pass, a quiz, and the same steps as pictures."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from autograd import Value, topological_order
from autograd.checks import shown
from autograd.files import write
from viz.graph.cards import edge_look
from viz.graph.dot import RankDir, to_dot
from viz.graph.scene import Scene, scene
from viz.motion.pages import Page
from viz.motion.steps import Step, after_backward, expect_fresh, passes
from viz.style import LIGHT, Scale, number
from viz.text import printable

MAX_STEPS = 2000
"""More than that nobody clicks through."""

TITLE = "A backward pass, step by step"
QUIZ_TITLE = "Find the gradients"


def player(root: Value, path: str | Path, *, title: str = TITLE, rankdir: RankDir = "LR") -> Page:
    """Write a page that steps through the forward and then the backward pass of `root`, on a layout that does not move; returns its path.

    One HTML file, without network: buttons and arrow keys, play and speed, a slider, dark mode, text for screen readers.
    Raises ValueError for a constant, and for graphs of more than 2,000 steps.

    >>> import tempfile
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> page = player(a * b, Path(tempfile.mkdtemp()) / "backward.html")
    >>> "a gets 1 × −3 = −3" in page.read_text(encoding="utf-8")
    True
    """
    write(Path(path), player_page(root, title=title, rankdir=rankdir).encode())
    return Page(path)


def quiz(root: Value, path: str | Path, *, title: str = QUIZ_TITLE, rankdir: RankDir = "LR") -> Page:
    """Write the same page with every gradient blank: the learner's answers are checked, to 1%, or shown if asked for."""
    write(Path(path), quiz_page(root, title=title, rankdir=rankdir).encode())
    return Page(path)


def player_page(root: Value, *, title: str = TITLE, rankdir: RankDir = "LR") -> str:
    """The page that `player` writes."""
    drawn, steps = checked_passes(root)
    return _page(title, drawn, list(map(asdict, steps)), rankdir)


def quiz_page(root: Value, *, title: str = QUIZ_TITLE, rankdir: RankDir = "LR") -> str:
    """The page that `quiz` writes."""
    drawn, steps = checked_passes(root)
    asked = [node for node in reversed(drawn.nodes[:-1]) if node.grad is not None]
    grads = [(node.id, node.grad) for node in asked if math.isfinite(node.grad or 0.0)]
    return _page(title, drawn, list(map(asdict, steps)), rankdir, quiz=grads)


class TrainingPlayer:
    """Records how the same graph changes while a model trains, and writes it as a player with an epoch a step.

    `make_root` builds the graph anew from the model as it is, such as the loss of one sample. It is a callback of `nn.fit`;
    in a loop of your own call `record()`. Each epoch has its own data, gradients and slopes, in colours of one scale.

    >>> from nn import MLP, data, fit, losses
    >>> model, samples = MLP([2, 1], rng=0), data.moons(20, rng=0)
    >>> watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    >>> history = fit(model, samples, loss="bce_with_logits", epochs=3, rng=0, progress=False, callbacks=[watched])
    >>> len(watched.scenes)
    3
    """

    def __init__(self, make_root: Callable[[], Value]) -> None:
        if not callable(make_root):
            raise TypeError(
                f"TrainingPlayer takes a function that builds the graph anew, as in lambda: loss(model(x), y), got {shown(make_root)}"
            )
        self.make_root = make_root
        self.scenes: list[Scene] = []
        self.texts: list[str] = []

    def __repr__(self) -> str:
        last = f", the last: {shown(self.texts[-1], 80)}" if self.texts else ""
        return f"TrainingPlayer({len(self.scenes):,} recorded{last})"

    def __call__(self, model: Any, history: Any) -> None:
        last = history[-1]
        self.record(f"Epoch {last.epoch}: loss {last.loss:.4g}")

    def record(self, text: str = "") -> None:
        """Take note of the graph as it is now, under a text. ValueError if it is stale, or another than before (constants count)."""
        root = self.make_root()
        check_size(root)
        plain = scene(root)
        expect_fresh(plain, topological_order(root))
        drawn = after_backward(plain, root)
        if self.scenes and _fixed(drawn) != _fixed(self.scenes[0]):
            raise ValueError(
                "TrainingPlayer draws one graph, but make_root() built another one than before: let it take the same sample each "
                "time, branch on no numbers and draw none at random (model.eval() turns Dropout off)"
            )
        self.scenes.append(drawn)
        self.texts.append(str(text) or f"Record {len(self.scenes)}")

    def write(
        self,
        path: str | Path,
        *,
        title: str = "A training, epoch by epoch",
        rankdir: RankDir = "LR",
    ) -> Page:
        """Write the page; returns its path. Raises ValueError if nothing was recorded."""
        if not self.scenes:
            raise ValueError("TrainingPlayer has recorded nothing: give it to fit(callbacks=[...]), or call record()")
        page = _page(title, self.scenes[-1], _epochs(self.scenes, self.texts), rankdir)
        write(Path(path), page.encode())
        return Page(path)


def _fixed(drawn: Scene) -> list[Any]:
    """What stays the same while a model trains: ops, edges and constants."""
    nodes = [(node.op, repr(node.data) if node.kind == "constant" else "") for node in drawn.nodes]
    return [*nodes, *[(edge.source, edge.target) for edge in drawn.edges]]


def _epochs(scenes: list[Scene], texts: list[str]) -> list[dict[str, Any]]:
    """For each scene its sentence, what its cards show, and how its cards and edges look, all on one scale."""
    grads = Scale.of(chain.from_iterable(drawn.grads for drawn in scenes))
    slopes = Scale.of(chain.from_iterable(drawn.slopes for drawn in scenes))
    steps = []
    for drawn, text in zip(scenes, texts):
        cards = [node for node in drawn.nodes if node.kind != "constant"]
        looks = [edge_look(edge, LIGHT, slopes) for edge in drawn.edges]
        steps.append(
            {
                "text": text,
                "data": [(node.id, number(node.data)) for node in cards],
                "grad": [(node.id, number(node.grad or 0.0)) for node in cards],
                "fills": {node.id: LIGHT.fill(node.grad, grads) for node in cards},
                "edges": {f"e{i}": [look.text, look.text_colour, look.colour, look.width, look.dashed] for i, look in enumerate(looks)},
            }
        )
    return steps


def check_size(root: Value) -> None:
    """Raise TypeError for what is no graph, ValueError for one that no page can hold."""
    if not isinstance(root, Value):
        raise TypeError(f"a player steps through the graph of a Value, got {type(root).__name__}: pass its root, e.g. the loss")
    size = sum(len(node.inputs) for node in topological_order(root))
    if size > MAX_STEPS:
        raise ValueError(f"a player takes graphs of at most {MAX_STEPS:,} edges, this one has {size:,}: take one sample, or one neuron")


def checked_passes(root: Value) -> tuple[Scene, list[Step]]:
    """`passes`, for graphs that a page can hold."""
    check_size(root)
    return passes(root)


def _page(
    title: str,
    drawn: Scene,
    steps: list[dict[str, Any]],
    rankdir: RankDir,
    quiz: list[tuple[str, float | None]] | None = None,
) -> str:
    drawing = to_dot(drawn, rankdir=rankdir, theme="auto")
    svg = re.sub(r"^.*?(?=<svg\b)", "", drawing.pipe("svg").decode(), count=1, flags=re.S)
    names = {node.id: printable(node.name, 60) for node in drawn.nodes}
    content = {"steps": steps, "names": names, "quiz": quiz}
    steps_text = json.dumps(content, allow_nan=False, ensure_ascii=False)
    template = (Path(__file__).parent / "player.html").read_text(encoding="utf-8")
    parts = {
        "TITLE": html.escape(printable(str(title), 200)),
        "SVG": svg,
        "STEPS": steps_text.replace("<", "\\u003c"),  # nothing in it can end the script
        "SCRIPTS": _hashes(template, "script"),
        "STYLES": f"{_hashes(template, 'style')} {_hashes(svg, 'style')}",
    }
    return re.sub("@([A-Z]+)@", lambda match: parts[match[1]], template)


def _hashes(source: str, tag: str) -> str:
    """What a policy of content lets run or apply: these scripts or styles, and nothing else.

    >>> _hashes("<style>a</style>", "style")
    "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"
    """
    found = re.findall(f"<{tag}>(.*?)</{tag}>", source, flags=re.S)
    digests = [hashlib.sha256(text.encode()).digest() for text in found]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
