"""What a user of PyTorch reaches for: hooks, children, slices, freezing, and hints."""

import copy
import gc
import pickle
import weakref

import pytest

import nn
from autograd import TracingError, Value, compile, constant
from nn import MLP, Activation, BatchNorm, Dropout, Layer, Module, Sequential, data, fit, losses

from .refusals import refusal

QUIET = {"epochs": 2, "rng": 0, "progress": False}


def deep():
    return Sequential(Layer(2, 3, "tanh", rng=0), BatchNorm(3), Activation("relu"), Layer(3, 2))


class Residual(Module):
    def __init__(self, n):
        self.layer = Layer(n, n, "tanh", rng=0)

    def forward(self, x):
        return [x_i + y_i for x_i, y_i in zip(x, self.layer(x))]


# Parts.


def test_children_are_right_within_and_modules_all_there_are():
    model = Sequential(Residual(2), Layer(2, 1, rng=0))
    assert [*model.children()] == model.layers
    assert [name for name, _ in model.named_children()] == ["layers.0", "layers.1"]
    assert [*model.modules()] == [module for _, module in model.named_modules()]
    shared = Layer(1, 1)
    assert [*Sequential(shared, shared).children()] == [shared]
    assert [*Dropout().children()] == [] and [*model.layers[0].children()] == [model[0].layer]


def test_apply_meets_every_module_once_the_inner_ones_first():
    model, seen = Sequential(Residual(2), Layer(2, 1)), []
    assert model.apply(seen.append) is model
    assert {*seen} == {*model.modules()} and len(seen) == len({*seen})
    assert seen.index(model[0].layer) < seen.index(model[0]) < seen.index(model) == len(seen) - 1


def test_a_sequential_is_a_sequence_of_its_layers():
    model = deep()
    assert len(model) == 4 and [*model] == model.layers and model[-1] is model.layers[3]
    first, last = model[:2], model[2:]
    assert type(first) is type(MLP([1, 2, 1])[:1]) is Sequential
    assert first.layers == model.layers[:2] and last.layers == model.layers[2:]
    model.eval()
    x = [1.0, -1.0]
    assert [y.data for y in last(first(x))] == [y.data for y in model(x)]


def test_a_slice_leaves_the_names_of_its_layers():
    model = MLP([1, 2, 1], rng=0)
    labels = [p.label for p in model.parameters()]
    assert model[1:].layers[0]._path == "layers.1" and model[1:].training is True
    assert [p.label for p in model.parameters()] == labels
    assert next(name for name, _ in model[1:].named_parameters()) == "layers.0.neurons.0.w.0"


def test_a_slice_trains_the_layers_of_the_whole():
    model = MLP([2, 3, 2], rng=0)
    start = model.state_dict()
    fit(model[1:], ([[1.0, 2.0, 3.0]] * 4, [0, 1, 1, 1]), **QUIET)
    moved = {name[:8] for name, x in model.state_dict().items() if x != start[name]}
    assert moved == {"layers.1"}


@pytest.mark.parametrize("index", [4, -5, slice(3, 3), slice(7, None)])
def test_an_index_beyond_the_layers_is_refused(index):
    with pytest.raises(IndexError):
        deep()[index]


@pytest.mark.parametrize("activations", [["gelu", "silu"], ("gelu", "silu")])
def test_an_mlp_takes_an_activation_for_each_layer_beside_its_sizes(activations):
    model = MLP([2, 16, 16, 2], activations, rng=0)
    assert [layer.activation for layer in model.layers] == ["gelu", "silu", "identity"]
    assert repr(model) == repr(MLP(2, [16, 16, 2], activations, rng=0))


def test_activations_that_are_not_as_many_as_layers_are_refused():
    with refusal(ValueError, "has 2 hidden layers and needs that many activations, got 3"):
        MLP([2, 16, 16, 2], ["gelu", "silu", "relu"])


# Forward hooks.


