"""Players: one self-contained page to step through a forward and a backward pass, a quiz, and the same steps as pictures."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd import CONST, Value, topological_order
from autograd.files import write
from autograd.graph import pullback
from viz.dot import to_dot
from viz.scene import Scene
from viz.steps import Step, passes
from viz.style import number
from viz.text import printable

MAX_STEPS = 2000
"""More than that nobody clicks through."""


def player(root: Value, path: str | Path, *, title: str = "A backward pass, step by step", rankdir: str = "LR") -> Path:
    """Write a page that steps through the forward and then the backward pass of `root`, on a layout that does not move; returns its path.

    One HTML file, without network: buttons and arrow keys, play and speed, a slider, dark mode, text for screen readers.
    Raises ValueError for a constant, and for graphs of more than 2,000 steps.

    >>> import tempfile
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> page = player(a * b, Path(tempfile.mkdtemp()) / "backward.html")
    >>> "a gets 1 × -3 = -3" in page.read_text(encoding="utf-8")
    True
    """
    drawn, steps = checked_passes(root)
    return _page(Path(path), title, drawn, steps, rankdir)


def quiz(root: Value, path: str | Path, *, title: str = "Find the gradients", rankdir: str = "LR") -> Path:
    """Write the same page with every gradient blank: the learner's answers are checked, to 1%, or shown if asked for."""
    drawn, steps = checked_passes(root)
    grads = [(node.id, node.grad) for node in reversed(drawn.nodes[:-1]) if node.grad is not None and math.isfinite(node.grad)]
    return _page(Path(path), title, drawn, steps, rankdir, quiz=grads)


class TrainingPlayer:
    """Records how the same graph changes while a model trains, and writes it as a player with an epoch a step.

    `make_root` builds the graph anew from the model as it is, such as the loss of one sample. It is a callback of `nn.fit`;
    in a loop of your own call `record()`.

    >>> from nn import MLP, data, fit, losses
    >>> model, samples = MLP([2, 1], rng=0), data.moons(20, rng=0)
    >>> watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    >>> history = fit(model, samples, loss="bce_with_logits", epochs=3, rng=0, progress=False, callbacks=[watched])
    >>> len(watched.steps)
    3
    """

    def __init__(self, make_root: Callable[[], Value]) -> None:
        self.make_root = make_root
        self.steps: list[Step] = []
        self._root: Value | None = None
        self._shape: list[Any] = []

    def __call__(self, model: Any, history: Any) -> None:
        last = history[-1]
        self.record(f"After epoch {last.epoch + 1}: loss {last.loss:.4g}")

    def record(self, text: str = "") -> None:
        """Take note of the graph as it is now. Raises ValueError if it is not the one of before."""
        root = self.make_root()
        order = topological_order(root)
        shape = [(node.op, len(node.inputs)) for node in order]
        if self._root is not None and shape != self._shape:
            raise ValueError("TrainingPlayer draws one graph, but make_root() built another one than before: it must not branch on numbers")
        self._root, self._shape = root, shape
        grad_of = dict(zip(*pullback(root, 1.0)))
        shown = [(f"v{i}", node) for i, node in enumerate(order) if node.op is not CONST]
        data = tuple((id, number(node.data)) for id, node in shown)
        grad = tuple((id, number(grad_of[node])) for id, node in shown)
        self.steps.append(Step("epoch", text or f"Record {len(self.steps) + 1}", data=data, grad=grad))

    def write(self, path: str | Path, *, title: str = "A training, epoch by epoch", rankdir: str = "LR") -> Path:
        """Write the page; returns its path. Raises ValueError if nothing was recorded."""
        if self._root is None:
            raise ValueError("TrainingPlayer has recorded nothing: give it to fit(callbacks=[...]), or call record()")
        drawn, _ = checked_passes(self._root)
        return _page(Path(path), title, drawn, self.steps, rankdir)


def checked_passes(root: Value) -> tuple[Scene, list[Step]]:
    """`passes`, for graphs that a page can hold."""
    if not isinstance(root, Value):
        raise TypeError(f"a player steps through the graph of a Value, got {type(root).__name__}: pass its root, e.g. the loss")
    size = sum(len(node.inputs) for node in topological_order(root))
    if size > MAX_STEPS:
        raise ValueError(f"a player takes graphs of at most {MAX_STEPS:,} edges, this one has {size:,}: take one sample, or one neuron")
    return passes(root)


def _page(path: Path, title: str, drawn: Scene, steps: list[Step], rankdir: str, quiz: list[tuple[str, float]] | None = None) -> Path:
    drawing = to_dot(drawn, rankdir=rankdir, theme="auto")
    svg = re.sub(r"^.*?(?=<svg\b)", "", drawing.pipe("svg").decode(), count=1, flags=re.S)
    content = {
        "steps": [{"text": s.text, "node": s.node, "edge": s.edge, "data": s.data, "grad": s.grad} for s in steps],
        "names": {node.id: printable(node.title or node.id, 40) for node in drawn.nodes},
        "quiz": quiz,
    }
    steps_text = json.dumps(content, allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")  # nothing in it can end the script
    parts = {"TITLE": html.escape(printable(title, 200)), "SVG": svg, "STEPS": steps_text}
    template = (Path(__file__).parent / "player.html").read_text(encoding="utf-8")
    write(path, re.sub("@([A-Z]+)@", lambda match: parts[match[1]], template).encode())
    return path
