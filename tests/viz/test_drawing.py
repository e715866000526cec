"""Drawings as files: in the format of the ending, and with nothing else beside them."""

import os
import re
import struct
from pathlib import Path

import graphviz
import pytest

from autograd import Value
from viz import DotFailed, DotNotFound, Drawing, draw_dot

STARTS = {
    "svg": b"<?xml",
    "png": b"\x89PNG\r\n\x1a\n",
    "gv": b"digraph glassgrad {",
    "dot": b"digraph glassgrad {",
}


@pytest.fixture
def drawing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return draw_dot(Value(2.0, "a") * Value(3.0, "b"))


def files():
    return sorted(path.as_posix() for path in Path().rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["graph.svg", "graph.png", "graph.gv", "graph.dot"])
@pytest.mark.parametrize("kind", [str, Path])
def test_save_writes_what_the_ending_names_and_nothing_else(drawing, name, kind):
    assert drawing.save(kind(name)) == name
    assert files() == [name]
    content = Path(name).read_bytes()
    assert content.startswith(STARTS[name.partition(".")[2]])
    if not name.endswith("png"):
        assert content == (drawing.pipe() if name.endswith("svg") else drawing.source.encode())


def test_save_without_an_ending_writes_the_source(drawing):
    assert drawing.save("graph") == "graph"
    assert files() == ["graph"]
    assert Path("graph").read_text(encoding="utf-8") == drawing.source


def test_the_case_of_an_ending_does_not_count(drawing):
    drawing.save("GRAPH.SVG")
    assert Path("GRAPH.SVG").read_bytes() == drawing.pipe()


def test_an_ending_that_is_no_format_is_refused(drawing):
    with pytest.raises(
        ValueError,
        match="graph.gift: its ending is neither a format of Graphviz, such as svg, png or pdf",
    ):
        drawing.save("graph.gift")
    assert files() == []


@pytest.mark.parametrize("name", ["graph.svg", "graph.gv"])
def test_save_makes_the_folder_that_is_missing(drawing, name):
    drawing.save(f"some/where/{name}")
    assert files() == [f"some/where/{name}"]


def test_save_takes_the_folder_by_itself(drawing):
    assert Path(drawing.save("graph.svg", "there")) == Path("there/graph.svg")
    assert files() == ["there/graph.svg"]


def test_the_format_of_a_drawing_does_not_change_what_save_writes(drawing):
    drawing.format = "png"
    drawing.save("graph.svg")
    assert Path("graph.svg").read_bytes().startswith(STARTS["svg"])


def test_a_saved_svg_has_its_description(drawing):
    drawing.save("graph.svg")
    assert "<desc" in Path("graph.svg").read_text(encoding="utf-8")


def test_a_save_that_fails_leaves_what_was_there(drawing, monkeypatch, no_other_dot, script):
    Path("graph.svg").write_text("precious")
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("while read -r line; do :; done", "exit 3")))
    with pytest.raises(DotFailed, match="dot failed with exit code 3"):
        drawing.save("graph.svg")
    with pytest.raises(DotFailed):
        drawing.save("new/graph.svg")
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    with pytest.raises(DotNotFound):
        drawing.save("graph.svg")
    assert Path("graph.svg").read_text() == "precious"
    assert files() == ["graph.svg"]


