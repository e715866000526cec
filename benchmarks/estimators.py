"""GlassClassifier against scikit-learn's MLPClassifier: accuracy and time on four datasets.

    python -m benchmarks.estimators

Both have the same architecture, activation, optimizer, learning rate, batches and epochs, on
standardised inputs. There are five splits for each of four seeds; both train on each in turn, on
one thread. Needs scikit-learn.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import time
import warnings
from typing import Any

import sklearn
from sklearn import datasets
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nn.estimators import GlassClassifier

SEEDS = 4
HIDDEN, RATE, EPOCHS, BATCH, L2 = (32,), 0.005, 200, 32, 1e-4


def ours(seed: int) -> Any:
    # Theirs adds alpha / (2 · batch) · Σw² to the loss.
    l2 = L2 / (2 * BATCH)
    return GlassClassifier(
        HIDDEN, lr=RATE, epochs=EPOCHS, batch_size=BATCH, l2=l2, random_state=seed
    )


def theirs(seed: int) -> Any:
    network = MLPClassifier(
        HIDDEN,
        learning_rate_init=RATE,
        max_iter=EPOCHS,
        batch_size=BATCH,
        alpha=L2,
        n_iter_no_change=EPOCHS,
        random_state=seed,
    )
    return make_pipeline(StandardScaler(), network)


def measured(make: Any, seed: int, split: Any, data: Any) -> tuple[float, float]:
    """Accuracy on what was not trained on, and seconds of the training."""
    (X, y), (train, test) = data, split
    start = time.perf_counter()
    model = make(seed).fit(X[train], y[train])
    seconds = time.perf_counter() - start
    return model.score(X[test], y[test]), seconds


def main() -> None:
    warnings.simplefilter("ignore")  # that the number of epochs was reached
    print(
        f"scikit-learn {sklearn.__version__}, hidden {HIDDEN}, {EPOCHS} epochs of {BATCH} a batch"
    )
    for name in ("iris", "wine", "breast_cancer", "digits"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        found = []
        for seed in range(SEEDS):
            for split in StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y):
                pair = [measured(make, seed, split, (X, y)) for make in (ours, theirs)]
                found.append(pair)
        right = statistics.fmean([accuracy for (accuracy, _), _ in found])
        other = statistics.fmean([accuracy for _, (accuracy, _) in found])
        seconds = statistics.median([a for (_, a), _ in found])
        ratio = statistics.median([a / b for (_, a), (_, b) in found])
        print(
            f"{name:14} accuracy {right:.1%}, theirs {other:.1%}; {seconds:.2f} s a split, "
            f"{ratio:.2f} × theirs"
        )


if __name__ == "__main__":
    main()
