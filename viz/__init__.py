"""Drawings of computation graphs and networks: data, slopes and gradients on every node; players of the backward pass."""

from viz.animation import animate
from viz.dot import draw_dot, to_dot
from viz.drawing import Drawing
from viz.export import from_json, to_json, to_tree
from viz.fold import folded
from viz.frames import frames
from viz.network import Picture, draw_network
from viz.notebook import register
from viz.order import compare_orders, naive
from viz.player import TrainingPlayer, player, quiz
from viz.program import Dot, DotFailed, DotNotFound, find_dot
from viz.scene import Cluster, Edge, Node, Scene, scene
from viz.steps import Step, passes

__all__ = [
    "Cluster", "Dot", "DotFailed", "DotNotFound", "Drawing", "Edge", "Node", "Picture", "Scene", "Step",
    "TrainingPlayer", "animate", "compare_orders", "draw_dot", "draw_network", "find_dot", "folded", "frames",
    "from_json", "naive", "passes", "player", "quiz", "scene", "to_dot", "to_json", "to_tree",
]  # fmt: skip

register()
