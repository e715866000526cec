"""Optimizers: how gradients become steps.

Each is a chain of the pure rules in `nn.optim.rules`. An `Optimizer` keeps what they remember for the parameters of a model, as PyTorch's
do, and moves each by p ← p - lr · rule(g).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeAlias

from autograd import Value
from autograd.checks import as_float, in_range, shown
from nn.arguments import assign, has_axis
from nn.optim.rules import (
    Rule,
    State,
    chain,
    clip_scale,
    decay,
    momentum,
    scale_by_adam,
    scale_by_rms,
)

if TYPE_CHECKING:
    from autograd import Program

OptimizerName: TypeAlias = Literal["sgd", "rmsprop", "adam", "adamw"]

POSITIVE: Final = (sys.float_info.min, math.inf)
"""The range of an eps: 0 would be divided by where no gradient has come yet, as in a dead ReLU."""


class Optimizer:
    """The base of optimizers: a rule, the parameters it moves, and for each what the rule remembers.

    `lr` may be changed between steps, as by a schedule: `opt.lr = 0.1 * schedule(epoch)`.
    Raises ValueError for hyperparameters out of range, TypeError if `parameters` are not Values.
    """

    ranges: ClassVar[dict[str, tuple[float, float]]] = {}
    """The least value of a hyperparameter, and the limit that it must stay below; 0 and inf for those not listed."""
    switches: ClassVar[tuple[str, ...]] = ()
    """The hyperparameters that are True or False."""

    _state: list[State]
    _slots: State | None  # the same as vectors, one for each number that the rule remembers

    def __init__(self, parameters: Iterable[Value], lr: float, **settings: Any) -> None:
        self.parameters = list(parameters) if isinstance(parameters, Iterable) else []
        if not self.parameters or not all(isinstance(p, Value) for p in self.parameters):
            raise TypeError(
                f"{type(self).__name__} takes the Values to move, as in {type(self).__name__}(model.parameters()), got {shown(parameters)}"
            )
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError(f"{type(self).__name__} got the same parameter twice")
        self.hyper = self._checked(lr=lr, **settings)
        self.rule = self.make_rule(**{name: x for name, x in self.hyper.items() if name != "lr"})
        self.t = 0
        self.state = [(0.0,) * self.rule.slots for _ in self.parameters]

    def make_rule(self, **settings: Any) -> Rule:
        """The chain of rules for these hyperparameters."""
        raise TypeError(f"{type(self).__name__} is no optimizer: define make_rule(**settings)")

    def _checked(self, **given: Any) -> dict[str, Any]:
        for name, x in given.items():
            subject = f"{type(self).__name__}({name})"
            if name in self.switches:
                if not isinstance(x, bool):
                    raise TypeError(f"{subject} must be True or False, got {shown(x)}")
                continue
            low, limit = self.ranges.get(name, (0.0, math.inf))
            given[name] = number = as_float(x, subject)
            if not low <= number < limit:
                raise ValueError(f"{subject} must be at least {low:g} and below {limit:g}, got {shown(x)}")
        return given

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self.hyper["lr"]  # type: ignore[no-any-return]

    @lr.setter
    def lr(self, lr: float) -> None:
        self.hyper.update(self._checked(lr=lr))

    def zero_grad(self) -> None:
        """Set the gradients to 0, because `backward` adds to what is there."""
        for p in self.parameters:
            p.grad = 0.0

    @property
    def state(self) -> list[State]:
        """What the rule remembers, for each parameter."""
        if self._slots is not None:
            rows = list(zip(*[slot.tolist() for slot in self._slots]))
            self._state, self._slots = rows or [()] * len(self.parameters), None
        return self._state

    @state.setter
    def state(self, state: list[State]) -> None:
        self._state, self._slots = state, None

    @property
    def vectors(self) -> State:
        """The same as vectors over the parameters, one for each number that the rule remembers.

        Needs numpy.
        """
        if self._slots is not None:
            return self._slots
        import numpy as np

        return tuple([np.array(slot) for slot in zip(*self._state)])

    @vectors.setter
    def vectors(self, vectors: State) -> None:
        self._slots = vectors

    def step(self, program: Program | None = None, gradient: Any = None) -> None:
        """Move every parameter by -lr · rule(grad): all of them or, on an error, none.

        With a compiled program of these parameters, and the gradient that it gave, they move
        together, as one vector; their `.grad` is neither read nor written.

        >>> from autograd import compile
        >>> p = Value(1.0); opt = SGD([p], lr=0.25)
        >>> program = compile(lambda x: x * p * p, 0.0, wrt=[p])
        >>> loss, gradient = program.value_and_grad([1.0, 3.0])
        >>> opt.step(program, gradient); p.data
        0.0
        """
        if program is not None:
            self._step_of(program, gradient)
            return
        t, lr, update = self.t + 1, self.hyper["lr"], self.rule.update
        moved, states = [], []
        for p, state in zip(self.parameters, self.state):
            g, state = update(p.grad, p.data, state, t)
            moved.append(p.data - lr * g)
            states.append(state)
        assign(self.parameters, moved)
        self.t, self.state = t, states

    def _step_of(self, program: Program, gradient: Any) -> None:
        import numpy as np

        name, parameters = type(self).__name__, program.parameters
        if parameters != self.parameters:
            raise ValueError(
                f"{name}.step(program, gradient) takes a program of its own parameters, in their "
                f"order, got one of {len(parameters)}: compile with wrt=optimizer.parameters"
            )
        g = np.asarray(gradient, float)
        if g.shape != (len(parameters),):
            raise ValueError(
                f"{name}.step(program, gradient) takes the gradient in {len(parameters)} "
                f"parameters, as program.value_and_grad gives it, got {shown(gradient)}"
            )
        t, theta = self.t + 1, program.theta
        with np.errstate(all="ignore"):
            direction, slots = self.rule.update(g, theta, self.vectors, t)
            program.theta = theta - self.hyper["lr"] * direction
        self.t, self._slots = t, slots

    def state_dict(self) -> dict[str, Any]:
        """All there is to go on from here exactly: name, hyperparameters, number of steps, and the state of each parameter."""
        return {"name": type(self).__name__, "hyper": dict(self.hyper), "t": self.t, "state": [list(state) for state in self.state]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take a `state_dict` of the same optimizer over as many parameters: all of it or, with a ValueError or TypeError, nothing."""
        wanted = self.state_dict()
        if not isinstance(state, Mapping) or state.keys() != wanted.keys() or state["name"] != wanted["name"]:
            raise ValueError(f"the state does not fit {type(self).__name__}: it must be one's own state_dict(), got {str(state)[:80]}")
        hyper, t, rows = state["hyper"], state["t"], state["state"]
        if not isinstance(hyper, Mapping) or hyper.keys() != self.hyper.keys():
            raise ValueError(f"the state of {type(self).__name__} must have the hyperparameters {', '.join(self.hyper)}, got {shown(hyper)}")
        if isinstance(t, bool) or not isinstance(t, int) or not 0 <= t < 2**53:
            raise ValueError(f"the state of {type(self).__name__}: t, the number of steps, must be an int from 0 to 2**53, got {t!r:.80}")
        checked = self._checked(**hyper)
        rule = self.make_rule(**{name: x for name, x in checked.items() if name != "lr"})
        slots = rule.slots
        if (
            not isinstance(rows, list)
            or len(rows) != len(self.state)
            or not all(isinstance(row, (list, tuple)) and len(row) == slots for row in rows)
        ):
            raise ValueError(f"the state of {type(self).__name__} must hold {slots} numbers for each of {len(self.state)} parameters")
        states: list[State] = [tuple([as_float(x, f"the state of {type(self).__name__}") for x in row]) for row in rows]
        if any(isinstance(rule.update(0.0, 0.0, row, t + 1)[0], complex) for row in states):
            raise ValueError(f"the state of {type(self).__name__} holds a negative mean of squares, which has no root")
        self.hyper, self.rule, self.t, self.state = checked, rule, t, states

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={x:g}" if not isinstance(x, bool) else f"{name}={x}" for name, x in self.hyper.items())
        return f"{type(self).__name__}({len(self.parameters)} parameters, {shown})"


