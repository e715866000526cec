"""Notebooks that are downloaded: their text without the links and roles that only the site has."""

import json
import re
from pathlib import Path

ROLE = re.compile(r"\{[\w:-]+\}`~?([^`]+)`")
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")
LABEL = re.compile(r"^\([\w-]+\)=\n", re.M)


def plain(text):
    """Markdown as any notebook shows it.

    >>> plain("See [the table](../reference/ops.md) and {py:class}`autograd.Op`.")
    'See the table and `autograd.Op`.'
    """
    return LABEL.sub("", LINK.sub(r"\1", ROLE.sub(r"`\1`", text)))


def rewrite(app, error):
    if error is None and app.builder.name == "html":
        for path in Path(app.outdir, "_downloads").rglob("*.ipynb"):
            notebook = json.loads(path.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                if cell["cell_type"] == "markdown":
                    cell["source"] = plain("".join(cell["source"]))
            path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")


def setup(app):
    app.connect("build-finished", rewrite, priority=300)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
