"""The estimators: scikit-learn's own checks, pipelines, searches, labels of any kind."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.utils.estimator_checks import estimator_checks_generator

from nn import diagnose
from nn.estimators import GlassClassifier, GlassRegressor

CHECKS = []
for estimator in (GlassClassifier(epochs=60), GlassRegressor(epochs=60)):
    CHECKS += estimator_checks_generator(estimator, legacy=True)


def name_of(pair):
    estimator, check = pair
    return f"{type(estimator).__name__}-{getattr(check, 'func', check).__name__}"


@pytest.mark.filterwarnings("ignore")  # the checks are full of what they warn of
@pytest.mark.parametrize("pair", CHECKS, ids=name_of)
def test_the_checks_of_scikit_learn_pass(pair):
    estimator, check = pair
    check(estimator)


def test_labels_of_any_kind_come_back():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    found = GlassClassifier(8, "tanh", epochs=40, random_state=0).fit(X, names)
    assert found.score(X, names) > 0.95 and set(found.predict(X)) == set(names)
    shares = found.predict_proba(X)
    assert shares.shape == (150, 3) and np.allclose(shares.sum(axis=1), 1.0)
    assert (found.classes_[shares.argmax(axis=1)] == found.predict(X)).all()
    assert diagnose(found.model_, found.history_) == []


def test_a_search_over_width_and_rate_works_in_a_pipeline():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        make_pipeline(PolynomialFeatures(2), GlassClassifier(epochs=15, random_state=0)),
        {"glassclassifier__hidden": [(4,), (8, 8)], "glassclassifier__lr": [0.003, 0.03]},
        cv=3,
    ).fit(X, y)
    assert search.best_score_ > 0.93
    assert search.best_params_["glassclassifier__lr"] == 0.03


def test_a_regressor_speaks_the_units_of_its_targets():
    X, y = load_diabetes(return_X_y=True)
    scores = cross_val_score(GlassRegressor(8, l2=0.01, epochs=60, random_state=0), X, y, cv=3)
    assert scores.mean() > 0.4
    both = GlassRegressor(8, epochs=60, random_state=0).fit(X, np.column_stack([y, -1000.0 * y]))
    found = both.predict(X[:5])
    assert found.shape == (5, 2) and (abs(found[:, 1]) > 1000).all()


def test_the_same_state_gives_the_same_network_and_a_pickle_predicts_the_same():
    X, y = load_iris(return_X_y=True)
    first = GlassClassifier(epochs=10, random_state=3).fit(X, y)
    second = clone(first).fit(X, y)
    again = pickle.loads(pickle.dumps(first))
    assert (first.predict_proba(X) == second.predict_proba(X)).all()
    assert (first.predict_proba(X) == again.predict_proba(X)).all()


def test_what_cannot_be_is_refused():
    with pytest.raises(NotFittedError):
        GlassClassifier().predict([[0.0]])
    with pytest.raises(ValueError, match="at least two classes, got one class"):
        GlassClassifier().fit([[0.0], [1.0]], ["a", "a"])
    with pytest.raises(ValueError, match="softmax takes a whole layer"):
        GlassClassifier(activation="softmax").fit([[0.0], [1.0]], [0, 1])
