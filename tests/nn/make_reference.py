"""Writes reference.json: what PyTorch computes, in float64, for the tests of `nn` to agree with.

Not a test, and not run by any: it needs torch, which the tests do not.

    python -m pip install torch==2.15.0 numpy
    python tests/nn/make_reference.py
"""

import json
import platform
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(1337)
ABOUT = "PyTorch's figures in float64, written by tests/nn/make_reference.py: change that, not this"


def draw(*shape, scale=1.0):
    """Numbers with three decimals, which are the same in every language."""
    return (torch.randn(*shape) * scale).mul(1000).round().div(1000)


def leaf(x):
    return x.clone().requires_grad_()


def plain(x):
    return x.detach().tolist()


# Losses.

LOSSES = {
    "mse": F.mse_loss,
    "mae": F.l1_loss,
    "huber": F.huber_loss,
    "bce": F.binary_cross_entropy,
    "bce_with_logits": F.binary_cross_entropy_with_logits,
    "cross_entropy": F.cross_entropy,
    "nll": F.nll_loss,
    "poisson_nll": F.poisson_nll_loss,
    "kl_div": F.kl_div,
}


def hinge(outputs, targets, reduction):
    losses = torch.clamp(1 - targets * outputs, min=0)
    return losses if reduction == "none" else getattr(losses, reduction)()


def loss_case(name, outputs, targets, reduction, **settings):
    """With reduction "none", the gradients are those of 1 · loss_0 + 2 · loss_1 + ..."""
    z = leaf(outputs)
    tensors = {
        key: torch.tensor(x) if isinstance(x, list) or key == "pos_weight" else x
        for key, x in settings.items()
    }
    value = (
        hinge(z, targets, reduction)
        if name == "hinge"
        else LOSSES[name](z, targets, reduction=reduction, **tensors)
    )
    weights = torch.arange(1, value.numel() + 1).reshape(value.shape)
    (value * weights).sum().backward()
    return {
        "loss": name,
        "settings": settings,
        "reduction": reduction,
        "outputs": plain(outputs),
        "targets": plain(targets),
        "value": plain(value),
        "gradients": plain(z.grad),
    }


def losses():
    flat, nested, far = draw(5), draw(3, 2), draw(5, scale=30.0)
    signs = torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0])
    probabilities = torch.tensor([0.2, 0.999, 1e-9, 0.5, 1 - 1e-9])
    hard, soft = torch.tensor([1.0, 1.0, 0.0, 0.0, 1.0]), torch.tensor([0.0, 0.3, 0.5, 1.0, 0.9])
    classes, index = draw(4, 3), torch.tensor([2, 0, 1, 2])
    for reduction in ("mean", "sum", "none"):
        for name in ("mse", "mae"):
            yield loss_case(name, flat, draw(5), reduction)
            yield loss_case(name, nested, draw(3, 2), reduction)
        for delta in (1.0, 0.25):
            yield loss_case("huber", flat, draw(5), reduction, delta=delta)
        yield loss_case("hinge", flat, signs, reduction)
        yield loss_case("hinge", far, signs, reduction)
        for targets in (hard, soft):
            yield loss_case("bce", probabilities, targets, reduction)
            yield loss_case("bce_with_logits", flat, targets, reduction)
            yield loss_case("bce_with_logits", far, targets, reduction)
        yield loss_case("cross_entropy", classes, index, reduction)
        yield loss_case("cross_entropy", classes * 20, index, reduction)
        yield loss_case("cross_entropy", classes, index, reduction, weight=[0.5, 1.0, 3.0])
        yield loss_case("cross_entropy", classes[0], index[0], reduction)
        yield loss_case("cross_entropy", classes[0], index[0], reduction, weight=[0.5, 1.0, 3.0])


