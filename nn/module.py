"""The Module: whatever has parameters."""

from __future__ import annotations

from autograd import Value


class Module:
    """The base of neurons, layers and networks: it has `parameters()`, and can clear their gradients."""

    def parameters(self) -> list[Value]:
        """The trainable Values, in a fixed order."""
        return []

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, because `backward` adds to what is there.

        >>> from nn import Neuron
        >>> neuron = Neuron(1, "identity")
        >>> neuron([2.0]).backward(); neuron.zero_grad()
        >>> [p.grad for p in neuron.parameters()]
        [0.0, 0.0]
        """
        for p in self.parameters():
            p.grad = 0.0
