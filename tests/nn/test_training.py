"""One loop that knows no engine: faults from the world by their names, and laws of the two."""

import copy
import inspect
import json
import pickle
import subprocess
import sys
from random import Random

import numpy as np
import pytest

from nn import (
    MLP,
    EarlyStopping,
    History,
    Layer,
    Monitor,
    Sequential,
    TrainingError,
    data,
    evaluate,
    fit,
    losses,
    optim,
    steps,
)
from nn.training import loop
from nn.training import samples as sampling
from nn.training.history import Engine, Epoch, Facts
from nn.training.samples import samples_of, shuffled

from ..checkout import CHECKOUT
from .pairs import MOONS, assert_same, close
from .refusals import refusal

LINE = [[float(i)] for i in range(-2, 3)], [2.0 * i for i in range(-2, 3)]


def tiny(seed=0):
    return MLP([2, 5, 2], rng=seed)


def quietly(model, samples=MOONS, **settings):
    return fit(model, samples, **{"epochs": 3, "rng": 0, "progress": False, **settings})


# The loop.


def test_the_loop_is_short_and_names_no_engine():
    source = inspect.getsource(loop._loop)
    assert len(source.splitlines()) <= 30
    assert not any(word in source for word in ("arrays", "scalars", "numpy", "because"))


@pytest.mark.parametrize("compiled", [True, False])
def test_steps_are_fit_to_the_last_bit_on_either_engine(compiled):
    settings = {"lr": 0.1, "l2": 0.01, "batch_size": 16, "epochs": 3, "rng": 0, "validation": 0.2}
    model, other = tiny(), tiny()
    *_, last = steps(model, MOONS, compiled=compiled, **settings)
    history = fit(other, MOONS, compiled=compiled, progress=False, **settings)
    assert last.history == history and last.history.engine.kind == history.engine.kind
    assert model.state_dict() == other.state_dict()
    assert [p.grad for p in model.parameters()] == [p.grad for p in other.parameters()]


def test_values_and_optimizer_are_up_to_date_at_each_step_on_arrays():
    model, other = tiny(), tiny()
    opt, other_opt = (optim.Adam(m.parameters(), 0.05) for m in (model, other))
    pairs = zip(
        steps(model, MOONS, optimizer=opt, compiled=True, epochs=2, batch_size=16, rng=0),
        steps(other, MOONS, optimizer=other_opt, compiled=False, epochs=2, batch_size=16, rng=0),
    )
    for ours, theirs in pairs:
        close(ours.grad_norms, theirs.grad_norms)
        close(model.state_dict(), other.state_dict())
        close([p.grad for p in model.parameters()], [p.grad for p in other.parameters()])
        close(list(opt.state), list(other_opt.state))
        assert opt.t == other_opt.t == ours.number


@pytest.mark.parametrize("often", [1, 2, 4])
def test_anything_may_be_changed_between_two_steps_on_either_engine(often):
    def changed(compiled):
        model, seen = MLP([2, 5, 4, 2], activation=["relu", "tanh"], rng=0), []
        opt = optim.Adam(model.parameters(), 0.05)
        settings = {"optimizer": opt, "compiled": compiled, "epochs": 3, "batch_size": 16}
        for step in steps(model, MOONS, rng=0, **settings):
            if step.number % often == 0:
                opt.lr *= 0.9
                for p in model.parameters():
                    p.data *= 0.9
            if step.number == 5:
                for neuron in model.layers[0].neurons:
                    neuron.activation = neuron.activate = abs
            seen.append(model.state_dict())
        return seen, [vars(epoch) for epoch in step.history], step.history.engine.kind

    (weights, history, kind), (wanted, expected, _) = changed(True), changed(False)
    close(weights, wanted)
    for ours, theirs in zip(history, expected):
        for name in ("loss", "accuracy", "grad_norms", "update_ratios", "deltas"):
            close(ours[name], theirs[name])
    assert kind == "arrays"


# Settings.


@pytest.mark.parametrize("compiled", [1, 0, None, "yes", np.True_, [0] * 10**6])
def test_r6_what_is_no_bool_for_compiled_is_refused(compiled):
    for function in (fit, steps):
        with pytest.raises(ValueError, match=r"fit\(compiled\) must be True, False or 'auto'") as e:
            function(tiny(), MOONS, compiled=compiled)
        assert len(str(e.value)) < 300


BIG = list(range(10**5))