def weighted_losses():
    """What may be told to a loss beside outputs and targets."""
    rows, logs = draw(4, 3), F.log_softmax(draw(4, 3, scale=2.0), 1)
    index, holes = torch.tensor([2, 0, 1, 2]), torch.tensor([2, 0, -1, 2])
    shares = F.softmax(draw(4, 3), 1)
    weight, each = [0.5, 1.0, 3.0], [[0.5, 2.0, 0.0], [1.0, 0.25, 3.0], [1, 1, 1], [2, 0, 1]]
    counts = torch.tensor([[0.0, 1.0, 5.0], [2.0, 0.5, 3.0], [0.0, 0.0, 1.0], [7.0, 2.0, 1.5]])
    hard = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.3, 1.0], [0.0, 0.0, 0.9], [1.0, 1.0, 0.0]])
    for reduction in ("mean", "sum", "none"):
        for name in ("mse", "mae", "huber"):
            yield loss_case(name, rows, hard, reduction, weight=each)
        yield loss_case("bce", torch.sigmoid(rows), hard, reduction, weight=each)
        yield loss_case("bce_with_logits", rows, hard, reduction, weight=each)
        yield loss_case("bce_with_logits", rows, hard, reduction, pos_weight=2.5)
        for smoothing in (0.1, 1.0):
            yield loss_case("cross_entropy", rows, index, reduction, label_smoothing=smoothing)
        for targets in (index, shares):
            settings = {"weight": weight, "label_smoothing": 0.2}
            yield loss_case("cross_entropy", rows, targets, reduction, **settings)
        for settings in ({}, {"weight": weight}, {"label_smoothing": 0.1, "weight": weight}):
            yield loss_case("cross_entropy", rows, holes, reduction, ignore_index=-1, **settings)
        yield loss_case("cross_entropy", rows, shares, reduction)
        yield loss_case("cross_entropy", rows[0], shares[0], reduction)
        yield loss_case("nll", logs, index, reduction)
        yield loss_case("nll", logs, index, reduction, weight=weight)
        yield loss_case("nll", logs, holes, reduction, ignore_index=-1)
        for full in (False, True):
            yield loss_case("poisson_nll", rows, counts, reduction, full=full)
            yield loss_case(
                "poisson_nll", rows.exp(), counts, reduction, log_input=False, full=full
            )
    for reduction in ("mean", "sum", "none", "batchmean"):
        yield loss_case("kl_div", logs, shares, reduction)
        yield loss_case("kl_div", logs, shares.log(), reduction, log_target=True)


def cosines():
    x1, x2, y = draw(3, 4), draw(3, 4), torch.tensor([1.0, -1.0, -1.0])
    for reduction in ("mean", "sum", "none"):
        for margin in (0.0, 0.3, -0.5):
            a, b = leaf(x1), leaf(x2)
            value = F.cosine_embedding_loss(a, b, y, margin=margin, reduction=reduction)
            value.sum().backward()
            case = {"x1": plain(x1), "x2": plain(x2), "targets": plain(y), "margin": margin}
            case |= {"reduction": reduction, "value": plain(value)}
            yield {**case, "d1": plain(a.grad), "d2": plain(b.grad)}
    yield {"x1": plain(x1), "x2": plain(x2), "similarity": plain(F.cosine_similarity(x1, x2))}


def softmaxes():
    for row in (
        [0.5, -1.25, 2.0],
        [0.0],
        [1000.0, 1000.0],
        [0.0, -1000.0],
        [8e307, -8e307, 0.0],
        [-745.5, -746.0],
        [10000.0, 9999.0],
    ):
        z = torch.tensor(row)
        yield {
            "logits": row,
            "softmax": plain(F.softmax(z, 0)),
            "log_softmax": plain(F.log_softmax(z, 0)),
            "logsumexp": plain(torch.logsumexp(z, 0)),
        }


# Optimizers and schedules.

OPTIMIZERS = {
    "SGD": torch.optim.SGD,
    "RMSProp": torch.optim.RMSprop,
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
}
SETTINGS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    ("RMSProp", {}),
    ("RMSProp", {"lr": 0.05, "alpha": 0.8, "eps": 1e-5}),
    ("RMSProp", {"lr": 0.05, "momentum": 0.7, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": [0.8, 0.95], "eps": 1e-4}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "betas": [0.5, 0.9], "weight_decay": 0.3}),
]


def optimizers():
    start, gradients = draw(4), draw(5, 4)
    gradients[:, 0] = 0.0  # as of a ReLU that is dead
    gradients[:, 1] *= 1000
    gradients[:, 2] /= 1000
    for name, settings in SETTINGS:
        p = leaf(start)
        optimizer, steps = OPTIMIZERS[name]([p], **settings), []
        for gradient in gradients:
            p.grad = gradient.clone()
            optimizer.step()
            steps.append(plain(p))
        yield {
            "optimizer": name,
            "settings": settings,
            "start": plain(start),
            "gradients": plain(gradients),
            "parameters": steps,
        }


def one_cycle(optimizer, total, **settings):
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1.0, total, cycle_momentum=False, **settings
    )


def plateaus():
    """The factors after each epoch of these losses."""
    losses = [1.0, 0.9, 0.9, 0.89995, 0.9, 0.95, 0.8, 0.85, 0.8, 0.8, 0.8, 0.9, 0.9, 0.7, 0.9, 0.9]
    kinds = [
        {"patience": 2},
        {"patience": 1, "factor": 0.5, "cooldown": 2},
        {"patience": 1, "threshold": 0.1},
        {"patience": 1, "threshold": 0.01, "threshold_mode": "abs"},
        {"patience": 0, "factor": 0.5, "least": 0.2},
        {"patience": 2, "mode": "max"},
    ]
    for settings in kinds:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        given = {"min_lr" if key == "least" else key: x for key, x in settings.items()}
        plateau, factors = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **given), []
        for loss in losses:
            optimizer.step()
            plateau.step(loss)
            factors.append(optimizer.param_groups[0]["lr"])
        yield {"settings": settings, "losses": losses, "factors": factors}


