"""The base class: parameters by name, states all or nothing, and life without numpy."""

import copy
import math
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, constant
from nn import MLP, Activation, BatchNorm, Dropout, Layer, Module, Neuron, Sequential

from .refusals import refusal

ROOT = Path(__file__).resolve().parents[2]

WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None  # from here on, `import numpy` raises ImportError
import autograd, nn
first, last = nn.Layer(2, 3, "tanh"), nn.Layer(3, 1, "identity")
model = nn.Sequential(first, nn.BatchNorm(3), nn.Dropout(0.0), last)
opt = nn.optim.Adam(model.parameters(), lr=0.1)
nn.losses.mse(model([[1.0, -2.0], [2.0, 0.5]]), [0.0, 1.0]).backward()
nn.optim.clip_grad_norm(model.parameters(), 1.0)
before = model.state_dict()
opt.step()
model.eval().load_state_dict({name: float(x) for name, x in model.state_dict().items()})
print(len(model.parameters()), model.state_dict() != before, len(model([[1.0, 2.0]])))
"""


def test_autograd_and_nn_need_no_numpy():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMPY], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("19 True 1", "")


class Line(Module):
    """The first module anyone writes."""

    def __init__(self):
        self.slope = Value(2.0)
        self.offset = Value(1.0)

    def forward(self, x):
        return self.slope * x + self.offset


class Block(Module):
    """One of everything that may hold parameters."""

    def __init__(self):
        self.name = "block"
        self.scale = Value(1.0)
        self.fixed = constant(3.0)
        self.made = self.scale * 2
        self.pair = (Value(1.0), Value(2.0))
        self.by_name = {"up": Layer(1, 2, rng=0), 7: [Value(3.0)]}
        self.inner = Sequential(Layer(2, 1, rng=0), BatchNorm(1))

    def forward(self, x):
        return [self.scale * x_i for x_i in x]


BLOCK_NAMES = [
    "scale", "pair.0", "pair.1",
    "by_name.up.neurons.0.w.0", "by_name.up.neurons.0.b",
    "by_name.up.neurons.1.w.0", "by_name.up.neurons.1.b", "by_name.7.0",
    "inner.layers.0.neurons.0.w.0", "inner.layers.0.neurons.0.w.1", "inner.layers.0.neurons.0.b",
    "inner.layers.1.weight.0", "inner.layers.1.bias.0",
]  # fmt: skip


# Parameters and their names.


def test_a_bare_module_has_no_parameters():
    module = Module()
    module.zero_grad()
    assert (
        module.parameters() == []
        and module.state_dict() == {}
        and repr(module) == "Module(0 parameters)"
    )


def test_parameters_are_found_in_modules_and_containers_in_the_order_of_the_attributes():
    names, parameters = zip(*Block().named_parameters())
    assert list(names) == BLOCK_NAMES and all(p.op is None for p in parameters)


@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.booleans())
def test_the_parameters_of_a_network_are_named_by_layer_neuron_and_weight(sizes, bias):
    wanted = []
    for i, (n, m) in enumerate(zip(sizes, sizes[1:])):
        names = [f"w.{k}" for k in range(n)] + ["b"] * bias
        for j in range(m):
            wanted += [f"layers.{i}.neurons.{j}.{name}" for name in names]
    model = MLP(sizes, bias=bias, rng=0)
    assert (
        [name for name, _ in model.named_parameters()]
        == [p.label for p in model.parameters()]
        == wanted
    )
    assert len(model.parameters()) == len({*model.parameters()})


def test_labels_are_names():
    block = Block()
    assert [p.label for p in block.parameters()] == BLOCK_NAMES
    assert (block.fixed.label, block.made.label) == ("", "")


def test_a_label_of_ones_own_stays():
    class Named(Module):
        def __init__(self):
            self.rescale = Value(1.0, "scale")
            self.ws = [Value(1.0, "first"), Value(2.0)]

    model = Sequential(Layer(1, 1), Named())
    assert [p.label for p in model.parameters()[2:]] == ["scale", "first", "layers.1.ws.1"]


def test_a_module_moved_into_another_is_labelled_anew():
    layer = Layer(1, 1, rng=0)
    assert [p.label for p in layer.parameters()] == ["neurons.0.w.0", "neurons.0.b"]
    Sequential(Layer(2, 1), layer)
    assert [p.label for p in layer.parameters()] == [
        "layers.1.neurons.0.w.0",
        "layers.1.neurons.0.b",
    ]


def test_a_shared_parameter_and_a_shared_module_are_there_once():
    class Tied(Module):
        def __init__(self):
            self.encoder = self.again = Layer(1, 1, rng=0)
            self.decoder = Line()
            self.decoder.slope = self.encoder.neurons[0].w[0]

    model = Tied()
    names = [name for name, _ in model.named_parameters()]
    assert names == ["encoder.neurons.0.w.0", "encoder.neurons.0.b", "decoder.offset"]
    assert [name for name, _ in model.named_modules()] == [
        "",
        "encoder",
        "encoder.neurons.0",
        "decoder",
    ]
    assert [p.label for p in model.parameters()] == names


def test_modules_are_named_with_their_paths():
    names = [name for name, _ in Block().named_modules()]
    assert names[:2] == ["", "by_name.up"] and names[-3:] == [
        "inner.layers.0",
        "inner.layers.0.neurons.0",
        "inner.layers.1",
    ]


def test_a_module_that_knows_its_parent_ends():
    block, line = Block(), Line()
    block.child, line.parent = line, block
    assert [name for name, _ in block.named_parameters()] == [
        *BLOCK_NAMES,
        "child.slope",
        "child.offset",
    ]


def test_zero_grad_reaches_every_parameter():
    block = Block()
    for p in block.parameters():
        p.grad = 1.0
    block.zero_grad()
    assert {p.grad for p in block.parameters()} == {0.0}


def test_a_module_may_say_itself_what_its_parameters_are():
    class Picky(Line):
        def parameters(self):
            return [self.offset]

    model = Picky()
    model(3.0).backward()
    model.zero_grad()
    assert (model.slope.grad, model.offset.grad) == (3.0, 0.0)


# Training and use.


def test_train_and_eval_reach_every_module_and_return_it():
    block = Block()
    modules = [module for _, module in block.named_modules()]
    assert all(module.training for module in modules)
    assert block.eval() is block and not any(module.training for module in modules)
    assert block.train() is block and all(module.training for module in modules)
    assert not any(module.training for _, module in block.train(False).named_modules())


def test_dropout_in_a_network_stops_in_use():
    model = Sequential(
        Layer(2, 8, "identity", rng=0), Dropout(0.5, rng=0), Layer(8, 2, "identity", rng=1)
    )
    outputs = lambda: [y.data for y in model([1.0, 2.0])]  # noqa: E731
    assert outputs() != outputs()
    model.eval()
    assert outputs() == outputs()


# States.


def trained_block():
    block = Block()
    block.inner([[1.0, 2.0], [3.0, 1.0]])
    for i, p in enumerate(block.parameters()):
        p.data = i / 7
    return block


def test_a_state_is_every_parameter_and_every_buffer_by_name():
    block = trained_block()
    state = block.state_dict()
    assert list(state) == [
        *BLOCK_NAMES,
        "inner.layers.1.running_mean.0",
        "inner.layers.1.running_var.0",
    ]
    assert [*state.values()][:-2] == [p.data for p in block.parameters()]
    assert (
        [*state.values()][-2:]
        == block.inner.layers[1].running_mean + block.inner.layers[1].running_var
        != [0.0, 1.0]
    )


def test_a_state_comes_back_to_the_bit_and_keeps_the_values():
    state, block = trained_block().state_dict(), Block()
    before = block.parameters()
    block.load_state_dict(dict(reversed(state.items())))
    assert block.state_dict() == state and all(a is b for a, b in zip(block.parameters(), before))


@pytest.mark.parametrize("kind", [np.float64, np.float32, lambda x: np.array(x), int])
def test_numbers_of_any_kind_are_loaded_as_floats(kind):
    block = Block()
    block.load_state_dict({name: kind(2.0) for name in block.state_dict()})
    assert {*block.state_dict().values()} == {2.0} and {
        type(x) for x in block.state_dict().values()
    } == {float}


def test_a_state_is_a_copy():
    block = trained_block()
    state = block.state_dict()
    before = dict(state)
    block.scale.data = 99.0
    block.inner([[9.0, 2.0], [3.0, 1.0]])
    assert state == before


def without(state, *names):
    return {name: x for name, x in state.items() if name not in names}


@pytest.mark.parametrize(
    ("change", "kind", "parts"),
    [
        (
            lambda s: without(s, "scale"),
            ValueError,
            ("the state does not fit Block(13 parameters)", "it lacks 'scale'. Make the model"),
        ),
        (
            lambda s: without(s, "inner.layers.1.running_var.0"),
            ValueError,
            ("lacks 'inner.layers.1.running_var.0'",),
        ),
        (
            lambda s: {**s, "more": 1.0},
            ValueError,
            ("it has unknown entries 'more'. Make the model with the sizes it was saved with",),
        ),
        (
            lambda s: {**without(s, "scale"), "more": 1.0},
            ValueError,
            ("it lacks 'scale' and has unknown entries 'more'",),
        ),
        (lambda s: {**s, 7: 1.0}, ValueError, ("it has unknown entries '7'",)),
        (
            lambda s: {},
            ValueError,
            (
                "it lacks 'by_name.7.0', 'by_name.up.neurons.0.b', ",
                "'by_name.up.neurons.0.w.0' and 12 more",
            ),
        ),
        (
            lambda s: {**s, "inner.layers.1.running_var.0": "1"},
            TypeError,
            ("inner.layers.1.running_var.0 of Block takes a real number",),
        ),
        (
            lambda s: {**s, "pair.1": None},
            TypeError,
            ("pair.1 of Block takes a real number", "None"),
        ),
        (lambda s: {**s, "pair.1": [1.0]}, TypeError, ("pair.1 of Block takes a real number",)),
        (lambda s: {**s, "pair.1": 1j}, TypeError, ("pair.1 of Block takes a real number",)),
        (
            lambda s: {**s, "pair.1": Value(1.0)},
            TypeError,
            ("pair.1 of Block takes a real number, got a Value",),
        ),
        (
            lambda s: None,
            TypeError,
            ("load_state_dict takes what state_dict() returned, numbers by name, got NoneType",),
        ),
        (lambda s: list(s), TypeError, ("numbers by name, got list",)),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, kind, parts):
    block = trained_block()
    before = block.state_dict()
    changed = change({name: x + 1 for name, x in before.items()})
    with refusal(kind, *parts):
        block.load_state_dict(changed)
    assert block.state_dict() == before


def test_two_parameters_of_the_same_name_are_refused_rather_than_lost():
    class Confusing(Module):
        def __init__(self):
            self.p = {"a.b": Value(1.0), "a": {"b": Value(2.0)}}

    with refusal(
        ValueError,
        "two numbers of Confusing(2 parameters) have the same name, 'p.a.b'",
        "give the keys of dicts other names",
    ):
        Confusing().state_dict()


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_has_parameters_of_its_own(twin):
    model = MLP([2, 3, 1], activation="tanh", rng=0)
    copied = twin(model)
    assert copied.state_dict() == model.state_dict() and [p.label for p in copied.parameters()] == [
        p.label for p in model.parameters()
    ]
    model([1.0, 2.0]).backward()
    assert {p.grad for p in copied.parameters()} == {0.0} and copied([1.0, 2.0]).data == model(
        [1.0, 2.0]
    ).data


# Calls.


@pytest.mark.parametrize(
    "row",
    [
        list,
        tuple,
        np.array,
        lambda x: np.array(x, dtype=np.float32),
        lambda x: [np.array(x_i) for x_i in x],
    ],
)
@pytest.mark.parametrize("rows", [list, tuple, iter])
@pytest.mark.parametrize(
    "model",
    [
        Neuron(2, "tanh", rng=0),
        Layer(2, 2, rng=0),
        MLP([2, 2, 1], rng=0),
        MLP([2, 3, 2], rng=0),
        Activation("tanh"),
    ],
    ids=repr,
)
def test_rows_give_the_list_of_what_each_sample_gives(model, rows, row):
    def numbers(out):
        return [numbers(x) for x in out] if isinstance(out, list) else float(out)

    X = [[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]]
    each = [numbers(model(row(x))) for x in X]
    assert numbers(model(rows([row(x) for x in X]))) == each
    assert [numbers(y) for y in model(np.array(X))] == each
    assert numbers(model([X[0]])) == each[:1]


def test_a_sample_may_be_one_number():
    assert (
        Line()(3.0).data == 7.0
        and Line()(Value(3.0)).data == 7.0
        and Line()(np.array(3.0)).data == 7.0
    )


def test_an_empty_row_is_a_sample_of_no_inputs():
    assert Block()([]) == []


def test_a_module_without_forward_says_so():
    class Lazy(Module):
        pass

    for x in ([1.0], [[1.0]]):
        with refusal(
            TypeError,
            "Lazy has no forward(x): define it, from the inputs of one sample to its outputs",
        ):
            Lazy()(x)


# Texts.


def test_the_repr_lists_modules_within_modules():
    assert repr(Line()) == "Line(2 parameters)"
    assert repr(Block()) == (
        "Block(13 parameters:\n"
        "  (by_name.up): Layer(1 → 2, relu, 4 parameters)\n"
        "  (inner): Sequential(5 parameters:\n"
        "    (layers.0): Layer(2 → 1, relu, 3 parameters)\n"
        "    (layers.1): BatchNorm(1, 2 parameters)\n"
        "  )\n"
        ")"
    )
    single = Line()
    single.offset = math.pi
    assert repr(single) == "Line(1 parameter)"


def test_what_was_appended_to_a_list_gets_its_name_in_training():
    class Stack(Module):
        def __init__(self):
            self.layers = []
            for seed in range(2):
                self.layers.append(Layer(2, 2, rng=seed))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    model = Stack()
    model.name_parts()
    assert [p.label for p in model.parameters()] == [name for name, _ in model.named_parameters()]
    assert model([1.0, 2.0])[1].label == "layers.1.neurons.1.a"


def test_an_array_of_values_holds_parameters():
    class Linear(Module):
        def __init__(self):
            self.w = np.array([Value(0.1), Value(0.2)])

        def forward(self, x):
            return self.w @ np.array(x)

    model = Linear()
    assert [(name, p.label) for name, p in model.named_parameters()] == [
        ("w.0", "w.0"),
        ("w.1", "w.1"),
    ]
    assert model([1.0, 10.0]).data == 2.1
