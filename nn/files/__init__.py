"""Models in files: JSON with everything, or weights as named arrays."""
