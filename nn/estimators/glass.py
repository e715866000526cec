"""The estimators: a scaler, a network and its training, with scikit-learn's names and rules."""

from __future__ import annotations

import random
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd import Program, compile
from nn.layers import ActivationLike
from nn.losses import LossName
from nn.networks import MLP
from nn.optim.optimizers import OptimizerName
from nn.training.loop import fit

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Glass(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: a scaler, a network, its training and its program."""

    def __init__(
        self,
        hidden: Sequence[int] = (16,),
        activation: ActivationLike = "relu",
        *,
        optimizer: OptimizerName = "adam",
        lr: float | None = None,
        epochs: int = 100,
        batch_size: int = 32,
        l2: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.optimizer = optimizer
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size
        self.l2 = l2
        self.random_state = random_state

    def _train(self, X: NDArray[Any], y: NDArray[Any], outputs: int, loss: LossName) -> None:
        """Set what is learned, in attributes that end with _, as scikit-learn does."""
        hidden = [self.hidden] if isinstance(self.hidden, Integral) else list(self.hidden)
        rng = random.Random(int(check_random_state(self.random_state).randint(2**31 - 1)))
        scaler = StandardScaler().fit(X)
        model = MLP([X.shape[1], *hidden, outputs], self.activation, rng=rng)
        history = fit(
            model,
            (scaler.transform(X), y),
            loss=loss,
            optimizer=self.optimizer,
            lr=self.lr,
            epochs=self.epochs,
            batch_size=self.batch_size,
            l2=self.l2,
            rng=rng,
            progress=False,
        )
        program = compile(model, [0.0] * X.shape[1])
        # All at once: a training that failed leaves the previous one as it was.
        self.scaler_, self.model_, self.history_ = scaler, model, history
        self.program_: Program = program
        self.n_iter_ = len(history)

    def _outputs(self, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=float, reset=False)
        outputs: NDArray[Any] = self.program_(self.scaler_.transform(rows))
        return outputs


class GlassClassifier(ClassifierMixin, _Glass):  # type: ignore[misc]
    """A network for classes with any labels: inputs are standardised, the loss is cross-entropy.

    `hidden` lists the units of each hidden layer; the other parameters are those of `nn.MLP` and
    `nn.fit`. Fitted, it has `model_`, `history_` (for `nn.diagnose`), `classes_` and `n_iter_`.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
    >>> GlassClassifier(epochs=100, random_state=0).fit(X, y).predict([[0.5], [2.5]]).tolist()
    ['low', 'high']
    """

    def fit(self, X: Any, y: Any) -> GlassClassifier:
        """Train on rows X, with a label for each."""
        X, y = validate_data(self, X, y, dtype=float)
        check_classification_targets(y)
        labels = LabelEncoder().fit(y)
        if len(labels.classes_) < 2:
            raise ValueError(
                f"GlassClassifier takes labels of at least two classes, got one class: "
                f"{labels.classes_.tolist()[0]!r}"
            )
        self._train(X, labels.transform(y), len(labels.classes_), "cross_entropy")
        self.classes_ = labels.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The softmax of the outputs: for each row, a probability for each class."""
        z = self._outputs(X)
        parts = np.exp(z - z.max(axis=1, keepdims=True))
        return parts / parts.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable label of each row."""
        best = self._outputs(X).argmax(axis=1)
        return self.classes_[best]  # type: ignore[no-any-return]


class GlassRegressor(RegressorMixin, _Glass):  # type: ignore[misc]
    """A network for numbers, one or several for each row; inputs and targets are standardised.

    Its parameters are those of `GlassClassifier`; the loss is the mean squared error.

    >>> X = [[x / 10] for x in range(40)]
    >>> y = [(x - 2.0) ** 2 for (x,) in X]
    >>> GlassRegressor(epochs=200, random_state=0).fit(X, y).score(X, y) > 0.95
    True
    """

    def fit(self, X: Any, y: Any) -> GlassRegressor:
        """Train on rows X, with a target, or a row of targets, for each."""
        X, y = validate_data(self, X, y, dtype=float, multi_output=True, y_numeric=True)
        targets = y.reshape(len(y), -1).astype(float)
        scaler = StandardScaler().fit(targets)
        scaled = scaler.transform(targets)
        self._train(X, scaled[:, 0] if scaled.shape[1] == 1 else scaled, scaled.shape[1], "mse")
        self.target_scaler_, self._is_flat = scaler, y.ndim == 1
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def predict(self, X: Any) -> NDArray[Any]:
        """The target of each row, in the units of y."""
        outputs = self._outputs(X)
        found = self.target_scaler_.inverse_transform(outputs.reshape(len(outputs), -1))
        return found.ravel() if self._is_flat else found  # type: ignore[no-any-return]
