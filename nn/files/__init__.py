"""Models in files: JSON with everything, or arrays of weights by name."""