@pytest.mark.parametrize(
    "settings",
    [
        *[{name: BIG} for name in inspect.signature(fit).parameters if name not in ("model",)],
        {"loss": lambda outputs, y: BIG},
        {"data": (BIG, BIG)},
        {"data": {i: i for i in BIG}},
        {"validation": str(BIG)},
    ],
    ids=lambda settings: "".join(settings),
)
def test_e11_messages_of_fit_are_short_whatever_it_is_given(settings):
    given = {"data": MOONS, "epochs": 1, "progress": False, **settings}
    with pytest.raises((ValueError, TypeError)) as error:
        fit(tiny(), **given)
    assert len(str(error.value)) < 300


def test_e11_a_whole_model_in_a_setting_makes_a_short_message():
    model = MLP([2, 300, 300, 2], rng=0)
    for name in ("loss", "optimizer", "lr", "epochs", "validation", "l2", "clip_norm", "rng"):
        with pytest.raises((ValueError, TypeError)) as error:
            fit(tiny(), MOONS, **{name: [model.parameters()]})
        assert len(str(error.value)) < 300, name


# Callbacks.


@pytest.mark.parametrize("compiled", [True, False])
def test_n3_the_weights_with_the_best_training_loss_are_restored(compiled):
    for lr in (0.4, 0.7, 1.2):
        stopper, model = EarlyStopping(patience=3), MLP([1, 1], rng=0)
        settings = {"loss": "mse", "optimizer": "sgd", "lr": lr, "callbacks": [stopper]}
        history = quietly(model, LINE, compiled=compiled, epochs=8, **settings)
        assert stopper.best_loss == min(history.column("loss"))
        assert evaluate(model, LINE, "mse").loss == pytest.approx(stopper.best_loss, rel=1e-9)


def test_n3_the_stopper_serves_a_loop_of_ones_own_that_does_not_start_it():
    model, stopper = tiny(), EarlyStopping()
    for step in steps(model, MOONS, epochs=2, rng=0):
        if step.ends_epoch:
            stopper(model, step.history)
    stopper.finish(model)
    assert stopper.best_epoch == 1


class Failing:
    def __init__(self, name, calls, where=()):
        self.name, self.calls, self.where = name, calls, where

    def _called(self, what):
        self.calls.append((self.name, what))
        if what in self.where:
            raise RuntimeError(f"{self.name} {what}")

    def start(self, model):
        self._called("start")

    def __call__(self, model, history):
        self._called("call")

    def finish(self, model):
        self._called("finish")


@pytest.mark.parametrize("where", ["start", "call", "finish"])
def test_r6_a_callback_that_raises_does_not_skip_the_finish_of_the_others(where):
    calls, model = [], tiny()
    callbacks = [Failing("a", calls, [where]), Failing("b", calls), EarlyStopping()]
    with pytest.raises(RuntimeError, match=f"a {where}"):
        quietly(model, callbacks=callbacks, epochs=1)
    assert [name for name, what in calls if what == "finish"] == ["a", "b"]
    assert not model.training


def test_r6_all_finish_even_if_two_of_them_raise():
    calls = []
    both = [Failing(name, calls, ["finish"]) for name in "ab"]
    with pytest.raises(RuntimeError) as error:
        quietly(tiny(), callbacks=both, epochs=1)
    assert {str(error.value), str(error.value.__context__)} == {"a finish", "b finish"}


# What watches a model.


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("compiled", [True, False])
def test_r4_a_copy_made_in_a_callback_is_not_watched(copied, compiled):
    copies = []
    model, plain = tiny(), tiny()
    quietly(model, compiled=compiled, callbacks=[lambda m, h: copies.append(copied(m))])
    quietly(plain, compiled=compiled)
    assert model.state_dict() == plain.state_dict()
    assert all(layer.unit_hook is None for layer in copies[0].layers)
    assert quietly(copies[0]).engine.kind == "arrays"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_r4_a_copy_made_inside_a_monitor_is_not_watched_and_keeps_nothing(copied):
    model = tiny()
    with Monitor(model) as monitor:
        twin = copied(model)
        assert [layer.unit_hook for layer in twin.layers] == [None, None]
        losses.cross_entropy(twin(MOONS.X), MOONS.y).backward()
        assert not any(units._batch for units in monitor.units)


