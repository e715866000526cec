"""Neural networks, from perceptrons to backpropagation: the lesson as experiments.

A neural network is a function with many adjustable numbers, made of simple parts: weighted sums and bends. Learning means to adjust the
numbers until the function does on examples what it should. Everything here follows from one question, asked of every number in it: if
it were a little larger, how much would the error change? Backpropagation answers it for all of them at once.

Each section has one idea, an experiment, and a number that convinces. What is called measured comes from the run that wrote the page,
on scalars that remember what they are made of, or on programs compiled from those. Where theory predicts a number, it is shown next to
the measured one.

The lesson was written from notes, with figures of an earlier trial in plain numpy, with other seeds and sizes. Those figures stand in
columns headed "notes". Where they differ from what was measured here, the measured ones are right.
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
    "1": 1, "2": 5, "3": 4, "5": 6, "6": 2, "wrong": 3, "7": 7, "moons": 7, "8": 8, "10": 8, "11": 9, "engine": 9,
}  # fmt: skip
"""The scene of the live page in which a section can be tried by hand."""

COMMAND = "python -m demos" if __name__ == "demos" else "glassgrad lesson"
"""How this copy of the lesson is run: from a checkout, or from an installed package."""


def section(name: str) -> ModuleType:
    """The module of the section with that name."""
    return import_module(f".{SECTIONS[name]}", __name__)


def as_run_here(text: str) -> str:
    """A text whose commands are those of a checkout, with the commands that run this copy.

    >>> as_run_here("python -m demos 4 --steps 5") == f"{COMMAND} 4 --steps 5"
    True
    """
    return text.replace("python -m demos.", f"python -m {__name__}.").replace("python -m demos", COMMAND)


REMEMBER = [
    "A network is a function with adjustable numbers; forward it computes layer by layer, z = W a + b, a = f(z).",
    "Backpropagation is the chain rule, once through the graph in reverse order, for all parameters together.",
    "Between two linear layers something must bend, or they are one.",
    "ReLU needs weights that suit it (He); neither is enough alone.",
    "Gradients vanish or explode by a factor a layer: look at δ, since weight gradients can hide it.",
    "The learning rate has a limit, set by curvature. Far below it learning is slow, above it training diverges.",
    "Judge on data that was not trained on, and compare with a linear model, which may win.",
    "L2, dropout and stopping early mend confidence; more data is the surest help.",
    "That weights exist for almost any function does not mean that training finds them, or that they hold beyond the data.",
]
"""What the lesson ends with; each is measured in a section."""
