"""glassgrad: a scalar autograd engine made of glass, under the name by which it is installed.

Everything that `autograd` offers is here, and the packages `nn` and `viz`. Each is imported when
it is first asked for. Raises ImportError if another distribution, or a file of yours, has taken
one of the three names.

>>> import glassgrad as gg
>>> x = gg.Value(3.0)
>>> (x * x).backward(); x.grad
6.0
>>> gg.nn.MLP([2, 1], rng=0)([1.0, -1.0]) > -10
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from glassgrad import conflicts

conflicts.check()

import autograd  # noqa: E402 - only now is it known to be the right one
from autograd import *  # noqa: E402, F403
from autograd import __version__ as __version__  # noqa: E402

if TYPE_CHECKING:
    import nn as nn
    import viz as viz

PACKAGES = ("autograd", "nn", "viz")

__all__ = [*autograd.__all__, "__version__", *PACKAGES]


def __getattr__(name: str) -> Any:
    return import_module(name) if name in PACKAGES else getattr(autograd, name)


def __dir__() -> list[str]:
    return sorted({*dir(autograd), *PACKAGES})
