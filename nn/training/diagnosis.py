"""The teacher's eye: what went wrong in a training, with the evidence and the remedy.

The checks are in `nn.training.evidence`; the table here has, for each fault, its check, the remedy,
and the faults that would explain it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nn.module import Module
from nn.training import evidence
from nn.training.history import History


@dataclass(frozen=True, repr=False)
class Finding:
    """One fault: its name, the evidence, and the remedy, which `print` shows and repr does not."""

    name: str
    evidence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name}: {self.evidence}. {self.remedy}."

    def __repr__(self) -> str:
        return f"Finding({self.name}: {self.evidence})"


def diagnose(model: Module, history: History) -> list[Finding]:
    """What a teacher would say about a training: findings, gravest first; none if it is healthy.

    A fault that another one explains is left out: equal neurons are not also said to underfit.
    Raises ValueError for a history without epochs, unless the training diverged in the first.

    >>> from nn import MLP, data, fit
    >>> model, samples = MLP([2, 8, 2], init="zeros"), data.circles(40, rng=0)
    >>> history = fit(model, samples, optimizer="sgd", epochs=10, rng=0, progress=False)
    >>> print(diagnose(model, history)[0])  # doctest: +ELLIPSIS
    symmetric initialisation: the 8 neurons of layers.0 have equal weights. ...
    """
    if not isinstance(model, Module) or not isinstance(history, History):
        raise TypeError(
            f"diagnose takes a Module and the History of its training, got {type(model).__name__} "
            f"and {type(history).__name__}"
        )
    if not history.epochs and history.stopped != "diverged":
        raise ValueError("diagnose needs a history with at least one epoch: train first")
    found: dict[str, Finding] = {}
    for name, (check, remedy, explained_by) in CHECKS.items():
        if found.keys() & explained_by or (check not in OF_NO_EPOCH and not history.epochs):
            continue
        shown = check(model, history)
        if shown:
            found[name] = Finding(name, shown, remedy)
    return list(found.values())


Check = Callable[[Module, History], str]

CAUSES: Final = (
    "forgotten zero_grad",
    "symmetric initialisation",
    "data not standardised",
    "targets not standardised",
    "vanishing gradients",
    "exploding gradients",
    "saturated units",
    "learning rate too large",
    "dead ReLU",
    "oscillation",
    "learning rate too small",
)
"""The faults that would explain why little was learned."""

CHECKS: Final[dict[str, tuple[Check, str, Sequence[str]]]] = {
    "forgotten zero_grad": (
        evidence.stale_gradients,
        "Call opt.zero_grad() before each backward(): it adds to what is there",
        (),
    ),
    "symmetric initialisation": (
        evidence.symmetric,
        "They get equal gradients and stay equal: start from random weights, init='auto'",
        (),
    ),
    "data not standardised": (
        evidence.not_standardised,
        "Bring each feature to mean 0 and deviation 1: fit(..., standardise=True), or "
        "train, test = data.standardise(train, test)",
        (),
    ),
    "targets not standardised": (
        evidence.targets_not_standardised,
        "The outputs start near 0: bring the targets to mean 0 and deviation 1, "
        "fit(..., standardise_targets=True)",
        ("data not standardised",),
    ),
    "labels unbalanced": (
        evidence.unbalanced,
        "Look at the confusion matrix rather than the accuracy, and weight the classes: "
        "loss=functools.partial(losses.cross_entropy, weight=[1, 5])",
        (),
    ),
    "exploding gradients": (
        evidence.exploding,
        "Start from smaller weights (init='auto'), or clip: clip_norm=1.0",
        (),
    ),
    "learning rate too large": (
        evidence.too_large,
        "Divide it by 10, or lower it during the training: schedule='cosine'",
        (
            "forgotten zero_grad",
            "exploding gradients",
            "data not standardised",
            "targets not standardised",
        ),
    ),
    "vanishing gradients": (
        evidence.vanishing,
        "Little of the error reaches the first layers: use ReLU with He initialisation, tanh with "
        "Xavier, BatchNorm, or fewer layers",
        ("symmetric initialisation", "learning rate too large"),
    ),
    "saturated units": (
        evidence.saturated,
        "Hardly any gradient gets through them: start from smaller weights (init='auto') and "
        "standardise the data",
        ("data not standardised", "learning rate too large"),
    ),
    "dead ReLU": (
        evidence.dead,
        "They get no gradient and cannot come back: use a smaller learning rate, init='auto', or "
        "leaky_relu",
        ("symmetric initialisation",),
    ),
    "part without a gradient": (
        evidence.unreached,
        "It cannot learn. Unless it is frozen on purpose, make sure that the loss depends on its "
        "output, and that no .data, float() or no_grad() lies on the way",
        ("symmetric initialisation", "dead ReLU", "saturated units", "vanishing gradients"),
    ),
    "oscillation": (
        evidence.oscillating,
        "Use a smaller learning rate, larger batches, less momentum, or a schedule that lowers "
        "the rate",
        (
            "forgotten zero_grad",
            "learning rate too large",
            "data not standardised",
            "targets not standardised",
        ),
    ),
    "learning rate too small": (
        evidence.too_small,
        "Multiply it by 10",
        (
            "symmetric initialisation",
            "vanishing gradients",
            "exploding gradients",
            "dead ReLU",
            "saturated units",
        ),
    ),
    "overfitting": (
        evidence.overfitting,
        "More data helps most; otherwise stop early (EarlyStopping), regularise (l2=0.01, "
        "Dropout), or use a smaller network",
        (),
    ),
    "training not finished": (
        evidence.unfinished,
        "Train for more epochs, or with a larger learning rate",
        CAUSES,
    ),
    "underfitting": (
        evidence.underfitting,
        "If a larger learning rate does not help, the network is too small: use more units, "
        "another layer, or an activation that is not linear",
        CAUSES,
    ),
}
"""For each fault: its check, the remedy, and the faults that would explain it. Gravest first."""

OF_NO_EPOCH: Final = (
    evidence.stale_gradients,
    evidence.symmetric,
    evidence.not_standardised,
    evidence.unbalanced,
    evidence.too_large,
)
"""The checks that need no epoch, for a training that diverged in the first."""
