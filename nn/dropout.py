"""Dropout: in training, inputs are dropped at random."""

from __future__ import annotations

import random
from typing import Any

from autograd.checks import in_range
from nn.arguments import RNG, Row, generator
from nn.module import Module, refuse_tracing


class Dropout(Module):
    """In training, drops each input with probability p, and scales the others by 1 / (1 - p).

    y_i = 0 with probability p, else x_i / (1 - p): the mean over the draws stays x_i. In
    evaluation mode, y = x. Every sample gets its own draws from `rng`. Raises ValueError for a p
    outside [0, 1].
    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from
    overfitting", JMLR 15 (2014).

    >>> from autograd import Value
    >>> layer = Dropout(0.5, rng=0)
    >>> [y.data for y in layer([Value(1.0), Value(1.0), Value(1.0), Value(1.0)])]
    [2.0, 2.0, 0.0, 0.0]
    >>> layer.eval()([1.0])
    [1.0]
    """

    def __init__(self, p: float = 0.5, *, rng: RNG = None) -> None:
        self.p = in_range(p, "Dropout(p), the share of inputs to drop,", "from 0 to 1")
        given = generator(rng)
        # Python's own generator is hidden in the module random, which cannot be copied or pickled.
        self.rng = given if isinstance(given, random.Random) else None

    def forward(self, x: Row) -> list[Any]:  # floats stay floats, Values stay Values
        if not self.training or self.p == 0:
            return list(x)
        refuse_tracing(self, "draws at random for every sample")
        draw = generator(self.rng).random
        return [x_i * (0.0 if draw() < self.p else 1 / (1 - self.p)) for x_i in x]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.p:g})"
