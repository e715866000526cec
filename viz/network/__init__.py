"""A network as circles and lines."""
