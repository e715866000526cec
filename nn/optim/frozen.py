"""Parameters that no optimizer moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from weakref import WeakSet

from autograd import Value

_FROZEN: WeakSet[Value] = WeakSet()

changes: Final = [0]
"""How often something was frozen or unfrozen: what was looked up before is out of date."""


def freeze(parameters: Iterable[Value]) -> None:
    """Keep every optimizer from moving these parameters."""
    _FROZEN.update(parameters)
    changes[0] += 1


def unfreeze(parameters: Iterable[Value]) -> None:
    """Let optimizers move these parameters again."""
    _FROZEN.difference_update(parameters)
    changes[0] += 1


def frozen_among(parameters: Iterable[Value]) -> set[Value]:
    """Those of the parameters that are frozen.

    >>> w, b = Value(1.0), Value(2.0)
    >>> freeze([b])
    >>> frozen_among([w, b]) == {b}
    True
    """
    return {p for p in parameters if p in _FROZEN} if _FROZEN else set()


def frozen_places(parameters: Sequence[Value]) -> list[int]:
    """The positions in the list of the frozen parameters."""
    held = frozen_among(parameters)
    return [i for i, p in enumerate(parameters) if p in held] if held else []