@pytest.mark.parametrize("batch", [False, True])
def test_a_forward_hook_sees_every_sample_of_its_module(batch):
    model, seen = MLP([2, 3, 2], rng=0), []
    handle = model.layers[1].register_forward_hook(lambda *given: seen.append(given))
    rows = [[1.0, 2.0], [0.0, -1.0]]
    outputs = model(rows) if batch else [model(row) for row in rows]
    assert [given[0] for given in seen] == [model.layers[1]] * 2
    assert [given[2] for given in seen] == outputs
    assert all(len(given[1]) == 3 for given in seen)
    handle.remove()
    handle.remove()
    model(rows)
    assert len(seen) == 2


def test_hooks_of_modules_that_look_across_a_batch_are_called_for_each_sample():
    model, seen = deep(), []
    for module in model.modules():
        module.register_forward_hook(lambda module, x, out: seen.append(type(module).__name__))
    model([[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]])
    counts = {name: seen.count(name) for name in seen}
    assert counts == {"Layer": 6, "BatchNorm": 3, "Activation": 3, "Sequential": 3}


def test_what_a_forward_hook_returns_is_the_output():
    model = MLP([1, 2, 1], rng=0)
    register = model.layers[0].register_forward_hook
    register(lambda module, x, out: [2 * y for y in out])
    register(lambda module, x, out: [y + 1 for y in out])
    doubled, model = model([1.0]).data, copy.copy(model)
    model.layers = copy.deepcopy(model.layers)
    hidden = [2 * y + 1 for y in model.layers[0]([1.0])]
    assert doubled == model.layers[1](hidden)[0].data


def test_a_model_with_hooks_trains_on_scalars_to_the_same_numbers():
    runs, seen = [], []
    for hooked in (False, True):
        model = MLP([2, 3, 2], "tanh", rng=0)
        if hooked:
            model.layers[0].register_forward_hook(lambda *given: seen.append(given))
            model.layers[0].register_full_backward_hook(lambda *given: None)
        history = fit(model, data.moons(20, rng=0), **QUIET)
        runs.append(model.state_dict())
        assert str(history.engine).startswith("scalars" if hooked else "arrays")
    assert runs[0] == pytest.approx(runs[1], rel=1e-9)
    assert len(seen) >= 40


def test_a_function_with_hooks_is_not_compiled():
    model = MLP([2, 3, 1], rng=0)
    handle = model.layers[0].register_forward_hook(lambda *given: None)
    with pytest.raises(TracingError, match="has hooks"):
        compile(model, [0.0, 0.0])
    handle.remove()
    assert compile(model, [0.0, 0.0])([[1.0, 2.0]]).tolist() == [model([1.0, 2.0]).data]


@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_has_no_hooks(how):
    model, seen = MLP([2, 3, 1], rng=0), []
    model.layers[0].register_forward_hook(lambda *given: seen.append(given))
    model.layers[0].unit_hook = lambda z, a: seen.append(z)
    again = how(model)
    again([1.0, 2.0])
    assert seen == [] and again.layers[0].unit_hook is None
    assert again.state_dict() == model.state_dict()


def test_a_hook_that_is_no_function_is_refused():
    with refusal(TypeError, "a hook must be a function, got 3"):
        Dropout().register_forward_hook(3)


# Backward hooks.


def test_a_backward_hook_sees_the_gradients_of_outputs_and_inputs():
    layer, seen = Layer(2, 1, "identity", rng=0), []
    layer.register_full_backward_hook(lambda *given: seen.append(given))
    x = Value(2.0)
    layer([x, 3.0])[0].backward(5.0)
    w = layer.neurons[0].w[0].data
    assert seen == [(layer, [5.0 * w, None], [5.0])]


def test_the_gradient_of_an_input_is_the_one_through_the_module_alone():
    module, seen = Residual(1), []
    module.layer.register_full_backward_hook(lambda module, *grads: seen.append(grads))
    x = Value(0.3)
    module([x])[0].backward()
    (inner,), outer = seen[0][0], x.grad
    assert outer == pytest.approx(1 + inner) and seen[0][1] == [1.0]


