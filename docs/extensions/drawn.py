"""The directive `drawn`: a picture of the library's own, in full size where it is followed."""

import html
import shutil
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

FIGURES = Path(__file__).parents[2] / "demos" / "figures"


def linked(address, alt, classes="drawn"):
    """A picture that opens in full size."""
    alt = html.escape(alt, quote=True)
    picture = f'<img src="{address}" alt="{alt}">'
    return f'<a class="{classes}" href="{address}">{picture}</a>'


class Drawn(SphinxDirective):
    """A picture of demos/figures, with another for dark pages if it does not follow them."""

    required_arguments = 1
    option_spec = {"alt": directives.unchanged_required, "dark": directives.unchanged}

    def run(self):
        up = "../" * self.env.docname.count("/")
        names = [self.arguments[0], self.options.get("dark")]
        themes = ["drawn only-light", "drawn only-dark"] if names[1] else ["drawn"]
        pictures = []
        for name, classes in zip(names, themes):
            address = f"{up}_static/figures/{name}"
            pictures.append(linked(address, self.options["alt"], classes))
        return [nodes.raw("", "".join(pictures), format="html")]


def copy(app, builder):
    if builder.format == "html":
        shutil.copytree(FIGURES, Path(app.outdir, "_static", "figures"), dirs_exist_ok=True)


def setup(app):
    app.add_directive("drawn", Drawn)
    app.connect("write-started", copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
