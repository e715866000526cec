"""A training as a page: the same graph, epoch by epoch, beside the curve of its loss."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from autograd import Value
from autograd.checks import as_float, shown
from autograd.saving import Target
from viz.graph.cards import edge_look
from viz.graph.dot import RankDir
from viz.graph.scene import Scene
from viz.motion.curve import Curve
from viz.motion.pages import Page
from viz.motion.player import page_of
from viz.motion.steps import after_backward, checked
from viz.style import LIGHT, Scale, brief, number, stroke
from viz.text import printable

TITLE = "A training, epoch by epoch"


@dataclass(frozen=True)
class Moment:
    """What was recorded: the graph after a backward pass, the number of the epoch, and its loss."""

    drawn: Scene
    text: str
    count: int
    loss: float
    unit: str


class TrainingPlayer:
    """Records how the same graph changes while a model trains: a page with one epoch per step.

    `make_root` builds the graph again from the current model, for example the loss of one sample.
    The player is a callback of `nn.fit`; in a loop of your own call `record()`. Each epoch has its
    own data, gradients and slopes, all coloured on one scale; the curve of the loss stands beside
    them. As the last line of a cell the player shows its page.

    >>> from nn import MLP, data, fit, losses
    >>> model, samples = MLP([2, 1], rng=0), data.moons(20, rng=0)
    >>> watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    >>> settings = dict(loss="bce_with_logits", epochs=3, rng=0, progress=False)
    >>> history = fit(model, samples, callbacks=[watched], **settings)
    >>> len(watched.scenes)
    3
    """

    def __init__(self, make_root: Callable[[], Value]) -> None:
        if not callable(make_root):
            expected = "TrainingPlayer takes a function that builds the graph again"
            example = "as in lambda: loss(model(x), y)"
            raise TypeError(f"{expected}, {example}, got {shown(make_root)}")
        self.make_root = make_root
        self.moments: list[Moment] = []

    def __repr__(self) -> str:
        last = f", the last: {shown(self.moments[-1].text, 80)}" if self.moments else ""
        return f"TrainingPlayer({len(self.moments):,} recorded{last})"

    def __call__(self, model: Any, history: Any) -> None:
        last, root = history[-1], self.make_root()
        # The two losses differ: one is over all samples, the other is that of the drawn graph.
        text = f"Epoch {last.epoch}: training loss {brief(last.loss)} (mean of all samples)"
        if isinstance(root, Value):
            text += f"; the graph below gives {brief(root.data)}"
        self._record(root, text, last.epoch, last.loss, "epoch")

    @property
    def scenes(self) -> list[Scene]:
        """The recorded graphs."""
        return [moment.drawn for moment in self.moments]

    def record(self, text: str = "", loss: float | None = None) -> None:
        """Record the graph as it is now, with a text and the loss that the curve shows.

        Without a loss, that is the output of the graph. Raises ValueError if the graph is stale, or
        differs from the one before (constants count).
        """
        count = len(self.moments) + 1
        self._record(self.make_root(), str(text) or f"Record {count}", count, loss, "record")

    def _record(self, root: Value, text: str, count: int, loss: float | None, unit: str) -> None:
        if not isinstance(root, Value):
            wanted = "TrainingPlayer needs make_root() to return a Value, such as the loss"
            raise TypeError(f"{wanted}, got {shown(root)}: return the root of the graph")
        drawn = after_backward(checked(root, "TrainingPlayer"))
        if self.moments and _fixed(drawn) != _fixed(self.moments[0].drawn):
            raise ValueError(
                "TrainingPlayer draws one graph, but make_root() built a different one than "
                "before: it must take the same sample each time, and not branch on numbers or draw "
                "any at random (model.eval() turns Dropout off)"
            )
        loss = root.data if loss is None else as_float(loss, "record(loss)")
        self.moments.append(Moment(drawn, text, count, loss, unit))

    def page(self, *, title: str = TITLE, rankdir: RankDir = "LR") -> Page:
        """The page. Raises ValueError if nothing was recorded."""
        if not self.moments:
            remedy = "give it to fit(callbacks=[...]), or call record()"
            raise ValueError(f"TrainingPlayer has recorded nothing: {remedy}")
        losses = [moment.loss for moment in self.moments]
        counts = [str(moment.count) for moment in self.moments]
        curve = Curve(losses, counts, self.moments[0].unit)
        steps = _as_steps(self.moments, curve.points)
        return page_of(title, self.moments[-1].drawn, steps, rankdir, curve=curve.svg, fitted=True)

    def save(self, path: Target, *, title: str = TITLE, rankdir: RankDir = "LR") -> Path:
        """Write the page, with any folders it needs, and return its path.

        Raises ValueError if nothing was recorded, or if the name does not end in .html or .htm.
        """
        return self.page(title=title, rankdir=rankdir).save(path)

    def _repr_html_(self) -> str:
        if self.moments:
            return self.page()._repr_html_()
        return f"<code>{html.escape(repr(self))}</code>"


def _fixed(drawn: Scene) -> list[Any]:
    """What stays the same while a model trains: ops, edges and constants."""
    fixed: list[Any] = [(edge.source, edge.target) for edge in drawn.edges]
    for node in drawn.nodes:
        fixed.append((node.op, repr(node.data) if node.kind == "constant" else ""))
    return fixed


def _as_steps(
    moments: Sequence[Moment], points: Sequence[tuple[float, float | None]]
) -> list[dict[str, Any]]:
    """For each moment its sentence, what its cards show, and how cards and edges look.

    All colours and widths use the same scale.
    """
    grads = Scale.of(chain.from_iterable(moment.drawn.grads for moment in moments))
    slopes = Scale.of(chain.from_iterable(moment.drawn.slopes for moment in moments))
    steps = []
    for moment, point in zip(moments, points):
        cards = [node for node in moment.drawn.nodes if node.kind != "constant"]
        looks = {}
        for i, edge in enumerate(moment.drawn.edges):
            look = edge_look(edge, LIGHT, slopes)
            looks[f"e{i}"] = [look.text, look.text_colour, look.colour, look.width, look.dashed]
        steps.append(
            {
                "text": printable(moment.text, 300),
                "count": moment.count,
                "point": point,
                "data": [(node.id, number(node.data)) for node in cards],
                "grad": [(node.id, number(node.grad or 0.0)) for node in cards],
                "fills": {node.id: LIGHT.fill(node.grad, grads) for node in cards},
                "dashed": [node.id for node in cards if stroke(node.grad) == "dashed"],
                "edges": looks,
            }
        )
    return steps
