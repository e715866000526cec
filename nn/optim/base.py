"""The base of optimizers: parameters in groups, what is remembered for each, and the step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from autograd import Value
from autograd.checks import as_float, shown
from nn.arguments import assign, brief, counted, hinting, listing
from nn.optim.frozen import frozen_among, frozen_places
from nn.optim.rules import Rule, State

if TYPE_CHECKING:
    from autograd import Program

Parameters: TypeAlias = "Iterable[Value] | Sequence[Mapping[str, Any]]"
"""Values, or groups of them: dicts of params and of the hyperparameters of that group."""


@dataclass(repr=False)
class Group:
    """Parameters with one rule; their learning rate is `factor` times the optimizer's."""

    parameters: list[Value]
    hyper: dict[str, Any]
    rule: Rule
    factor: float = 1.0

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "rule": None}  # functions, which the optimizer makes again

    def __repr__(self) -> str:
        numbers = ", ".join(_written({"factor": self.factor, **self.hyper}))
        return f"Group({counted(len(self.parameters), 'parameter')}, {numbers})"


class Optimizer:
    """The base of optimizers: a rule, the parameters it moves, and what it remembers for each.

    `parameters` are Values, or groups, as in torch.optim: `[{"params": first}, {"params": second,
    "lr": 0.01}]`, each with any hyperparameters of its own. `lr` may be changed between steps, as
    a schedule does: `opt.lr = 0.1 * schedule(epoch)`; the rates of groups keep their ratio to it.
    Frozen parameters (`module.freeze()`) stay where they are. Raises ValueError for
    hyperparameters out of range, TypeError if `parameters` are not Values.
    """

    ranges: ClassVar[dict[str, tuple[float, float]]] = {}
    """The least value of a hyperparameter, and the limit that it must stay below: 0 and inf if not
    listed."""
    switches: ClassVar[tuple[str, ...]] = ()
    """The hyperparameters that are True or False."""

    _state: list[State]
    _slots: State | None  # the same as vectors, one for each number that the rule remembers

    def __init__(self, parameters: Parameters, lr: float, **settings: Any) -> None:
        parts = self._parts(parameters)
        if len(parts) == 1:  # the hyperparameters of the only group are those of all
            (values, own), known = parts[0], settings
            settings = {**settings, **self.expanded(own)}
            lr, parts = settings.pop("lr", lr), [(values, {})]
            self._check_names(settings, known)
        self.hyper = self._checked(lr=lr, **settings)
        self.groups = [self._group(values, self.expanded(own)) for values, own in parts]
        # With one group this is the same list, so that a change to one is a change to both.
        self.parameters = self.groups[0].parameters
        for group in self.groups[1:]:
            self.parameters = self.parameters + group.parameters
        self._check_distinct()
        self.t = 0
        self.state = [(0.0,) * self.slots for _ in self.parameters]

    def make_rule(self, **settings: Any) -> Rule:
        """The chain of rules for these hyperparameters."""
        raise TypeError(f"{type(self).__name__} is not an optimizer: define make_rule(**settings)")

    def expanded(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """The hyperparameters meant by the keywords of a group or a caller."""
        return dict(own)

    @property
    def slots(self) -> int:
        """How many numbers are remembered for each parameter."""
        return max(group.rule.slots for group in self.groups)

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
        """The state as vectors over the parameters, one for each number that is remembered.

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

        Given a compiled program of these parameters, and the gradient that it returned, it moves
        them together, as one vector; their `.grad` is neither read nor written.

        >>> from autograd import compile
        >>> from nn.optim import SGD
        >>> p = Value(1.0); opt = SGD([p], lr=0.25)
        >>> program = compile(lambda x: x * p * p, 0.0, wrt=[p])
        >>> loss, gradient = program.value_and_grad([1.0, 3.0])
        >>> opt.step(program, gradient); p.data
        0.0
        """
        if program is not None:
            self._step_of(program, gradient)
            return
        t, held, remembered = self.t + 1, frozen_among(self.parameters), iter(self.state)
        moved, states = [], []
        for group in self.groups:
            update, used = group.rule.update, group.rule.slots
            lr = self.lr * group.factor
            for p, state in zip(group.parameters, remembered):
                if p in held:
                    moved.append(p.data)
                    states.append(state)
                    continue
                g, fresh = update(p.grad, p.data, state[:used], t)
                moved.append(p.data - lr * g)
                states.append(fresh + state[used:])
        assign(self.parameters, moved)
        self.t, self.state = t, states

    def moved(self, g: Any, p: Any, slots: State, t: int, stay: Sequence[int]) -> tuple[Any, State]:
        """The parameters, and what is remembered for them, after step t, all as numpy vectors.

        Parameters at the positions `stay` are frozen.
        """
        if len(self.groups) == 1 and not stay:
            direction, slots = self.groups[0].rule.update(g, p, slots, t)
            return p - self.lr * direction, slots
        theta, fresh, start = p.copy(), tuple(slot.copy() for slot in slots), 0
        for group in self.groups:
            part = slice(start, start := start + len(group.parameters))
            own = tuple(slot[part] for slot in slots[: group.rule.slots])
            direction, own = group.rule.update(g[part], p[part], own, t)
            theta[part] = p[part] - self.lr * group.factor * direction
            for slot, numbers in zip(fresh, own):
                slot[part] = numbers
        for new, old in [(theta, p), *zip(fresh, slots)]:
            new[stay] = old[stay]
        return theta, fresh

    def _step_of(self, program: Program, gradient: Any) -> None:
        import numpy as np

        name, parameters = type(self).__name__, getattr(program, "parameters", None)
        if parameters is None or gradient is None:
            raise TypeError(
                f"{name}.step takes nothing, or a compiled Program and its gradient, got "
                f"{brief(program)}: call loss.backward() first, and then step()"
            )
        if parameters != self.parameters:
            raise ValueError(
                f"{name}.step(program, gradient) takes a program of its own parameters, in their "
                f"order, got a program of {len(parameters)}: compile with wrt=optimizer.parameters"
            )
        g = np.asarray(gradient, float)
        if g.shape != (len(parameters),):
            raise ValueError(
                f"{name}.step(program, gradient) takes the gradient in {len(parameters)} "
                f"parameters, as program.value_and_grad gives it, got {shown(gradient)}"
            )
        t, stay = self.t + 1, frozen_places(self.parameters)
        with np.errstate(all="ignore"):
            program.theta, slots = self.moved(g, program.theta, self.vectors, t, stay)
        self.t, self.vectors = t, slots

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to continue exactly from here, as plain data.

        That is the name, the hyperparameters, the number of steps, and the state of each
        parameter; with several groups, also the hyperparameters of each.
        """
        state = {"name": type(self).__name__, "hyper": dict(self.hyper), "t": self.t}
        state["state"] = [list(row) for row in self.state]
        if len(self.groups) > 1:
            state["groups"] = [
                {"size": len(group.parameters), "factor": group.factor, **group.hyper}
                for group in self.groups
            ]
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take a `state_dict` of the same kind of optimizer, with groups of the same sizes.

        Takes all of it, or raises ValueError or TypeError and takes nothing.
        """
        name, wanted = type(self).__name__, self.state_dict()
        fits = isinstance(state, Mapping) and state.keys() == wanted.keys()
        if not fits or state["name"] != name:
            got = shown(state, 80)
            raise ValueError(
                f"the state does not fit {name}: it must come from its own state_dict(), got {got}"
            )
        hyper, t = self._hyper_from(state["hyper"]), state["t"]
        if isinstance(t, bool) or not isinstance(t, int) or not 0 <= t < 2**53:
            raise ValueError(
                f"the state of {name}: t, the number of steps, must be an int from 0 to 2**53, "
                f"got {shown(t)}"
            )
        if len(self.groups) > 1:
            groups = self._groups_from(state["groups"])
        else:
            rest = {key: x for key, x in hyper.items() if key != "lr"}
            groups = [Group(self.parameters, rest, self.make_rule(**rest))]
        states = self._states_from(state["state"], groups, t)
        self.hyper, self.groups, self.t, self.state = hyper, groups, t, states

    def _hyper_from(self, hyper: Any) -> dict[str, Any]:
        if not isinstance(hyper, Mapping) or hyper.keys() != self.hyper.keys():
            raise ValueError(
                f"the state of {type(self).__name__} must have the hyperparameters "
                f"{', '.join(self.hyper)}, got {shown(hyper)}"
            )
        return self._checked(**hyper)

    def _groups_from(self, rows: Any) -> list[Group]:
        subject = f"the state of {type(self).__name__}: groups"
        sizes = [len(group.parameters) for group in self.groups]
        rows = rows if isinstance(rows, list) else []
        found = [row.get("size") if isinstance(row, Mapping) else None for row in rows]
        if found != sizes:
            raise ValueError(f"{subject} must have {listing(map(str, sizes))} parameters")
        groups = []
        for group, row in zip(self.groups, rows):
            own = {key: x for key, x in row.items() if key not in ("size", "factor")}
            if own.keys() != group.hyper.keys():
                wanted = listing(["factor", *group.hyper])
                raise ValueError(f"{subject} must each have {wanted}, got {shown([*own], 120)}")
            factor = as_float(row.get("factor"), f"{subject}, factor")
            if not 0 <= factor < math.inf:
                raise ValueError(f"{subject}: factor must be at least 0, got {shown(factor)}")
            groups.append(self._group(group.parameters, own))
            groups[-1].factor = factor
        return groups

    def _states_from(self, rows: Any, groups: list[Group], t: int) -> list[State]:
        subject = f"the state of {type(self).__name__}"
        slots = max(group.rule.slots for group in groups)
        count = len(self.parameters)
        rows = rows if isinstance(rows, list) else []
        if len(rows) != count or not all(_is_row(row, slots) for row in rows):
            raise ValueError(f"{subject} must hold {slots} numbers for each of {count} parameters")
        states: list[State] = [tuple(_floats(row, subject)) for row in rows]
        remaining = iter(states)
        for group in groups:
            for _, row in zip(group.parameters, remaining):
                g, _ = group.rule.update(0.0, 0.0, row[: group.rule.slots], t + 1)
                if isinstance(g, complex):
                    raise ValueError(
                        f"{subject} holds a negative mean of squares, which has no root"
                    )
        return states

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        for group in self.groups:
            if group.rule is None:
                group.rule = self.make_rule(**group.hyper)

    if not TYPE_CHECKING:  # to a checker, any name would be an attribute

        def __getattr__(self, name: str) -> Any:
            hinting(type(self).__name__, HABITS)(name)

    def __repr__(self) -> str:
        numbers = _written(self.hyper)
        groups = f" in {len(self.groups)} groups" if len(self.groups) > 1 else ""
        size = f"{counted(len(self.parameters), 'parameter')}{groups}"
        return f"{type(self).__name__}({size}, {', '.join(numbers)})"

    def _parts(self, parameters: Any) -> list[tuple[list[Value], dict[str, Any]]]:
        """The groups that are given, each with its own hyperparameters."""
        given = list(parameters) if isinstance(parameters, Iterable) else []
        if not any(isinstance(part, Mapping) for part in given):
            return [(self._values(given, parameters), {})]
        parts = []
        for i, part in enumerate(given):
            if not isinstance(part, Mapping) or "params" not in part:
                raise TypeError(
                    f"{type(self).__name__}: group {i} must be a dict such as {{'params': "
                    f"model.layers[0].parameters(), 'lr': 0.01}}, got {brief(part)}"
                )
            own = {key: x for key, x in part.items() if key != "params"}
            values = part["params"]
            values = [values] if isinstance(values, Value) else values
            listed = list(values) if isinstance(values, Iterable) else []
            parts.append((self._values(listed, values), own))
        return parts

    def _values(self, values: list[Any], given: Any) -> list[Value]:
        if not values or not all(isinstance(p, Value) for p in values):
            name = type(self).__name__
            raise TypeError(
                f"{name} takes the Values to move, as in {name}(model.parameters()), "
                f"got {brief(given)}"
            )
        return values

    def _group(self, values: list[Value], own: Mapping[str, Any]) -> Group:
        """A group with the hyperparameters of the optimizer, except where it has its own."""
        self._check_names(own, self.hyper)
        hyper = self._checked(**{**self.hyper, **own})
        lr = hyper.pop("lr")
        factor = 1.0
        if lr != self.lr:
            if not self.lr:
                raise ValueError(
                    f"{type(self).__name__}(lr=0) has groups with rates of their own, which are "
                    f"kept in proportion to it: give it an lr above 0"
                )
            factor = lr / self.lr
        return Group(values, hyper, self.make_rule(**hyper), factor)

    def _check_names(self, own: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        unknown = [key for key in own if key not in known and key != "lr"]
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no hyperparameter {shown(unknown[0])}; "
                f"it has lr, {', '.join(key for key in known if key != 'lr')}"
            )

    def _check_distinct(self) -> None:
        seen: set[Value] = set()
        for p in self.parameters:
            if p in seen:
                name = f", {p.label[:80]}" if p.label else ""
                raise ValueError(f"{type(self).__name__} got the same parameter twice{name}")
            seen.add(p)

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
                raise ValueError(
                    f"{subject} must be at least {low:g} and below {limit:g}, got {shown(x)}"
                )
        return given


HABITS = {
    "param_groups": "its groups are in .groups, its rate in .lr, the factor of a group's rate in "
    ".groups[i].factor",
    "add_param_group": "make the optimizer with all its groups, [{'params': ...}, ...]",
}
"""What PyTorch's optimizers have, and what to write here instead."""


def _written(hyper: Mapping[str, Any]) -> list[str]:
    """Hyperparameters as they are written in a call."""
    return [f"{key}={x}" if isinstance(x, bool) else f"{key}={x:g}" for key, x in hyper.items()]


def _floats(row: Iterable[Any], subject: str) -> list[float]:
    return [as_float(x, subject) for x in row]


def _is_row(x: Any, length: int) -> bool:
    return isinstance(x, (list, tuple)) and len(x) == length
