"""The directive `optable`: every op with its formula, slopes, domain and plot, from the table."""

import html
import inspect
import re
from pathlib import Path

import curves
from docutils import nodes
from mathml import mathml
from sphinx.util.docutils import SphinxDirective

from autograd import OPS, Value, formula, ops

CHAPTER = re.compile(r"^# ([A-Z][^.\n]*)\.$|^(\w+) = row\($", re.M)

COLUMNS = ("op", "value and slopes", "where checks look", "value, and slope (dashed)")

SHOWN_WHOLE = 170
"""A formula in longer LaTeX is folded away."""

MAY_SCROLL = 40
"""Longer LaTeX may not fit into its column, and can be focused to be scrolled."""


def chapters():
    """The built-in ops under the headings that the source gives them.

    >>> list(chapters())[0], chapters()["Arithmetic"][:2]
    ('Arithmetic', ['add', 'sub'])
    """
    found, heading = {}, ""
    for title, name in CHAPTER.findall(inspect.getsource(ops)):
        if title:
            heading = title
        else:
            found.setdefault(heading, []).append(name)
    return found


def arguments(op):
    """The inputs of an op as Values, each with its name."""
    return [Value(0.5, name) for name in inspect.signature(op).parameters]


def slope(op, i):
    """The slope in one input, as LaTeX: tidied, unless a closed switch hides it at this point."""
    inputs = arguments(op)
    out = op(*inputs)
    row = op.slopes_at(tuple(inputs), out)[i]
    tidied = formula.latex(out, inputs[i])
    if tidied == "0" and isinstance(row, Value):
        return formula.latex(row)
    return tidied


def display(latex):
    return rf"\displaystyle {latex}"


def typeset(op):
    """The value and the slopes, as HTML."""
    inputs = arguments(op)
    lines = [f"<div>{mathml(display(formula.latex(op(*inputs))))}</div>"]
    for i, x in enumerate(inputs):
        latex = slope(op, i)
        left = rf"\frac{{\partial}}{{\partial {formula.latex(x + 0).split(' + ')[0]}}}"
        shown = mathml(display(rf"{left} = {{{latex}}}"))
        if len(latex) > SHOWN_WHOLE:
            name = html.escape(x.label)
            shown = f"<details><summary>slope in {name}</summary>{shown}</details>"
        scrolls = ' tabindex="0"' if len(latex) > MAY_SCROLL else ""
        lines.append(f"<div{scrolls}>{shown}</div>")
    return "".join(lines)


def interval(name, bounds):
    """In words in which interval of an input the slopes hold.

    >>> interval("x", (0.0, float("inf"))), interval("x", (-1.0, 1.0))
    ('x > 0', '−1 < x < 1')
    """
    low, high = [f"{bound:.4g}".replace("-", "−") for bound in bounds]
    if high == "inf":
        return f"any {name}" if low == "−inf" else f"{name} > {low}"
    return f"{low} < {name} < {high}"


def domain(op):
    names = inspect.signature(op).parameters
    lines = [interval(name, bounds) for name, bounds in zip(names, op.domain)]
    if op.kink is not None:
        lines.append("except at kinks")
    return "<br>".join(map(html.escape, lines))


def row(op, id):
    """One op as a row of the table."""
    held = inspect.signature(op).parameters
    fixed = [f"{n} = {x:g}" for n, x in zip(list(held)[1:], curves.others(op))]
    name, signature = html.escape(op.name), html.escape(str(inspect.signature(op)))
    caption = f"<figcaption>{', '.join(fixed)}</figcaption>" if fixed else ""
    doc = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(op.__doc__))
    return (
        f'<tr id="{id}"><th scope="row"><a href="#{id}"><code>{name}</code></a>'
        f"<code>{signature}</code><p>{doc}</p></th>"
        f"<td>{typeset(op)}</td><td>{domain(op)}</td>"
        f'<td><figure><img src="../_static/ops/{name}.svg" width="200" height="120" '
        f'alt="Plot of {name} and of its slope">{caption}</figure></td></tr>'
    )


class OpTable(SphinxDirective):
    """A section with a table for each chapter of the table of ops."""

    def run(self):
        head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
        sections = []
        for title, names in chapters().items():
            rows = [self.row(name) for name in names]
            table = f'<table class="ops"><thead><tr>{head}</tr></thead>{"".join(rows)}</table>'
            section = nodes.section("", nodes.title(title, title))
            section["ids"] = [nodes.make_id(title)]
            section += nodes.raw("", table, format="html")
            sections.append(section)
        return sections

    def row(self, name):
        full = f"autograd.{name}"
        self.env.domains.python_domain.note_object(full, "function", full)
        return row(OPS[name], full)


def draw(app):
    """The plots, beside the static files of the theme."""
    if app.builder.format == "html":
        folder = Path(app.outdir, "_static", "ops")
        folder.mkdir(parents=True, exist_ok=True)
        for name, op in OPS.items():
            (folder / f"{name}.svg").write_text(curves.plot(op), encoding="utf-8")


def setup(app):
    app.add_directive("optable", OpTable)
    app.connect("write-started", lambda app, builder: draw(app))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
