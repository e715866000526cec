"""GlassClassifier against scikit-learn's MLPClassifier: accuracy and time, five splits of four datasets.

    python -m benchmarks.estimators

Both have the same architecture, activation, optimizer, learning rate, batches and number of epochs,
on standardised inputs; each split is timed in turns, on one thread. Needs scikit-learn.
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

HIDDEN, RATE, EPOCHS, BATCH, L2 = (32,), 0.005, 60, 32, 1e-4


def ours() -> Any:
    return GlassClassifier(
        HIDDEN, lr=RATE, epochs=EPOCHS, batch_size=BATCH, l2=L2 / 64, random_state=0
    )


def theirs() -> Any:
    network = MLPClassifier(
        HIDDEN,
        learning_rate_init=RATE,
        max_iter=EPOCHS,
        batch_size=BATCH,
        alpha=L2,
        n_iter_no_change=EPOCHS,
        random_state=0,
    )
    return make_pipeline(StandardScaler(), network)


def measured(make: Any, split: Any, X: Any, y: Any) -> tuple[float, float]:
    train, test = split
    start = time.perf_counter()
    model = make().fit(X[train], y[train])
    return model.score(X[test], y[test]), time.perf_counter() - start


def main() -> None:
    warnings.simplefilter("ignore")  # that the number of epochs was reached
    print(f"scikit-learn {sklearn.__version__}, hidden {HIDDEN}, {EPOCHS} epochs of batches of {BATCH}")
    for name in ("iris", "wine", "breast_cancer", "digits"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        splits = StratifiedKFold(5, shuffle=True, random_state=0).split(X, y)
        found = [[measured(make, split, X, y) for make in (ours, theirs)] for split in splits]
        accuracies = [statistics.fmean([pair[k][0] for pair in found]) for k in (0, 1)]
        ratio = statistics.median([a[1] / b[1] for a, b in found])
        seconds = statistics.median([a[1] for a, _ in found])
        print(
            f"{name:14} accuracy {accuracies[0]:.1%}, theirs {accuracies[1]:.1%}; "
            f"{seconds:.2f} s a split, {ratio:.2f} × theirs"
        )


if __name__ == "__main__":
    main()
