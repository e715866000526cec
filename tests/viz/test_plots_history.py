"""Plots of a history: losses, accuracies and rates by epoch, and gradients layer by layer."""

import math

import pytest

from nn import History, Layer, fit
from viz import plots
from viz.plots import style as plot_style

from .figures import MOONS, legend, lines, made

pytest.importorskip("matplotlib")


def test_a_history_is_shown_number_by_number(moons):
    _, history = moons
    loss, accuracy, rate = plots.plot_history(history).axes
    for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
        shown = lines(axes)
        assert shown["training"].tolist() == [[0, 1, 2, 3, 4], history.column(name)]
        assert shown["validation"].tolist() == [[0, 1, 2, 3, 4], history.column(f"val_{name}")]
    assert rate.lines[0].get_ydata().tolist() == history.column("lr")
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in (loss, accuracy, rate)] == [
        ("epoch", "loss"),
        ("epoch", "accuracy"),
        ("epoch", "learning rate"),
    ]


def test_the_epoch_of_the_least_validation_loss_is_marked():
    history = made(
        loss=[4.0, 3.0, 2.0, 1.0],
        val_loss=[4.0, 2.5, 3.0, 3.5],
        accuracy=[0.1, 0.2, 0.3, 0.4],
        val_accuracy=[0.1, 0.6, 0.9, 0.5],
    )
    loss, accuracy = plots.plot_history(history).axes
    assert lines(loss)["least validation loss: 2.5, epoch 1"].tolist() == [[1], [2.5]]
    assert lines(accuracy)["at that epoch: 60%"].tolist() == [[1], [0.6]]


def test_without_validation_there_is_one_curve():
    figure = plots.plot_history(made(loss=[3.0, 2.0]))
    assert legend(figure) == ["training"] and len(figure.axes) == 1


def test_validation_that_began_late_or_was_nan_is_judged_where_it_is_known():
    (loss,) = plots.plot_history(made(loss=[3.0, 2.0, 1.0], val_loss=[None, math.nan, 2.0])).axes
    assert lines(loss)["least validation loss: 2, epoch 2"].tolist() == [[2], [2.0]]


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([10.0, 1.0], "linear"),
        ([10.1, 1.0], "log"),
        ([5.0, 0.0], "linear"),
        ([-30.0, 2.0], "linear"),
        ([1.0, 1e-9], "log"),
        ([2.0], "linear"),
    ],
)
def test_the_loss_is_on_a_log_scale_if_it_spans_more_than_a_decade(losses, scale):
    assert plots.plot_history(made(loss=losses)).axes[0].get_yscale() == scale


def test_validation_counts_for_the_scale():
    assert (
        plots.plot_history(made(loss=[1.0, 0.5], val_loss=[1.0, 20.0])).axes[0].get_yscale()
        == "log"
    )


@pytest.mark.parametrize("plot", [plots.plot_history, plots.plot_gradient_flow])
def test_only_a_history_with_epochs_can_be_shown(plot):
    with pytest.raises(TypeError, match=r"takes a History, which nn.fit returns, got list"):
        plot([1.0, 0.5])
    with pytest.raises(
        ValueError, match=r"at least one epoch, got History\(no epochs\): train first"
    ):
        plot(History())


# Gradient flow.


def test_gradients_are_shown_layer_by_layer(moons):
    _, history = moons
    figure = plots.plot_gradient_flow(history)
    shown = dict(zip(("grad_norms", "deltas", "update_ratios", "dead", "saturated"), figure.axes))
    for field, axes in shown.items():
        assert list(lines(axes)) == ["layers.0", "layers.1", "layers.2"]
        for name, (x, y) in lines(axes).items():
            assert x.tolist() == [0, 1, 2, 3, 4]
            assert y.tolist() == pytest.approx(
                [of_layer.get(name, math.nan) for of_layer in history.column(field)], nan_ok=True
            )
    assert [axes.get_yscale() for axes in shown.values()] == ["log"] * 3 + ["linear"] * 2
    assert all(axes.get_xlabel() == "epoch" and axes.get_ylabel() for axes in shown.values())
    assert legend(figure) == ["layers.0", "layers.1", "layers.2"]


def test_layers_come_in_the_order_of_their_numbers_with_a_look_of_their_own():
    names = {f"layers.{i}": 1.0 for i in (10, 9, 2, 1)} | {"head": 1.0}
    figure = plots.plot_gradient_flow(made(loss=[1.0], grad_norms=[names]))
    assert legend(figure) == ["head", "layers.1", "layers.2", "layers.9", "layers.10"]
    looks = [(x.get_color(), x.get_marker()) for x in figure.axes[0].lines]
    assert [len({*column}) for column in zip(*looks)] == [5, 5]


def test_zeros_are_left_out_of_log_scales_and_nothing_but_zeros_is_no_log_scale():
    zero, some = {"layers.0": 0.0}, {"layers.0": 2.0}
    figure = plots.plot_gradient_flow(
        made(
            loss=[1.0, 1.0, 1.0],
            grad_norms=[some, {"layers.0": 4.0}, zero],
            deltas=[zero] * 3,
            dead=[zero] * 3,
        )
    )
    norms, deltas, _, dead = figure.axes[:4]
    assert norms.get_yscale() == "log" and deltas.get_yscale() == "linear"
    assert lines(norms)["layers.0"][1].tolist() == pytest.approx([2, 4, math.nan], nan_ok=True)
    assert lines(dead)["layers.0"][1].tolist() == [0, 0, 0]


def test_a_model_that_is_one_layer_has_a_name_too():
    model = Layer(2, 2, "identity", rng=0)
    history = fit(model, MOONS, epochs=1, rng=0, progress=False)
    assert "" not in legend(plots.plot_gradient_flow(history))


def test_a_history_without_layers_has_no_flow():
    with pytest.raises(
        ValueError,
        match=r"needs a history of layers, got none: train with nn.fit, or watch with nn.Monitor",
    ):
        plots.plot_gradient_flow(made(loss=[1.0]))


# B10: details that a reader stumbled over.


def test_percent_that_said_100_0_says_100():
    figure = plots.plot_history(
        made(loss=[1.0], accuracy=[1.0], val_loss=[1.0], val_accuracy=[1.0])
    )
    assert "at that epoch: 100%" in legend(figure)
    assert plot_style._percent(0.5) == "50%" and plot_style.percent(0.8333) == "83.3%"


def test_a_legend_that_stood_twice_stands_once(moons):
    said = legend(plots.plot_history(moons[1]))
    assert said.count("training") == said.count("validation") == 1


def test_epochs_that_were_counted_in_eights_are_counted_in_ones_twos_and_fives():
    figure = plots.plot_history(made(loss=[1.0] * 41))
    ticks = [tick for tick in figure.axes[0].get_xticks() if 0 <= tick <= 40]
    assert ticks == [0, 10, 20, 30, 40]
