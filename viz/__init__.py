"""Drawings of computation graphs: data, slopes and gradients on every node."""

from viz.dot import draw_dot, to_dot
from viz.drawing import Drawing
from viz.program import Dot, DotFailed, DotNotFound, find_dot
from viz.scene import Edge, Node, Scene, scene

__all__ = ["Dot", "DotFailed", "DotNotFound", "Drawing", "Edge", "Node", "Scene", "draw_dot", "find_dot", "scene", "to_dot"]
