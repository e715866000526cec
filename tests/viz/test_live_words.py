"""The texts of the live page stand in one table, which can be translated."""

import re

import pytest

from viz.live.npm import WEB

TABLES = {"words.js", "yours.js"}
"""The table, and what scenes say in a notebook."""

SCRIPTS = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted(WEB.glob("*.js"))
    if path.name not in TABLES
}

PLAIN = {
    "noisy moons",  # a data set, as Python calls it
    "svg g path polygon polyline ellipse circle rect line text tspan title ",
    "glassgrad: your network",  # the frame around the page, which knows no table
    "num knob",
    "await run_cell(_name, _code)",
}
"""Texts of several words that nobody reads, and one outside of the page."""

LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
WORDS = re.compile(r"[A-Za-z][a-z]+[,.:;!?]?(?: 0[,.:;!?]?)* [a-z]{2,}")
STYLE = re.compile(r"[{}]|!important|px |monospace|@media|\(prefers-|: block|^path, |, \.editor")


def literals(script):
    """The quoted texts of a script, each with 0 in the place of what is computed."""
    code = re.sub(r"^\s*//.*$|\s//\s.*$", "", script, flags=re.MULTILINE)
    for found in LITERAL.finditer(code):
        before = code[max(0, found.start() - 12) : found.start()]
        text = found[1] if found[1] is not None else re.sub(r"\$\{[^}]*\}", "0", found[2])
        yield before, text


def sentences(script):
    """Quoted texts of two or more words, other than names of classes, styles and rules."""
    for before, text in literals(script):
        is_class = re.search(r'(?:class: |"class", |Name = )$', before)
        if WORDS.search(text) and not is_class and text not in PLAIN and not STYLE.search(text):
            yield text


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_sentence_stands_outside_of_the_table(name):
    assert list(sentences(SCRIPTS[name])) == []


def test_the_test_sees_a_sentence():
    script = 'el("p", { class: "quiet small" }, "Drag me"); `Scene ${i + 1} begins`; // not this'
    assert list(sentences(script)) == ["Drag me", "Scene 0 begins"]


def keys_of(table):
    body = re.search(r"const TEXTS = \{\n(.*?)\n\};", table, re.DOTALL)[1]
    return re.findall(r'^  (?:"([\w.]+)"|(\w+)):', body, re.MULTILINE)


def test_every_key_that_is_said_is_in_the_table_and_every_key_is_said():
    keys = {quoted or bare for quoted, bare in keys_of((WEB / "words.js").read_text("utf-8"))}
    assert len(keys) > 150
    page = (WEB / "page.html").read_text(encoding="utf-8")
    said = set(re.findall(r'data-(?:say|label)="([\w.]+)"', page))
    beginnings = set()
    for script in SCRIPTS.values():
        for given in re.findall(r'"([a-z]+(?:\.[\w.]+)?)"', script):
            said |= {given} & keys
        for given in re.findall(r'\bsay\("([\w.]+)"', script):
            said.add(given)
        beginnings |= set(re.findall(r"`([\w.]+\.)\$\{", script))
    assert said <= keys
    left = {key for key in keys - said if not key.startswith(tuple(beginnings))}
    # Forms that are made of a beginning and what follows from the number.
    assert left <= {"spoken.inputs", "spoken.grad.inputs"}


def test_the_page_itself_has_no_text_but_its_title():
    page = (WEB / "page.html").read_text(encoding="utf-8")
    body = re.sub(
        r"<(script|style|pre)\b.*?</\1>", "", page.partition("<body>")[2], flags=re.DOTALL
    )
    texts = [text.strip() for text in re.findall(r">([^<]+)<", body)]
    assert not [text for text in texts if re.search(r"[A-Za-z]{2}", text) and "@" not in text]
    assert "aria-label=" not in page
