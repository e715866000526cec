"""Files of the command line: written whole or not at all, and overwritten only with --force."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from .command_line import NEURON, WRITERS, files, run

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_a_file_in_another_folder_is_written_there(capsys):
    Path("drawings").mkdir()
    assert run(capsys, *NEURON, "-o", "drawings/neuron.svg")[0] == 0
    assert files() == ["drawings"]
    assert [path.name for path in Path("drawings").iterdir()] == ["neuron.svg"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_the_file_has_the_permissions_of_any_new_file(capsys):
    before = os.umask(0o027)
    try:
        run(capsys, *NEURON, "-o", "neuron.dot")
    finally:
        os.umask(before)
    assert Path("neuron.dot").stat().st_mode & 0o777 == 0o640


def test_a_file_is_overwritten_only_with_force(capsys):
    Path("neuron.svg").write_text("precious")
    code, out, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert (code, out) == (2, "")
    assert (
        err == "glassgrad: neuron.svg exists: choose another name, or overwrite it with --force\n"
    )
    assert Path("neuron.svg").read_text() == "precious"
    assert run(capsys, *NEURON, "-o", "neuron.svg", "--force")[0] == 0
    assert Path("neuron.svg").read_bytes().startswith(b"<?xml")
    assert files() == ["neuron.svg"]


@pytest.mark.parametrize("name", ["drawings", "drawings.svg"])
@pytest.mark.parametrize("options", [[], ["--force"], ["--format", "svg"]], ids=" ".join)
def test_a_folder_is_no_file(capsys, name, options):
    Path(name).mkdir()
    code, out, err = run(capsys, *NEURON, "-o", name, *options)
    assert (code, out) == (2, "")
    assert (
        err
        == f"glassgrad: {name} is a folder: name a file in it, such as {Path(name, 'graph.svg')}\n"
    )


def test_a_missing_folder_is_not_made(capsys):
    code, out, err = run(capsys, *NEURON, "-o", "drawings/neuron.svg")
    assert (code, out) == (2, "")
    assert err == "glassgrad: the folder drawings does not exist: make it first\n"
    assert files() == []


@pytest.mark.parametrize("name", ["neuron.svg", "neuron.json", "neuron.html"])
def test_a_folder_that_goes_away_meanwhile_is_told_with_the_file_that_was_asked_for(
    capsys, monkeypatch, name
):
    monkeypatch.setattr("viz.cli.commands.refuse_to_overwrite", lambda output, force: None)
    path = Path("drawings", name)
    command = "player" if name.endswith("html") else "draw"
    code, _, err = run(capsys, command, *NEURON, "-o", str(path))
    assert code == 1
    reason = f"{path} cannot be written; there is no folder drawings: make it first"
    assert err == f"glassgrad: {path} was not written: {reason}\n"
    assert files() == []


# A drawing that fails leaves nothing behind.


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["exit 3"], "dot failed with exit code 3: it said nothing"),
        (["echo no memory >&2", "exit 1"], "no memory"),
    ],
)
@pytest.mark.usefixtures("no_other_dot")
def test_a_dot_that_fails_leaves_the_folder_as_it_was(
    capsys,
    monkeypatch,
    script,
    lines,
    message,
    force,
):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("while read -r line; do :; done", *lines)))
    if force:
        Path("neuron.svg").write_text("precious")
    code, out, err = run(capsys, *NEURON, "-o", "neuron.svg", *["--force"] * force)
    assert code == 1
    assert out.startswith("value")
    assert "wrote" not in out
    assert err.startswith("glassgrad: neuron.svg was not written: ")
    assert message in err
    assert [Path(name).read_text() for name in files()] == ["precious"] * force


@pytest.mark.usefixtures("no_other_dot")
def test_a_dot_that_cannot_be_started_is_told_on_one_line(capsys, monkeypatch, script):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("exit 0", interpreter="/no/such/shell")))
    code, _, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert code == 1
    assert err.startswith("glassgrad: neuron.svg was not written: ")
    assert err.count("\n") == 1
    assert files() == []


def test_a_broken_dot_is_named_and_another_one_draws(capsys, monkeypatch, script, embedded):
    path = script("exit 3")
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    code, out, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert (code, files()) == (0, ["neuron.svg"])
    told = f"{path} failed with exit code 3: it said nothing; {embedded} drew instead"
    assert err == f"glassgrad: {told}\n"
    assert out.endswith("wrote neuron.svg\n")


def test_no_dot_at_all_is_told_with_what_to_do(capsys, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    code, _, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert code == 1
    reason = "GLASSGRAD_DOT is '/no/such/dot', not a program that can be run"
    assert err.startswith(f"glassgrad: neuron.svg was not written: {reason}")
    assert files() == []


def test_a_pdf_of_the_embedded_dot_is_not_written(capsys, embedded):
    code, _, err = run(capsys, *NEURON, "-o", "neuron.pdf")
    assert code == 1
    assert err.startswith("glassgrad: neuron.pdf was not written: pdf cannot be drawn: ")
    assert err.endswith("so that dot is on PATH, or choose svg or png\n")
    assert files() == []


# R3: what is no regular file was replaced by one.


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_is_written_through_and_stays_a_link(capsys):
    Path("target.svg").write_text("precious")
    Path("link.svg").symlink_to("target.svg")
    code, _, err = run(capsys, "x*2", "x=1", "-o", "link.svg")
    assert code == 2
    assert err.startswith("glassgrad: link.svg exists: choose another name, or overwrite it with")
    assert run(capsys, "x*2", "x=1", "-o", "link.svg", "--force")[0] == 0
    assert Path("link.svg").is_symlink()
    assert Path("target.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are others on Windows")
def test_a_pipe_and_a_null_device_are_written_to_as_they_are(capsys):
    os.mkfifo("pipe")
    reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
    assert run(capsys, "x*2", "x=1", "-o", "pipe", "--format", "png")[0] == 0
    assert reader.communicate(timeout=20)[0].startswith(b"\x89PNG")
    assert run(capsys, "x*2", "x=1", "-o", os.devnull, "--format", "svg")[0] == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert files() == ["pipe"]


@pytest.mark.parametrize("name", WRITERS)
def test_every_command_overwrites_only_with_force(capsys, name):
    words = [name.split()[0], *WRITERS[name]]
    file = Path(words[-1])
    file.write_text("precious")
    message = f"glassgrad: {file} exists: choose another name, or overwrite it with --force\n"
    assert run(capsys, *words) == (2, "", message)
    assert file.read_text() == "precious"
    assert run(capsys, *words, "--force")[0] == 0
    assert file.read_text() != "precious"
    assert files() == [file.name]


@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_is_full_leaves_no_half_of_a_file(capsys, monkeypatch, name):
    def full(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    words = [name.split()[0], *WRITERS[name]]
    code, out, err = run(capsys, *words)
    assert (code, "wrote" in out) == (1, False)
    assert err == f"glassgrad: {words[-1]} was not written: [Errno 28] No space left on device\n"
    assert files() == []


@pytest.mark.parametrize("name", ["player", "quiz"])
def test_a_page_without_a_dot_is_not_written(capsys, monkeypatch, name):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    code, out, err = run(capsys, name, *NEURON, "-o", "page.html")
    assert (code, out) == (1, "")
    assert err.startswith("glassgrad: page.html was not written: GLASSGRAD_DOT is '/no/such/dot'")
    assert files() == []
