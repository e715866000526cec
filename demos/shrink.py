"""The smallest program that shows a fault: what Hypothesis makes up, and then makes smaller."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from autograd import OPS
from autograd.strategies import Program, programs


def smallest(
    ops: Sequence[str], is_wrong: Callable[[Program], bool], examples: int
) -> Program | None:
    """The smallest program of one input over these ops that is wrong; None if no example is.

    The same every time: examples are derived from the function, not drawn at random.
    """
    made_up = programs([OPS[name] for name in ops], n_inputs=1, max_ops=8)
    quiet = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    try:
        return find(made_up, is_wrong, settings=quiet)
    except NoSuchExample:
        return None
