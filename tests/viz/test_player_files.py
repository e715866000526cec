"""Pages, pictures and strips show themselves, and are saved by the same rules."""

import html
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograd import Value, recompute
from nn import MLP
from viz import TrainingPlayer, animate, compare_orders, draw_network, frames, naive, player, quiz
from viz.motion.steps import passes

from .players import neuron


def made_of(root):
    watched = TrainingPlayer(lambda: root)
    watched.record()
    return {
        "player": player(root),
        "quiz": quiz(root),
        "animate": animate(root),
        "frames": frames(root),
        "compare_orders": compare_orders(root),
        "TrainingPlayer": watched,
    }


@pytest.mark.parametrize("name", made_of(Value(2.0, "a") * 3))
def test_it_shows_itself_without_a_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = made_of(neuron())[name]
    shown = made._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert re.search(
        r'" title="[^"<]+" style="width: 100%; height: \d+px; border: 0"></iframe>$', shown
    )
    assert shown.count("<") == 2
    assert not re.search(r"(src|href)=.{0,9}https?:", html.unescape(shown))
    assert repr(made).count("\n") == 0 and len(repr(made)) < 300
    assert list(tmp_path.iterdir()) == []


def test_what_is_saved_is_the_page_and_can_be_given_to_what_takes_a_path(tmp_path):
    root = neuron()
    page = player(root)
    path = page.save(tmp_path / "page.html")
    assert path == tmp_path / "page.html"
    assert path.read_bytes() == page.read_bytes() == page.content.encode()
    with pytest.raises(ValueError, match="has no path yet: save it with page.save"):
        os.fspath(page)
    saved = player(root, str(path))
    assert (os.fspath(saved), saved.name, saved.path) == (str(path), "page.html", path)
    assert isinstance(saved, os.PathLike)
    with open(saved, encoding="utf-8") as file:
        assert file.read() == saved.read_text(encoding="utf-8")


def test_a_strip_is_a_sequence_of_pictures_and_of_paths_once_it_is_saved(tmp_path):
    strip = frames(neuron())
    assert strip[0].path is None
    folder = strip.save(tmp_path / "strip")
    assert folder == tmp_path / "strip"
    paths = sorted(folder.iterdir())
    assert [path.read_text(encoding="utf-8") for path in paths] == [p.content for p in strip]
    saved = frames(neuron(), tmp_path / "strip")
    assert [Path(picture) for picture in saved] == paths
    assert len(saved[2:4]) == 2
    assert saved[-1].title == passes(neuron())[1][-1].text


def test_the_frame_of_a_page_is_as_high_as_its_drawing_wants_it():
    x = Value(1.0, "x")
    wide = player(x.tanh().exp())
    tall = player(sum([Value(float(i)) * x for i in range(8)], x))
    assert 400 <= wide.height < tall.height <= 720


# Graphs that are out of date.


@pytest.mark.parametrize(
    "make",
    [
        lambda root, folder: passes(root),
        lambda root, folder: naive(root),
        lambda root, folder: player(root, folder / "page.html"),
        lambda root, folder: quiz(root, folder / "page.html"),
        lambda root, folder: animate(root, folder / "moving.svg"),
        lambda root, folder: frames(root, folder / "strip"),
        lambda root, folder: compare_orders(root, folder / "strip"),
    ],
    ids=["passes", "naive", "player", "quiz", "animate", "frames", "compare_orders"],
)
def test_a_stale_graph_has_no_passes_until_it_is_recomputed(make, tmp_path):
    a = Value(2.0, "a")
    root = a * a + 1
    a.data = 5.0
    with pytest.raises(
        ValueError,
        match=r"a \* a is stale: data was assigned after it was recorded; .*recompute\(root\)",
    ):
        make(root, tmp_path)
    assert list(tmp_path.iterdir()) == []
    recompute(root)
    make(root, tmp_path)


