"""Messages are short, whatever a call was given: no error repeats a whole model or a long list."""

import importlib
import inspect
import math
import warnings
from functools import cache

import numpy as np
import pytest

from autograd import Value, compile, detect_anomaly, exp, maximum, mul
from nn import (
    MLP,
    Dataset,
    EarlyStopping,
    Monitor,
    Perceptron,
    Sequential,
    Settings,
    data,
    fit,
    from_arrays,
)
from nn.optim import SGD, Adam
from viz import draw_dot, draw_network, scene

from .test_public_names import PUBLIC, ROOMS

MOST = 600
"""Signs of a message: some lines, which a person reads."""

EXEMPT = {
    "autograd.Program": "made by compile alone",
    "autograd.compiler.Program": "made by compile alone",
    "autograd.strategies.fuzz": "its message is the program that fails",
    "autograd.gradcheck": "checks 3,000 inputs one by one, for minutes",
    "viz.plots.plot_activations": "draws thousands of curves",
    "Perceptron.learn": "learns 3,000 rows of data",
    "Drawing.view": "opens a window",
    "viz.Drawing": "its arguments are graphviz's own",
}
"""Calls that are not tried, and why."""

QUIETLY = {"epochs": 1, "progress": False}
"""What calls of `fit` and `steps` get beside."""


class Shy:
    def __repr__(self):
        raise RuntimeError("this object has no repr")


class Talkative:
    def __repr__(self):
        return "talk " * 100_000

    __str__ = __repr__


@cache
def huge_things():
    numbers = [0.1 * i for i in range(3000)]
    return {
        "list": numbers,
        "text": "x" * 1_000_000,
        "dict": {f"key {i}": i for i in range(3000)},
        "array": np.array(numbers),
        "rows": [numbers[:50] for _ in range(50)],
        "names": [f"a name that is long {i}" for i in range(3000)],
        "set": set(numbers),
        "model": MLP([20] * 12, rng=0),
        "modules": MLP([4] * 80, rng=0).layers,
        "values": [Value(x) for x in numbers],
        "named value": Value(1.0, "w" * 100_000) * 2,
        "shy": Shy(),
        "talkative": Talkative(),
    }


def small_things():
    """What a parameter of that name takes; a number for any other."""
    model, samples = MLP([2, 2], rng=0), data.moons(8, rng=0)
    graph = Value(2.0, "a") * Value(3.0, "b")
    history = fit(model, samples, epochs=1, progress=False)
    return {
        "f": lambda *x: x[0] * 1.0,
        "model": model,
        "make_model": lambda: MLP([2, 2], rng=0),
        "make_root": lambda: Value(1.0, "x") * 2,
        "data": samples,
        "X": samples.X,
        "y": samples.y,
        "x": 0.5,
        "history": history,
        "root": graph,
        "wrt": graph.inputs[0],
        "value": graph,
        "drawn": scene(graph),
        "scene": scene(graph),
        "parameters": model.parameters(),
        "op": mul,
        "path": "there-is-no-such-file",
        "optimizer": SGD(model.parameters(), lr=0.1),
        "outputs": [0.5, 0.25],
        "targets": [0.0, 1.0],
        "predicted": [0, 1],
        "loss": "cross_entropy",
        "sizes": [2, 2],
        "rates": [0.1],
        "classes": ("0", "1"),
    }


VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def takes_something(call):
    try:
        return bool(inspect.signature(call).parameters)
    except ValueError:  # an exception, whose signature Python does not know
        return False


