"""Neurons, layers and the multilayer perceptron, on the scalar engine alone."""

from nn.layers import MLP, Layer, Neuron
from nn.module import Module

__all__ = ["MLP", "Layer", "Module", "Neuron"]
