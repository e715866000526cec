"""Neural networks, from perceptrons to backpropagation: the lesson as experiments.

A neural network is a function with many adjustable numbers, made of simple parts: weighted sums,
and functions that bend. To learn means to adjust the numbers until the function does what it should
on examples. Everything here follows from one question, asked of every number in the network: if it
were a little larger, how much would the error change? Backpropagation answers it for all of them at
once.

Each section has one idea, an experiment, and a number that convinces. Every measured number comes
from the run that wrote the page: from scalars that remember how they were computed, or from
programs compiled from such scalars. Where theory predicts a number, the prediction stands beside
the measured one.

The lesson is based on notes from an earlier trial, done in plain numpy with other random seeds and
sizes. Its figures are in the columns headed "notes". Where they differ from what was measured here,
the measured ones are right.
"""

from importlib import import_module
from types import ModuleType

SECTIONS = {
    "1": "s01_perceptron",
    "2": "s02_xor",
    "3": "s03_forward",
    "4": "s04_linear",
    "5": "s05_activations",
    "engine": "engine",
    "6": "s06_backprop",
    "wrong": "wrong",
    "7": "s07_learning_rate",
    "moons": "moons",
    "8": "s08_vanishing",
    "9": "s09_norms",
    "10": "s10_overfitting",
    "11": "s11_penguins",
    "12": "s12_approximation",
}
"""The path through the lesson: what a section is called on the command line, and its file."""

SCENES = {
    "1": 1,
    "2": 5,
    "3": 4,
    "5": 6,
    "6": 2,
    "wrong": 3,
    "7": 7,
    "moons": 7,
    "8": 8,
    "10": 8,
    "11": 9,
    "engine": 9,
}
"""The scene of the live page in which a section can be tried by hand."""

COMMAND = "python -m demos" if __name__ == "demos" else "glassgrad lesson"
"""How this copy of the lesson is run: from a checkout, or from an installed package."""


def section(name: str) -> ModuleType:
    """The module of the section with that name."""
    return import_module(f".{SECTIONS[name]}", __name__)


def as_run_here(text: str) -> str:
    """The text, with commands that run this copy instead of those that run a checkout.

    >>> as_run_here("python -m demos 4 --steps 5") == f"{COMMAND} 4 --steps 5"
    True
    """
    modules = text.replace("python -m demos.", f"python -m {__name__}.")
    return modules.replace("python -m demos", COMMAND)


REMEMBER = [
    "A network is a function with adjustable numbers. Forward, it computes layer by layer: "
    "$z = W a + b$, and then $a = f(z)$.",
    "Backpropagation is the chain rule, once through the graph in reverse order, for all "
    "parameters together.",
    "Between two linear layers something must bend, or they are one.",
    "ReLU needs weights that suit it (He); neither is enough by itself.",
    "Gradients vanish or explode by a factor per layer. Look at δ, since weight gradients can hide "
    "it.",
    "The learning rate has a limit, set by the curvature. Far below it learning is slow, above it "
    "training diverges.",
    "Judge a network on data that it was not trained on, and compare it with a linear model, which "
    "may win.",
    "L2, dropout and early stopping keep a network from being too sure of itself; more data is the "
    "surest help.",
    "That there are weights for almost any function does not mean that training finds them, or "
    "that the network is right beyond the data.",
]
"""What to take away from the lesson; a section measures each."""