def calls():
    """Every public function and class, and the methods of some objects, by name."""
    for path, names in {**PUBLIC, **ROOMS}.items():
        module = importlib.import_module(path)
        for name in names.split():
            found = getattr(module, name)
            if callable(found):
                yield f"{path}.{name}", found
    things = small_things()
    model = things["model"]
    objects = {
        "Value": Value(1.0),
        "model": model,
        "layer": model.layers[0],
        "SGD": SGD(model.parameters(), lr=0.1),
        "Adam": Adam(model.parameters()),
        "Dataset": things["data"],
        "History": things["history"],
        "Monitor": Monitor(model),
        "Perceptron": Perceptron(2),
        "EarlyStopping": EarlyStopping(),
        "program": compile(lambda x: x * x, 1.0),
        "Scene": things["drawn"],
        "Drawing": draw_dot(things["root"]),
        "Picture": draw_network(model),
    }
    for name, thing in objects.items():
        if callable(thing):
            yield f"{name}()", thing
        for method in vars(type(thing)):
            if not method.startswith("_") and callable(getattr(thing, method)):
                yield f"{name}.{method}", getattr(thing, method)


CALLS = {name: call for name, call in calls() if name not in EXEMPT and takes_something(call)}


def attempts(name, huge, small):
    """The arguments of calls with a huge one in each place, small ones elsewhere; and huge ones."""
    parameters = inspect.signature(CALLS[name]).parameters.values()
    quietly = QUIETLY if name in ("nn.fit", "nn.steps") else {}
    required = [p for p in parameters if p.default is p.empty and p.kind not in VARIABLE]
    by_position = [p.name for p in required if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    by_name = [p.name for p in required if p.kind is inspect.Parameter.KEYWORD_ONLY]
    places = [p.name for p in parameters if p.kind not in VARIABLE]
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters) and quietly:
        places += Settings.__annotations__
    for place in places:
        given = {p.name: small.get(p.name, 1.0) for p in required} | quietly | {place: huge}
        yield [given.pop(name) for name in by_position], given
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        yield [*[small.get(name, 1.0) for name in by_position], huge], {}
    yield [huge for _ in by_position], dict.fromkeys(by_name, huge)


def message_of(call, positional, keywords):
    """What the call says is wrong with its arguments, if it does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call(*positional, **keywords)
        except (ValueError, TypeError) as error:
            return str(error)
        except Exception:  # what the system says of a name that is too long, and the like
            return ""
    return ""


@pytest.mark.parametrize("name", CALLS)
def test_no_message_repeats_what_is_huge(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    small = small_things()
    for kind, huge in huge_things().items():
        for positional, keywords in attempts(name, huge, small):
            message = message_of(CALLS[name], positional, keywords)
            where = f"a huge {kind} in {[*keywords] or len(positional)}"
            assert len(message) <= MOST, f"{len(message):,} signs for {where}: {message[:400]}"


def wide_table(folder):
    path = folder / "wide.csv"
    names = [f"a column with a long name {i}" for i in range(1000)]
    path.write_text(",".join(names) + "\n" + ",".join(["1.0"] * 1000) + "\n", encoding="utf-8")
    return path


def anomaly(make):
    with detect_anomaly():
        make(Value(1000.0, "w" * 100_000))


@pytest.mark.parametrize(
    "call",
    [
        lambda folder: data.read_csv(wide_table(folder), target="y"),
        lambda folder: data.read_csv(
            wide_table(folder), "a column with a long name 0", features="z"
        ),
        lambda folder: anomaly(exp),
        lambda folder: anomaly(lambda x: maximum(*[x] * 500, math.inf)),
        lambda folder: from_arrays(huge_things()["model"], {}),
        lambda folder: huge_things()["model"].load_state_dict({}),
        lambda folder: SGD([{"params": huge_things()["model"]}], lr=0.1),
        lambda folder: data.as_dataset(
            Dataset([[1.0]], [7000], classes=[f"class {i}" for i in range(3000)])
        ),
        lambda folder: data.read_csv(folder / ("x" * 200), target="y"),
        lambda folder: fit(Sequential(*huge_things()["modules"]), ([[0.1] * 5], [0])),
        lambda folder: huge_things()["model"]([1.0]),
        lambda folder: huge_things()["model"](0.5),
    ],
)
def test_messages_about_what_is_found_inside_are_short_too(call, tmp_path):
    with pytest.raises((ValueError, TypeError, OSError)) as caught:
        call(tmp_path)
    assert len(str(caught.value)) <= MOST
