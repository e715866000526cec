"""What shows a fault in the history of a training. Each check returns its evidence, or "" if there is nothing to say.

The thresholds were set on trainings with and without each fault (`tests/nn/trainings.py`), so that every fault is found and
nothing is said about the healthy.
"""

from __future__ import annotations

import math
import statistics

from nn.layers import Layer
from nn.module import Module
from nn.training.history import History


def stale_gradients(model: Module, history: History) -> str:
    return "the gradients of the second step were its own plus those of the first" if history.stale_gradients else ""


def symmetric(model: Module, history: History) -> str:
    layers = [(name, m) for name, m in model.named_modules() if isinstance(m, Layer)][:-1]
    for name, layer in layers:
        rows = [[p.data for p in neuron.parameters()] for neuron in layer.neurons]
        if len(rows) > 1 and all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for row in rows[1:] for x, y in zip(row, rows[0])):
            return f"the {len(rows)} neurons of {name} have equal weights"
    return ""


def not_standardised(model: Module, history: History) -> str:
    facts = history.facts
    for j, (mean, scale) in enumerate(zip(facts.means, facts.scales) if facts else ()):
        if (abs(mean) > 5 * scale and abs(mean) > 5) or scale > 10:
            return f"feature {j} has mean {mean:.3g} and deviation {scale:.3g}"
    return ""


def unbalanced(model: Module, history: History) -> str:
    counts = _class_counts(history)
    if len(counts) < 2:
        return ""
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[most] < 5 * counts[least]:
        return ""
    share = counts[most] / sum(counts.values())
    return f"class {most} has {counts[most]} samples, class {least} {counts[least]}: always saying {most} would be {share:.0%} accurate"


def diverged(model: Module, history: History) -> str:
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


def vanishing(model: Module, history: History) -> str:
    ratio = _ratio(history)
    if ratio is None or ratio >= 2e-3:
        return ""
    return f"delta in the first hidden layer is {ratio:.1e} of that in the last"


def exploding(model: Module, history: History) -> str:
    ratio = _ratio(history)
    if ratio is None or ratio <= 150:
        return ""
    return f"delta in the first hidden layer is {ratio:.1e} times that in the last"


def dead(model: Module, history: History) -> str:
    shares = history[-1].dead
    worst = max(shares, key=shares.__getitem__, default="")
    if not worst or shares[worst] < 0.75:
        return ""
    return f"{shares[worst]:.0%} of the units of {worst} gave 0 for every sample of the last epoch"


def saturated(model: Module, history: History) -> str:
    shares = history[0].saturated
    worst = max(shares, key=shares.__getitem__, default="")
    if not worst or shares[worst] < 0.5:
        return ""
    return f"in the first epoch {shares[worst]:.0%} of the outputs of {worst} lay where the slope is below 0.01"


def too_small(model: Module, history: History) -> str:
    losses = history.column("loss")
    ratio = max(history[0].update_ratios.values())
    falling = sum(b < a for a, b in zip(losses, losses[1:])) >= 0.6 * (len(losses) - 1)
    if len(losses) < 3 or ratio >= 2e-4 or not falling or losses[-1] < 0.8 * losses[0]:
        return ""
    return f"each step moves the weights by {ratio:.0e} of their size, and the loss fell from {losses[0]:.4g} to {losses[-1]:.4g} only"


def oscillating(model: Module, history: History) -> str:
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


def overfitting(model: Module, history: History) -> str:
    val = history.column("val_loss")
    if None in val or len(val) < 3 or history.stopped == "early":  # then the best weights were restored
        return ""
    best, last = min(val), history[-1]
    if last.val_loss is None or last.val_loss - best < 0.15 * val[0] or last.loss > 0.7 * last.val_loss:
        return ""
    return f"the validation loss was {best:.3g} in epoch {val.index(best)} and is {last.val_loss:.3g}, the training loss {last.loss:.3g}"


def underfitting(model: Module, history: History) -> str:
    poor = _poor(history)
    losses = history.column("loss")
    return f"the loss has settled at {losses[-1]:.3g}, {poor}" if len(losses) >= 6 and poor and not _falling(losses) else ""


def unfinished(model: Module, history: History) -> str:
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
