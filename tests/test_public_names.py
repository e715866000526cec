"""What may be imported from where. Rooms move; these paths stay."""

import importlib

import pytest

PUBLIC = {
    "autograd": """
        AnomalyError CONST DetachedError Explanation GradcheckError OPS Op OpError Path Program
        TracingError Value abs acos acosh add add_op asin asinh atan atan2 atanh cbrt ceil
        check_op clip compile constant cos cosh detect_anomaly div dot elu equal erf erfc exp
        exp2 explain expm1 floor floordiv formula gaussian gelu grad gradcheck greater hessian hvp
        hypot identity jacfwd jacobian jacrev jvp leaky_relu log log10 log1p log2
        log_sigmoid logaddexp maximum minimum mish mod mul neg no_grad pow pullback
        recompute relu round sech share sigmoid sign silu sin sinh softplus softsign sqrt
        step strategies sub tan tanh topological_order trunc value_and_grad vjp where xlogy
        __version__
    """,
    "nn": """
        Activation BatchNorm Checkpoint CheckpointError ConfusionMatrix Dataset Dropout
        EarlyStopping Epoch Evaluation Finding History Layer MLP Module Monitor Neuron Perceptron
        Preparation Sequential Settings Step TrainingError accuracy classify confusion_matrix data
        decide diagnose evaluate f1 fit from_arrays from_safetensors init linear_baseline load
        load_npz log_softmax logsumexp losses optim precision predict r2 recall save save_npz
        schedules softmax steps to_arrays to_safetensors
    """,
    "nn.data": """
        Dataset Standardiser as_dataset batches blobs circles digits moons penguins read_csv spirals
        split standardise standardiser xor
    """,
    "nn.optim": """
        Adam AdamW Group OPTIMIZERS Optimizer RMSProp SGD clip_grad_norm clip_grad_value
    """,
    "viz": """
        Cluster Dot DotFailed DotNotFound DotWarning Drawing Edge Node Picture Scene Spread Step Sum
        Term TrainingPlayer animate compare_orders draw_dot draw_network explore find_dot folded
        frames from_json naive passes player plots quiz scene to_dot to_json to_mermaid to_networkx
        to_tree
    """,
    "viz.plots": """
        ACTIVATIONS plot_activations plot_boundary plot_gradient_flow plot_history
        plot_learning_rates svg
    """,
}
"""Everything that `dir` of each package shows."""

ROOMS = {
    "autograd.formula": "latex text",
    "autograd.strategies": "expressions fuzz programs values",
    "autograd.compiler": "Program compile",
    "nn.losses": """
        LOSSES bce bce_with_logits cosine_embedding cosine_similarity cross_entropy hinge huber
        kl_div l1 l2 log_softmax logsumexp loss_named mae mse nll poisson_nll softmax
    """,
    "nn.schedules": """
        ReduceLROnPlateau SCHEDULES constant cosine exponential linear one_cycle restarts step
        warmup
    """,
    "nn.init": """
        INITIALIZERS he_normal he_uniform normal uniform xavier_normal xavier_uniform zeros
    """,
}
"""Modules whose names are taken from the module itself, as in `losses.mse`."""


@pytest.mark.parametrize("package", PUBLIC)
def test_a_package_shows_what_it_offers_and_nothing_else(package):
    module = importlib.import_module(package)
    assert dir(module) == sorted(PUBLIC[package].split())


@pytest.mark.parametrize("path", [*PUBLIC, *ROOMS])
def test_every_public_path_leads_somewhere(path):
    module = importlib.import_module(path)
    names = {**PUBLIC, **ROOMS}[path].split()
    assert [name for name in names if not hasattr(module, name)] == []


def test_glassgrad_offers_all_of_autograd_and_the_packages():
    gg = importlib.import_module("glassgrad")
    autograd = importlib.import_module("autograd")
    assert dir(gg) == sorted([*PUBLIC["autograd"].split(), "autograd", "nn", "viz"])
    for name in PUBLIC["autograd"].split():
        assert getattr(gg, name) is getattr(autograd, name)
    assert gg.viz.draw_dot is importlib.import_module("viz").draw_dot
