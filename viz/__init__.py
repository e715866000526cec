"""Drawings of computation graphs and networks, with data, slopes and gradients on every node.

Players step through the backward pass; plots show trainings.

A part of glassgrad.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from viz.graph.dot import draw_dot, to_dot
from viz.graph.dot_binary import Dot, DotFailed, DotNotFound, DotWarning, find_dot
from viz.graph.drawing import Drawing
from viz.graph.export import from_json, to_json, to_mermaid, to_networkx, to_tree
from viz.graph.fold import folded
from viz.graph.notebook import register
from viz.graph.scene import Cluster, Edge, Node, Scene, Spread, Sum, Term, scene
from viz.motion.animation import animate
from viz.motion.frames import frames
from viz.motion.order import compare_orders, naive
from viz.motion.player import player, quiz
from viz.motion.steps import Step, passes
from viz.motion.training import TrainingPlayer
from viz.network.picture import Picture, draw_network

if TYPE_CHECKING:
    from viz.live.explore import explore

__all__ = [
    "Cluster", "Dot", "DotFailed", "DotNotFound", "DotWarning", "Drawing", "Edge", "Node",
    "Picture", "Scene", "Spread", "Step", "Sum", "Term", "TrainingPlayer", "animate",
    "compare_orders", "draw_dot", "draw_network", "explore", "find_dot", "folded", "frames",
    "from_json", "naive", "passes", "player", "quiz", "scene", "to_dot", "to_json",
    "to_mermaid", "to_networkx", "to_tree",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted([*__all__, "plots"])


def __getattr__(name: str) -> Any:
    if name == "plots":  # imported on first use, since it needs numpy and matplotlib
        return import_module("viz.plots")
    if name == "explore":  # imported on first use, since few need a notebook's widget
        return import_module("viz.live.explore").explore
    raise AttributeError(f"module 'viz' has no attribute {name!r}")


register()
