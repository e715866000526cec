"""Plots of decisions: boundaries, shades, markers, and the samples that a model gets wrong."""

import itertools
import math

import numpy as np
import pytest

from nn import MLP, data, losses, predict
from viz import plots
from viz.plots import style as plot_style

from .figures import MOONS, SQUARE, Fixed, legend

pytest.importorskip("matplotlib")

from matplotlib.colors import to_hex


def offsets(axes):
    return {
        x.get_label(): np.asarray(x.get_offsets()).tolist()
        for x in axes.collections
        if x.get_label()[:1] != "_"
    }


@pytest.fixture
def contours(monkeypatch):
    """The arguments and results of every contour and contourf."""
    from matplotlib.axes import Axes

    seen = []

    def spy(name):
        method = getattr(Axes, name)

        def spied(self, *args, **options):
            made = method(self, *args, **options)
            seen.append((name, args, options, made))
            return made

        monkeypatch.setattr(Axes, name, spied)

    spy("contour")
    spy("contourf")
    return seen


@pytest.mark.parametrize(
    ("loss", "targets", "output"),
    [
        ("cross_entropy", [0, 1], lambda a, b: [0.0 * a, 4 * (a - 0.3)]),
        ("bce_with_logits", [0, 1], lambda a, b: 4 * (a - 0.3)),
        ("bce", [0, 1], lambda a, b: 1 / (1 + math.exp(-4 * (a - 0.3)))),
        (losses.hinge, [-1, 1], lambda a, b: a - 0.3),
    ],
)
def test_the_boundary_is_where_the_decision_changes(contours, loss, targets, output):
    X = [[0.0, 0.0], [1.0, 1.0]]
    plots.plot_boundary(Fixed(output), (X, targets), loss, resolution=40)
    edges = [made for name, _, _, made in contours if name == "contour"]
    assert len(edges) == 2
    for edge in edges:
        points = np.concatenate([segment for segments in edge.allsegs for segment in segments])
        assert points[:, 0] == pytest.approx(0.3, abs=0.01)
        assert points[:, 1].min() == pytest.approx(-0.1) and points[:, 1].max() == pytest.approx(
            1.1
        )


def test_shades_are_leads_in_probability(contours):
    model = Fixed(lambda a, b: [a, 2 * b, 0.5])
    plots.plot_boundary(model, ([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]], [2, 0, 1]), resolution=7)
    fills = [(args, options) for name, args, options, _ in contours if name == "contourf"]
    assert len(fills) == 3
    across, up, _ = fills[0][0]
    for i, j in itertools.product(range(7), repeat=2):
        e = np.exp([across[j], 2 * up[i], 0.5])
        p = e / e.sum()
        for c, ((_, _, lead), options) in enumerate(fills):
            assert lead[i, j] == pytest.approx(
                p[c] - max(p[k] for k in range(3) if k != c), abs=1e-12
            )
            assert options["levels"][:4] == [0, 0.25, 0.5, 0.75]


def test_a_hinge_has_plain_regions_and_says_nothing_of_probability(contours):
    figure = plots.plot_boundary(
        Fixed(lambda a, b: a - 0.5), (SQUARE.X, [-1, -1, 1, 1]), "hinge", resolution=5
    )
    assert [len(options["colors"]) for name, _, options, _ in contours if name == "contourf"] == [
        1,
        1,
    ]
    assert figure.axes[0].get_legend().get_title().get_text() == ""
    assert legend(figure)[:2] == ["class −1", "class 1"]


def test_samples_have_a_marker_for_each_class_and_a_ring_where_they_are_wrong():
    axes = plots.plot_boundary(Fixed(lambda a, b: [0.5, b]), SQUARE, resolution=5).axes[0]
    assert offsets(axes) == {
        "class low": [[0, 0], [0, 1]],
        "class high": [[1, 0], [1, 1]],
        "misclassified: 2 of 4": [[0, 1], [1, 0]],
    }
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("width", "height")
    low, high = [x for x in axes.collections if x.get_label().startswith("class")]
    assert low.get_paths()[0].vertices.tolist() != high.get_paths()[0].vertices.tolist()
    colours = [to_hex(x.get_facecolor()[0]).upper() for x in (low, high)]
    assert colours == list(plot_style.THEMES["light"].cycle[:2])


