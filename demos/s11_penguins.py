"""11. Real data, end to end: penguins, and digits.

The Palmer penguins (Horst, Hill and Gorman, 2020; CC0): the bills, flippers and masses of birds of
three species. Split the data before anything else, and standardise with the mean and spread of the
training part alone; otherwise the network has seen something of the test. Try a linear classifier
before a deep one: it has no hidden layer, trains in a moment, and may win. Then look at what is
wrong. Which species are confused? What happens to one bird on its way through the network?

    python -m demos 11 --hidden 16 --seeds 20    # is twice the width better, or is it chance?
    python -m demos 11 --epochs 3                # does diagnose notice that training is cut short?
    pip install scikit-learn                     # adds 1,797 handwritten digits to this section
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from autograd import Value
from nn import (
    MLP,
    Dataset,
    confusion_matrix,
    data,
    decide,
    diagnose,
    evaluate,
    fit,
    linear_baseline,
    losses,
    predict,
    softmax,
)
from viz import draw_dot, draw_network, player, plots

from .page import Page, largest

NOTES = {"linear": "98.6%", "network": "98.8%"}
"""The means in the notes, for a network with WIDTH hidden neurons and EPOCHS."""

WIDTH, EPOCHS = 8, 30
NOTED_DIGITS = {"linear": "97.6%", "network": "96.8%"}
SHOWN = (0, 200, 300)
"""The birds in the first table: one of each species."""

OPTIONS = {
    "hidden": "how many hidden neurons the network has",
    "seeds": "how many times to split the birds and train, differently each time",
}

Pair = tuple[str, ...]
"""The names of two classes in alphabetical order."""


def run(page: Page, hidden: int = WIDTH, epochs: int = EPOCHS, seeds: int = 5) -> None:
    birds = data.penguins()
    introduce(page, birds)
    scores: dict[str, list[float]] = {"linear": [], "network": []}
    errors = Counter[Pair]()
    for seed in page.bar(range(seeds), "seeds"):
        train, test = prepared(birds, seed)
        scores["linear"].append(linear_baseline(train, test, rng=seed).accuracy or 0.0)
        model, _ = learned(train, hidden, epochs, seed)
        scores["network"].append(evaluate(model, test).accuracy or 0.0)
        errors += confused(model, test)
    compared(page, scores, has_notes=(hidden, epochs) == (WIDTH, EPOCHS))
    who_is_confused(page, errors, prepared(birds, 0)[0])
    without_standardising(page, birds, hidden, epochs)
    imperfect = [seed for seed, score in enumerate(scores["network"]) if score < 1]
    closely(page, birds, hidden, epochs, imperfect[0] if imperfect else 0)
    digits(page)


def introduce(page: Page, birds: Dataset) -> None:
    """How many birds there are, and one of each species."""
    *others, last = birds.classes
    page.say(f"""{len(birds.y) + birds.dropped} birds; {birds.dropped} of them were not measured and
        are left out. The species are {", ".join(others)} and {last}. Three birds in ten are set
        aside for the test, different ones for each seed.""")
    rows = [[*birds.X[i], birds.classes[int(birds.y[i])]] for i in SHOWN]
    page.table([*birds.features, "species"], rows)


def prepared(samples: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    """The training and the test part, standardised by the training part."""
    return data.standardise(*data.split(samples, test=0.3, rng=seed))  # type: ignore[no-any-return]


def learned(train: Dataset, hidden: int, epochs: int, seed: int) -> tuple[MLP, Any]:
    """A trained network, and the history of its training."""
    model = MLP([len(train.X[0]), hidden, len(train.classes)], "tanh", rng=seed)
    history = fit(
        model,
        train,
        lr=0.02,
        epochs=epochs,
        l2=0.001,
        schedule="cosine",
        validation=0.2,
        rng=seed,
        progress=False,
    )
    return model, history


def confused(model: MLP, test: Dataset) -> Counter[Pair]:
    """How often the network takes a bird of one species for another, for each pair of species."""
    decided, _ = answers(model, test)
    found = Counter[Pair]()
    for answer, y in zip(decided, test.y):
        if answer != y:
            found[pair(test.classes[int(answer)], test.classes[int(y)])] += 1
    return found


def pair(a: str, b: str) -> Pair:
    return tuple(sorted((a, b)))


def answers(model: MLP, samples: Dataset) -> tuple[list[Any], Any]:
    """The classes that a model decides for, and its outputs."""
    outputs = predict(model, samples)
    return list(decide(outputs, "cross_entropy") or []), outputs


def compared(page: Page, scores: Mapping[str, Sequence[float]], has_notes: bool) -> None:
    """The linear classifier against the network."""
    if has_notes:
        page.say('The column headed "notes" has the means of an earlier trial.')
    mean = {name: statistics.mean(of_name) for name, of_name in scores.items()}
    rows = []
    for name, of_name in scores.items():
        notes = [NOTES[name]] if has_notes else []
        rows.append([name, *[f"{x:.1%}" for x in of_name], f"{mean[name]:.1%}", *notes])
    heads = ["notes"] if has_notes else []
    seeds = [f"seed {seed}" for seed in range(len(scores["linear"]))]
    page.table(["", *seeds, "mean", *heads], rows)
    told = "above 0.95 for both"
    is_high = min(mean.values()) > 0.95
    page.claim("accuracy on birds that were not seen in training", mean, told, is_high)
    gain = mean["network"] - mean["linear"]
    told = "0, give or take 0.02: a linear classifier may win"
    page.claim("gain of the network over the linear classifier", gain, told, abs(gain) < 0.02)


def who_is_confused(page: Page, errors: Counter[Pair], train: Dataset) -> None:
    """Whether the network confuses the species that are most alike."""
    near, distance = nearest(train)
    share = errors[near] / (errors.total() or 1)
    what = (
        f"share of the network's errors that confuse {' and '.join(near)} ({errors.total()} in all)"
    )
    told = f"most: their means are closest, {distance:.1f} standard deviations apart"
    page.claim(what, share, told, share > 0.5)


def nearest(samples: Dataset) -> tuple[Pair, float]:
    """The two classes whose means are closest, and how far apart they are."""
    means = []
    for k in range(len(samples.classes)):
        own = [x for x, y in zip(samples.X, samples.y) if y == k]
        means.append(list(map(statistics.mean, zip(*own))))
    apart = {}
    for i, j in combinations(range(len(means)), 2):
        apart[pair(samples.classes[i], samples.classes[j])] = math.dist(means[i], means[j])
    return min(apart.items(), key=lambda item: item[1])


def without_standardising(page: Page, birds: Dataset, hidden: int, epochs: int) -> None:
    """The same training on the measurements as they are."""
    train, test = data.split(birds, test=0.3, rng=0)
    raw = evaluate(learned(train, hidden, epochs, 0)[0], test).accuracy or 0.0
    told = "far less: thousands of grams saturate every tanh"
    page.claim("accuracy of the same network without standardising", raw, told, raw < 0.8)


def closely(page: Page, birds: Dataset, hidden: int, epochs: int, seed: int) -> None:
    """One training run: its confusion matrix, its history, its border, and a bird that it got
    wrong."""
    train, test = prepared(birds, seed)
    model, history = learned(train, hidden, epochs, seed)
    decided, outputs = answers(model, test)
    page.say(f"""A closer look at one of the trained networks, that of seed {seed}. In its confusion
        matrix, the rows are what a bird is, and the columns are what the network says.""")
    matrix = confusion_matrix(decided, test.y, len(birds.classes))
    page.table(["", *birds.classes], [[name, *row] for name, row in zip(birds.classes, matrix)])
    found = "; ".join(map(str, diagnose(model, history))) or "nothing"
    page.say(f"What `diagnose` finds in the history of its training: {found}.")
    page.picture(
        "11-history",
        lambda theme: plots.svg(plots.plot_history(history, theme=theme)),
        "The training. The validation birds are a fifth of the training part, so few that "
        "the network may do better on them by chance",
    )
    bill = Dataset([x[:2] for x in birds.X], birds.y, birds.features[:2], birds.classes)
    two = prepared(bill, seed)[0]
    flat, _ = learned(two, hidden, epochs, seed)
    page.picture(
        "11-boundary",
        lambda theme: plots.svg(plots.plot_boundary(flat, two, theme=theme)),
        "Only two features can be drawn, so this network sees the bill alone, in standard "
        "deviations from the mean",
    )
    wrong = [i for i, (answer, y) in enumerate(zip(decided, test.y)) if answer != y]
    if wrong:
        bird, output = (test.X[wrong[0]], int(test.y[wrong[0]])), outputs[wrong[0]]
        loss = one_bird(page, test, bird, output)
        draw_bird(page, model, test, bird, loss)


def one_bird(
    page: Page, test: Dataset, bird: tuple[list[Any], int], output: Sequence[float]
) -> Value:
    """A bird that is misclassified: what the network said, and what flows back from the loss."""
    x, y = bird
    shares = [float(p) for p in softmax(output)]
    page.say(f"""A bird that the network got wrong: its species is {test.classes[y]}. Its
        measurements, in standard deviations from the mean:""")
    page.table(list(map(words, test.features)), [x])
    page.say("""And here is the probability that the network gives to each species, with what flows
        back into each output: $∂loss/∂z$, as backward() computed it.""")
    outputs = [Value(z, name) for z, name in zip(output, test.classes)]
    loss = losses.cross_entropy(outputs, y)
    loss.label = "loss"
    loss.backward()
    back = [z.grad for z in outputs]
    page.table(["", *test.classes], [["probability", *shares], ["∂loss/∂z", *back]])
    expected = [p - (k == y) for k, p in enumerate(shares)]
    apart = largest([g - e for g, e in zip(back, expected)])
    what = "largest difference between ∂loss/∂z and probability (minus 1 for the right species)"
    page.claim(what, apart, "rounding: see section 6", apart < 1e-14, always=True)
    return loss


def draw_bird(
    page: Page, model: MLP, test: Dataset, bird: tuple[list[Any], int], loss: Value
) -> None:
    """The bird in the network, as a graph, and step by step."""
    x, y = bird
    names = list(map(words, test.features))
    drawing = draw_network(
        model,
        x,
        losses.cross_entropy,
        target=y,
        inputs=names,
        outputs=test.classes,
        theme="auto",
    )
    page.picture(
        "11-bird",
        drawing.svg,
        "The bird in the network, forward and backward. Which measurements speak for the wrong "
        "species?",
    )
    inputs = [Value(x_i, name) for x_i, name in zip(x, names)]
    whole = losses.cross_entropy(model(inputs), y)
    whole.label = "loss"
    whole.backward()
    page.picture(
        "11-bird-graph",
        draw_dot(whole, theme="auto", depth=1).pipe("svg"),
        "The same as a graph, with a card for each layer; without depth=1, draw_dot(loss) draws "
        "every product and every sum",
    )
    page.player(
        "11-bird-player",
        lambda path: player(loss, path),
        "From the three outputs to the loss and back, step by step",
    )


def words(feature: str) -> str:
    """bill_length_mm as words."""
    return feature.removesuffix("_mm").removesuffix("_g").replace("_", " ")


def digits(page: Page) -> None:
    """Handwritten digits of 8 by 8 pixels, which are part of scikit-learn."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        page.say("""Handwritten digits come with scikit-learn, which is not installed here:
            `pip install scikit-learn`.""")
        return
    images = load_digits()
    every = Dataset((images.data / 16).tolist(), images.target.tolist())
    train, test = data.split(every, test=0.3, rng=0)
    linear = linear_baseline(train, test, rng=0).accuracy or 0.0
    model = MLP([64, 16, 10], "tanh", rng=0)
    fit(model, train, lr=0.01, epochs=40, schedule="cosine", rng=0, progress=False)
    network = evaluate(model, test).accuracy or 0.0
    page.say(f"""{len(every.y):,} handwritten digits of 8 by 8 pixels (Alpaydin and Kaynak, 1998),
        three in ten set aside for the test; the network has 16 hidden neurons. The
        column headed "notes" has the figures of an earlier trial.""")
    rows = []
    for name, score in (("linear", linear), ("network", network)):
        rows.append([name, f"{score:.1%}", NOTED_DIGITS[name]])
    page.table(["", "right in the test", "notes"], rows)
    gain = network - linear
    told = "hardly anything: 0, give or take 0.03"
    is_close = abs(gain) < 0.03 and network > 0.9
    page.claim("gain of the network over the linear classifier, on digits", gain, told, is_close)
