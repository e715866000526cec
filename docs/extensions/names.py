"""The directive `public`: every public name of a module, from the live objects."""

import ast
import inspect
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from autograd import Op

HEADINGS = {"class": "Classes", "function": "Functions", "exception": "Errors", "data": "Data"}

TEST = Path(__file__).parents[2] / "tests" / "test_public_names.py"

HOUSE = ("autograd", "nn", "viz")

CODE = re.compile(r"(`[^`]*`)")
MARKUP = re.compile(r"([*|\\]|_\b)")

SEEN_ELSEWHERE = {"nn.data.Dataset": "nn.Dataset"}
"""What two modules offer is described where a reader looks first."""


def kind(x):
    """What autodoc calls an object.

    >>> kind(ValueError), kind(len), kind({})
    ('exception', 'function', 'data')
    """
    if inspect.isclass(x):
        return "exception" if issubclass(x, BaseException) else "class"
    return "function" if inspect.isroutine(x) else "data"


def rooms():
    """Modules whose names are taken from the module itself, as in `losses.mse`, from the test.

    >>> rooms()["autograd.formula"]
    'latex text'
    """
    for statement in ast.parse(TEST.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "ROOMS":
            return ast.literal_eval(statement.value)
    raise LookupError(f"{TEST} has no ROOMS")


def public(path):
    """The public names of a module.

    >>> "MLP" in public("nn"), public("autograd.formula")
    (True, ['latex', 'text'])
    """
    listed = {**rooms(), "nn.estimators": "GlassClassifier GlassRegressor"}
    return sorted(listed[path].split()) if path in listed else dir(import_module(path))


def described(path, name):
    """The directive of autodoc for one name, as lines."""
    x = getattr(import_module(path), name)
    full, what = f"{path}.{name}", kind(x)
    if full in SEEN_ELSEWHERE:
        told = f"The same as :py:class:`{SEEN_ELSEWHERE[full]}`."
        return [f".. py:class:: {name}", "   :no-typesetting:", "", "", f"`{full}`: {told}", ""]
    if what == "data":
        text = escaped(written_below(name, x))
        return [f".. py:data:: {name}", "", *[f"   {line}" for line in text], ""]
    lines = [f".. auto{what}:: {full}"]
    if what == "class":
        lines.append("   :members:")
    return [*lines, ""]


def written_below(name, x):
    """The docstring below an assignment, in the module that makes it, wherever it is imported."""
    for module in list(sys.modules.values()):
        if module.__name__.startswith(HOUSE) and vars(module).get(name) is x:
            found = ModuleAnalyzer.for_module(module.__name__).find_attr_docs().get(("", name))
            if found:
                return found
    return []


def skip(app, what, name, x, skip, options):
    """scikit-learn gives its estimators methods that are described there."""
    return True if name.startswith("set_") and name.endswith("_request") else None


def shorten(app, what, name, x, options, signature, returned):
    """Fields that a dataclass keeps for `help` are no arguments that anybody passes."""
    if signature and ", __signature__: " in signature:
        return signature.partition(", __signature__: ")[0] + ")", returned
    return None


def escape(app, what, name, x, options, lines):
    """Docstrings are written for readers of the source: their stars and bars are no markup."""
    lines[:] = escaped(lines)


def escaped(lines):
    r"""Lines of a docstring, in which what is neither code nor an example means itself.

    >>> escaped(["`*xs` and |x|", ">>> 2 * 3"])
    ['`*xs` and \\|x\\|', '>>> 2 * 3']
    """
    out, example = [], False
    for line in lines:
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        out.append(line if example else outside_code(line))
    return out


def outside_code(line):
    parts = CODE.split(line)
    parts[::2] = [MARKUP.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


class Public(SphinxDirective):
    """Every public name of a module, but for ops and modules, which have pages of their own."""

    required_arguments = 1

    def run(self):
        path = self.arguments[0]
        module = import_module(path)
        groups = {what: [] for what in HEADINGS}
        for name in public(path):
            x = getattr(module, name)
            if not isinstance(x, (Op, ModuleType)) or name == "CONST":
                groups[kind(x)].append(name)
        lines = []
        for what, names in groups.items():
            if names:
                lines += [f".. rubric:: {HEADINGS[what]}", ""]
            for name in names:
                lines += described(path, name)
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app):
    app.add_directive("public", Public)
    app.connect("autodoc-process-docstring", escape)
    app.connect("autodoc-process-signature", shorten)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
