"""The lesson: every claim holds, at reduced size where it is slow; every picture is made."""

import importlib.util
import json
import math
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from xml.dom import minidom

import pytest

import demos
import viz.live.npm
from autograd import Value
from demos import SCENES, SECTIONS, section, whole, wrong
from demos.blocks import Claim, Code, Picture, Table, on_screen, shown
from demos.command import command
from demos.index import Chapter, lesson
from demos.options import TRIED, command_line, main
from demos.page import Page, title
from demos.shrink import smallest

from ..checkout import HOME

SMALL = {
    "2": {"seeds": 6, "steps": 800},
    "5": {"steps": 400},
    "engine": {"expressions": 100},
    "7": {"seeds": 1, "steps": 300},
    "moons": {"steps": 3},
    "8": {"samples": 1, "networks": 3, "steps": 800},
    "9": {"seeds": 1, "steps": 500},
    "10": {"seeds": 4, "steps": 600},
    "11": {"seeds": 2, "epochs": 20},
    "12": {"seeds": 3, "steps": 1500},
}
SIZES = {
    "1": 8,
    "2": 3,
    "3": 3,
    "4": 4,
    "5": 9,
    "engine": 9,
    "6": 11,
    "wrong": 7,
    "7": 8,
    "moons": 2,
    "8": 9,
    "9": 12,
    "10": 7,
    "11": 5,
    "12": 5,
}
"""How many claims a section makes at least."""


@pytest.mark.slow
@pytest.mark.parametrize("name", SECTIONS)
def test_every_claim_holds_and_every_picture_is_made(name, tmp_path, capsys):
    page = Page(tmp_path, speaks=False)
    section(name).run(page, **SMALL.get(name, {}))
    assert [(claim.what, claim.measured) for claim in page.claims if not claim.holds] == []
    assert len(page.claims) >= SIZES[name]
    made = [file for block in page.blocks if isinstance(block, Picture) for file in block.files]
    assert sorted(made) == sorted(path.name for path in tmp_path.iterdir()) and len(
        set(made)
    ) == len(made)
    for file in made:
        text = (tmp_path / file).read_text(encoding="utf-8")
        if file.endswith(".svg"):
            assert minidom.parseString(text).documentElement.tagName == "svg"
    assert {f.replace("-light.", "-dark.") for f in made if "-light." in f} == {
        f for f in made if "-dark." in f
    }
    assert capsys.readouterr().out == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["1", "3", "4"])
def test_a_section_is_the_same_every_time(name, tmp_path):
    pages = [Page(tmp_path / run, speaks=False) for run in "ab"]
    for page in pages:
        section(name).run(page)
    assert pages[0].blocks == pages[1].blocks
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize("bug", wrong.BUGS, ids=lambda bug: bug.name)
def test_each_bug_is_one_and_the_right_engine_is_ours(bug):
    a, b = Value(0.7), Value(-1.3)
    product = a * b
    root = ((product + a).tanh() + product) * b
    right = wrong.right(root)
    got = bug.engine(root)
    assert any(abs(got[leaf] - bug.times * right[leaf]) > 1e-6 for leaf in (a, b))
    a.grad = b.grad = 0.0
    root.backward()
    assert (a.grad, b.grad) == pytest.approx((right[a], right[b]))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("bug", wrong.BUGS, ids=lambda bug: bug.name)
def test_a_drawn_bug_marks_what_is_wrong_and_shows_the_slopes_it_used(bug, theme):
    is_wrong = partial(wrong.is_wrong, bug.engine, bug.times)
    svg = wrong.drawn(bug, smallest(wrong.EXPRESSIONS, is_wrong, 500), theme).decode()
    assert "✗ should be" in svg and 'stroke-width="4"' in svg
    assert ("right, after two passes" in svg) == (bug.times == 2)
    assert [slope in svg for slope in ("slope 0.0", "slope 0.41997")] == [
        bug.name == "wrong slope"
    ] * 2


@pytest.mark.slow
@pytest.mark.parametrize("gate", ["0000", "1111", "0100", "1001"])
def test_the_perceptron_takes_any_gate_and_says_when_it_is_not_right_yet(gate, tmp_path):
    page = Page(tmp_path, speaks=False, changed=True)
    section("1").run(page, epochs=1, gate=gate)
    told = [claim.what for claim in page.claims if gate in claim.what]
    right = {"0000": "until it is right", "1001": "the weights repeat"}.get(gate, "so far")
    assert len(told) == 1 and right in told[0]
    assert all(claim.state != "missed" for claim in page.claims)
    for silly in ("012", "01234", "yes!"):
        with pytest.raises(ValueError, match="four digits"):
            section("1").run(page, gate=silly)