def test_r4_interleaved_steps_leave_nothing_on():
    model = tiny()
    first, second = (steps(model, MOONS, epochs=1, batch_size=25, compiled=False) for _ in "ab")
    next(first), next(second)
    assert [layer.unit_hook for layer in model.layers] == [None, None]
    first.close(), second.close()
    assert [layer.unit_hook for layer in model.layers] == [None, None]


def test_r4_monitors_that_end_in_another_order_than_they_began_leave_nothing_on():
    model, seen = tiny(), []
    model.layers[0].unit_hook = own = lambda z, a: seen.append(a)
    a, b, c = Monitor(model), Monitor(model), Monitor(model)
    for monitor in (a, b, c):
        monitor.__enter__()
    for monitor in (b, a, c):
        monitor.__exit__(None, None, None)
    assert model.layers[0].unit_hook is own and model.layers[1].unit_hook is None


def test_r1_a_fallback_with_validation_is_the_documented_error():
    def ended(compiled):
        X = [[1000.0 * (i - 4.5)] for i in range(10)]
        model = Sequential(Layer(1, 1, "sigmoid", rng=0))
        settings = {"loss": "bce", "epochs": 1, "validation": 0.3, "compiled": compiled}
        try:
            return quietly(model, (X, [0, 1] * 5), **settings)
        except TrainingError as error:
            return error.history

    assert (ended("auto").stopped, len(ended("auto"))) == (ended(False).stopped, len(ended(False)))


def test_arrays_hand_over_to_scalars_in_the_middle_of_an_epoch_and_nothing_is_lost(monkeypatch):
    from nn.training.arrays import Found

    count, is_finite = [0], Found.is_finite

    def at_first(self):
        count[0] += 1
        return count[0] < 6 and is_finite(self)

    monkeypatch.setattr(Found, "is_finite", at_first)
    model, other = tiny(), tiny()
    history = quietly(model, batch_size=16, validation=0.2)
    wanted = quietly(other, batch_size=16, validation=0.2, compiled=False)
    assert history.engine.kind == "scalars"
    close([vars(epoch) for epoch in history], [vars(epoch) for epoch in wanted])
    close(model.state_dict(), other.state_dict())


# The engine as data.


def test_the_engine_is_data_and_reads_well():
    assert str(Engine("scalars")) == "scalars"
    assert str(Engine("arrays", "3 packed")) == "arrays: 3 packed"
    with pytest.raises(AttributeError):
        Engine("scalars").kind = "arrays"
    assert quietly(tiny(), epochs=1).engine.kind == "arrays"


@pytest.mark.parametrize(
    ("sentence", "engine"),
    [
        ("", None),
        ("arrays: 22 packed, 3 not: all well", Engine("arrays", "22 packed, 3 not: all well")),
        ("scalars", Engine("scalars")),
        ("scalars, because a, b: c", Engine("scalars", "a, b: c")),
        ("scalars, since a number was nan", Engine("scalars", "a number was nan")),
    ],
)
def test_histories_of_older_files_still_load(sentence, engine):
    plain = json.loads(json.dumps(quietly(tiny(), epochs=1).to_plain()))
    plain["engine"] = sentence
    assert History.from_plain(plain).engine == engine


@pytest.mark.parametrize(
    "engine", ["quickly", "arrays, perhaps", 3, ["arrays"], {"kind": "arrays"}]
)
def test_an_engine_that_is_none_is_refused(engine):
    plain = History().to_plain()
    with pytest.raises(ValueError, match=r"history\.engine"):
        History.from_plain({**plain, "engine": engine})


def test_r6_histories_that_make_no_sense_are_refused():
    epoch = Epoch(0, 1.0, None, None, {"a": 1.0}, {"a": 1.0}, {}, {}, {})
    facts = Facts(2, (0.0,), (1.0,), {0: 1, 1: 1})
    plain = History([epoch], facts=facts).to_plain()
    assert History.from_plain(plain) == History([epoch], facts=facts)
    for change in (
        {"facts": {**plain["facts"], "class_counts": [[0, 0]]}},
        {"facts": {**plain["facts"], "n_samples": 0}},
        {"facts": {**plain["facts"], "n_samples": -3}},
        {"epochs": [{**plain["epochs"][0], "update_ratios": {}}]},
    ):
        with pytest.raises(ValueError, match=r"history\."):
            History.from_plain({**plain, **change})