def groups():
    """Two groups, the second with settings of its own."""
    start, gradients = draw(4), draw(5, 4)
    own = {"SGD": {"lr": 0.01, "momentum": 0.5}, "AdamW": {"lr": 0.3, "weight_decay": 0.2}}
    for name, settings in own.items():
        ps = [leaf(x) for x in start]
        optimizer = OPTIMIZERS[name]([{"params": ps[:3]}, {"params": ps[3:], **settings}], lr=0.1)
        steps = []
        for gradient in gradients:
            for p, g in zip(ps, gradient):
                p.grad = g.clone()
            optimizer.step()
            steps.append([plain(p) for p in ps])
        case = {"optimizer": name, "settings": settings, "start": plain(start)}
        yield {**case, "gradients": plain(gradients), "parameters": steps}


def schedules():
    s = torch.optim.lr_scheduler
    made = {
        "step(4, 0.5)": lambda o: s.StepLR(o, 4, 0.5),
        "step(5)": lambda o: s.StepLR(o, 5),
        "exponential(0.9)": lambda o: s.ExponentialLR(o, 0.9),
        "cosine(11)": lambda o: s.CosineAnnealingLR(o, 11),
        "cosine(12, 0.2)": lambda o: s.CosineAnnealingLR(o, 12, eta_min=0.2),
        "linear(8, 1.0, 0.1)": lambda o: s.LinearLR(o, 1.0, 0.1, 8),
        "linear(5, 0.25, 1.0)": lambda o: s.LinearLR(o, 0.25, 1.0, 5),
        "warmup(4)": lambda o: s.SequentialLR(
            o, [s.LinearLR(o, 0.1, 1.0, 4), s.ConstantLR(o, 1.0)], [4]
        ),
        "warmup(3, cosine(9), 0.2)": lambda o: s.SequentialLR(
            o, [s.LinearLR(o, 0.2, 1.0, 3), s.CosineAnnealingLR(o, 9)], [3]
        ),
        "warmup(3, step(2, 0.5))": lambda o: s.SequentialLR(
            o, [s.LinearLR(o, 0.1, 1.0, 3), s.StepLR(o, 2, 0.5)], [3]
        ),
        "restarts(3)": lambda o: s.CosineAnnealingWarmRestarts(o, 3),
        "restarts(2, 2, 0.1)": lambda o: s.CosineAnnealingWarmRestarts(o, 2, 2, eta_min=0.1),
        "one_cycle(12)": lambda o: one_cycle(o, 12),
        "one_cycle(12, 0.5, 10.0, 100.0)": lambda o: one_cycle(
            o, 12, pct_start=0.5, div_factor=10.0, final_div_factor=100.0
        ),
        "one_cycle(14, anneal_strategy='linear')": lambda o: one_cycle(
            o, 14, anneal_strategy="linear"
        ),
        "one_cycle(13, three_phase=True)": lambda o: one_cycle(o, 13, three_phase=True),
    }
    for call, make in made.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        schedule, factors = make(optimizer), []
        for _ in range(12):
            factors.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        yield {"schedule": call, "factors": factors}


def clippings():
    gradients = [3.0, -4.0, 0.5, -12.0]
    for how, limit in [
        ("norm", 1.0),
        ("norm", 20.0),
        ("norm", 0.01),
        ("value", 1.0),
        ("value", 3.5),
        ("value", 20.0),
    ]:
        p = torch.zeros(4, requires_grad=True)
        p.grad = torch.tensor(gradients)
        norm = (
            nn.utils.clip_grad_norm_([p], limit)
            if how == "norm"
            else nn.utils.clip_grad_value_([p], limit)
        )
        yield {
            "how": how,
            "limit": limit,
            "gradients": gradients,
            "clipped": plain(p.grad),
            "norm": plain(norm) if how == "norm" else None,
        }


# Layers.

ACTIVATIONS = {
    "identity": lambda z: z,
    "relu": F.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": F.softplus,
}


def layers():
    """The gradients are those of the outputs weighed by `upstream`."""
    W, b, x, upstream = draw(3, 2), draw(3), draw(2, scale=2.0), draw(3)
    for name, activation in ACTIVATIONS.items():
        leaves = [leaf(t) for t in (W, b, x)]
        outputs = activation(F.linear(leaves[2], leaves[0], leaves[1]))
        (outputs * upstream).sum().backward()
        given = {"W": plain(W), "b": plain(b), "x": plain(x), "upstream": plain(upstream)}
        yield {
            "activation": name,
            **given,
            "outputs": plain(outputs),
            **{f"d{key}": plain(t.grad) for key, t in zip("Wbx", leaves)},
        }