@pytest.mark.parametrize("name", ["graph", "graph.gv", "graph.dot"])
def test_a_source_is_written_whole_or_not_at_all(drawing, monkeypatch, name):
    Path(name).write_text("precious")

    def full(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        drawing.save(name)
    assert files() == [name]
    assert Path(name).read_text() == "precious"


def test_view_draws_and_opens_the_drawing_whatever_graphviz_calls_its_options(drawing, monkeypatch):
    opened = []
    monkeypatch.setattr(graphviz, "view", opened.append)  # V8: quiet_view was unknown to it
    assert drawing.view("graph", cleanup=True) == "graph.svg"
    somewhere = drawing.view()
    assert opened == ["graph.svg", somewhere]
    assert files() == ["graph.svg"] and Path(somewhere).is_file()


@pytest.mark.parametrize("format", ["svg", "png"])
def test_render_of_a_name_with_the_ending_does_not_add_another(drawing, format):
    drawing.format = format
    name = f"graph.{format}"
    assert drawing.render(name) == name
    assert files() == sorted(["graph.gv", name])
    assert Path(name).read_bytes().startswith(STARTS[format])


def test_render_cleans_up_its_source_if_asked_to(drawing):
    assert Path(drawing.render("graph.svg", "there", cleanup=True)) == Path("there/graph.svg")
    assert drawing.render("plain", cleanup=True) == "plain.svg"
    assert files() == ["plain.svg", "there/graph.svg"]


def test_a_name_with_another_ending_keeps_it(drawing):
    assert drawing.render("v1.2", cleanup=True) == "v1.2.svg"
    assert files() == ["v1.2.svg"]


def test_a_copy_is_drawn_as_the_drawing_is(drawing):
    twin = drawing.copy()
    assert isinstance(twin, Drawing)
    assert twin.pipe() == drawing.pipe()


# Several on one page, and in a cell.


def ids_in(svg):
    return set(re.findall(r'\bid="([^"]+)"', svg))


def test_two_drawings_on_one_page_share_no_id(drawing):
    other = draw_dot(Value(2.0, "a") * Value(4.0, "b"), theme="auto")
    assert not ids_in(drawing.svg("one-")) & ids_in(drawing.svg("two-"))
    for first, second in ((drawing, other), (other, drawing)):
        pages = [page.pipe("svg", encoding="utf-8") for page in (first, second)]
        assert not ids_in(pages[0]) & ids_in(pages[1])


def test_a_light_drawing_shares_no_id_with_the_same_one_that_follows_its_viewer():
    root = Value(2.0, "a") * Value(4.0, "b")
    svgs = [
        draw_dot(root, theme=theme).pipe("svg", encoding="utf-8") for theme in ("light", "auto")
    ]
    assert not ids_in(svgs[0]) & ids_in(svgs[1])


def test_a_label_that_looks_like_a_reference_is_shown_as_it_is():
    svg = draw_dot(Value(2.0, "url(#a)") * 2).svg("mine-")
    assert "url(#a)" in svg and "url(#mine-a)" not in svg


def test_the_dark_colours_of_a_drawing_repaint_no_other_one():
    svg = draw_dot(Value(2.0, "a") * Value(4.0, "b"), theme="auto").pipe("svg", encoding="utf-8")
    (css,) = re.findall(r"<style>@media \(prefers-color-scheme:dark\){(.*?)}</style>", svg)
    own = re.search(r'<svg[^>]* id="(\w+-svg)"', svg)[1]
    selectors = re.findall(r"([^{}]+){", css)
    assert selectors and all(selector.startswith(f"#{own} ") for selector in selectors)


def test_a_wide_drawing_is_scaled_to_the_cell_and_not_cut(drawing):
    assert drawing._repr_svg_().startswith('<svg style="max-width: 100%; height: auto" ')


# Bitmaps, and the legend.


def pixels(png):
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("dpi", [96, 192, 300])
def test_a_bitmap_has_the_resolution_that_is_asked_for(drawing, dpi):
    wide, high = pixels(drawing.pipe("png", dpi=dpi))
    at_96 = pixels(drawing.pipe("png", dpi=96))
    assert (wide, high) == pytest.approx([side * dpi / 96 for side in at_96], abs=4)


def test_a_png_is_sharp_by_default(drawing):
    assert drawing.pipe("png") == drawing.pipe("png", dpi=192)


def places(svg):
    """Where the texts of cards and edges stand, relative to the first of them."""
    graph = svg.split('class="node value')[1:]
    found = [tuple(map(float, xy)) for xy in re.findall(r' x="(.*?)" y="(.*?)"', "".join(graph))]
    return [(round(x - found[0][0], 2), round(y - found[0][1], 2)) for x, y in found]


def test_the_legend_changes_nothing_in_the_drawing(tmp_path):
    root = (Value(2.0, "a") * Value(3.0, "b") + Value(1.0, "c")).tanh()
    root.backward()
    plain, explained = draw_dot(root).svg(), draw_dot(root, legend=True).svg()
    assert "purple" not in plain and "edge: slope" in explained
    assert places(plain) == places(explained)
