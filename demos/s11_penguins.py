"""11. Real data, end to end: penguins, and digits.

The Palmer penguins (Horst, Hill and Gorman, 2020; CC0): bill, flippers and mass of birds of three species. Split before anything else, and
standardise with the mean and spread of the training part alone, or the test has been seen. Look at a linear classifier before a deep one:
it has no hidden layer, trains in a moment, and may win. Then look at what is wrong: which species are confused, and at one bird, all the
way through the network.

    python -m demos 11 --hidden 16 --seeds 20    # does twice the width gain anything? by more than seeds differ?
    python -m demos 11 --epochs 3                # what does diagnose say of a training that ends too early?
    pip install scikit-learn                     # brings 1,797 handwritten digits, and this section then learns them as well
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
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


OPTIONS = {"hidden": "how many hidden neurons", "seeds": "how many splits and beginnings"}


def run(page: Page, hidden: int = 8, epochs: int = 30, seeds: int = 5) -> None:
    birds = data.penguins()
    page.say(f"""{len(birds.y) + birds.dropped} birds, of which {birds.dropped} were not measured and are left out; species
        {", ".join(birds.classes)}. Three in ten are kept for the test, and chosen anew for each seed.""")
    page.table([*birds.features, "species"], [[*birds.X[i], birds.classes[int(birds.y[i])]] for i in (0, 200, 300)])
    scores: dict[str, list[float]] = {"linear": [], "network": []}
    confused = Counter[tuple[str, ...]]()
    for seed in page.bar(range(seeds), "seeds"):
        train, test = prepared(birds, seed)
        scores["linear"].append(linear_baseline(train, test, rng=seed).accuracy or 0.0)
        model, _ = learned(train, hidden, epochs, seed)
        scores["network"].append(evaluate(model, test).accuracy or 0.0)
        confused += Counter(
            tuple(sorted(birds.classes[int(c)] for c in pair)) for pair in zip(answers(model, test)[0], test.y) if len({*pair}) > 1
        )
    mean = {name: statistics.mean(of_name) for name, of_name in scores.items()}
    page.table(["", *(f"seed {seed}" for seed in range(seeds)), "mean", "notes"], [
        [name, *(f"{s:.1%}" for s in of_name), f"{mean[name]:.1%}", NOTES[name]] for name, of_name in scores.items()
    ])  # fmt: skip
    page.claim("right on birds it has not seen", mean, "above 0.95 both", min(mean.values()) > 0.95)
    gain = mean["network"] - mean["linear"]
    page.claim("what the network gains over no hidden layer", gain, "within 0.02 of nothing: a linear classifier may win", abs(gain) < 0.02)
    near, distance = nearest(prepared(birds, 0)[0])
    share = confused[near] / (confused.total() or 1)
    page.claim(f"share of all {confused.total()} errors that confuse {' and '.join(near)}", share,
               f"most: their means are closest, {distance:.1f} standard deviations", share > 0.5)  # fmt: skip
    raw_train, raw_test = data.split(birds, test=0.3, rng=0)
    raw = evaluate(learned(raw_train, hidden, epochs, 0)[0], raw_test).accuracy or 0.0
    page.claim("the same network without standardising", raw, "far worse: grams by the thousand saturate every tanh", raw < 0.8)
    closely(page, birds, hidden, epochs, min(range(seeds), key=lambda seed: scores["network"][seed] == 1))  # a seed with an error
    digits(page)


def closely(page: Page, birds: Dataset, hidden: int, epochs: int, seed: int) -> None:
    """One training: its confusion matrix, its history, its border, and a bird that it got wrong."""
    train, test = prepared(birds, seed)
    model, history = learned(train, hidden, epochs, seed)
    decided, outputs = answers(model, test)
    page.say(f"One of them more closely, seed {seed}: its confusion matrix. Rows are what a bird is, columns what the network says.")
    matrix = confusion_matrix(decided, test.y, len(birds.classes))
    page.table(["", *birds.classes], [[name, *row] for name, row in zip(birds.classes, matrix)])
    page.say(f"What diagnose finds in its history: {'; '.join(map(str, diagnose(model, history))) or 'nothing'}.")
    page.picture("11-history", lambda theme: plots.svg(plots.plot_history(history, theme=theme)),
                 "The training. Validation birds are a fifth of the training part, few enough to do better by chance")  # fmt: skip
    two = prepared(Dataset([[x[0], x[1]] for x in birds.X], birds.y, birds.features[:2], birds.classes), seed)[0]
    flat, _ = learned(two, hidden, epochs, seed)
    page.picture("11-boundary", lambda theme: plots.svg(plots.plot_boundary(flat, two, theme=theme)),
                 "Two features can be drawn: a network that sees the bill alone, in standard deviations from the mean")  # fmt: skip
    wrong = [i for i, (said, y) in enumerate(zip(decided, test.y)) if said != y]
    for i in wrong[:1]:
        show_bird(page, model, test, i, outputs[i])


def answers(model: MLP, samples: Dataset) -> tuple[list[Any], Any]:
    """The classes that a model decides for, and its outputs."""
    outputs = predict(model, samples)
    return list(decide(outputs, "cross_entropy") or []), outputs


def nearest(samples: Dataset) -> tuple[tuple[str, ...], float]:
    """The two classes whose means are closest, and how far apart they are."""
    means = [
        [statistics.mean(column) for column in zip(*(x for x, y in zip(samples.X, samples.y) if y == k))]
        for k in range(len(samples.classes))
    ]
    apart = {
        tuple(sorted((samples.classes[i], samples.classes[j]))): math.dist(means[i], means[j])
        for i, j in combinations(range(len(means)), 2)
    }
    return min(apart.items(), key=lambda item: item[1])


def prepared(samples: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    """Training and test part, standardised by the training part."""
    return data.standardise(*data.split(samples, test=0.3, rng=seed))  # type: ignore[no-any-return]


def learned(train: Dataset, hidden: int, epochs: int, seed: int) -> tuple[MLP, Any]:
    model = MLP([len(train.X[0]), hidden, len(train.classes)], "tanh", rng=seed)
    return model, fit(model, train, lr=0.02, epochs=epochs, l2=0.001, schedule="cosine", validation=0.2, rng=seed, progress=False)


def show_bird(page: Page, model: MLP, test: Dataset, i: int, output: list[float]) -> None:
    """A misclassified bird: what was said, where its loss comes from, and what flows back."""
    x, y = test.X[i], int(test.y[i])
    shares = [float(p) for p in softmax(output)]
    page.say(f"A bird that it got wrong, a {test.classes[y]}. In standard deviations from the mean it measures")
    page.table(list(map(words, test.features)), [x])
    page.say("and this is what the network says of it. What flows back into each output, ∂loss/∂z, is computed by backward():")
    outputs = [Value(z, name) for z, name in zip(output, test.classes)]
    loss = losses.cross_entropy(outputs, y)
    loss.label = "loss"
    loss.backward()
    back = [z.grad for z in outputs]
    page.table(["", *test.classes], [["probability", *shares], ["∂loss/∂z", *back]])
    apart = largest([g - (p - (k == y)) for k, (g, p) in enumerate(zip(back, shares))])
    page.claim("∂loss/∂z and (probability - 1 for the right class) differ by", apart, "rounding: section 6", apart < 1e-14, always=True)
    page.picture("11-bird", draw_network(
        model, x, losses.cross_entropy, target=y,
        inputs=list(map(words, test.features)), outputs=test.classes, theme="auto",
    ).svg, "The bird in the network, forward and backward. Which measures spoke for the wrong species?")  # fmt: skip
    whole = losses.cross_entropy(model([Value(x_i, words(name)) for x_i, name in zip(x, test.features)]), y)
    whole.label = "loss"
    whole.backward()
    page.picture("11-bird-graph", draw_dot(whole, theme="auto", depth=1).pipe("svg"),
                 "The same as a graph, a card for each layer; draw_dot(loss) without depth has every product and sum")  # fmt: skip
    page.player("11-bird-player", lambda path: player(loss, path), "From the three outputs to the loss and back, step by step")


def words(feature: str) -> str:
    """bill_length_mm as words."""
    return feature.removesuffix("_mm").removesuffix("_g").replace("_", " ")


def digits(page: Page) -> None:
    """Handwritten digits, 8 by 8 pixels, which come along with scikit-learn."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        page.say("Handwritten digits come with scikit-learn, which is not installed here: pip install scikit-learn.")
        return
    images = load_digits()
    every = Dataset((images.data / 16).tolist(), images.target.tolist())
    train, test = data.split(every, test=0.3, rng=0)
    linear = linear_baseline(train, test, rng=0).accuracy or 0.0
    model = MLP([64, 16, 10], "tanh", rng=0)
    fit(model, train, lr=0.01, epochs=40, schedule="cosine", rng=0, progress=False)
    network = evaluate(model, test).accuracy or 0.0
    page.say(
        f"{len(every.y):,} handwritten digits of 8 by 8 pixels (Alpaydin and Kaynak, 1998), three in ten for the test; 16 hidden neurons."
    )
    page.table(["", "right in the test", "notes"], [["linear", f"{linear:.1%}", "97.6%"], ["network", f"{network:.1%}", "96.8%"]])
    page.claim(
        "digits: what the network gains",
        network - linear,
        "hardly anything: within 0.03 of nothing",
        abs(network - linear) < 0.03 and network > 0.9,
    )