class SGD(Optimizer):
    """Stochastic gradient descent, p ← p - lr · g, with momentum and L2 weight decay if wanted; as PyTorch's.

    >>> p = Value(1.0); opt = SGD([p], lr=0.5)
    >>> (p * p).backward(); opt.step(); p.data
    0.0
    """

    ranges = {"momentum": (0.0, 1.0)}
    switches = ("nesterov",)

    def __init__(
        self, parameters: Iterable[Value], lr: float = 0.01, *, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)

    def make_rule(self, **s: Any) -> Rule:
        if s["nesterov"] and not s["momentum"]:
            raise ValueError("SGD(nesterov=True) looks ahead along the momentum: give it one, such as momentum=0.9")
        return _chain_of((s["weight_decay"], decay(s["weight_decay"])), (s["momentum"], momentum(s["momentum"], s["nesterov"])))


class RMSProp(Optimizer):
    """Steps of about the same size for all parameters: the gradient over its running root mean square; as PyTorch's RMSprop.

    >>> p = Value(1.0); opt = RMSProp([p], lr=0.1, alpha=0.0)
    >>> (p * p).backward(); opt.step(); round(p.data, 6)
    0.9
    """

    ranges = {"alpha": (0.0, 1.0), "momentum": (0.0, 1.0), "eps": POSITIVE}

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, alpha=alpha, eps=eps, momentum=momentum, weight_decay=weight_decay)

    def make_rule(self, **s: Any) -> Rule:
        return _chain_of(
            (s["weight_decay"], decay(s["weight_decay"])),
            (True, scale_by_rms(s["alpha"], s["eps"])),
            (s["momentum"], momentum(s["momentum"])),
        )


