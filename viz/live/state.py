"""What a learner has built: a network, a sample, data and settings, as frozen data and as JSON.

A state is everything a page must keep in order to come back: it is what an address with a hash
holds, and what undo returns to. Everything shown is computed from it.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from operator import attrgetter
from typing import Any, Final, TypeAlias, cast

from autograd.checks import shown
from nn import Layer, data
from nn.data import Dataset
from nn.init import INITIALIZERS
from nn.layers import ActivationName, Init

VERSION: Final = 2
"""The version of the JSON: a page says so if it cannot read it."""

NEW_IN_2: Final[dict[str, Any]] = {"l2": 0.0, "dropout": 0.0}
"""What a page of version 1 does not contain, with the values of that time: it can still be read."""

MOST_HIDDEN: Final = 6
MOST_UNITS: Final = 8
MOST_ENDS: Final = 4
"""The most hidden layers, units in each, and inputs or outputs: there is no room for more."""

MOST_POINTS: Final = 400
LARGEST: Final = 1e6
"""The largest number that a knob takes."""

ACTIVATIONS: Final = (
    "identity", "tanh", "sigmoid", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sin",
)  # fmt: skip
LOSSES: Final = ("mse", "mae", "huber", "hinge", "bce_with_logits", "cross_entropy")

Neuron: TypeAlias = "tuple[tuple[float, ...], float]"
"""The weights of a neuron, and its bias."""

Point: TypeAlias = "tuple[float, float, int]"
"""Two features of a sample, and its class."""

TESTED: Final = 100
"""The number of points in the test data."""

Both: TypeAlias = "tuple[Dataset | None, Dataset | None]"
"""Training data and test data, if there are any."""


def _both(make: Callable[..., Dataset], n: int, seed: int) -> Both:
    """Data from that seed, and test data from another one, which no training sees."""
    return make(n, rng=seed), make(TESTED, rng=seed + 1_000_003)


_noisy_moons = partial(data.moons, noise=0.35)
_two_spirals = partial(data.spirals, classes=2)

DATA: Final[dict[str, Callable[[int], Both]]] = {
    "none": lambda seed: (None, None),
    "xor": lambda seed: (data.xor(), None),
    "moons": lambda seed: _both(data.moons, 100, seed),
    "noisy moons": lambda seed: _both(_noisy_moons, 20, seed),
    "circles": lambda seed: _both(data.circles, 100, seed),
    "spirals": lambda seed: _both(_two_spirals, 100, seed),
}
"""The data sets by name, each from a seed; learners add points of their own.

Noisy moons are few, and overlap: whatever fits all of them is wrong about others.
"""


class SessionError(ValueError):
    """A request that cannot be met; the message is for the learner."""


@dataclass(frozen=True)
class State:
    """Everything that a learner can change.

    `sizes` counts the units of each layer, inputs first; `activations` has a name for each layer
    after that, and `layers` its neurons. `x` and `y` are a sample, inputs and targets; for
    cross_entropy there is one target, the index of the right class. For training, `l2` is the
    weight of the penalty Σp², and `dropout` the share of hidden units that each sample leaves out.
    """

    sizes: tuple[int, ...] = (2, 3, 1)
    activations: tuple[str, ...] = ("tanh", "identity")
    layers: tuple[tuple[Neuron, ...], ...] = ()
    x: tuple[float, ...] = (1.0, -1.0)
    y: tuple[float, ...] = (1.0,)
    loss: str = "mse"
    rate: float = 0.1
    batch: int = 10
    seed: int = 0
    init: str = "auto"
    data: str = "none"
    points: tuple[Point, ...] = ()
    epoch: int = 0
    l2: float = 0.0
    dropout: float = 0.0

    def drawn(self) -> State:
        """The state with weights drawn again from its seed."""
        rng = random.Random(self.seed)
        layers = []
        for inputs, units, activation in zip(self.sizes, self.sizes[1:], self.activations):
            layer = Layer(
                inputs, units, cast(ActivationName, activation), init=cast(Init, self.init), rng=rng
            )
            drawn = [tuple(map(attrgetter("data"), neuron.w)) for neuron in layer.neurons]
            layers.append(tuple([(weights, 0.0) for weights in drawn]))
        return replace(self, layers=tuple(layers), epoch=0)

    def reshaped(self, sizes: Sequence[int], activations: Sequence[str]) -> State:
        """The state with another network, and a sample that fits it."""
        x = (*self.x, *[0.0] * sizes[0])[: sizes[0]]
        fresh = replace(self, sizes=tuple(sizes), activations=tuple(activations), x=x)
        return fresh.with_targets().drawn()

    def with_targets(self) -> State:
        """The state with as many targets as its loss takes."""
        count = 1 if self.loss == "cross_entropy" else self.sizes[-1]
        y = (*self.y, *[0.0] * count)[:count]
        if self.loss == "cross_entropy":
            y = (float(min(max(round(y[0]), 0), self.sizes[-1] - 1)),)
        return replace(self, y=y)

    def to_plain(self) -> dict[str, Any]:
        """The state as JSON can hold it."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_plain(cls, plain: Any) -> State:
        """The state in plain data of `to_plain`; for other data, a SessionError says what is wrong.

        >>> State.from_plain(State().drawn().to_plain()) == State().drawn()
        True
        """
        if not isinstance(plain, Mapping):
            raise SessionError("this is not a saved page: it holds no settings")
        if plain.get("version") == 1:
            plain = {**NEW_IN_2, **plain, "version": VERSION}
        if plain.get("version") != VERSION:
            version = shown(plain.get("version"), 20)
            raise SessionError(f"this page was saved by version {version}, and this is {VERSION}")
        known = {field.name for field in fields(cls)}
        if plain.keys() - {"version"} != known:
            raise SessionError(f"a saved page has {', '.join(sorted(known))}")
        try:
            return _checked(cls(**{name: _frozen(plain[name]) for name in known}))
        except (TypeError, ValueError, IndexError, RecursionError) as error:
            raise SessionError(f"this saved page is damaged: {str(error)[:120]}") from None


