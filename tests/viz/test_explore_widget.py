"""The page and the widget of explore, without a notebook."""

import importlib
import json
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

import viz
from nn import data, fit
from viz.live import link
from viz.live.npm import WEB

from .explored import SAMPLE, W, missing, net

# The page.


def test_the_page_is_one_script_in_one_policy_and_asks_for_nothing():
    page = link.page()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not {"connect-src", "blob:", "data:", "http:", "https:"} & {*policy.split()}
    assert len(re.findall(r"<script>", page)) == len(re.findall(r"<style>", page)) == 1
    assert not re.search(r"@[A-Z]+@", page.replace("@media", ""))
    assert str(WEB) not in link.module()


def test_every_breakpoint_of_the_page_is_moved():
    style = (WEB / "page.css").read_text(encoding="utf-8")
    found = {f"({name})" for name in re.findall(r"\(((?:min|max)-width: \d+px)\)", style)}
    assert found == {*link.NARROW}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"a": 'import { b } from "./b.js";\n', "b": 'import { a } from "./a.js";\n'},
            "circular imports",
        ),
        ({"a": "export default 3;\n"}, "has a form that cannot be joined: export default 3"),
        ({"a": 'import b from "b";\n'}, "has a form that cannot be joined: import b"),
    ],
)
def test_modules_that_cannot_be_joined_are_named(monkeypatch, tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
    monkeypatch.setattr(link, "WEB", tmp_path)
    with pytest.raises(ValueError, match=said):
        link.linked("a")


# The widget, without a notebook.


class Heard:
    """A widget, and what it has sent."""

    def __init__(self, model):
        if not find_spec("anywidget"):
            missing("anywidget")
        self.widget = viz.explore(model, SAMPLE)
        self.sent = []
        self.widget.send = self.sent.append

    def say(self, type, view="one", **content):
        self.widget._heard(None, {"type": type, "view": view, **content}, None)
        return self.sent[-1]

    def ask(self, *requests, view="one"):
        return self.say("ask", view, id=7, requests=list(requests))


def test_a_page_is_told_the_model_and_gets_answers_as_json():
    heard = Heard(net())
    begun = heard.say("hello")
    assert begun["answers"][0]["sizes"] == [2, 3, 1]
    assert begun["polled"]  # there is no IPython that says when a cell has run
    answer = heard.ask({"do": "set", "ref": W, "value": 0.5})
    assert (answer["id"], answer["to"], answer["changed"]) == (7, "one", True)
    assert heard.widget.model.layers[0].neurons[0].w[0].data == 0.5
    assert not heard.ask({"do": "view"})["changed"]
    json.dumps(heard.sent, allow_nan=False)
    heard.widget.close()


def test_a_refresh_tells_every_page_what_it_looks_at_and_only_of_changes():
    heard = Heard(net())
    heard.say("hello", "one")
    heard.say("hello", "two")
    heard.ask({"do": "plane", "n": 4}, view="two")
    heard.sent.clear()
    heard.widget.refresh()
    assert heard.sent == []
    heard.widget.model.layers[0].neurons[0].w[0].data = 0.25
    heard.say("poll")
    one, two, polled = heard.sent
    assert polled == {"to": "one", "type": "polled"}
    assert [request["do"] for request in one["requests"]] == ["refresh", "save"]
    assert [request["do"] for request in two["requests"]] == ["refresh", "plane", "save"]
    assert two["answers"][0]["refs"][W]["value"] == 0.25
    heard.widget.close()


def test_as_a_callback_a_refresh_does_not_hold_up_a_training():
    heard = Heard(net())
    heard.say("hello")
    heard.sent.clear()
    samples = data.moons(10, rng=0)
    keywords = {"loss": "bce_with_logits", "epochs": 200, "progress": False}
    fit(heard.widget.model, samples, callbacks=[heard.widget.refresh], **keywords)
    assert 1 <= len(heard.sent) < 200
    heard.widget.close()


def test_two_widgets_of_a_model_and_two_pages_of_a_widget_agree():
    model = net()
    first, second = Heard(model), Heard(model)
    first.say("hello", "one")
    first.say("hello", "other")
    second.say("hello")
    first.ask({"do": "set", "ref": W, "value": 0.75})
    told = [message for message in first.sent if message["type"] == "changed"]
    assert [message["to"] for message in told] == ["other"]
    assert second.sent[-1]["answers"][0]["refs"][W]["value"] == 0.75
    first.widget.close()
    second.widget.close()


@pytest.mark.parametrize("content", [None, {}, {"view": 3}, {"view": "one", "type": "ask"}, "x"])
def test_messages_that_are_none_are_passed_over(content):
    heard = Heard(net())
    heard.widget._heard(None, content, None)
    assert heard.sent == []


def test_what_goes_wrong_in_the_kernel_is_a_sentence_on_the_page(monkeypatch):
    heard = Heard(net())
    heard.say("hello")

    def broken(request):
        raise RuntimeError("no room")

    monkeypatch.setattr(heard.widget._binding, "ask", broken)
    (answer,) = heard.ask({"do": "view"})["answers"]
    assert answer == {"error": "this went wrong in Python: RuntimeError: no room"}


def test_where_there_is_an_ipython_every_cell_refreshes(tmp_path, monkeypatch):
    if not find_spec("anywidget"):
        missing("anywidget")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    code = [
        "import viz; from nn import MLP",
        "m = MLP([2, 3, 1], rng=0); w = viz.explore(m, ([1, 2], 0)); s = []; w.send = s.append",
        "w._heard(None, {'type': 'hello', 'view': 'one'}, None)",
        "m.layers[0].neurons[0].w[0].data = 0.125",
        "print(s[0]['polled'], s[-1]['answers'][0]['refs']['layers.0.neurons.0.w.0']['value'])",
    ]
    script = tmp_path / "cells.py"
    script.write_text(
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        f"for cell in {code!r}:\n    shell.run_cell(cell).raise_error()\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout.strip() == "False 0.125", done.stderr


def test_the_widget_is_a_module_of_the_package():
    pytest.importorskip("anywidget")
    assert importlib.import_module("viz.live.widget").Explorer._esm == link.module()
