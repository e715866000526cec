"""The directive `beside`: the live page and the lesson, where they were built beside the site.

Both are made by their own commands, into the folder `lesson` of the checkout. Where they are
there, the site takes a copy and links to it; where they are not, there is no dead link.
"""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

LESSON = Path(__file__).parents[2] / "lesson"

PAGES = {
    "live.html": ("live page", "python -m demos live"),
    "index.html": ("lesson", "python -m demos all --out lesson"),
}


class Beside(SphinxDirective):
    """A link to a page that was built beside the site, or the command that builds it."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        called, command = PAGES[name]
        if (LESSON / name).is_file():
            words = f"Open the {called}"
            link = nodes.reference("", words, refuri=f"lesson/{name}", internal=False)
            return [nodes.paragraph("", "", link, classes=["beside"])]
        told = nodes.literal(command, command)
        return [
            nodes.paragraph(
                "",
                "",
                nodes.Text(f"The {called} is not part of this copy of the site. Build it with "),
                told,
                nodes.Text(", then build the site again."),
            )
        ]


def copy(app, error):
    if error is None and app.builder.format == "html" and LESSON.is_dir():
        shutil.copytree(LESSON, Path(app.outdir, "lesson"), dirs_exist_ok=True)


def setup(app):
    app.add_directive("beside", Beside)
    app.connect("build-finished", copy, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
