"""What happens around the command line: browsers, Ctrl-C, and streams that are closed or full."""

import io
import os
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from viz.cli.main import main

from .command_line import NEURON, ROOT, WRITERS, files, process, run

pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.mark.parametrize("name", WRITERS)
def test_open_shows_the_file_in_a_browser(capsys, monkeypatch, name):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    words = [name.split()[0], *WRITERS[name], "--open"]
    assert run(capsys, *words)[0] == 0
    assert opened == [Path(words[-2]).resolve().as_uri()]


def test_where_no_browser_opens_the_file_is_there_all_the_same(capsys, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    code, out, err = run(capsys, "player", *NEURON, "-o", "page.html", "--open")
    assert (code, out) == (1, "wrote page.html\n")
    assert err == "glassgrad: no browser could be started here: open page.html yourself\n"
    assert files() == ["page.html"]


@pytest.mark.skipif(os.name == "nt", reason="signals are others on Windows")
@pytest.mark.parametrize("name", ["draw", "player"])
def test_ctrl_c_ends_it_without_a_word_and_without_a_file(
    monkeypatch, tmp_path_factory, script, name
):
    begun = tmp_path_factory.mktemp("dot") / "begun"
    wait = f"exec {shlex.quote(sys.executable)} -c 'import time; time.sleep(60)'"
    monkeypatch.setenv("GLASSGRAD_DOT", str(script(f"echo yes > {shlex.quote(str(begun))}", wait)))
    file = "neuron.html" if name == "player" else "neuron.svg"
    # In the background of a shell it may be ignored.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    running = process(name, *NEURON, "-o", file, preexec_fn=heed)
    while not begun.exists():
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, "")
    assert files() == []


@pytest.mark.skipif(os.name == "nt", reason="pipes are others on Windows")
def test_a_reader_that_has_seen_enough_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    running = process("+".join(["x"] * 100), "x=1", "--format", "json", stdout=writer)
    os.close(writer)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (1, "")


# N4: a missing, closed or full stream gave a traceback.

posix = pytest.mark.skipif(os.name == "nt", reason="shells are others on Windows")


def shell(words, redirected):
    """Exit code, output, errors of the command line as a shell starts it."""
    command = shlex.join([sys.executable, "-m", "viz", *words])
    done = subprocess.run(
        f"{command} {redirected}",
        shell=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


ASKED = {
    "table": NEURON,
    "json": [*NEURON, "--format", "json"],
    "svg": [*NEURON, "-o", "-"],
    "player": ["player", *NEURON, "-o", "-"],
    "explain": ["explain", *NEURON[:1], "w", *NEURON[1:]],
    "help": ["help"],
    "version": ["--version"],
}


@pytest.mark.slow
@posix
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("stream", [">&-", ">/dev/full", "1</dev/null"])
def test_what_was_asked_for_and_cannot_be_shown_is_told(name, stream):
    if "full" in stream and not os.path.exists("/dev/full"):
        pytest.skip("there is no device that is full")
    code, out, err = shell(ASKED[name], stream)
    assert (code, out) == (1, "")
    assert err.startswith("glassgrad: ")
    assert "standard output" in err
    assert err.count("\n") == 1


@pytest.mark.slow
@posix
@pytest.mark.parametrize("stream", [">&-", ">/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_what_is_said_besides_is_lost_quietly(stream):
    assert shell([*NEURON, "-o", "neuron.svg"], stream) == (0, "", "")
    assert shell(["check", *NEURON], stream) == (0, "", "")
    assert Path("neuron.svg").read_bytes().endswith(b"</svg>\n")


@pytest.mark.slow
@posix
@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", "2</dev/null"])
def test_a_mistake_without_standard_error_is_an_exit_code_and_not_on_the_other_stream(stream):
    assert shell(["x*2"], stream) == (2, "", "")
    assert shell(["draw", "x*2", "--colour"], stream) == (2, "", "")
    assert shell(["check", "log(x)", "x=-1"], stream) == (1, "", "")
    code, out, _ = shell(["x*2", "x=1"], stream)
    assert (code, out.startswith("value")) == (0, True)


@pytest.mark.slow
@posix
@pytest.mark.parametrize("name", ASKED)
def test_a_closed_pipe_is_no_traceback(name):
    reader, writer = os.pipe()
    os.close(reader)
    running = process(*ASKED[name], stdout=writer)
    os.close(writer)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (1, "")


def test_it_runs_without_any_stream_as_under_pythonw(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main([*NEURON, "-o", "neuron.svg"]) == 0
    assert main(["doctor"]) == 0
    assert main(NEURON) == 1
    assert main(["x*2"]) == 2
    assert files() == ["neuron.svg"]


def test_a_stream_of_texts_alone_takes_texts(monkeypatch):
    texts = io.StringIO()
    monkeypatch.setattr(sys, "stdout", texts)
    assert main([*NEURON, "-o", "-"]) == 0
    assert texts.getvalue().startswith("<?xml")
    assert main([*NEURON, "-o", "-", "--format", "png"]) == 1
    texts.close()
    assert main(NEURON) == 1