class Adam(Optimizer):
    """Adaptive moments: momentum and RMSProp together, corrected for starting at 0; as PyTorch's.

    >>> p = Value(1.0); opt = Adam([p], lr=0.1)
    >>> (p * p).backward(); opt.step(); round(p.data, 6)
    0.9
    """

    ranges = {"beta1": (0.0, 1.0), "beta2": (0.0, 1.0), "eps": POSITIVE}

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        if not has_axis(betas) or len(betas) != 2:
            raise ValueError(f"{type(self).__name__}(betas) takes two numbers, such as (0.9, 0.999), got {shown(betas)}")
        beta1, beta2 = betas
        super().__init__(parameters, lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay)

    def make_rule(self, **s: Any) -> Rule:
        return _chain_of((s["weight_decay"], decay(s["weight_decay"])), (True, scale_by_adam(s["beta1"], s["beta2"], s["eps"])))


class AdamW(Adam):
    """Adam with the decay after the scaling instead of before it, so that all weights shrink at the same rate; as PyTorch's.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.

    >>> p = Value(1.0); opt = AdamW([p], lr=0.1, weight_decay=0.5)
    >>> (p * p).backward(); opt.step(); round(p.data, 6)
    0.85
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def make_rule(self, **s: Any) -> Rule:
        return _chain_of((True, scale_by_adam(s["beta1"], s["beta2"], s["eps"])), (s["weight_decay"], decay(s["weight_decay"])))


def _chain_of(*pieces: tuple[Any, Rule]) -> Rule:
    """The chain of those pieces that are wanted: each comes with what must not be 0."""
    return chain(*[rule for wanted, rule in pieces if wanted])


OPTIMIZERS: Final[dict[str, Callable[..., Optimizer]]] = {"sgd": SGD, "rmsprop": RMSProp, "adam": Adam, "adamw": AdamW}
"""The optimizers by name."""


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale all gradients by max_norm / (norm + 1e-6) if their norm √Σ g² is larger; returns the norm before. As PyTorch's.

    Raises ValueError, and changes nothing, if a gradient is nan or inf: no scale would mend it.
    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013.

    >>> p = Value(3.0); (p * p).backward()
    >>> clip_grad_norm([p], 1.0), round(p.grad, 6)
    (6.0, 1.0)
    """
    parameters, max_norm = list(parameters), _limit(max_norm, "clip_grad_norm(max_norm)")
    for p in parameters:
        if not math.isfinite(p.grad):
            raise ValueError(
                f"clip_grad_norm: the gradient of {p.label or 'a parameter'} is {shown(p.grad)}, which no scale mends: lower the learning rate"
            )
    norm = math.hypot(*[p.grad for p in parameters])
    scale = clip_scale(norm, max_norm)
    if scale < 1:
        for p in parameters:
            p.grad *= scale
    return norm


def clip_grad_value(parameters: Iterable[Value], max_value: float) -> None:
    """Bring every gradient into [-max_value, max_value]; nan stays nan. As PyTorch's.

    >>> p = Value(3.0); (p * p).backward()
    >>> clip_grad_value([p], 0.5); p.grad
    0.5
    """
    max_value = _limit(max_value, "clip_grad_value(max_value)")
    for p in parameters:
        if abs(p.grad) > max_value:
            p.grad = math.copysign(max_value, p.grad)


def _limit(x: Any, subject: str) -> float:
    return in_range(x, subject, "positive")
