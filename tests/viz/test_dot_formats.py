"""Drawings in their formats: the same bytes every time, and nothing changed by being drawn."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd import Value
from viz import draw_dot, scene, to_dot

from .svgs import neuron

ROOT = Path(__file__).resolve().parents[2]


def test_pipe_gives_bytes_or_text_as_asked():
    drawing = draw_dot(neuron())
    assert drawing.pipe().decode() == drawing.pipe(encoding="utf-8")


@pytest.mark.parametrize("format", ["png", "svg"])
def test_the_format_is_that_of_draw_dot_unless_pipe_is_given_one(format):
    starts = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml"}
    other = "svg" if format == "png" else "png"
    assert draw_dot(neuron(), format).pipe().startswith(starts[format])
    assert draw_dot(neuron(), other).pipe(format).startswith(starts[format])


@pytest.mark.parametrize("format", ["png", "svg"])
def test_render_writes_a_file_of_the_format(tmp_path, format):
    path = draw_dot(neuron(), format).render(tmp_path / "graph", cleanup=True)
    assert [p.name for p in tmp_path.iterdir()] == [f"graph.{format}"]
    assert Path(path).read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml"}[format])


PROGRAM = """
import sys
from autograd import Value
from nn import MLP
from random import Random
from viz import draw_dot
model = MLP([2, 2, 1], activation="tanh", rng=Random(0))
out = model([Value(0.5, "x1"), Value(-1.0, "x2")])
out.backward()
sys.stdout.buffer.write(draw_dot(out).pipe())
"""


@pytest.mark.slow
def test_the_same_program_draws_the_same_bytes_whatever_the_hash_seed():
    drawings = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3", "4")
    }
    assert len(drawings) == 1
    assert b"Backpropagation graph" in drawings.pop()


def test_equal_scenes_give_equal_sources():
    assert (
        to_dot(scene(neuron())).source
        == to_dot(scene(neuron())).source
        == draw_dot(neuron()).source
    )


def test_drawing_changes_nothing():
    out = neuron()
    before = [(v.data, v.grad) for v in (out, *out.inputs)]
    draw_dot(out).pipe()
    assert [(v.data, v.grad) for v in (out, *out.inputs)] == before


def test_leaves_shared_over_many_steps_do_not_hang_the_layout():
    w, h = Value(0.5, "w"), Value(1.0, "h")
    for _ in range(40):
        h = (w * h + 1).tanh()
    drawing = draw_dot(h, detail="all")
    assert "splines=line" in drawing.source
    assert b"</svg>" in drawing.pipe()
    assert "splines" not in draw_dot(w * 2).source