# Data: arrays stay arrays.


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16, bool])
def test_n10_arrays_train_as_lists_do(dtype):
    X = np.array(MOONS.X).round().astype(dtype)
    y = np.array(MOONS.y)
    for compiled in (True, False):
        model, other = tiny(), tiny()
        settings = {"validation": 0.2, "compiled": compiled, "batch_size": 16}
        history = quietly(model, (X, y), **settings)
        wanted = quietly(other, (X.astype(float).tolist(), y.tolist()), **settings)
        assert history == wanted and model.state_dict() == other.state_dict()


def test_n10_arrays_are_not_copied():
    X, y = np.array(MOONS.X), np.array(MOONS.y)
    samples = samples_of((X, y))
    assert np.shares_memory(samples.X, X) and np.shares_memory(samples.floats()[0], X)
    listed = samples_of((X, MOONS.y))
    assert np.shares_memory(listed.X, X) and listed.y.tolist() == MOONS.y
    assert samples_of(data.Dataset(X, y, classes=("a", "b"))).is_array


def test_n10_a_memory_map_trains_as_the_array_does(tmp_path):
    X, y = np.array(MOONS.X), np.array(MOONS.y)
    file = np.memmap(tmp_path / "X", dtype=float, mode="w+", shape=X.shape)
    file[:] = X
    model, other = tiny(), tiny()
    assert quietly(model, (file, y)) == quietly(other, (X, y))
    assert model.state_dict() == other.state_dict()


@pytest.mark.parametrize(
    ("X", "y", "parts"),
    [
        (np.array([[1.0, np.nan]]), [0], ["row 0", "finite"]),
        (np.ones((2, 2)), np.array([0.0, np.inf]), ["target 1", "finite"]),
        (np.ones((3, 2)), np.zeros(2), ["same length", "3 rows", "2 targets"]),
        (np.ones(3), np.zeros(3), ["row 0", "[[x] for x in X]"]),
        (np.ones((2, 0)), np.zeros(2), ["is empty"]),
        (np.ones((2, 2)), np.array(["a", None]), ["target 0 of y must be a number"]),
    ],
    ids=["nan", "inf", "lengths", "one axis", "empty", "text"],
)
def test_n10_arrays_are_checked_as_lists_are(X, y, parts):
    with refusal((TypeError if "number" in parts[0] else ValueError), *parts):
        quietly(tiny(), (X, y))


def test_n10_classes_of_a_dataset_are_checked_in_arrays_too():
    wrong = data.Dataset(np.ones((2, 2)), np.array([0, 2]), classes=("a", "b"))
    with refusal(ValueError, "target 1 of y must be the index of one of the 2 classes"):
        quietly(tiny(), wrong)