def _frozen(x: Any) -> Any:
    """Lists as tuples, so that states are immutable data."""
    return tuple(map(_frozen, x)) if isinstance(x, (list, tuple)) else x


def _checked(state: State) -> State:
    """The state, if all of its parts are valid."""
    checked_shape(state.sizes, state.activations)
    for layer, (inputs, units) in zip(state.layers, zip(state.sizes, state.sizes[1:])):
        if len(layer) != units or any(len(weights) != inputs for weights, _ in layer):
            raise ValueError("the weights do not fit the network")
        for weights, bias in layer:
            for number in (*weights, bias):
                finite(number, "a weight")
    if len(state.layers) != len(state.sizes) - 1:
        raise ValueError("the weights do not fit the network")
    for number in (*state.x, *state.y):
        finite(number, "a number of the sample")
    fitting = state.with_targets()
    if len(state.x) != state.sizes[0] or fitting.y != state.y:
        raise ValueError("the sample does not fit the network")
    chosen(state.loss, LOSSES, "loss")
    chosen(state.init, ("auto", *INITIALIZERS), "init")
    chosen(state.data, tuple(DATA), "data")
    positive(state.rate, "the learning rate")
    whole(state.batch, 1, MOST_POINTS, "the batch")
    whole(state.seed, 0, 2**31, "the seed")
    whole(state.epoch, 0, 2**31, "the epoch")
    share(state.l2, "the weight of L2")
    share(state.dropout, "the share of dropout")
    checked_points(state.points)
    return state


def checked_shape(sizes: Sequence[Any], activations: Sequence[Any]) -> None:
    """Raise SessionError for a network that the page has no room for."""
    if not 2 <= len(sizes) <= MOST_HIDDEN + 2:
        raise SessionError(
            f"a network here has 0 to {MOST_HIDDEN} hidden layers, not {_hidden(sizes)}"
        )
    for i, size in enumerate(sizes):
        most = MOST_ENDS if i in (0, len(sizes) - 1) else MOST_UNITS
        whole(size, 1, most, f"layer {i} of the network")
    if len(activations) != len(sizes) - 1:
        raise SessionError("each layer after the inputs has one activation")
    for activation in activations:
        chosen(activation, ACTIVATIONS, "activation")


def _hidden(sizes: Sequence[Any]) -> str:
    return f"{max(0, len(sizes) - 2):,}"


