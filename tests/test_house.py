"""The source as it should read: which way imports run, and the law of the sentence."""

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

from .checkout import CHECKOUT

HOUSE = ["autograd", "nn", "viz", "demos"]
"""From the ground floor up: nothing imports upward."""

VIZ = ["style", "text", "graph", "network", "motion", "live", "plots", "cli"]
"""The rooms of viz: what is used before what uses it."""

COLUMNS = 100

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def folder_of(package):
    return Path(importlib.util.find_spec(package).origin).parent


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def sources():
    """Every file of the checkout, by its name there."""
    folders = [*HOUSE, "glassgrad", "benchmarks", "tests", "docs"]
    paths = [path for folder in folders for path in sorted((CHECKOUT / folder).rglob("*.py"))]
    paths += sorted(CHECKOUT.glob("*.py"))
    return {path.relative_to(CHECKOUT).as_posix(): path for path in paths}


def imports(path):
    """The modules that a file imports, with what it takes from each."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from [(name.name, "") for name in node.names]
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from [(node.module, name.name) for name in node.names]


@pytest.mark.parametrize("package", HOUSE)
def test_nothing_imports_upward(package):
    above = {*HOUSE[HOUSE.index(package) + 1 :], "glassgrad", "tests", "benchmarks"}
    for path in folder_of(package).rglob("*.py"):
        for module, _ in imports(path):
            assert module.split(".")[0] not in above, f"{path.name} imports {module}"


def arrows(package):
    """Which rooms of a package import which others; a file beside the rooms counts as one."""
    home, found = folder_of(package), set()
    for path in home.rglob("*.py"):
        room = path.relative_to(home).with_suffix("").parts[0]
        if room in ("__init__", "__main__"):
            continue
        for module, name in imports(path):
            parts = f"{module}.{name}".split(".")
            if parts[0] == package and parts[1] != room:
                found.add((room, parts[1]))
    return found


def test_the_chapters_of_viz_have_few_arrows_and_none_upward():
    found = arrows("viz")
    assert len(found) <= 16
    assert [(user, used) for user, used in found if VIZ.index(used) > VIZ.index(user)] == []


@pytest.mark.parametrize("package", ["nn", "viz"])
def test_a_folder_is_a_table_of_contents(package):
    files = [path for path in folder_of(package).iterdir() if path.is_file()]
    assert len(files) <= 14


def faults(tree):
    """Sentences against the law: (line, what is wrong)."""
    for node in ast.walk(tree):
        inside = [x for x in ast.walk(node) if x is not node]
        if isinstance(node, ast.IfExp) and any(isinstance(x, ast.IfExp) for x in inside):
            yield node.lineno, "a conditional expression within another"
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.IfExp):
            yield node.lineno, "a conditional expression as a statement"
        if isinstance(node, COMPREHENSIONS):
            if any(isinstance(x, COMPREHENSIONS) for x in inside):
                yield node.lineno, "a comprehension within another"
            if len(node.generators) > 1 and not is_simple(node):
                yield node.lineno, "several for around more than a name or a call"


def is_simple(comprehension):
    if isinstance(comprehension, ast.DictComp):
        bodies = [comprehension.key, comprehension.value]
    else:
        bodies = [comprehension.elt]
    return all(isinstance(body, (ast.Name, ast.Call)) for body in bodies)


def breaches(path):
    """Every breach of the law in a file, in words."""
    text = path.read_text(encoding="utf-8")
    widths = enumerate(map(len, text.split("\n")), 1)
    long = [(i, f"{width} columns") for i, width in widths if width > COLUMNS]
    return [f"{path.name}:{line}: {what}" for line, what in [*faults(tree_of(path)), *long]]


SOURCES = sources()


@pytest.mark.parametrize("name", SOURCES)
def test_the_law_of_the_sentence(name):
    assert breaches(SOURCES[name]) == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("x = a if b else (c if d else e)", "a conditional expression within another"),
        ("f() if b else g()", "a conditional expression as a statement"),
        ("x = [[y for y in z] for z in w]", "a comprehension within another"),
        ("x = [y + 1 for z in w for y in z]", "several for"),
    ],
)
def test_the_law_sees_what_it_forbids(code, wrong):
    assert any(what.startswith(wrong) for _, what in faults(ast.parse(code)))


def test_the_design_shows_the_house_as_it_is():
    text = (CHECKOUT / "DESIGN.md").read_text(encoding="utf-8")
    page = text[text.index("## The house") : text.index("### The way of")]
    rows = [line.split("|")[1:3] for line in page.split("\n") if line.startswith("| ")]
    shown, folder = set(), ""
    for rooms, inside in rows[2:]:
        folders = re.findall(r"`([\w/]+)/`", rooms)
        shown |= {*folders}
        folder = folders[0] if folders else folder
        for name in re.findall(r"`(\w+)`", inside):
            known = [CHECKOUT / place / f"{name}.py" for place in folders or [folder]]
            assert any(map(Path.exists, known)) or name in ("fit",), f"{name} in {folders}"
    for package in HOUSE:
        for path in (CHECKOUT / package).rglob("__init__.py"):
            assert path.parent.relative_to(CHECKOUT).as_posix() in shown
