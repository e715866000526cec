"""Model files: one JSON file with architecture, weights, optimizer, history, and no code."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autograd.checks import shown
from autograd.files import write
from nn.arguments import brief, listing
from nn.files.schema import (
    MAX_DEPTH,
    CheckpointError,
    build,
    content_of,
    describe,
    fail,
    fields,
    held,
    levels,
    number,
    unchecked,
)
from nn.module import Module
from nn.optim.optimizers import OPTIMIZERS, Optimizer
from nn.training.history import History
from nn.training.preparation import Preparation

FORMAT: Final = "glassgrad model"
VERSION: Final = 1
MAX_BYTES: Final = 64 * 2**20
"""Larger files are refused: a million weights take about 22 MB."""


@dataclass(frozen=True)
class Checkpoint:
    """The contents of a model file; `optimizer` and `history` are None if it had none."""

    model: Module
    optimizer: Optimizer | None
    history: History | None


def save(
    path: str | Path,
    model: Module,
    optimizer: Optimizer | None = None,
    history: History | None = None,
) -> None:
    """Write a model, with its optimizer and its history if given, into one JSON file.

    The file is written whole or not at all. Numbers are written so that they come back to the last
    bit. Raises CheckpointError for nan and inf, and for what a file cannot hold.

    >>> import tempfile
    >>> from nn import MLP
    >>> file = Path(tempfile.mkdtemp()) / "model.json"
    >>> model = MLP([2, 3, 1], rng=0)
    >>> save(file, model)
    >>> load(file).model([0.5, -1.0]).data == model([0.5, -1.0]).data
    True
    """
    if not isinstance(model, Module):
        raise TypeError(
            f"save takes the path first and then the Module, as in save('model.json', model), got "
            f"{type(model).__name__} as model"
        )
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"save(optimizer) takes an Optimizer, got {brief(optimizer)}")
    if history is not None and not isinstance(history, History):
        raise TypeError(f"save(history) takes what fit returned, a History, got {brief(history)}")
    described = describe(model)
    content = {
        "format": FORMAT,
        "version": VERSION,
        "model": described,
        "optimizer": None if optimizer is None else _optimizer_to(optimizer, model),
        "history": None if history is None else _plain(history),
    }
    if isinstance(model.preparation, Preparation):
        content["preparation"] = model.preparation.to_plain()
    try:
        text = json.dumps(content, allow_nan=False, indent=1)
    except ValueError:
        raise CheckpointError(
            "the optimizer or the history holds nan or inf, and is not saved: leave it out, or fix "
            "it"
        ) from None
    data = text.encode()
    if levels(described) > MAX_DEPTH:
        raise CheckpointError(
            f"{brief(model)} has modules within modules, {levels(described)} deep, and load reads "
            f"at most {MAX_DEPTH}: save_npz saves the weights alone"
        )
    if len(data) > MAX_BYTES:
        raise CheckpointError(
            f"{brief(model)} makes a file of {len(data)} bytes, and load reads at most "
            f"{MAX_BYTES}: save_npz saves the weights alone"
        )
    write(Path(path), data)


def load(path: str | Path, into: Module | None = None) -> Checkpoint:
    """Read a model file into a new model, or into an existing one of the same architecture.

    A new model is in evaluation mode. Everything is checked before anything is changed. Raises
    CheckpointError for whatever `save` would not have written: not JSON, nan, duplicate keys, wrong
    types and shapes, unknown keys and versions; OSError if the file cannot be read.
    """
    content = _parsed(Path(path))
    if isinstance(content, dict):
        content = {"preparation": None, **content}  # a model that no fit has trained has none
    names = ("format", "version", "model", "optimizer", "history", "preparation")
    format, version, entry, optimizer, history, preparation = fields(content, "the file", *names)
    if format != FORMAT:
        raise fail("format", format, repr(FORMAT))
    if not isinstance(version, int) or isinstance(version, bool) or version != VERSION:
        raise fail("version", version, f"{VERSION}, the only version that this glassgrad reads")
    if into is None:
        model, state = build(entry).eval(), None
    else:
        model, state = into, _state_for(into, entry)
    prepared = None if preparation is None else Preparation.from_plain(preparation)
    remembered = None if history is None else History.from_plain(history)
    resumed = None if optimizer is None else _optimizer_from(optimizer, model)
    if state is not None:
        model.load_state_dict(state)
    model.preparation = prepared
    return Checkpoint(model, resumed, remembered)


def _parsed(path: Path) -> Any:
    content = content_of(path, MAX_BYTES)
    try:
        return json.loads(
            content.decode(),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_int=_int,
            parse_float=_float,
        )
    except CheckpointError:
        raise
    except RecursionError:
        raise CheckpointError(f"{path.name} nests too deeply to be a model") from None
    except ValueError as error:  # also UnicodeDecodeError and JSONDecodeError
        raise CheckpointError(f"{path.name} is not JSON text: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        (key, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise CheckpointError(f"the key {held(key)} occurs twice in one object")
    for text in (*made, *made.values()):
        if isinstance(text, str) and not text.isascii():
            text.encode()  # raises UnicodeEncodeError for half a character
    return made


def _refuse(text: str) -> Any:
    raise CheckpointError(f"the file holds {text}, which is not a finite number")


def _int(text: str) -> int:
    if len(text) > 20:
        raise CheckpointError(f"the file holds a whole number of {len(text)} digits")
    return int(text)


def _float(text: str) -> float:
    x = float(text)
    return x if math.isfinite(x) else _refuse(text[:40])


def _state_for(model: Module, entry: Any) -> dict[str, float]:
    """The state in a file for a model that exists, if the two have the same architecture."""
    ours = unchecked(model)  # perhaps it is loaded into because its weights are broken
    if isinstance(entry, dict) and entry.get("type") == ours["type"] == "state":
        _, kind, state = fields(entry, "model", "type", "class", "state")
        if kind != ours["class"]:
            raise fail("model.class", kind, repr(ours["class"]))
        if not isinstance(state, dict) or state.keys() != ours["state"].keys():
            raise fail(
                "model.state",
                state,
                f"the names of {type(model).__name__}: {listing(ours['state'])}",
            )
        return {name: number(x, f"model.state[{shown(name)}]") for name, x in state.items()}
    theirs = build(entry)
    if _outline(describe(theirs)) != _outline(ours):
        raise CheckpointError(
            f"the file holds {brief(theirs)}, which does not fit into {brief(model)}: load without "
            f"into=, or make a model like it"
        )
    return theirs.state_dict()


def _outline(x: Any, learned: bool = False) -> Any:
    """A description without learned numbers: types, activations, shapes, settings such as eps."""
    if isinstance(x, dict):
        return {key: _outline(part, key == "b") for key, part in x.items()}
    if isinstance(x, list):
        return [_outline(part, True) for part in x]
    return 0 if learned and isinstance(x, float) else x


def _optimizer_to(optimizer: Optimizer, model: Module) -> dict[str, Any]:
    if OPTIMIZERS.get(type(optimizer).__name__.lower()) is not type(optimizer):
        raise CheckpointError(
            f"{type(optimizer).__name__} is your own optimizer, which no file can hold: save "
            f"its state_dict() yourself"
        )
    state, names = optimizer.state_dict(), {p: name for name, p in model.named_parameters()}
    if optimizer.parameters == [*names] and len(optimizer.groups) == 1:
        return state
    if not {*optimizer.parameters} <= names.keys():
        raise CheckpointError(
            f"{shown(optimizer)} moves parameters that do not belong to {brief(model)}: save it "
            f"with its own model"
        )
    groups = []
    for group in optimizer.groups:
        has_own = len(optimizer.groups) > 1
        own = {**group.hyper, "factor": group.factor} if has_own else {}
        groups.append({"parameters": [names[p] for p in group.parameters], **own})
    return {**state, "groups": groups}


def _optimizer_from(x: Any, model: Module) -> Optimizer:
    if isinstance(x, dict):
        x = {"groups": None, **x}  # a file has them only if they hold something
    name, hyper, t, state, groups = fields(x, "optimizer", *OPTIMIZER)
    kind = OPTIMIZERS.get(name.lower()) if isinstance(name, str) else None
    if kind is None:
        raise fail("optimizer.name", name, f"one of {', '.join(OPTIMIZERS)}")
    if not isinstance(hyper, dict):
        raise fail("optimizer.hyper", hyper, "an object of numbers")
    if not isinstance(state, list) or not all(isinstance(row, list) for row in state):
        raise fail("optimizer.state", state, "a list of lists of numbers, one for each parameter")
    rows = []
    for i, row in enumerate(state):
        rows.append([number(y, f"optimizer.state[{i}]") for y in row])
    try:
        parts, own = _groups_from(groups, model)
        optimizer = kind(parts)
        known = {"name": name, "hyper": _hyper(hyper, kind, "optimizer.hyper"), "t": t}
        several = {"groups": [_hyper(x, kind, "optimizer.groups") for x in own]}
        optimizer.load_state_dict({**known, "state": rows, **(several if len(own) > 1 else {})})
    except CheckpointError:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        raise CheckpointError(f"optimizer: {error}") from None
    return optimizer


OPTIMIZER: Final = ("name", "hyper", "t", "state", "groups")


def _hyper(x: dict[str, Any], kind: Any, where: str) -> dict[str, Any]:
    """Hyperparameters that a file holds: numbers, except for the switches."""
    known = {}
    for key, y in x.items():
        is_number = key not in (*kind.switches, "size")
        known[key] = number(y, f"{where}.{held(key)}") if is_number else y
    return known


def _groups_from(groups: Any, model: Module) -> tuple[Any, list[dict[str, Any]]]:
    """The parameters of each group, and its own hyperparameters; for None, the whole model."""
    if groups is None:
        return model.parameters(), []
    if not isinstance(groups, list) or not groups:
        raise fail("optimizer.groups", groups, "a list of objects, one for each group")
    known, parts, own = dict(model.named_parameters()), [], []
    for i, group in enumerate(groups):
        where = f"optimizer.groups[{i}]"
        names = group.get("parameters") if isinstance(group, dict) else None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise fail(where, group, "an object with the names of its parameters")
        for name in names:
            if name not in known:
                raise fail(f"{where}.parameters", name, "a parameter of the model")
        parts.append({"params": [known[name] for name in names]})
        if "size" in group:
            raise fail(where, "size", "its parameters by their names")
        rest = {key: y for key, y in group.items() if key != "parameters"}
        if rest and len(groups) == 1:
            raise fail(where, group, "parameters alone, since it is the only group")
        own.append({**rest, "size": len(names)})
    return parts, own


def _plain(history: History) -> dict[str, Any]:
    plain = history.to_plain()
    try:
        History.from_plain(json.loads(json.dumps(plain)))  # do not save what could not be loaded
    except TypeError as error:
        raise CheckpointError(f"history: {error}, and no file can hold it") from None
    return plain
