"""The directive `gallery`: pictures that the library draws at build, each with its code."""

import ast
import re
from pathlib import Path

from docutils import nodes
from drawn import linked
from sphinx.util.docutils import SphinxDirective

from demos import gallery

CAPTIONS = {
    "network.svg": (
        "A network on one sample",
        "A neuron is one card: a row has a weight, its input, their product, and what flows "
        "back to both.",
    ),
    "batch.svg": (
        "A batch",
        "Eight samples: the same graph eight times, drawn once, with means and ranges.",
    ),
    "recurrence.svg": ("A recurrence", "Twenty steps of a recurrent unit are drawn as a loop."),
    "attention.svg": ("Attention", "An attention head over four positions."),
    "folded.svg": ("A large graph", "More than 26,000 values, folded into a card for each layer."),
    "units.svg": (
        "A network as circles and lines",
        "Activations and weights forward, δ and ∂L/∂w backward.",
    ),
    "moving.svg": (
        "Both passes, moving",
        "What flows back moves against the arrows. It stands still for viewers who prefer that.",
    ),
    "order.svg": (
        "Why the order matters",
        "Naive recursion hands the same gradient on twice; topological order does not.",
    ),
    "activations": ("Activations", "With their slopes; a slope below zero is dashed."),
    "boundary": ("A decision boundary", "What a network has learned of two spirals."),
    "history": ("A training", "Loss, accuracy and learning rate, epoch by epoch."),
}

MAKERS = {**gallery.DRAWINGS, **gallery.PLOTS}


def code_of(make):
    """The source of what makes a picture, from the file of the gallery."""
    function = getattr(make, "func", make)
    source = Path(gallery.__file__).read_text(encoding="utf-8")
    tree = {x.name: x for x in ast.parse(source).body if isinstance(x, ast.FunctionDef)}
    code = ast.get_source_segment(source, tree[function.__name__])
    helpers = [name for name in re.findall(r"\b_\w+", code) if name in tree]
    needed = [name for name in dict.fromkeys(helpers) if name not in (function.__name__, "_drawn")]
    pieces = [ast.get_source_segment(source, tree[name]) for name in needed]
    return "\n\n\n".join([*pieces, code])


def picture(name, alt, classes="drawn"):
    return nodes.raw("", linked(f"_static/gallery/{name}", alt, classes), format="html")


class Gallery(SphinxDirective):
    """A section for each picture of the gallery."""

    def run(self):
        return [self.section(name) for name in MAKERS]

    def section(self, name):
        title, caption = CAPTIONS.get(name, (name, ""))
        section = nodes.section("", nodes.title(title, title))
        section["ids"] = [nodes.make_id(title)]
        section += nodes.paragraph(caption, caption)
        if name in gallery.PLOTS:
            section += picture(f"{name}.svg", title, "drawn only-light")
            section += picture(f"{name}-dark.svg", title, "drawn only-dark")
        else:
            section += picture(name, title)
        code = code_of(MAKERS[name])
        section += nodes.literal_block(code, code, language="python")
        return section


def draw(app):
    if app.builder.format == "html":
        folder = Path(app.outdir, "_static", "gallery")
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in gallery.PICTURES.items():
            (folder / name).write_bytes(make())


def setup(app):
    app.add_directive("gallery", Gallery)
    app.connect("write-started", lambda app, builder: draw(app))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