def test_class_0_looks_the_same_with_two_classes_and_with_three():
    looks = []
    for count in (2, 3):
        model = MLP([2, count], rng=0)
        axes = plots.plot_boundary(model, data.blobs(30, count, rng=0), resolution=5).axes[0]
        scatters = [x for x in axes.collections if x.get_label().startswith("class")]
        faces = [to_hex(x.get_facecolor()[0]) for x in scatters]
        shapes = [x.get_paths()[0].vertices.tolist() for x in scatters]
        looks.append(list(zip(faces, shapes)))
    assert looks[0] == looks[1][:2]


def test_rings_are_what_the_model_gets_wrong(moons):
    model, _ = moons
    wrong = [x for x, y, out in zip(*MOONS, predict(model, MOONS.X)) if (out[1] > out[0]) != y]
    axes = plots.plot_boundary(model, MOONS, resolution=5).axes[0]
    assert offsets(axes)[f"misclassified: {len(wrong)} of 40"] == wrong


def test_the_plane_reaches_a_tenth_beyond_the_samples_and_somewhere_if_they_are_all_one():
    axes = plots.plot_boundary(
        Fixed(lambda a, b: [a, b]), ([[0.0, 7.0], [10.0, 7.0]], [0, 1]), resolution=3
    ).axes[0]
    assert axes.get_xlim() == pytest.approx((-1, 11)) and axes.get_ylim() == pytest.approx((6, 8))


def test_a_class_that_never_wins_has_samples_but_no_region(contours):
    figure = plots.plot_boundary(Fixed(lambda a, b: [9.0, 0.0]), SQUARE, resolution=4)
    assert [name for name, *_ in contours] == ["contourf"]
    assert "misclassified: 2 of 4" in legend(figure)


def test_the_model_is_left_as_it_was(moons):
    model, _ = moons
    model.train()
    before = model.state_dict(), [p.grad for p in model.parameters()]
    plots.plot_boundary(model, MOONS, resolution=3)
    assert model.training and (model.state_dict(), [p.grad for p in model.parameters()]) == before
    model.eval()


@pytest.mark.parametrize(
    ("model", "samples", "options", "kind", "parts"),
    [
        (
            MLP([3, 2]),
            ([[1.0, 2.0, 3.0]], [0]),
            {},
            ValueError,
            ["two features", "got 3", "[[x[0], x[1]] for x in X]"],
        ),
        (MLP([1, 2]), ([[1.0]], [0]), {}, ValueError, ["two features", "got 1"]),
        (
            MLP([2, 2]),
            (SQUARE.X, [0, 1, 2, 1]),
            {},
            ValueError,
            ["classes [0, 1]", "target 2", "trained with"],
        ),
        (
            MLP([2, 1]),
            (SQUARE.X, [0, 1, 0, 1]),
            {"loss": "hinge"},
            ValueError,
            ["classes [-1, 1]", "target 0"],
        ),
        (
            MLP([2, 1]),
            SQUARE,
            {"loss": "mse"},
            ValueError,
            ["cross_entropy and an output for each class", "bce_with_logits", "'mse'"],
        ),
        (MLP([2, 1]), SQUARE, {}, ValueError, ["an output for each class", "'cross_entropy'"]),
        (MLP([2, 2]), SQUARE, {"loss": "bce"}, ValueError, ["one output", "'bce'"]),
        (MLP([2, 2]), SQUARE, {"loss": "crossentropy"}, ValueError, ["crossentropy", "one of"]),
        (
            MLP([2, 2]),
            SQUARE,
            {"resolution": 0},
            ValueError,
            ["plot_boundary(resolution)", "positive int"],
        ),
        (MLP([2, 2]), SQUARE, {"theme": "sepia"}, ValueError, ["theme", "light, dark", "'sepia'"]),
        (
            Fixed(lambda a, b: [a, math.nan]),
            SQUARE,
            {},
            ValueError,
            ["finite outputs", "nan or inf", "diverged"],
        ),
        (lambda x: x, SQUARE, {}, TypeError, ["Module", "function"]),
    ],
)
def test_what_has_no_boundary(model, samples, options, kind, parts):
    with pytest.raises(kind) as error:
        plots.plot_boundary(model, samples, **options)
    assert [part for part in parts if part not in str(error.value)] == []
