"""Plots of what is learned and how: activations and their slopes, trainings, decision boundaries.

Each returns a `matplotlib.figure.Figure`, made without pyplot: no window, no global state. A
notebook displays it, `figure.savefig("name.png")` makes a file, and `svg(figure)` gives the same
bytes every time. Needs matplotlib: pip install matplotlib.

`theme` is "light" or "dark". `ax` is a matplotlib Axes to draw into, or a list of them, one for
each panel in order; a single Axes gets the first panel. The figure, with its size, fonts and
background, is then yours, and it is what the plot returns.
"""

from viz.plots.boundary import plot_boundary
from viz.plots.curves import ACTIVATIONS, plot_activations, plot_gradient_flow, plot_history
from viz.plots.style import svg
from viz.plots.sweep import plot_learning_rates

__all__ = [
    "ACTIVATIONS",
    "plot_activations",
    "plot_boundary",
    "plot_gradient_flow",
    "plot_history",
    "plot_learning_rates",
    "svg",
]


def __dir__() -> list[str]:
    return sorted(__all__)
