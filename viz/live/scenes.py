"""The states in which the scenes begin, and what is written into the page to be seen at once."""

from __future__ import annotations

from typing import Any, Final

from viz.live.session import Session
from viz.live.state import State

KNOB: Final = State(
    sizes=(1, 1),
    activations=("tanh",),
    layers=((((-0.4,), 0.3),),),
    x=(1.5,),
    y=(0.8,),
    rate=0.5,
)
"""One neuron with one input: the smallest network that has something to learn."""

STARTS: Final[dict[str, State]] = {
    "knob": KNOB,
    "chain": KNOB,
    "net": State().drawn(),
    "downhill": State(
        sizes=(2, 6, 1), data="moons", rate=0.1, seed=1
    ).drawn(),
    "breaks": State(
        sizes=(2, 4, 4, 4, 4, 4, 4, 1), activations=(*["sigmoid"] * 6, "identity"), seed=2
    ).drawn(),
    "noisy": State(
        sizes=(2, 8, 8, 1), activations=("tanh", "tanh", "identity"), loss="bce_with_logits",
        data="noisy moons", rate=1.0,
    ).drawn(),
}  # fmt: skip
"""The state in which each scene begins, by the name that the page uses for it.

Noisy moons are a second start for the scene on what breaks.
"""

PINNED: Final = "layers.0.neurons.0.w.0"
"""The number that the first scene is about."""


def baked() -> dict[str, Any]:
    """Everything the first scenes show, computed here, so that they can be read without Python.

    >>> sorted(baked())
    ['cards', 'scalars', 'slice', 'starts', 'view', 'why']
    """
    session = Session(KNOB)
    asked: dict[str, dict[str, Any]] = {
        "view": {"do": "view"},
        "cards": {"do": "cards"},
        "scalars": {"do": "scalars"},
        "slice": {"do": "slice", "ref": PINNED},
        "why": {"do": "why", "ref": PINNED},
    }
    starts = {name: state.to_plain() for name, state in STARTS.items()}
    return {name: session.ask(request) for name, request in asked.items()} | {"starts": starts}
