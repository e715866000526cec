"""The site is true: its examples run, its tables of names hold, no public name is missing."""

import doctest
import importlib
import re
import subprocess
import sys
import zlib

import pytest

from .checkout import CHECKOUT
from .test_public_names import PUBLIC, ROOMS

DOCS = CHECKOUT / "docs"
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts]
WITH_EXAMPLES = [path for path in PAGES if ">>> " in path.read_text(encoding="utf-8")]
COMING_FROM = DOCS / "coming-from.md"

CODE = re.compile(r"`([^`]+)`")


def examples(path):
    """The examples of a page as one doctest."""
    name = path.relative_to(CHECKOUT).as_posix()
    text = path.read_text(encoding="utf-8")
    return doctest.DocTestParser().get_doctest(text, {}, name, name, 0)


def names(paths):
    return [path.relative_to(DOCS).as_posix() for path in paths]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=names(WITH_EXAMPLES))
def test_the_examples_of_a_page_run(path):
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples(path))
    assert result.attempted
    assert result.failed == 0


def right_hand_sides():
    """What stands as code in the right-hand columns of the tables."""
    found = []
    for line in COMING_FROM.read_text(encoding="utf-8").split("\n"):
        cells = line.split(" | ")
        if line.startswith("| ") and not line.startswith("| ---"):
            found += CODE.findall(cells[-1])
    return found


NOT_EXPRESSIONS = {
    "forward", "forward(x)", "to_jax", "viz", "nn.Module", ".source", "callbacks",
    "torch.nn.Linear", "[true][predicted]",
}  # fmt: skip
"""Code that is a name within a sentence."""


@pytest.fixture(scope="module")
def assumed():
    """The names that the tables assume."""
    test, namespace = examples(COMING_FROM), {}
    for example in test.examples:
        exec(example.source, namespace)
    return namespace


@pytest.mark.parametrize("code", dict.fromkeys(right_hand_sides()))
def test_what_stands_on_the_right_of_a_table_runs(code, assumed):
    if code in NOT_EXPRESSIONS:
        return
    if "estimators" in code:
        pytest.importorskip("sklearn")
        importlib.import_module("nn.estimators")
    if "plots" in code:
        pytest.importorskip("matplotlib")
    eval(code, dict(assumed))


def test_every_page_is_in_a_table_of_contents():
    listed = set()
    for path in PAGES:
        for block in re.findall(
            r"```\{toctree\}\n(.*?)```", path.read_text(encoding="utf-8"), re.S
        ):
            entries = [line for line in block.split("\n") if line and not line.startswith(":")]
            listed |= {(path.parent / f"{entry}.md").resolve() for entry in entries}
    assert {path.resolve() for path in PAGES} - listed == {(DOCS / "index.md").resolve()}


EXTENSIONS = [path.stem for path in sorted((DOCS / "extensions").glob("*.py"))]


@pytest.mark.parametrize("name", EXTENSIONS)
def test_the_examples_of_what_builds_the_site_run(name, monkeypatch):
    for package in ("sphinx", "latex2mathml"):
        pytest.importorskip(package)
    monkeypatch.syspath_prepend(str(DOCS / "extensions"))
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.slow
def test_every_public_name_is_in_the_reference(tmp_path):
    wanted = ("sphinx", "furo", "myst_nb", "sphinx_copybutton", "latex2mathml", "matplotlib")
    for package in wanted:
        pytest.importorskip(package)
    command = [sys.executable, "-m", "sphinx", "-q", "-D", "nb_execution_mode=off"]
    command += ["-b", "html", str(DOCS), str(tmp_path / "html"), "-d", str(tmp_path / "trees")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    inventory = (tmp_path / "html" / "objects.inv").read_bytes()
    described = zlib.decompress(inventory.split(b"zlib.\n", 1)[1]).decode()
    found = {line.split(" ")[0] for line in described.split("\n")}
    for path, listed in {**PUBLIC, **ROOMS}.items():
        if path != "autograd.compiler":  # described where they are imported from
            missing = {f"{path}.{name}" for name in listed.split()} - found
            assert missing == set()
