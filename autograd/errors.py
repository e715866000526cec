"""The errors of the engine; each is a ValueError or a TypeError, so plain handlers catch it."""

from __future__ import annotations

import os
import sys

_HOME = os.path.dirname(__file__) + os.sep


class OpError(ValueError):
    """A row of the op table is missing, or does not fit together."""


class AnomalyError(ValueError):
    """`detect_anomaly` met the first nan or inf, or data that changed after it was recorded."""


class GradcheckError(ValueError):
    """A derivative disagrees with the numerical one; the message names the node and the slope."""


class DetachedError(TypeError):
    """A Value made from what is being differentiated became a float, for example in `math.sin`."""


class TracingError(TypeError):
    """A function that is being compiled looks at a number, or cannot be compiled at all.

    There are no numbers until the compiled function is called.
    """


def calling_line() -> tuple[str, int]:
    """The file and the line, outside of this package, from which it was called."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(_HOME):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