MEMORY = """
import resource, sys
import numpy as np
from nn import MLP, fit
X = np.random.default_rng(0).normal(size=(100_000, 50))
y = (X[:, 0] > 0).astype(int)
unit = 1024 if sys.platform == "linux" else 2**20
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
before = peak()
fit(MLP([50, 4, 2], rng=0), (X, y), epochs=1, batch_size=1000, rng=0, progress=False)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="resource is of Unix alone")
def test_n10_fit_on_40_mb_takes_at_most_120():
    command = [sys.executable, "-c", MEMORY]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 120


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 31, 32, 33, 1000])
def test_a_shuffle_is_that_of_the_standard_library(n):
    ours, theirs, order = Random(n), Random(n), list(range(n))
    theirs.shuffle(order)
    assert shuffled(n, ours) == order and ours.getstate() == theirs.getstate()


def test_a_generator_of_ones_own_shuffles_as_it_likes():
    class Sorted(Random):
        def shuffle(self, x):
            x.sort()

    assert shuffled(9, Sorted(0)) == list(range(9))


# Batches from an iterable.


def in_batches(samples=MOONS, size=16):
    """The batches that `fit` makes in memory with rng=0, epoch by epoch."""
    rng = Random(0)

    def one_pass():
        yield from data.batches(*samples, size=size, rng=rng)

    return one_pass


@pytest.mark.parametrize("compiled", [True, False])
def test_batches_from_a_function_train_as_the_same_batches_from_memory(compiled):
    held_out = data.moons(20, rng=1)
    model, other = tiny(), tiny()
    settings = {"compiled": compiled, "validation": held_out, "lr": 0.1}
    history = quietly(model, in_batches(), **settings)
    wanted = quietly(other, MOONS, batch_size=16, **settings)
    assert history.epochs == wanted.epochs and history.facts is None
    assert history.engine.kind == wanted.engine.kind
    assert model.state_dict() == other.state_dict()


def test_batches_may_be_lists_arrays_or_tables_of_any_size_and_are_begun_once_an_epoch():
    begun = []

    class Chunks:
        def __iter__(self):
            begun.append(1)
            yield np.array(MOONS.X[:7]), np.array(MOONS.y[:7], dtype=np.float32)
            yield MOONS.X[7:8], MOONS.y[7:8]
            yield data.Dataset(np.array(MOONS.X[8:]), MOONS.y[8:])

    history = quietly(tiny(), Chunks(), epochs=4)
    assert len(begun) == len(history) == 4 and history[-1].accuracy is not None


def test_a_generator_serves_one_epoch_and_says_so_before_the_second():
    assert len(quietly(tiny(), in_batches()(), epochs=1)) == 1
    model = tiny()
    with refusal(ValueError, "fit(epochs=3)", "exhausted after one", "uncalled", "epochs=1"):
        quietly(model, in_batches()())
    assert model.state_dict() == tiny().state_dict()


def test_an_iterable_that_is_exhausted_later_says_so():
    left = [in_batches()()]
    with refusal(ValueError, "exhausted after one epoch", "epochs=1"):
        quietly(tiny(), lambda: left[0])


@pytest.mark.parametrize(
    ("batches", "settings", "kind", "parts"),
    [
        (lambda: iter([]), {}, ValueError, ["holds none"]),
        (lambda: 3, {}, TypeError, ["which returned 3", "pairs (X, y)"]),
        (lambda: iter([3]), {}, TypeError, ["pair (X, y), got 3"]),
        (in_batches(), {"validation": 0.2}, ValueError, ["fit(validation=0.2)", "(X, y)"]),
        (
            lambda: iter([([[1.0, 2.0]], [0]), ([[1.0]], [0])]),
            {},
            ValueError,
            ["batch 1", "rows of 1 numbers", "the first batch rows of 2"],
        ),
        (lambda: iter([([[1.0, 2.0]], [0]), ([[1.0, np.nan]], [0])]), {}, ValueError, ["finite"]),
    ],
    ids=["none", "no iterable", "no pairs", "fraction", "widths", "nan"],
)
def test_batches_that_make_no_sense_are_refused(batches, settings, kind, parts):
    with refusal(kind, *parts):
        quietly(tiny(), batches, **settings)


def test_the_two_engines_agree_on_a_deep_network_with_dead_and_saturated_units():
    def deep():
        model = MLP([2, 6, 6, 6, 2], activation=["relu", "tanh", "abs"], rng=0)
        model.layers[0].b = [-9.0, 0.0, 0.1, -4.0, 0.2, 0.0]
        return model

    _, history = assert_same(deep, lr=0.1)
    assert history[0].dead["layers.0"] > 0


@pytest.mark.parametrize("dtype", [float, np.float32, np.int64])
def test_n10_facts_of_many_numbers_are_those_of_few(dtype, monkeypatch):
    X = np.random.default_rng(0).normal(1e3, 5.0, size=(200, 4)).astype(dtype)
    X[:, 2] = 7
    y = np.arange(200) % 3
    few = samples_of((X, y)).facts()
    monkeypatch.setattr(sampling, "MANY", 100)
    many = samples_of((X, y)).facts()
    assert few == samples_of((X.astype(float).tolist(), y.tolist())).facts()
    assert (many.n_samples, many.class_counts) == (200, {0: 67, 1: 67, 2: 66})
    assert many.means == pytest.approx(few.means, rel=1e-12)
    assert many.scales == pytest.approx(few.scales, rel=1e-9) and many.scales[2] == 1.0


@pytest.mark.parametrize("compiled", [True, False])
def test_r4_what_ctrl_c_leaves_on_is_taken_off_at_the_end(compiled, monkeypatch):
    def interrupted(*given, **more):
        raise KeyboardInterrupt

    own = []
    model = tiny()
    mine = None if compiled else lambda z, a: own.append(a)
    model.layers[1].unit_hook = mine
    with monkeypatch.context() as patched:
        if compiled:
            patched.setattr("nn.training.arrays.compile", interrupted)
        else:
            patched.setattr(Monitor, "__exit__", interrupted)
        assert quietly(model, compiled=compiled).stopped == "interrupted"
    assert model.layers[0].unit_hook is None and model.layers[1].unit_hook is mine