def test_backward_hooks_are_called_from_the_last_module_to_the_first():
    model, seen = MLP([2, 3, 1], rng=0), []
    for i, layer in enumerate(model.layers):
        layer.register_full_backward_hook(lambda module, *grads, i=i: seen.append(i))
    model.register_full_backward_hook(lambda module, *grads: seen.append("all"))
    losses.mse(model([[1.0, 2.0], [3.0, 4.0]]), [0.0, 1.0]).backward()
    assert sorted(map(str, seen)) == ["0", "0", "1", "1", "all", "all"]
    assert [i for i in seen if i != "all"] == [1, 1, 0, 0]


def test_a_backward_pass_elsewhere_calls_no_hook():
    model, seen = MLP([2, 3, 1], rng=0), []
    model.register_full_backward_hook(lambda module, *grads: seen.append(grads))
    out = model([1.0, 2.0])
    (model.parameters()[0] * 3).backward()
    assert seen == []
    out.backward()
    assert len(seen) == 1


def test_a_backward_hook_that_would_replace_a_gradient_is_told_that_it_cannot():
    model = MLP([1, 1], rng=0)
    with model.register_full_backward_hook(lambda module, *grads: grads):
        out = model([1.0])
        with refusal(TypeError, "a backward hook of MLP", "cannot replace them"):
            out.backward()


def test_hooks_keep_no_graph_alive():
    model = MLP([2, 3, 1], rng=0)
    model.register_full_backward_hook(lambda *given: None)
    gone = weakref.ref(model([1.0, 2.0]))
    gc.collect()
    assert gone() is None
    from nn.hooks import _passes

    assert len(_passes) == 0


# Frozen parts.


def test_freezing_says_so_of_every_module_within():
    model = MLP([2, 3, 1], rng=0)
    model.layers[0].freeze()
    assert [layer._frozen for layer in model.layers] == [True, False] and not model._frozen
    assert model.layers[0].neurons[2]._frozen
    assert not model.unfreeze().layers[0]._frozen
    assert len(model.parameters()) == 13 == len(model.state_dict())


def test_a_frozen_part_has_gradients():
    model = MLP([2, 3, 1], rng=0).freeze()
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())


# Hints.


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda: Layer(1, 1).weight, "Layer has no weight: the weights of a Layer are its W"),
        (lambda: Layer(1, 1).in_features, "it is n_inputs"),
        (lambda: MLP([1, 1]).requires_grad_(False), "freeze() and unfreeze()"),
        (lambda: MLP([1, 1]).cuda(), "leave it out"),
        (lambda: MLP([1, 1]).colour, "MLP has no colour"),
        (lambda: nn.Linear, "nn has no Linear: Layer(2, 8, 'identity')"),
        (lambda: nn.ReLU, "Activation('relu')"),
        (lambda: nn.CrossEntropyLoss, "losses.cross_entropy"),
        (lambda: nn.BatchNorm1d, "BatchNorm"),
        (lambda: nn.no_grad, "autograd.no_grad"),
        (lambda: nn.functional, "losses"),
        (lambda: nn.colour, "nn has no colour"),
        (lambda: nn.optim.RMSprop, "nn.optim has no RMSprop: RMSProp"),
        (lambda: losses.mse_loss, "nn.losses has no mse_loss: mse"),
        (lambda: nn.schedules.StepLR, "nn.schedules has no StepLR: step(every)"),
        (lambda: nn.optim.SGD([Value(1.0)]).add_param_group({}), "with all its groups"),
    ],
)
def test_a_name_of_pytorchs_gets_a_hint(call, part):
    with refusal(AttributeError, part):
        call()


def test_the_usual_loop_of_pytorch_runs():
    model = Sequential(Layer(2, 4, "tanh", rng=0), Layer(4, 1, "identity", rng=1))
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    X, y = data.xor()
    first = losses.bce_with_logits(model(X), y).item()
    for _ in range(5):
        optimizer.zero_grad()
        loss = losses.bce_with_logits(model(X), y)
        loss.backward()
        optimizer.step()
    model.zero_grad()
    assert loss.item() < first and not any(p.grad for p in model.parameters())


def test_a_constant_is_no_parameter_and_is_not_frozen():
    class Shifted(Module):
        def __init__(self):
            self.shift, self.w = constant(3.0), Value(1.0)

    model = Shifted().freeze()
    assert [p.data for p in model.parameters()] == [1.0]
