"""The graph as a picture: read it, choose what is shown, lay it out with `dot`, write it."""
