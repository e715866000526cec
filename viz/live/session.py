"""A session: the only door between a page and the engine, plain JSON in and plain JSON out.

A page asks, `session.ask({"do": "set", "ref": "x.0", "value": 2})`, and gets what it must show. A
request that cannot be met changes nothing, and is answered with a sentence for the learner.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from autograd import OPS, Value, explain, hvp, topological_order
from autograd.checks import shown
from autograd.formula import short_texts
from nn import Dropout, History, Layer, Module, Sequential, accuracy, decide, fit
from nn.data import Dataset
from nn.losses import LOSSES as LOSS_OF
from nn.losses import LossName
from viz.graph.export import plain_number
from viz.graph.reading import slopes_of
from viz.live.pictures import RULES, picture, two_roads
from viz.live.run import Run, curve_of, is_parameter, network_of, numbers_of
from viz.live.state import (
    ACTIVATIONS,
    DATA,
    LOSSES,
    MOST_POINTS,
    SessionError,
    State,
    checked_shape,
    chosen,
    finite,
    number_at,
    positive,
    share,
    whole,
    with_number,
)
from viz.style import LIGHT, Scale, number, slope

MOST_UNDO: Final = 200
MOST_EPOCHS: Final = 100
FINEST: Final = 64
"""The most states that undo keeps, epochs per request, and points along one side of a plane."""

SHOWN: Final = ("loss", "rate", "epoch", "batch", "seed", "l2", "dropout", "data", "init")
"""The settings that a view has besides its numbers."""

INITS: Final = ("auto", "uniform", "normal", "zeros", "xavier_uniform", "he_uniform")
"""The initializers that the page offers."""


class Session:
    """A network in a learner's hands: its state, and what the engine says about it.

    >>> session = Session()
    >>> session.ask({"do": "set", "ref": "y.0", "value": 2})["refs"]["y.0"]["value"]
    2.0
    >>> session.ask({"do": "set", "ref": "y.7", "value": 2})
    {'error': 'y.7 is not part of this network'}
    """

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State().drawn()
        self._undo: list[State] = []
        self._redo: list[State] = []
        self._run: Run | None = None

    @property
    def run(self) -> Run:
        """The state run on its sample, once."""
        if self._run is None or self._run.state is not self.state:
            self._run = Run(self.state)
        return self._run

    def ask(self, request: Any) -> dict[str, Any]:
        """The answer to a request, or {"error": a sentence}, in which case nothing changes."""
        before = self.state, list(self._undo), list(self._redo)
        try:
            if not isinstance(request, Mapping) or request.get("do") not in REQUESTS:
                raise SessionError(f"a request does one of {', '.join(REQUESTS)}")
            details = {str(name): x for name, x in request.items() if name != "do"}
            answer: dict[str, Any] = plain(REQUESTS[request["do"]](self, **details))
            return answer
        except (SessionError, ArithmeticError) as error:
            problem = str(error)
        except (TypeError, ValueError) as error:
            problem = f"this cannot be done: {shown(str(error), 200)}"
        self.state, self._undo, self._redo = before
        return {"error": problem}

    def _to(self, state: State) -> dict[str, Any]:
        """Go to a state; undo returns from it."""
        self._undo = [*self._undo, self.state][-MOST_UNDO:]
        self._redo = []
        self.state = state
        return self.view()

    # What is changed.

    def load(self, state: Any) -> dict[str, Any]:
        """Another state, as `save` gives it."""
        return self._to(State.from_plain(state))

    def save(self) -> dict[str, Any]:
        """The state, to keep in an address."""
        return {"state": self.state.to_plain()}

    def set(self, ref: Any, value: Any, join: Any = False) -> dict[str, Any]:
        """Turn a knob: set the number of a weight, a bias, an input or a target.

        With `join` it continues the change before, and undo takes back both as one.
        """
        state = with_number(self.state, ref, value)
        if not (join and self._undo):
            return self._to(state)
        self.state, self._redo = state, []
        return self.view()

    def shape(self, sizes: Any, activations: Any = None) -> dict[str, Any]:
        """Another network, with newly drawn weights."""
        if not isinstance(sizes, list):
            raise SessionError(f"sizes count the units of each layer, got {shown(sizes, 40)}")
        if activations is None:
            hidden = self.state.activations[0]
            activations = [hidden] * (len(sizes) - 2) + [self.state.activations[-1]]
        checked_shape(sizes, activations)
        return self._to(self.state.reshaped(sizes, activations))

    def choose(self, **settings: Any) -> dict[str, Any]:
        """Other settings, each by its name in `SETTINGS`; another seed or init redraws weights."""
        state = self.state
        for name, x in settings.items():
            if name not in SETTINGS:
                raise SessionError(
                    f"{shown(name, 40)} is not a setting; there are {', '.join(SETTINGS)}"
                )
            state = SETTINGS[name](state, x)
        return self._to(state)

    def draw(self, seed: Any = None) -> dict[str, Any]:
        """Draw weights again, from the next seed; with the seed they had, this rewinds."""
        return self._to(_with_seed(self.state, self.state.seed + 1 if seed is None else seed))

    def point(self, x: Any, y: Any, label: Any) -> dict[str, Any]:
        """One more point of the data."""
        if len(self.state.points) >= MOST_POINTS:
            raise SessionError(f"there are already {MOST_POINTS} points")
        point = finite(x, "x"), finite(y, "y"), whole(label, 0, 3, "the class")
        return self._to(replace(self.state, points=(*self.state.points, point)))

    def undo(self) -> dict[str, Any]:
        """Back to the state before."""
        if not self._undo:
            raise SessionError("there is nothing to undo")
        self._redo.append(self.state)
        self.state = self._undo.pop()
        return self.view()

    def redo(self) -> dict[str, Any]:
        """Forward to the state that undo left."""
        if not self._redo:
            raise SessionError("there is nothing to redo")
        self._undo.append(self.state)
        self.state = self._redo.pop()
        return self.view()

    def update(self) -> dict[str, Any]:
        """One step downhill on this sample: each parameter minus rate · gradient."""
        run = self.run
        state = self.state
        for ref, node in run.nodes.items():
            if is_parameter(ref):
                number = node.data - state.rate * run.grad(node)
                if not math.isfinite(number):
                    raise SessionError(f"{ref} would become {number}: lower the learning rate")
                state = with_number(state, ref, number)
        return self._to(state)

    def train(self, epochs: Any = 1) -> dict[str, Any]:
        """Epochs of gradient descent on the data.

        Returns, for each epoch, loss and accuracy on the training data as it was trained, and on
        the test data as well, if there are any.
        """
        epochs = whole(epochs, 1, MOST_EPOCHS, "epochs")
        (X, y), test = self._data(), self._test_data()
        if not X:
            raise SessionError("there is no data yet: choose some, or add points")
        # From now on the sample is measured by the loss that the points are trained with.
        begun = _with_loss(self.state, training_loss(self.state))
        network, rng = network_of(begun), random.Random(begun.epoch)
        curve: list[dict[str, Any]] = []

        def note(model: Module, history: History) -> None:
            point = {"loss": history[-1].loss, "accuracy": history[-1].accuracy}
            now = replace(begun, layers=numbers_of(network))
            curve.append(point if test is None else {**point, **tested(now, test)})

        fit(
            Sequential(*with_dropout(network, begun.dropout, rng)), (X, y),
            loss=training_loss(begun), epochs=epochs, optimizer="sgd", lr=begun.rate,
            batch_size=min(begun.batch, len(X)), l2=begun.l2, rng=rng, progress=False,
            compiled=False, callbacks=[note],
        )  # fmt: skip
        state = replace(begun, layers=numbers_of(network), epoch=begun.epoch + epochs)
        return {**self._to(state), "curve": curve}

    # What is asked for.

    def view(self) -> dict[str, Any]:
        """Every number by its ref: what the page shows."""
        run = self.run
        refs = {}
        for ref, node in run.nodes.items():
            refs[ref] = {"value": node.data, "grad": run.grad(node)}
        for i, units in enumerate(run.layers):
            for j, unit in enumerate(units):
                refs[f"layers.{i}.neurons.{j}.z"]["slope"] = unit.slope
        state = self.state
        return {
            "sizes": list(state.sizes),
            "activations": list(state.activations),
            "refs": refs,
            **{name: getattr(state, name) for name in SHOWN},
            "can": {"undo": bool(self._undo), "redo": bool(self._redo)},
        }

    def nudge(self, ref: Any, by: Any = 0.01) -> dict[str, Any]:
        """The change in the loss when a number is nudged, beside the gradient."""
        by = finite(by, "by")
        if not by:
            raise SessionError("a nudge must not be 0")
        before = self.run.loss.data
        moved = with_number(self.state, ref, number_at(self.state, ref) + by)
        after = Run(moved).loss.data
        grad = self.run.grad(self.run.node(ref))
        return {"before": before, "after": after, "ratio": (after - before) / by, "grad": grad}

    def why(self, ref: Any, limit: Any = 12) -> dict[str, Any]:
        """The gradient of a number as a sum over paths, each a product of slopes."""
        found = explain(self.run.loss, self.run.node(ref), whole(limit, 1, 100, "limit"))
        paths = [{"text": str(path), "product": path.product} for path in found.paths]
        return {"grad": found.grad, "count": found.count, "paths": paths, "text": str(found)}

    def slice(self, ref: Any, span: Any = 2.0, n: Any = 41, centre: Any = None) -> dict[str, Any]:
        """The loss along one number, around its value or a given centre, and the tangent there."""
        span, n = positive(span, "span"), whole(n, 3, 401, "n")
        at, grad = number_at(self.state, ref), self.run.grad(self.run.node(ref))
        middle = at if centre is None else finite(centre, "centre")
        xs = [middle + span * (2 * i / (n - 1) - 1) for i in range(n)]
        ys = self.run.losses_at([{ref: x} for x in xs])
        return {"at": at, "loss": self.run.loss.data, "grad": grad, "x": xs, "y": ys}

    def formula(self, ref: Any) -> dict[str, str]:
        """What a number was computed from, as a formula of the numbers that have a ref.

        >>> Session(State(sizes=(1, 1), layers=((((2.0,), 1.0),),))).formula("layers.0.neurons.0.z")
        {'text': '1 + 2 * 1'}
        """
        node = self.run.node(ref)
        named = set(self.run.nodes.values()) - {node}

        def number_of(x: Value) -> str:
            if x not in named:
                return ""
            return f"({x.data:.4g})" if x.data < 0 else f"{x.data:.4g}"

        order = topological_order(node)
        return {"text": short_texts(order, 400, number_of).get(node, number(node.data))}

    def gate(self, ref: Any) -> dict[str, Any]:
        """The activation f of the unit of a ref, and its slope f′, over a range around its z."""
        node = self.run.node(ref)
        for layer, units in zip(self.run.network, self.run.layers):
            for neuron, unit in zip(layer.neurons, units):
                if ref.endswith((".z", ".a")) and node in (unit.z, unit.a):
                    return curve_of(neuron.activated, max(4.0, 1.25 * abs(unit.z.data)))
        raise SessionError(f"{ref} is not the weighted sum or the activation of a unit")

    def contour(self, first: Any, second: Any, span: Any = 2.0, n: Any = 15) -> dict[str, Any]:
        """The loss over two numbers."""
        span, n = positive(span, "span"), whole(n, 3, FINEST, "n")
        steps = [span * (2 * i / (n - 1) - 1) for i in range(n)]
        xs = [number_at(self.state, first) + step for step in steps]
        ys = [number_at(self.state, second) + step for step in steps]
        rows = []
        for y in ys:
            rows.append(self.run.losses_at([{first: x, second: y} for x in xs]))
        return {"x": xs, "y": ys, "loss": rows}

    def plane(self, n: Any = 16, span: Any = 2.0) -> dict[str, Any]:
        """The activation of every unit over the plane of two inputs."""
        span, n = positive(span, "span"), whole(n, 2, FINEST, "n")
        if self.state.sizes[0] != 2:
            raise SessionError("a map needs a network with two inputs")
        steps = [span * (2 * i / (n - 1) - 1) for i in range(n)]
        across, up = steps * n, [x for x in steps for _ in steps]
        refs = [ref for ref in self.run.nodes if ref.endswith(".a")]
        found = zip(refs, activations_over(self.state, [across, up]))
        return {"x": steps, "maps": {ref: _rows(a, n) for ref, a in found}}

    def scalars(self) -> dict[str, Any]:
        """The drawing of the graph of the loss, and the steps of both passes over it."""
        return {**picture(self.run.loss), "ids": self._ids()}

    def cards(self) -> dict[str, Any]:
        """What each card and each edge of that drawing says, and their colours, for repainting it.

        For a card: data, gradient and fill; for an edge: slope and colour, in the light theme.
        """
        order = topological_order(self.run.loss)
        scale = Scale.of(map(self.run.grad, order))
        said, slopes = {}, []
        for i, node in enumerate(order):
            grad = self.run.grad(node)
            said[f"v{i}"] = [number(node.data), number(grad), LIGHT.fill(grad, scale)]
            slopes += [(slope(x), LIGHT.line_colour(x)) for x in slopes_of(node)]
        return {"cards": said, "slopes": slopes}

    def roads(self, rule: Any = "add") -> dict[str, Any]:
        """Two roads from b to c and two from a to b, walked back by a rule for the gradient."""
        return two_roads(chosen(rule, RULES, "the rule"))

    def curvature(self) -> dict[str, Any]:
        """How the loss bends along its gradient, and the rate beyond which a step overshoots.

        The curvature is gᵀHg/gᵀg, by a Hessian-vector product. On the parabola that fits here, a
        step of gradient descent with a rate above 2/curvature climbs instead of descending.
        """
        refs = [ref for ref in self.run.nodes if is_parameter(ref)]
        at = [number_at(self.state, ref) for ref in refs]
        g = [self.run.grad(self.run.node(ref)) for ref in refs]
        size = math.fsum(x * x for x in g)
        if not size:
            raise SessionError("the gradient is 0 here: there is no direction to look along")
        bent = hvp(self._loss_of(refs), at, g)
        curvature = math.fsum(map(operator.mul, g, bent)) / size
        return {"curvature": curvature, "limit": 2 / curvature if curvature > 0 else math.inf}

    def _loss_of(self, refs: Sequence[str]) -> Callable[..., Value]:
        """The loss as a function of those parameters."""

        def loss(*numbers: Value) -> Value:
            return Run(self.state, dict(zip(refs, numbers))).loss

        return loss

    def options(self) -> dict[str, Any]:
        """What there is to choose from."""
        return {"activations": list(ACTIVATIONS), "losses": list(LOSSES), "data": list(DATA)}

    def points(self) -> dict[str, Any]:
        """The data with the points that the learner added, and the test data."""
        X, y = self._data()
        test = self._test_data()
        tested = {} if test is None else {"x": test.X, "y": test.y}
        return {"x": X, "y": y, "test": tested}

    def _ids(self) -> dict[str, str]:
        """The id of the card in the graph for each ref."""
        place = {node: f"v{i}" for i, node in enumerate(topological_order(self.run.loss))}
        return {ref: place[node] for ref, node in self.run.nodes.items() if node in place}

    def _data(self) -> tuple[list[list[float]], list[int]]:
        """Features and classes to train on."""
        found, _ = DATA[self.state.data](self.state.seed)
        X: list[list[float]] = [] if found is None else list(map(list, found.X))
        y = [] if found is None else list(map(int, found.y))
        X += [[x1, x2] for x1, x2, _ in self.state.points]
        y += [label for _, _, label in self.state.points]
        return X, y

    def _test_data(self) -> Dataset | None:
        """Data that is only measured, never trained on."""
        return DATA[self.state.data](self.state.seed)[1]


def with_dropout(network: Sequence[Layer], p: float, rng: random.Random) -> list[Module]:
    """The layers of a network, with a Dropout after each hidden one, if it drops anything.

    >>> with_dropout(network_of(State().drawn()), 0.5, random.Random(0))[1]
    Dropout(0.5)
    """
    found: list[Module] = []
    for layer in network[:-1]:
        found += [layer, Dropout(p, rng=rng)] if p else [layer]
    return [*found, network[-1]]


def training_loss(state: State) -> LossName:
    """The loss that classes are learned with: the one that fits the outputs."""
    return "bce_with_logits" if state.sizes[-1] == 1 else "cross_entropy"


def tested(state: State, test: Dataset) -> dict[str, Any]:
    """Loss and accuracy on test data, in plain floats: nothing flows back."""
    name, count = training_loss(state), state.sizes[-1]
    ends = activations_over(state, list(zip(*test.X)))[-count:]
    outputs: list[Any] = ends[0] if count == 1 else list(zip(*ends))
    total = math.fsum([float(LOSS_OF[name](out, y)) for out, y in zip(outputs, test.y)])
    decided: Any = decide(outputs, name)
    return {"test_loss": total / len(test.y), "test_accuracy": accuracy(decided, test.y)}


def _rows(numbers: list[float], n: int) -> list[list[float]]:
    return [numbers[i : i + n] for i in range(0, len(numbers), n)]


def activations_over(state: State, inputs: Sequence[Sequence[float]]) -> list[list[float]]:
    """The activation of every unit for many samples, given as one list per input.

    It uses plain floats and the engine's order of sums, so the numbers are those of the graph.

    >>> activations_over(State(sizes=(1, 1), layers=((((2.0,), 1.0),),)), [[0.0, -0.5]])
    [[0.7615941559557649, 0.0]]
    """
    found: list[list[float]] = []
    given = list(map(list, inputs))
    for layer, name in zip(state.layers, state.activations):
        fed, given = given, []
        for weights, bias in layer:
            z = [bias] * len(fed[0])
            for w, a in zip(weights, fed):
                z = [total + w * x for total, x in zip(z, a)]
            given.append(z if name == "identity" else list(map(OPS[name].forward, z)))
        found += given
    return found


def plain(x: Any) -> Any:
    """What JSON can hold: nan and the infinities as texts."""
    if isinstance(x, float):
        return plain_number(x)
    if isinstance(x, Mapping):
        return {str(name): plain(y) for name, y in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(y) for y in x]
    return x


def _with_loss(state: State, x: Any) -> State:
    """Another loss, and targets that it can take: the nearest of its classes, if it has any."""
    if chosen(x, LOSSES, "loss") == state.loss:
        return state
    classes = CLASSES.get(x, ())
    y = [max(classes, key=lambda c: (-abs(c - y), c)) if classes else y for y in state.y]
    return replace(state, loss=x, y=tuple(y)).with_targets()


CLASSES: Final[dict[str, tuple[float, float]]] = {
    "bce_with_logits": (0.0, 1.0),
    "hinge": (-1.0, 1.0),
}
"""The targets that a two-class loss takes."""


def _with_activations(state: State, x: Any) -> State:
    activations = list(x) if isinstance(x, list) else [x] * (len(state.sizes) - 1)
    checked_shape(state.sizes, activations)
    return replace(state, activations=tuple(activations))


def _with_seed(state: State, x: Any) -> State:
    return replace(state, seed=whole(x, 0, 2**31, "the seed")).drawn()


SETTINGS: Final[dict[str, Callable[[State, Any], State]]] = {
    "loss": _with_loss,
    "activations": _with_activations,
    "rate": lambda state, x: replace(state, rate=positive(x, "the learning rate")),
    "batch": lambda state, x: replace(state, batch=whole(x, 1, MOST_POINTS, "the batch")),
    "seed": _with_seed,
    "l2": lambda state, x: replace(state, l2=share(x, "the weight of L2")),
    "dropout": lambda state, x: replace(state, dropout=share(x, "the share of dropout")),
    "data": lambda state, x: replace(state, data=chosen(x, tuple(DATA), "data")),
    "init": lambda state, x: replace(state, init=chosen(x, INITS, "init")).drawn(),
}
"""What `choose` can change: for each setting, a function from state to state."""

REQUESTS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    name: getattr(Session, name)
    for name in (
        "load", "save", "set", "shape", "choose", "draw", "point", "undo", "redo", "update",
        "train", "view", "nudge", "why", "slice", "gate", "formula", "contour", "plane",
        "scalars", "cards", "roads", "curvature", "options", "points",
    )
}  # fmt: skip
"""What can be asked, by name."""