def test_what_is_shown_is_what_is_said(capsys):
    page = Page()
    page.say("A  sentence\n   of two lines.")
    page.claim("the answer", 41.99999, 42, True)
    page.claim("the question", {"a": 0.5}, [1.0, 2], False)
    page.table(["x", "f(x)"], [["one", 1.0], ["ten", 10.0]])
    page.code("    x = 1\n    y = 2\n")
    page.picture("nothing", "<svg/>", "without a folder no picture is drawn")
    said = capsys.readouterr().out
    assert "A sentence of two lines." in said
    assert (
        "✓ the answer: 42\n    predicted: 42" in said
        and "✗ the question: a 0.5\n    predicted: 1, 2" in said
    )
    assert (
        "    x    f(x)\n    one     1\n    ten    10\n" in said and "    x = 1\n    y = 2\n" in said
    )
    assert (
        "\n\n\n" not in said and "42\n  ✗ the question" in said and "1, 2\n\n    x    f(x)" in said
    )
    assert [type(block) for block in page.blocks[3:]] == [Table, Code]
    assert shown(float("nan")) == "nan" and shown((1, "a", 0.1)) == "1, a, 0.1"


def test_the_command_line(capsys, tmp_path, monkeypatch):
    command([])
    listed = capsys.readouterr().out.splitlines()
    assert listed[0] == title(demos) and [
        line.split()[0] for line in listed[2 : 2 + len(SECTIONS)]
    ] == [*SECTIONS]
    command(["4", "--out", str(tmp_path), "--width", "4", "--steps", "50"])
    said = " ".join(capsys.readouterr().out.split())  # lines break where the terminal's do
    assert (
        said.startswith("4. Why activations bend")
        and "50 steps" in said
        and (tmp_path / "04-collapse-dark.svg").exists()
    )
    for wrong_command in (["4", "--nothing", "1"], ["4", "--activation", "nonsense"], ["all", "4"]):
        with pytest.raises(SystemExit, match="2"):
            command(wrong_command)
    with pytest.raises(SystemExit, match="2"):
        command(["13"])
    assert "takes one of 1, 2, 3, 4, 5, engine" in capsys.readouterr().err
    for name in SECTIONS:
        with pytest.raises(SystemExit) as stop:
            command([name, "--help"])
        assert stop.value.code == 0
    assert "--curvature" in capsys.readouterr().out


