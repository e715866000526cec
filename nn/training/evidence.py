"""What shows a fault in the history of a training. Each check returns its evidence, or "".

The thresholds were set on trainings with and without each fault (`tests/nn/trainings.py`), with
SGD, momentum and Adam, so that every fault is found and nothing is said about healthy trainings.
Every number that is quoted comes with its epoch, counted from 0 as in the history.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from nn.arguments import counted
from nn.layers import Layer
from nn.module import Module
from nn.training.history import History


def stale_gradients(model: Module, history: History) -> str:
    if not history.stale_gradients:
        return ""
    return "the gradients of the second step were its own plus those of the first"


def symmetric(model: Module, history: History) -> str:
    layers = [(name, m) for name, m in model.named_modules() if isinstance(m, Layer)]
    for name, layer in layers[:-1]:
        rows = [numbers_of(neuron) for neuron in layer.neurons]
        if len(rows) > 1 and all(_are_equal(row, rows[0]) for row in rows[1:]):
            return f"the {len(rows)} neurons of {name} have equal weights"
    return ""


def numbers_of(module: Module) -> list[float]:
    """The parameters of a module as numbers.

    >>> numbers_of(Layer(1, 1, init="zeros"))
    [0.0, 0.0]
    """
    return [p.data for p in module.parameters()]


def _are_equal(row: Sequence[float], other: Sequence[float]) -> bool:
    pairs = zip(row, other)
    return all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for x, y in pairs)


def not_standardised(model: Module, history: History) -> str:
    facts = history.facts
    if facts is None:
        return ""
    for j, (mean, scale) in enumerate(zip(facts.means, facts.scales)):
        if _is_far_from_unit(mean, scale):
            # A column that does not vary at all has a scale of 1.
            deviation = f" and deviation {scale:.3g}" if scale != 1.0 else ""
            return f"feature {j} has mean {mean:.3g}{deviation}"
    return ""


def targets_not_standardised(model: Module, history: History) -> str:
    """Reported only if little was learned: an optimizer may well have coped."""
    unexplained = _unexplained(history)
    if history.facts is None or unexplained is None or unexplained < 0.1:
        return ""
    for mean, scale in zip(history.facts.target_means, history.facts.target_scales):
        if _is_far_from_unit(mean, scale):
            return (
                f"the targets have mean {mean:.3g} and deviation {scale:.3g}, and the loss of the "
                f"last epoch is {_beside_targets(history)}"
            )
    return ""


def _is_far_from_unit(mean: float, scale: float) -> bool:
    return (abs(mean) > 5 * scale and abs(mean) > 5) or scale > 10


def unreached(model: Module, history: History) -> str:
    for name in history[0].grad_norms:
        norms = [epoch.grad_norms.get(name) for epoch in history]
        if not any(norms):
            return f"the gradient of {name} was 0 at every step, in {_epochs(len(norms))}"
    return ""


def unbalanced(model: Module, history: History) -> str:
    counts = _class_counts(history)
    if len(counts) < 2:
        return ""
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[most] < 5 * counts[least]:
        return ""
    share = counts[most] / sum(counts.values())
    return (
        f"class {most} has {counts[most]} samples, class {least} {counts[least]}: always "
        f"predicting {most} would be {share:.0%} accurate"
    )


def too_large(model: Module, history: History) -> str:
    """The loss rises, or rises again, or the first steps leave nothing of the initial weights."""
    losses = history.column("loss")
    if history.stopped == "diverged":
        return f"the loss or a gradient turned nan or inf after {_epochs(len(losses))}"
    steps = [max(epoch.update_ratios.values()) for epoch in history]
    largest = max(range(len(steps)), key=steps.__getitem__)
    worst = max(range(len(losses)), key=losses.__getitem__)
    rose = losses[-1] > 1.5 * losses[0] or (
        losses[worst] > 3 * losses[0] and losses[-1] > 0.5 * losses[0]
    )
    shares = _class_shares(history)
    # The cross-entropy of always predicting the frequencies of the classes.
    guessing = -sum([share * math.log(share) for share in shares])
    is_worse_than_guessing = bool(shares) and losses[-1] > 3 * guessing > 0
    thrown = _worst(history[0].saturated, 0.5) or _worst(history[0].dead, 0.75)
    # If all weights are equal they may have started at 0, where any step looks large.
    was_thrown = steps[0] > 0.3 and bool(thrown) and not symmetric(model, history)
    if rose or (steps[largest] > 0.3 and is_worse_than_guessing) or was_thrown:
        change = f"went from {losses[0]:.3g} in epoch 0 to"
    elif _rose_again(losses) and history.stopped != "early":  # then the best were restored
        best = min(range(len(losses)), key=losses.__getitem__)
        change = f"was {losses[best]:.3g} in epoch {best}, and rose to"
    else:
        return ""
    return (
        f"the loss {change} {losses[-1]:.3g} in epoch {len(losses) - 1}, with steps of "
        f"{steps[largest]:.2g} of the weights in epoch {largest}"
    )


def _rose_again(losses: Sequence[float]) -> bool:
    """Whether all of the last epochs are far from what was reached before."""
    best, now = min(losses), min(losses[-FIRST:])
    return now > 2 * best and now - best > 0.05 * losses[0]


def _worst(shares: Mapping[str, float], least: float) -> str:
    """The layer with the largest share, if that is at least this large."""
    worst = max(shares, key=shares.__getitem__, default="")
    return worst if worst and shares[worst] >= least else ""


def _class_counts(history: History) -> dict[int, int]:
    """How often each class occurs; {} for a regression, whose targets may be whole numbers."""
    classified = bool(history.epochs) and history[-1].accuracy is not None
    if not history.facts or not classified:
        return {}
    counts = history.facts.class_counts
    if {*counts} == {-1, 1}:  # the targets of hinge
        return counts
    return {label: count for label, count in counts.items() if label >= 0}  # others are ignored


def _class_shares(history: History) -> list[float]:
    counts = _class_counts(history)
    return [count / sum(counts.values()) for count in counts.values()]


FIRST = 5
"""How many epochs count as the beginning."""


def _ratio(history: History) -> float | None:
    """Delta of the first hidden layer over that of the last, typical of the beginning."""
    ratios = []
    for epoch in history.epochs[:FIRST]:
        hidden = [epoch.deltas[name] for name in epoch.dead if name in epoch.deltas]
        if len(hidden) >= 3 and hidden[-1] > 0:
            ratios.append(hidden[0] / hidden[-1])
    return statistics.median(ratios) if ratios else None


def _beginning(history: History) -> str:
    return f"in the first {_epochs(min(FIRST, len(history)))}"


def _epochs(count: int) -> str:
    return counted(count, "epoch")


def vanishing(model: Module, history: History) -> str:
    ratio = _ratio(history)
    if ratio is None or ratio >= 2e-3 or _is_solved(history):  # it learned in spite of that
        return ""
    return (
        f"delta in the first hidden layer was {ratio:.1e} of that in the last, "
        f"{_beginning(history)}"
    )


def exploding(model: Module, history: History) -> str:
    ratio = _ratio(history)
    if ratio is None or ratio <= 150:
        return ""
    return (
        f"delta in the first hidden layer was {ratio:.1e} times that in the last, "
        f"{_beginning(history)}"
    )


def dead(model: Module, history: History) -> str:
    shares = history[-1].dead
    worst = _worst(shares, 0.75)
    if not worst:
        return ""
    return f"{shares[worst]:.0%} of the units of {worst} gave 0 for every sample of the last epoch"


def saturated(model: Module, history: History) -> str:
    shares = history[0].saturated
    worst = _worst(shares, 0.5)
    if not worst:
        return ""
    return (
        f"in the first epoch {shares[worst]:.0%} of the outputs of {worst} were where the slope is "
        f"below 0.01"
    )


def too_small(model: Module, history: History) -> str:
    losses = history.column("loss")
    ratio = max(history[0].update_ratios.values())
    falls = [b < a for a, b in zip(losses, losses[1:])]
    if len(losses) < 3 or ratio >= 2e-4 or sum(falls) < 0.6 * len(falls):
        return ""
    if losses[-1] < 0.8 * losses[0]:
        return ""
    return (
        f"each step of the first epoch moved the weights by {ratio:.0e} of their size, and the "
        f"loss fell from {losses[0]:.4g} to {losses[-1]:.4g} only, in {_epochs(len(losses))}"
    )


def oscillating(model: Module, history: History) -> str:
    losses = history.column("loss")
    begin = len(losses) // 3
    late = losses[begin:]
    changes = [b - a for a, b in zip(late, late[1:])]
    level = statistics.median(late)
    # Once the task is solved, small oscillations are harmless.
    if len(changes) < 4 or level < 0.05 * losses[0] or _is_solved(history):
        return ""
    turns = [a * b < 0 for a, b in zip(changes, changes[1:])]
    size = statistics.median(map(abs, changes))
    if sum(turns) < 0.3 * len(turns) or size < 0.12 * level:
        return ""
    return (
        f"from epoch {begin} on the loss goes up and down around {level:.2g}, by {size:.2g} an "
        f"epoch, between {min(late):.2g} and {max(late):.2g}"
    )


def _is_solved(history: History) -> bool:
    """Whether the last epochs are right on nine tenths of what guessing gets wrong."""
    unexplained = _unexplained(history)
    if unexplained is not None:
        return unexplained < 0.1
    late = [epoch.accuracy for epoch in history.epochs[-FIRST:]]
    known = [accuracy for accuracy in late if accuracy is not None]
    guessing = max(_class_shares(history), default=0.5)
    return bool(known) and statistics.median(known) >= guessing + 0.9 * (1 - guessing)


def overfitting(model: Module, history: History) -> str:
    val, last = history.column("val_loss"), history[-1]
    if None in val or len(val) < 3 or history.stopped == "early":  # then the best were restored
        return ""
    best = min(val)
    if val[-1] - best < 0.15 * val[0] or last.loss > 0.7 * val[-1]:
        return ""
    return (
        f"the validation loss was {best:.3g} in epoch {val.index(best)} and is {val[-1]:.3g} in "
        f"epoch {last.epoch}, the training loss {last.loss:.3g}"
    )


def underfitting(model: Module, history: History) -> str:
    poor, losses = _poor(history), history.column("loss")
    if len(losses) < 6 or not poor or _is_falling(losses):
        return ""
    return f"the loss has settled at {losses[-1]:.3g} in epoch {history[-1].epoch}, {poor}"


def unfinished(model: Module, history: History) -> str:
    # How far the loss of a regression can fall is known only relative to its targets' variance.
    is_judged = history[-1].accuracy is not None or _unexplained(history) is not None
    poor, losses = _poor(history), history.column("loss")
    if len(losses) < 6 or not (is_judged and poor and _is_falling(losses)):
        return ""
    return f"the loss is still falling at {losses[-1]:.3g} in epoch {history[-1].epoch}, {poor}"


def _poor(history: History) -> str:
    """What shows that little was learned; "" if enough was."""
    first, last = history[0], history[-1]
    unexplained = _unexplained(history)
    if unexplained is not None:
        if unexplained < 0.5:
            return ""
        return _beside_targets(history)
    if last.accuracy is None:
        return f"from {first.loss:.3g} in epoch 0" if last.loss > 0.5 * first.loss else ""
    shares = _class_shares(history)
    if not shares:  # for a stream, or for soft targets, nobody knows what guessing gives
        return ""
    guessing = max(shares)
    if last.accuracy >= guessing + 0.5 * (1 - guessing):
        return ""
    return f"with {last.accuracy:.0%} of the training data right; guessing gives {guessing:.0%}"


def _unexplained(history: History) -> float | None:
    """The loss of the last epoch over that of always predicting the targets' mean, 1 - R².

    For the absolute error it is an approximation. None unless it is a regression whose loss is
    known, and whose targets are known and vary.
    """
    loss, facts = history.settings.get("loss"), history.facts
    if loss not in ("mse", "mae") or facts is None or not facts.target_scales:
        return None
    if 1.0 in facts.target_scales and abs(facts.target_means[0]) > 5:  # what does not vary has 1
        return None
    share = _share_of_targets(history)
    return share**2 if loss == "mae" else share


def _beside_targets(history: History) -> str:
    """The same in words."""
    share = _share_of_targets(history)
    amount = f"{share:.0%} of" if share < 100 else f"{share:.2g} times"
    if history.settings.get("loss") == "mae":
        return f"{amount} the deviation of the targets"
    return f"{amount} what always predicting the mean of the targets would give"


def _share_of_targets(history: History) -> float:
    """The last loss over the deviation of the targets, or over their variance for mse."""
    assert history.facts is not None
    power = 1 if history.settings.get("loss") == "mae" else 2
    scales = [scale**power for scale in history.facts.target_scales]
    return history[-1].loss / statistics.fmean(scales)


def _is_falling(losses: list[float]) -> bool:
    """Whether the loss still fell in the last third: by 5%, or in nearly every epoch."""
    # Over fewer epochs than five, slow progress looks like none.
    late = losses[-max(5, len(losses) // 3) :]
    steps = [b < a for a, b in zip(late, late[1:])]
    is_steady = sum(steps) >= 0.85 * len(steps) and late[-1] < 0.995 * late[0]
    return min(late) < 0.95 * late[0] or is_steady
