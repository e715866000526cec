"""glassgrad: a scalar autograd engine made of glass, under the name it is installed by.

Everything that `autograd` offers is here, and the packages `nn` and `viz`. Nothing is imported
until it is used, so that the command line can start, and report the problem, if another
distribution or a file of yours has taken one of the names. In that case any use raises ImportError.

>>> import glassgrad as gg
>>> x = gg.Value(3.0)
>>> (x * x).backward(); x.grad
6.0
>>> gg.nn.MLP([2, 1], rng=0)
MLP([2, 1], identity, 3 parameters)
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from glassgrad.conflicts import NAMES, check

if TYPE_CHECKING:
    import autograd
    import nn as nn
    import viz as viz
    from autograd import *  # noqa: F403
    from autograd import Program as Program
    from autograd import __version__ as __version__
    from autograd import abs as abs
    from autograd import compile as compile
    from autograd import pow as pow
    from autograd.ops import *  # noqa: F403

    # To pyright, what is not in here is private. (mypy does not read such a sum of lists.)
    __all__ = ["nn", "viz"]
    __all__ += autograd.__all__

else:

    def __getattr__(name: str) -> Any:
        engine = _engine()
        if name == "__all__":
            return [*engine.__all__, *NAMES]
        found = import_module(name) if name in NAMES else getattr(engine, name)
        if name in NAMES or name in vars(engine):  # not an op that was added and may be replaced
            globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted([*dir(_engine()), *NAMES])


@cache
def _engine() -> Any:
    """The package autograd, once it is known to be the right one."""
    check()
    return import_module("autograd")