@pytest.mark.slow
def test_all_writes_a_lesson_that_needs_nothing_else(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(whole, "SECTIONS", {name: SECTIONS[name] for name in ("1", "4", "6")})
    command(["all", "--out", str(tmp_path)])
    said = capsys.readouterr().out
    assert "8 of 8 claims hold" in said and str(tmp_path / "index.html") in said
    pages = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")}
    assert {*pages} >= {"index.html", "section-1.html", "section-4.html", "section-6.html"}
    links = set()
    for name, html in pages.items():
        if name == "index.html" or name.startswith("section"):
            links |= set(re.findall(r'(?:src|href|srcset)="([^"]+)"', html))
            assert not re.search(r"https?:", html)
    assert links == {path.name for path in tmp_path.iterdir()}
    assert "def run(page: Page" in pages["section-6.html"] and "<math" in pages["section-6.html"]
    assert 'href="section-6.html"' in pages["index.html"]


def test_what_is_written_is_escaped_and_what_was_missed_is_marked(tmp_path):
    page = Page(speaks=False)
    page.claim("<b> & co", "1 < 2", ">", False)
    page.say("a `b < c` d")
    page.table(["bug", "why"], [["one", "a sentence of more than a few words, which may break"]])
    html = lesson([Chapter("1", section("1"), page, 1.0)])["section-1.html"]
    assert '<details class="claim missed" open>' in html and "&lt;b&gt; &amp; co" in html
    assert "<code>b &lt; c</code>" in html and "0 of 1 claims hold" in html
    assert '<table class="prose">' in html


def test_a_section_links_into_the_live_page_only_where_that_lies_beside_it():
    chapters = [Chapter("6", section("6"), Page(), 1.0), Chapter("4", section("4"), Page(), 1.0)]
    beside = lesson(chapters, live=True)
    assert 'href="live.html#scene-2"' in beside["section-6.html"]
    assert "live.html" not in beside["section-4.html"]
    alone = "".join(lesson(chapters).values())
    assert "live.html" not in alone
    assert "scene 2 of the live page, which <code>python -m demos live</code> writes" in alone


def test_scenes_of_the_live_page_name_the_sections_that_lead_to_them():
    words = Path(viz.live.npm.WEB / "words.js").read_text(encoding="utf-8")
    named = re.findall(r"^    sections: (\[.*\]),$", words, re.MULTILINE)
    of_scene = {i + 1: json.loads(names) for i, names in enumerate(named)}
    assert len(of_scene) == 9
    for name, scene in SCENES.items():
        assert name in of_scene[scene] or name in ("engine", "6")
    assert {name for names in of_scene.values() for name in names} <= SECTIONS.keys()


def test_what_is_predicted_for_other_options_is_not_missed(capsys):
    def run(page: Page, lr: float = 0.5) -> None:
        page.claim("rate", lr, 0.5, lr == 0.5)
        page.claim("half", 0.5, 0.5, True)
        page.claim("sum", 1, 2, False, always=True)

    assert [claim.state for claim in main(run, [], "it").claims] == ["holds", "holds", "missed"]
    assert [claim.state for claim in main(run, ["--lr", "0.50"], "it").claims] == [
        "holds",
        "holds",
        "missed",
    ]
    capsys.readouterr()
    page = main(run, ["--lr", "2"], "it")
    assert [claim.state for claim in page.claims] == ["open", "holds", "missed"]
    assert (
        "  · rate: 2\n    predicted for the default settings: 0.5\n  ✓ half"
        in capsys.readouterr().out
    )
    html = lesson([Chapter("1", section("1"), page, 1.0)])["section-1.html"]
    assert '<details class="claim open">' in html
    assert "<p>predicted for the default settings: 0.5</p>" in html


def test_options_come_from_the_section(capsys):
    def run(page: Page, width: int = 3, lr: float = 0.5, name: str = "tanh") -> None:
        if width > 100:
            raise ValueError("width must be\n  at most 100")
        page.say(f"{width} {lr} {name}")

    assert main(run, ["--width", "4", "--name", "relu"], "it").blocks == ["4 0.5 relu"]
    for silly in ("wide", "0", "-1", "1.5"):
        with pytest.raises(SystemExit, match="2"):
            main(run, ["--width", silly], "it")
    assert "must be a whole number of at least 1, got '1.5'" in capsys.readouterr().err
    for silly in ("nan", "inf", "-inf", "1e999", "fast"):
        with pytest.raises(SystemExit, match="2"):
            main(run, [f"--lr={silly}"], "it")
    assert "--lr: must be a finite number, such as 0.1, got 'fast'" in capsys.readouterr().err
    for silly in ("0", "-0.1"):
        with pytest.raises(SystemExit, match="2"):
            main(run, [f"--lr={silly}"], "it")
        assert f"--lr: must be positive and finite, got '{silly}'" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(run, ["--width", "101"], "it")
    assert capsys.readouterr().err == "it: error: width must be at most 100\n"
    told = " ".join(command_line(run, "it").format_help().split())
    assert (
        "how many neurons a hidden layer has; by default 3" in told
        and "--name NAME by default tanh" in told
    )
    with pytest.raises(
        ValueError, match="math domain"
    ):  # of a section that fails with its own options the traceback is wanted
        main(lambda page: math.log(-1.0), [], "it")


def test_negative_numbers_are_numbers_in_any_notation(capsys):
    def run(page: Page, bias: float = 0.5, l2: float = 0.1) -> None:
        page.say(f"{bias} {l2}")

    for written in (["--bias", "-1e-3"], ["--bias=-1e-3"], ["--bias", "-0.001"]):
        assert main(run, [*written, "--l2", "0"], "it").blocks == ["-0.001 0.0"]
    with pytest.raises(SystemExit, match="2"):
        main(run, ["--l2", "-1e0"], "it")
    assert "--l2: must be at least 0 and finite, got '-1e0'" in capsys.readouterr().err


def test_every_option_says_what_it_does():
    for name in SECTIONS:
        for action in command_line(section(name).run, name)._actions:
            if name in SECTIONS:
                assert not action.help.startswith("by default"), f"{name} {action.dest}"


def test_a_single_section_leaves_the_pictures_of_the_lesson_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command(["4", "--steps", "5", "--width", "1"])
    assert {path.parent for path in tmp_path.rglob("*.svg")} == {tmp_path / TRIED / "s04_linear"}
    (tmp_path / "file").write_text("")
    for out in ("file", "file/in/it"):
        for name in ("4", "all"):
            with pytest.raises(SystemExit, match="2"):
                command([name, "--out", out])
            assert (
                "--out: must be a folder to write into, and 'file' is not"
                in capsys.readouterr().err
            )


def test_lines_are_as_wide_as_the_terminal_and_never_too_wide(monkeypatch):
    long = Table(["bug", "gradient", "why"], [["one", "1", "word " * 40]])
    blocks = [
        "word " * 100,
        Claim("what " * 30, "1", "2 " * 60, True),
        Picture(("a.svg",), "word " * 40),
        long,
    ]
    for columns, widest in ((80, 80), (40, 40), (300, 100)):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = [line for block in blocks for line in on_screen(block).splitlines()]
        assert widest - 6 < max(map(len, lines)) <= widest
    assert on_screen(blocks[2]).startswith("  → a.svg\n    word word")


def test_the_command_line_tells_what_there_is(capsys):
    for asked in ("--help", "-h"):
        command([asked])
        assert "python -m demos all" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")
def test_it_ends_without_a_traceback_when_nobody_reads_or_it_is_interrupted(tmp_path):
    words = [sys.executable, "-u", "-m", "demos", "4", "--steps", "5", "--out", str(tmp_path)]
    with subprocess.Popen(
        words, cwd=HOME, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as reader:
        assert reader.stdout and reader.stderr and reader.stdout.readline().startswith(b"4. Why")
        reader.stdout.close()
        assert reader.stderr.read() == b"" and reader.wait() == 1
    run = "def run(page):\n    raise KeyboardInterrupt\n"
    interrupt = f"from demos.options import main\n{run}main(run, [], 'it')\n"
    (tmp_path / "late.py").write_text(interrupt)
    environment = {**os.environ, "PYTHONPATH": str(HOME)}
    done = subprocess.run(
        [sys.executable, "late.py"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (
        done.returncode == 130
        and done.stderr.strip() == "Interrupted; what has been written so far can be read."
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["1", "4"])
def test_a_section_runs_on_any_console(name, tmp_path):
    words = [sys.executable, "-m", "demos", name, "--out", str(tmp_path / "here")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONWARNINGS": "error"}
    done = subprocess.run(words, cwd=HOME, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith(title(section(name)))
    assert (tmp_path / "here").is_dir()


def test_every_file_of_the_lesson_is_on_its_path_and_in_the_readme():
    readme = (HOME / "demos/README.md").read_text(encoding="utf-8")
    for name, file in SECTIONS.items():
        assert (
            importlib.util.find_spec(f"demos.{file}")
            and f"| {name} | [{file}.py]({file}.py) |" in readme
        )
    assert {path.stem for path in (HOME / "demos").glob("s[0-9]*.py")} <= {*SECTIONS.values()}


def test_the_list_of_sections_imports_none_of_them():
    code = "import sys; from demos.command import command; command([])"
    code += "; print([m for m in sys.modules if '.s0' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("package", "name", "told"),
    [("matplotlib", "1", "A picture is left out"), ("hypothesis", "wrong", "needs hypothesis")],
)
def test_without_the_packages_of_the_extra_a_section_says_what_to_install(
    package, name, told, tmp_path
):
    code = f"import sys; sys.modules[{package!r}] = None; from demos.command import command"
    code += f"; command([{name!r}, '--out', 'here'])"
    environment = {**os.environ, "PYTHONPATH": str(HOME)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert told in said and "pip install matplotlib hypothesis" in said and "Traceback" not in said
    assert done.returncode == (package == "hypothesis")


def test_l1_the_sentence_on_the_cost_says_what_its_table_says():
    page = Page(speaks=False)
    section("6").run(page)
    tables = [
        i for i, x in enumerate(page.blocks) if isinstance(x, Table) and "parameters" in x.head
    ]
    (i,) = tables
    *_, last = page.blocks[i].rows
    parameters, both, passes, measured = last
    sentence = page.blocks[i + 1]
    assert (
        f"differences take {passes} passes" in sentence
        and f"the time of {both} passes for all" in sentence
    )
    assert int(passes) == 2 * int(parameters)
    assert 0.5 < float(measured) / int(passes) < 3  # no time limit: one machine, one round


@pytest.mark.parametrize(
    ("name", "options", "column"),
    [
        ("1", {"epochs": 2}, "notes"),
        ("2", {"seeds": 1, "steps": 1}, "notes"),
        ("7", {"seeds": 1, "steps": 1}, "notes"),
        ("8", {"depth": 3, "networks": 1, "samples": 1, "steps": 1, "width": 4}, "δ in the notes"),
        ("10", {"points": 5, "seeds": 2, "steps": 1}, "notes"),
        ("12", {"seeds": 1, "steps": 1}, "notes"),
    ],
)
def test_l3_notes_stand_only_beside_what_they_are_about(name, options, column):
    page = Page(speaks=False, changed=True)
    section(name).run(page, **options)
    assert not any(column in x.head for x in page.blocks if isinstance(x, Table))
    assert not any("notes" in x for x in page.blocks if isinstance(x, str))


def test_l3_a_cycle_longer_than_the_run_is_not_reported():
    page = Page(speaks=False, changed=True)
    section("1").run(page, epochs=2)
    (claim,) = [claim for claim in page.claims if "XOR: the weights repeat" in claim.what]
    assert claim.measured == "not within 2 epochs" and claim.state == "open"
