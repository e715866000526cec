"""The teacher's eye: what went wrong in a training, from its history, with the evidence and the remedy.

Each check is a function of the model and its history that returns its evidence, or "" if there is nothing to say. Thresholds
were set on trainings with and without each fault, which the tests repeat.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nn.history import History
from nn.layers import Layer
from nn.module import Module


@dataclass(frozen=True)
class Finding:
    """One fault: its name, what shows it, and what to do."""

    name: str
    evidence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name}: {self.evidence}. {self.remedy}."


def diagnose(model: Module, history: History) -> list[Finding]:
    """What a teacher would say about a training: findings, gravest first; none for a healthy one.

    A fault that another one explains is left out: equal neurons do not also get told that they underfit.
    Raises ValueError for a history without an epoch, unless the training diverged in the first.

    >>> from nn import MLP, data, fit
    >>> model = MLP([2, 8, 2], init="zeros")
    >>> history = fit(model, data.circles(40, rng=0), optimizer="sgd", lr=0.1, epochs=10, rng=0, progress=False)
    >>> print(diagnose(model, history)[0])  # doctest: +ELLIPSIS
    symmetric initialisation: the 8 neurons of layers.0 have equal weights. ...
    """
    if not isinstance(model, Module) or not isinstance(history, History):
        raise TypeError(f"diagnose takes a Module and the History of its training, got {type(model).__name__} and {type(history).__name__}")
    if not history.epochs and history.stopped != "diverged":
        raise ValueError("diagnose needs a history with at least one epoch: train first")
    found: dict[str, Finding] = {}
    for name, (check, remedy, explained_by) in CHECKS.items():
        if found.keys() & explained_by or (check not in OF_NO_EPOCH and not history.epochs):
            continue
        evidence = check(model, history)
        if evidence:
            found[name] = Finding(name, evidence, remedy)
    return list(found.values())


def _stale_gradients(model: Module, history: History) -> str:
    return "the gradients of the second step were its own plus those of the first" if history.stale_gradients else ""


def _symmetric(model: Module, history: History) -> str:
    layers = [(name, m) for name, m in model.named_modules() if isinstance(m, Layer)][:-1]
    for name, layer in layers:
        rows = [[p.data for p in neuron.parameters()] for neuron in layer.neurons]
        if len(rows) > 1 and all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for row in rows[1:] for x, y in zip(row, rows[0])):
            return f"the {len(rows)} neurons of {name} have equal weights"
    return ""


def _not_standardised(model: Module, history: History) -> str:
    facts = history.facts
    for j, (mean, scale) in enumerate(zip(facts.means, facts.scales) if facts else ()):
        if (abs(mean) > 5 * scale and abs(mean) > 5) or scale > 10:
            return f"feature {j} has mean {mean:.3g} and deviation {scale:.3g}"
    return ""


def _unbalanced(model: Module, history: History) -> str:
    counts = _class_counts(history)
    if len(counts) < 2:
        return ""
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[most] < 5 * counts[least]:
        return ""
    share = counts[most] / sum(counts.values())
    return f"class {most} has {counts[most]} samples, class {least} {counts[least]}: always saying {most} would be {share:.0%} accurate"


def _diverged(model: Module, history: History) -> str:
    losses = history.column("loss")
    if history.stopped == "diverged":
        return f"the loss left the range of floats after {len(losses)} epochs"
    step = max(max(epoch.update_ratios.values()) for epoch in history)
    shares = _class_shares(history)
    guessing = -sum(share * math.log(share) for share in shares)  # the cross-entropy of always saying how frequent the classes are
    rose = losses[-1] > 1.5 * losses[0] or (max(losses) > 3 * losses[0] and losses[-1] > 0.5 * losses[0])
    if rose or (shares and step > 0.3 and losses[-1] > 3 * guessing > 0):
        return f"the loss went from {losses[0]:.3g} to {losses[-1]:.3g}, with steps up to {step:.2g} of the weights"
    return ""


def _class_counts(history: History) -> dict[int, int]:
    """How often each class is there; {} for a regression, whose targets may be whole numbers too."""
    classified = bool(history.epochs) and history[-1].accuracy is not None
    return history.facts.class_counts if history.facts and classified else {}


def _class_shares(history: History) -> list[float]:
    counts = _class_counts(history)
    return [count / sum(counts.values()) for count in counts.values()]


def _ratio(history: History) -> float | None:
    """Delta of the first hidden layer over that of the last, at the start: the typical one of the first epochs."""
    ratios = []
    for epoch in history.epochs[:5]:
        hidden = [epoch.deltas[name] for name in epoch.dead if name in epoch.deltas]
        if len(hidden) >= 3 and hidden[-1] > 0:
            ratios.append(hidden[0] / hidden[-1])
    return statistics.median(ratios) if ratios else None


def _vanishing(model: Module, history: History) -> str:
    ratio = _ratio(history)
    if ratio is None or ratio >= 2e-3:
        return ""
    return f"delta in the first hidden layer is {ratio:.1e} of that in the last"


def _exploding(model: Module, history: History) -> str:
    ratio = _ratio(history)
    if ratio is None or ratio <= 150:
        return ""
    return f"delta in the first hidden layer is {ratio:.1e} times that in the last"


def _dead(model: Module, history: History) -> str:
    shares = history[-1].dead
    worst = max(shares, key=shares.__getitem__, default="")
    if not worst or shares[worst] < 0.75:
        return ""
    return f"{shares[worst]:.0%} of the units of {worst} gave 0 for every sample of the last epoch"


def _saturated(model: Module, history: History) -> str:
    shares = history[0].saturated
    worst = max(shares, key=shares.__getitem__, default="")
    if not worst or shares[worst] < 0.5:
        return ""
    return f"in the first epoch {shares[worst]:.0%} of the outputs of {worst} lay where the slope is below 0.01"


def _too_small(model: Module, history: History) -> str:
    losses = history.column("loss")
    ratio = max(history[0].update_ratios.values())
    falling = sum(b < a for a, b in zip(losses, losses[1:])) >= 0.6 * (len(losses) - 1)
    if len(losses) < 3 or ratio >= 2e-4 or not falling or losses[-1] < 0.8 * losses[0]:
        return ""
    return f"each step moves the weights by {ratio:.0e} of their size, and the loss fell from {losses[0]:.4g} to {losses[-1]:.4g} only"


def _oscillating(model: Module, history: History) -> str:
    losses = history.column("loss")
    late = losses[len(losses) // 3 :]
    changes = [b - a for a, b in zip(late, late[1:])]
    level = statistics.median(late)
    if len(changes) < 4 or level < 0.05 * losses[0]:  # what is solved may tremble
        return ""
    turns = sum(a * b < 0 for a, b in zip(changes, changes[1:])) / (len(changes) - 1)
    size = statistics.median(map(abs, changes))
    if turns < 0.35 or size < 0.15 * level:
        return ""
    return f"the loss goes up and down around {level:.2g}, by {size:.2g} an epoch, between {min(late):.2g} and {max(late):.2g}"


def _overfitting(model: Module, history: History) -> str:
    val = history.column("val_loss")
    if None in val or len(val) < 3 or history.stopped == "early":  # then the best weights were restored
        return ""
    best, last = min(val), history[-1]
    if last.val_loss is None or last.val_loss - best < 0.15 * val[0] or last.loss > 0.7 * last.val_loss:
        return ""
    return f"the validation loss was {best:.3g} in epoch {val.index(best)} and is {last.val_loss:.3g}, the training loss {last.loss:.3g}"


def _underfitting(model: Module, history: History) -> str:
    poor = _poor(history)
    losses = history.column("loss")
    return f"the loss has settled at {losses[-1]:.3g}, {poor}" if len(losses) >= 6 and poor and not _falling(losses) else ""


def _unfinished(model: Module, history: History) -> str:
    poor = _poor(history) if history[-1].accuracy is not None else ""  # of a regression that falls nobody knows how far it can
    losses = history.column("loss")
    return f"the loss is still falling at {losses[-1]:.3g}, {poor}" if len(losses) >= 6 and poor and _falling(losses) else ""


def _poor(history: History) -> str:
    """What shows that little was learned; "" if enough was."""
    first, last = history[0], history[-1]
    if last.accuracy is None:
        return f"from {first.loss:.3g}" if last.loss > 0.5 * first.loss else ""
    guessing = max(_class_shares(history), default=0.5)
    if last.accuracy >= guessing + 0.5 * (1 - guessing):
        return ""
    return f"with {last.accuracy:.0%} of the training data right; guessing gives {guessing:.0%}"


def _falling(losses: list[float]) -> bool:
    """Whether the loss was still going down in the last third: by 5%, or in nearly every epoch."""
    late = losses[-max(5, len(losses) // 3) :]  # over fewer epochs than that, slow progress looks like none
    steps = [b < a for a, b in zip(late, late[1:])]
    return min(late) < 0.95 * late[0] or (sum(steps) >= 0.85 * len(steps) and late[-1] < 0.995 * late[0])


Check = Callable[[Module, History], str]

CAUSES: Final = (
    "forgotten zero_grad",
    "symmetric initialisation",
    "data not standardised",
    "vanishing gradients",
    "exploding gradients",
    "saturated units",
    "learning rate too large",
    "dead ReLU",
    "oscillation",
    "learning rate too small",
)
"""What would explain that little was learned."""

CHECKS: Final[dict[str, tuple[Check, str, Sequence[str]]]] = {
    "forgotten zero_grad": (
        _stale_gradients,
        "Call opt.zero_grad() before each backward(): it adds to what is there",
        (),
    ),
    "symmetric initialisation": (
        _symmetric,
        "They get equal gradients and stay equal: start from random weights, init='auto'",
        (),
    ),
    "data not standardised": (
        _not_standardised,
        "Bring each feature to mean 0 and deviation 1: train, test = data.standardise(train, test)",
        (),
    ),
    "labels unbalanced": (
        _unbalanced,
        "Look at the confusion matrix rather than the accuracy, and weigh the classes: "
        "loss=functools.partial(losses.cross_entropy, weight=[1, 5])",
        (),
    ),
    "vanishing gradients": (
        _vanishing,
        "The first layers hardly learn: take ReLU with He initialisation, tanh with Xavier, BatchNorm, or fewer layers",
        ("symmetric initialisation",),
    ),
    "exploding gradients": (
        _exploding,
        "Start from smaller weights (init='auto'), or clip: clip_norm=1.0",
        (),
    ),
    "saturated units": (
        _saturated,
        "Hardly any gradient gets through them: start from smaller weights (init='auto') and standardise the data",
        ("data not standardised",),
    ),
    "learning rate too large": (
        _diverged,
        "Divide it by 10",
        ("forgotten zero_grad", "exploding gradients", "data not standardised"),
    ),
    "dead ReLU": (
        _dead,
        "They get no gradient and cannot come back: take a smaller learning rate, init='auto', or leaky_relu",
        ("symmetric initialisation",),
    ),
    "oscillation": (
        _oscillating,
        "Take a smaller learning rate, larger batches, less momentum, or a schedule that lowers the rate",
        ("forgotten zero_grad", "learning rate too large", "data not standardised"),
    ),
    "learning rate too small": (
        _too_small,
        "Multiply it by 10",
        ("symmetric initialisation", "vanishing gradients", "exploding gradients", "dead ReLU", "saturated units"),
    ),
    "overfitting": (
        _overfitting,
        "More data helps most; else stop early (EarlyStopping), regularise (l2=0.01, Dropout), or take a smaller network",
        (),
    ),
    "training not finished": (
        _unfinished,
        "Train for more epochs, or with a larger learning rate",
        CAUSES,
    ),
    "underfitting": (
        _underfitting,
        "If a larger learning rate does not help, the network is too small: take more units, another layer, or an activation not linear",
        CAUSES,
    ),
}
"""For each fault: its check, the remedy, and the faults that would explain it. Gravest first."""

OF_NO_EPOCH: Final = (_stale_gradients, _symmetric, _not_standardised, _unbalanced, _diverged)
"""The checks that need no epoch, for a training that diverged in the first."""
