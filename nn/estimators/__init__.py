"""Networks for scikit-learn, which must be installed: `pip install glassgrad[sklearn]`.

>>> from sklearn.model_selection import cross_val_score
>>> from nn import data
>>> X, y = data.moons(100, rng=0)
>>> bool(cross_val_score(GlassClassifier(epochs=60, random_state=0), X, y, cv=3).mean() > 0.8)
True
"""

from nn.estimators.glass import GlassClassifier, GlassRegressor

__all__ = ["GlassClassifier", "GlassRegressor"]