def mlp():
    sizes, X, y = [3, 4, 4, 3], draw(6, 3), torch.tensor([0, 2, 1, 1, 0, 2])
    weights = [(leaf(draw(m, n)), leaf(draw(m))) for n, m in zip(sizes, sizes[1:])]
    rows = X
    for (W, b), activation in zip(weights, (torch.tanh, F.relu, ACTIVATIONS["identity"])):
        rows = activation(F.linear(rows, W, b))
    loss = F.cross_entropy(rows, y)
    loss.backward()
    return {
        "sizes": sizes,
        "activations": ["tanh", "relu"],
        "X": plain(X),
        "y": plain(y),
        "layers": [
            {"W": plain(W), "b": plain(b), "dW": plain(W.grad), "db": plain(b.grad)}
            for W, b in weights
        ],
        "outputs": plain(rows),
        "loss": plain(loss),
    }


def batch_norms():
    """Two batches in training, then one in use; gradients are of the outputs times `upstream`."""
    for momentum, eps in [(0.1, 1e-5), (0.3, 1e-2)]:
        module = nn.BatchNorm1d(2, eps=eps, momentum=momentum)
        with torch.no_grad():
            module.weight.copy_(draw(2) + 1)
            module.bias.copy_(draw(2))
        batches = []
        for training, n in [(True, 4), (True, 3), (False, 3)]:
            module.train(training)
            module.zero_grad()
            X, upstream = leaf(draw(n, 2, scale=3.0) + 1), draw(n, 2)
            outputs = module(X)
            (outputs * upstream).sum().backward()
            tensors = {"X": X, "upstream": upstream, "outputs": outputs}
            tensors |= {"dX": X.grad, "dweight": module.weight.grad, "dbias": module.bias.grad}
            tensors |= {"running_mean": module.running_mean, "running_var": module.running_var}
            batches.append({"training": training, **{key: plain(t) for key, t in tensors.items()}})
        settings = {"momentum": momentum, "eps": eps}
        yield {
            "settings": settings,
            "weight": plain(module.weight),
            "bias": plain(module.bias),
            "batches": batches,
        }


def dropouts():
    for p in (0.0, 0.25, 0.5, 0.9):
        x, upstream = leaf(draw(8) + 5), draw(8)
        outputs = nn.Dropout(p)(x)
        (outputs * upstream).sum().backward()
        kept = [int(out != 0) for out in plain(outputs)]
        yield {
            "p": p,
            "x": plain(x),
            "upstream": plain(upstream),
            "kept": kept,
            "outputs": plain(outputs),
            "dx": plain(x.grad),
        }


def initialisers():
    """Standard deviations by PyTorch's formulas; the bound of an even draw is √3 of them."""
    for fan_in, fan_out in [(1, 1), (2, 16), (64, 10)]:
        shape = torch.empty(fan_out, fan_in)
        ins, outs = nn.init._calculate_fan_in_and_fan_out(shape)
        xavier, he = (2.0 / (ins + outs)) ** 0.5, nn.init.calculate_gain("relu") / ins**0.5
        for name, std in (("xavier", xavier), ("he", he)):
            shape_std = {"fan_in": fan_in, "fan_out": fan_out, "std": std}
            yield {"init": f"{name}_uniform", **shape_std, "bound": 3**0.5 * std}
            yield {"init": f"{name}_normal", **shape_std, "bound": None}


def text(x):
    return json.dumps(x, sort_keys=True, allow_nan=False)


def main():
    reference = {
        "about": {
            "what": ABOUT,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "seed": 1337,
        },
        "losses": list(losses()),
        "softmaxes": list(softmaxes()),
        "optimizers": list(optimizers()),
        "schedules": list(schedules()),
        "clippings": list(clippings()),
        "layers": list(layers()),
        "mlp": mlp(),
        "batch_norms": list(batch_norms()),
        "dropouts": list(dropouts()),
        "initialisers": list(initialisers()),
        "weighted losses": list(weighted_losses()),
        "cosines": list(cosines()),
        "plateaus": list(plateaus()),
        "groups": list(groups()),
    }
    parts = []
    for key, part in sorted(reference.items()):  # a line for each case
        lines = (
            "[\n" + ",\n".join(map(text, part)) + "\n]" if isinstance(part, list) else text(part)
        )
        parts.append(f"{text(key)}: {lines}")
    Path(__file__).with_name("reference.json").write_text(
        "{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