def checked_points(points: Sequence[Any]) -> None:
    """Raise SessionError for invalid points, and for too many."""
    if len(points) > MOST_POINTS:
        raise SessionError(f"at most {MOST_POINTS} points, not {len(points):,}")
    for point in points:
        if not isinstance(point, tuple) or len(point) != 3:
            raise SessionError("a point has two features and a class")
        finite(point[0], "a feature of a point")
        finite(point[1], "a feature of a point")
        whole(point[2], 0, MOST_ENDS - 1, "the class of a point")


def finite(x: Any, what: str) -> float:
    """The number that a knob is set to.

    >>> finite(float("nan"), "x1")
    Traceback (most recent call last):
    ...
    viz.live.state.SessionError: x1 must be a number from -1e+06 to 1e+06, got nan
    """
    is_number = isinstance(x, (int, float)) and not isinstance(x, bool)
    if not is_number or not math.isfinite(x) or abs(x) > LARGEST:
        raise SessionError(f"{what} must be a number from -1e+06 to 1e+06, got {shown(x, 40)}")
    return float(x)


def positive(x: Any, what: str) -> float:
    """A positive number."""
    if finite(x, what) <= 0:
        raise SessionError(f"{what} must be positive, got {shown(x, 40)}")
    return float(x)


def share(x: Any, what: str) -> float:
    """A number from 0 up to, but not including, 1.

    >>> share(1, "the share of dropout")
    Traceback (most recent call last):
    ...
    viz.live.state.SessionError: the share of dropout must be at least 0 and below 1, got 1
    """
    if not 0 <= finite(x, what) < 1:
        raise SessionError(f"{what} must be at least 0 and below 1, got {shown(x, 40)}")
    return float(x)


def whole(x: Any, least: int, most: int, what: str) -> int:
    """A whole number in that range."""
    if type(x) is not int or not least <= x <= most:
        raise SessionError(
            f"{what} must be a whole number from {least} to {most:,}, got {shown(x, 40)}"
        )
    return x


def chosen(x: Any, names: Sequence[str], what: str) -> str:
    """One of the names."""
    if not isinstance(x, str) or x not in names:
        raise SessionError(f"{what} must be one of {', '.join(names)}, got {shown(x, 40)}")
    return x


_REFS: Final = re.compile(
    r"(?P<end>[xy])\.(?P<at>\d+)|"
    r"layers\.(?P<layer>\d+)\.neurons\.(?P<unit>\d+)\.(?:w\.(?P<w>\d+)|b)"
)


def number_at(state: State, ref: str) -> float:
    """The number that a ref names: x.0, y.0, layers.1.neurons.0.w.2, layers.1.neurons.0.b.

    Raises SessionError for a ref that does not name a number.

    >>> number_at(State(), "x.1")
    -1.0
    """
    return _at(state, ref, None)[0]


def with_number(state: State, ref: str, number: Any) -> State:
    """The state with another number in the place that a ref names.

    >>> with_number(State(), "y.0", 3).y
    (3.0,)
    """
    return _at(state, ref, finite(number, ref if isinstance(ref, str) else "a knob"))[1]


def _at(state: State, ref: Any, number: float | None) -> tuple[float, State]:
    found = _REFS.fullmatch(ref) if isinstance(ref, str) and len(ref) < 60 else None
    if found is None:
        raise SessionError(f"{shown(ref, 60)} does not name a number that can be set")
    try:
        if found["end"]:
            return _at_end(state, found["end"], int(found["at"]), number)
        return _at_weight(state, found, number)
    except IndexError:
        raise SessionError(f"{ref} is not part of this network") from None


def _at_end(state: State, end: str, i: int, number: float | None) -> tuple[float, State]:
    numbers = list(getattr(state, end))
    before = numbers[i]
    if number is not None:
        numbers[i] = number
        made = tuple(numbers)
        state = replace(state, x=made) if end == "x" else replace(state, y=made).with_targets()
    return before, state


def _at_weight(state: State, found: re.Match[str], number: float | None) -> tuple[float, State]:
    layers = [list(layer) for layer in state.layers]
    layer = layers[int(found["layer"])]
    weights, bias = layer[int(found["unit"])]
    numbers = [*weights, bias]
    i = int(found["w"]) if found["w"] else len(weights)
    if i > len(weights) or (found["w"] and i == len(weights)):
        raise IndexError(i)
    before = numbers[i]
    if number is not None:
        numbers[i] = number
        layer[int(found["unit"])] = (tuple(numbers[:-1]), numbers[-1])
        state = replace(state, layers=tuple(map(tuple, layers)))
    return before, state