@pytest.mark.parametrize("make", [frames, compare_orders])
def test_frames_that_a_longer_run_has_left_are_removed_and_nothing_else_is(make, tmp_path):
    a = Value(2.0, "a")
    wanted = [path.name for path in make(a * a, tmp_path / "fresh")]
    strip = tmp_path / "strip"
    strip.mkdir()
    for i in range(len(wanted) + 3):
        (strip / f"{i:03}.svg").write_text("old")
    others = [
        "0.svg",
        "0009.svg",
        f"{len(wanted):03}.png",
        f"{len(wanted) + 4:03}.svg",
        "notes.txt",
        "a000.svg",
    ]
    for name in others:
        (strip / name).write_text("precious")
    assert [path.name for path in make(a * a, strip)] == wanted
    assert sorted(path.name for path in strip.iterdir()) == sorted([*wanted, *others])
    assert {(strip / name).read_text() for name in others} == {"precious"}
    assert all(
        (strip / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes() for name in wanted
    )


def test_more_than_300_frames_are_refused_before_any_is_written(tmp_path):
    x = Value(1.0, "x")
    for _ in range(150):
        x = x + 0.1
    assert len(passes(x)[1]) == 303
    with pytest.raises(
        ValueError,
        match="frames writes at most 300 pictures, this graph takes 303 steps: use animate",
    ):
        frames(x, tmp_path / "strip")
    assert list(tmp_path.iterdir()) == []


# C5: each thing that can be saved had rules of its own for folders, endings and what it returns.


def savers():
    """What can be saved: its save method, its ending, and others that are refused."""
    root = neuron()
    watched = TrainingPlayer(lambda: root)
    watched.record()
    network = draw_network(MLP([2, 1], rng=0))
    return {
        "player": (player(root).save, ".html", ".svg"),
        "quiz": (quiz(root).save, ".htm", ".pdf"),
        "animate": (animate(root).save, ".svg", ".html"),
        "TrainingPlayer": (watched.save, ".html", ""),
        "draw_network": (network.save, ".svg", ".png"),
    }


@pytest.mark.parametrize("as_text", [str, Path])
@pytest.mark.parametrize("name", savers())
def test_saving_that_differed_makes_folders_checks_the_ending_and_returns_the_path(
    name, as_text, tmp_path
):
    save, ending, other = savers()[name]
    path = tmp_path / "a" / "b" / f"made{ending}"
    returned = save(as_text(path))
    assert (type(returned), returned) == (type(path), path)
    assert path.read_bytes()
    with pytest.raises(ValueError, match=r"is saved in a file that ends in \.\w+.*, got .*as in"):
        save(as_text(tmp_path / "c" / f"made{other}"))
    with pytest.raises(TypeError, match="is saved to a path, got 3: give a str or a Path"):
        save(3)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("make", [frames, compare_orders])
def test_a_strip_that_made_a_folder_called_strip_html_refuses_the_name_of_a_file(make, tmp_path):
    for name in ("strip.html", "a.svg"):
        said = "a strip is saved in a folder, one file for each picture, got"
        with pytest.raises(ValueError, match=said):
            make(neuron(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    assert make(neuron()).save(tmp_path / "v1.2") == tmp_path / "v1.2"


@pytest.mark.parametrize(
    "make", [animate, frames, compare_orders, lambda x: draw_network(MLP([2, 1]))]
)
def test_what_shows_in_a_notebook_that_was_light_alone_follows_its_viewer(make):
    made = make(neuron())
    picture = made[0] if isinstance(made, Sequence) else made
    svg = picture.svg if hasattr(picture, "svg") else picture.content
    assert "prefers-color-scheme:dark" in svg


# C3: a strip in a notebook held each picture whole, which grew with the square of the graph.


def test_a_strip_that_held_each_picture_whole_holds_what_they_share_once():
    x = Value(0.5, "x")
    for _ in range(20):
        x = x * 0.9 + 0.1
    strip = frames(x)
    shown = json.loads(re.search(r'id="pictures">(.*?)</script>', strip.page().content, re.S)[1])
    whole = sum(len(picture.content) for picture in strip)
    assert len(strip) > 60
    assert len(strip.page().content) < whole / 10
    for picture, parts in zip(strip, shown["pictures"]):
        own = re.search(r'<svg [^>]*?\bid="([^"]+)"', picture.content)[1]
        joined = "".join(shown["pieces"][i] for i in parts["parts"])
        assert joined == picture.content.replace(own, "strip")
        assert parts["text"] == picture.title
