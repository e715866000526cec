"""explore: a model bound to a session, both ways; and the widget in JupyterLab and in marimo.

What needs a browser is skipped where selenium, Chromium, chromedriver, JupyterLab or marimo is
missing; GLASSGRAD_BROWSER=required makes that a failure.
"""

import importlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz
from autograd import Value, tanh
from nn import MLP, BatchNorm, Dropout, Layer, Neuron, Perceptron, Sequential, data, fit, losses
from viz.live import link
from viz.live.binding import Binding, layers_of
from viz.live.explore import state_of
from viz.live.npm import WEB
from viz.live.run import numbers_of
from viz.live.session import Session

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

W = "layers.0.neurons.0.w.0"
SAMPLE = ([1.0, -1.0], 1.0)


def missing(what):
    required = os.environ.get("GLASSGRAD_BROWSER") == "required"
    end = pytest.fail if required else pytest.skip
    end(f"{what}, which the widget needs, is not there")


def bound(model, sample=SAMPLE, loss="mse", points=None):
    return Binding(model, state_of(model, sample, None, loss, points, 0.1, 10))


def net():
    return MLP([2, 3, 1], "tanh", rng=0)


# The binding.


def same(binding):
    return numbers_of(layers_of(binding.model)) == binding.state.layers


def test_a_knob_changes_the_model_and_undo_changes_it_back():
    model = net()
    binding = bound(model)
    first = model.layers[0].neurons[0].w[0]
    before = first.data
    binding.answers([{"do": "set", "ref": W, "value": 0.5}])
    assert first.data == 0.5
    binding.answers([{"do": "undo"}])
    assert first.data == before
    binding.answers([{"do": "redo"}])
    assert first.data == 0.5


def test_what_is_trained_in_python_shows_and_undo_takes_it_back():
    model = net()
    binding = bound(model)
    before = binding.state.layers
    fit(model, data.moons(20, rng=0), loss="bce_with_logits", epochs=2, rng=0, progress=False)
    (view,) = binding.answers([{"do": "view"}])
    assert view["refs"][W]["value"] == model.layers[0].neurons[0].w[0].data
    assert binding.state.layers != before
    binding.answers([{"do": "undo"}])
    assert numbers_of(model.layers) == before


def test_the_numbers_are_those_of_a_session_of_the_same_network():
    binding = bound(net(), loss="huber")
    fresh = Session(binding.state)
    for request in ({"do": "view"}, {"do": "why", "ref": W}, {"do": "plane", "n": 4}):
        assert binding.answers([request]) == [fresh.ask(request)]
    assert binding.answers([{"do": "update"}]) == [fresh.ask({"do": "update"})]
    assert same(binding)


def test_training_on_the_page_trains_the_model():
    model = net()
    binding = bound(model, points=data.moons(30, rng=0))
    (answer,) = binding.answers([{"do": "train", "epochs": 3}])
    assert len(answer["curve"]) == 3
    assert same(binding)
    assert model.layers[0].neurons[0].w[0].data != net().layers[0].neurons[0].w[0].data


def test_a_request_that_fails_leaves_the_model_as_it_was():
    model = net()
    binding = bound(model)
    before = numbers_of(model.layers)
    binding.answers([{"do": "choose", "rate": 1e6}])
    binding.answers([{"do": "set", "ref": "x.0", "value": 1e6}])
    for request in ({"do": "set", "ref": W, "value": "nan"}, {"do": "set"}, None, {"do": "train"}):
        (answer,) = binding.answers([request])
        assert answer.keys() == {"error"}
        assert numbers_of(model.layers) == before


@pytest.mark.parametrize(
    "request_",
    [{"do": "shape", "sizes": [2, 1]}, {"do": "choose", "activations": "relu"}, {"do": "load"}],
)
def test_the_shape_is_changed_in_python_alone(request_):
    (answer,) = bound(net()).answers([request_])
    assert "change them in Python" in answer["error"]


def test_a_shape_that_was_changed_in_python_is_followed():
    model = net()
    binding = bound(model)
    binding.answers([{"do": "set", "ref": W, "value": 0.5}])
    model.layers[1:] = [Layer(3, 2, "tanh", rng=1), Layer(2, 2, "identity", rng=1)]
    (view,) = binding.answers([{"do": "view"}])
    assert view["sizes"] == [2, 3, 2, 2]
    assert view["can"] == {"undo": False, "redo": False}
    binding.answers([{"do": "set", "ref": "layers.2.neurons.1.b", "value": 0.25}])
    assert model.layers[2].neurons[1].b.data == 0.25


def test_a_model_that_can_no_longer_be_shown_is_named_in_every_answer_until_it_can():
    model = Sequential(*net().layers)
    binding = bound(model)
    model.layers.insert(1, Dropout(0.5))
    for answer in binding.answers([{"do": "set", "ref": W, "value": 0.5}, {"do": "view"}]):
        assert "layer 1 of" in answer["error"]
        assert "Dropout" in answer["error"]
    del model.layers[1]
    assert "refs" in binding.answers([{"do": "view"}])[0]


def test_a_change_between_two_moves_of_a_drag_is_a_step_of_undo_by_itself():
    model = net()
    binding = bound(model)
    binding.answers([{"do": "set", "ref": W, "value": 0.5}])
    model.layers[1].neurons[0].b.data = 2.0
    binding.answers([{"do": "set", "ref": W, "value": 0.6, "join": True}])
    binding.answers([{"do": "undo"}])
    assert model.layers[0].neurons[0].w[0].data == 0.5
    assert model.layers[1].neurons[0].b.data == 2.0


def test_numbers_that_are_not_finite_are_shown_as_they_are():
    model = net()
    binding = bound(model)
    model.layers[0].neurons[0].w[0].data = float("nan")
    (view,) = binding.answers([{"do": "view"}])
    assert view["refs"][W]["value"] == "nan"
    binding.answers([{"do": "set", "ref": W, "value": 0.5}])
    assert model.layers[0].neurons[0].w[0].data == 0.5


REFS = [W, "layers.1.neurons.0.b", "layers.0.neurons.2.w.1", "x.0", "y.0", "layers.7.neurons.0.b"]
NUMBERS = st.floats() | st.integers(-3, 3)
REQUESTS = st.one_of(
    st.builds(
        lambda ref, x, join: {"do": "set", "ref": ref, "value": x, "join": join},
        st.sampled_from(REFS),
        NUMBERS,
        st.booleans(),
    ),
    st.sampled_from(["undo", "redo", "update", "draw", "view", "train", "shape", "?"]).map(
        lambda name: {"do": name}
    ),
    st.sampled_from(["zeros", "normal", "none"]).map(lambda name: {"do": "choose", "init": name}),
    st.builds(lambda i, x: (i, x), st.integers(0, 12), NUMBERS),
    st.just(None),
)


@given(st.lists(REQUESTS, max_size=12))
def test_whatever_is_asked_and_whatever_python_does_model_and_state_are_one(steps):
    model = net()
    binding = bound(model)
    for step in steps:
        if isinstance(step, tuple):  # Python
            place, number = step
            model.parameters()[place].data = number
            binding.read()
        else:
            binding.answers([step])
        assert str(numbers_of(model.layers)) == str(binding.state.layers)  # nan is not nan


# What can be explored, and what is said of the rest.


@pytest.mark.parametrize(
    ("model", "sample", "sizes"),
    [
        (net(), SAMPLE, (2, 3, 1)),
        (Layer(3, 2, "relu", rng=0), ([1, 2, 3], [0, 1]), (3, 2)),
        (Neuron(1, tanh, rng=0), ([1], 0.5), (1, 1)),
        (Sequential(Layer(1, 2, "sin", rng=0), Layer(2, 4, rng=0)), ([1], [0] * 4), (1, 2, 4)),
    ],
)
def test_a_model_is_its_layers(model, sample, sizes):
    binding = bound(model, sample)
    assert binding.state.sizes == sizes
    binding.ask({"do": "set", "ref": W, "value": 0.5})
    assert model.parameters()[0].data == 0.5


def test_a_sample_is_a_pair_or_has_a_target_and_arrays_are_numbers():
    np = pytest.importorskip("numpy")
    for sample, target in ((SAMPLE, None), (([1, -1], [1]), None), ((1, -1), 1), ([1, -1], [1.0])):
        state = state_of(net(), sample, target, losses.mse, None, 0.1, 10)
        assert (state.x, state.y, state.loss) == ((1.0, -1.0), (1.0,), "mse")
    state = state_of(net(), np.array([1, -1]), np.float32(1), "mse", None, 0.1, 10)
    assert (state.x, state.y) == ((1.0, -1.0), (1.0,))


def test_the_target_of_cross_entropy_is_a_class():
    model = MLP([2, 3], rng=0)
    assert state_of(model, [1, 2], 2, "cross_entropy", None, 0.1, 10).y == (2.0,)
    with pytest.raises(ValueError, match="index of a class, 0 to 2 for MLP.*, got 3"):
        state_of(model, [1, 2], 3, "cross_entropy", None, 0.1, 10)


def shared():
    model = net()
    model.layers[0].neurons[1].w[0] = model.layers[0].neurons[0].w[0]
    return model


def emptied():
    model = Sequential(*net().layers)
    model.layers.clear()
    return model


class Doubled(Layer):
    def forward(self, x):
        return [a * 2 for a in super().forward(x)]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Sequential(Layer(2, 3), Dropout(0.5), Layer(3, 1)), r"layer 1 of .* is Dropout\("),
        (Sequential(Layer(2, 3), BatchNorm(3)), r"layer 1 of .* is BatchNorm\("),
        (Sequential(Doubled(2, 1)), "layer 0 of .* is Doubled"),
        (MLP([2, 9, 1]), "has 9 units in layer 0, and explore has room for 8: make a smaller"),
        (MLP([5, 1]), "has 5 inputs, and explore has room for 4"),
        (MLP([2, 5]), "has 5 outputs, and explore has room for 4"),
        (MLP([2, *[2] * 7, 1]), "has 7 hidden layers, and explore has room for 6"),
        (MLP([2, 1], bias=False), "neuron 0 of layer 0 of .* has no bias.* leave out bias=False"),
        (MLP([2, 2, 1], "mish"), "the activation of layer 0 of .* is 'mish'.* it shows identity"),
        (MLP([2, 2, 1], lambda z: z * 2), "the activation of layer 0 of .* is '<lambda>'"),
        (Perceptron(2), "activation of layer 0 of .* is 'step'"),
        (shared(), "uses the parameter .* twice"),
        (emptied(), "has no layers"),
        (lambda x: x, "explore.model. cannot show <function"),
        (Value(1.0), "explore.model. cannot show Value"),
    ],
)
def test_a_model_that_cannot_be_shown_is_named_with_what_to_do(model, said):
    with pytest.raises(ValueError, match=said) as caught:
        viz.explore(model, SAMPLE)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"sample": [1.0, -1.0]},
            r"must be a pair \(x, y\) of inputs and target, got \[1.0, -1.0\]",
        ),
        ({"sample": ([1.0], 1.0)}, "the sample x has 1 numbers for 2 inputs of MLP"),
        ({"sample": ([1.0, 2.0], [1, 2])}, "the target y has 2 numbers for 1 outputs of MLP"),
        ({"sample": ([1.0, float("nan")], 1)}, "must have numbers from -1e.06 to 1e.06, got nan"),
        ({"loss": "bce"}, "loss. must be one of mse, .*, got 'bce'"),
        ({"lr": 0}, "lr. must be above 0"),
        ({"batch_size": 0}, "batch_size. must be a positive int"),
        ({"height": 10}, "height. must be from 320 to 4000 pixels, got 10"),
        ({"data": ([[1.0]], [0])}, "needs two features .* got 1 and 2: leave out data="),
        ({"data": ([[1.0, 2.0]], [-1])}, r"classes 0 to 3 for targets, got -1: write \(y \+ 1\)"),
        ({"data": ([[1.0, 2.0]] * 401, [0] * 401)}, r"room for 400 samples, got 401: give \(X\["),
    ],
)
def test_arguments_that_do_not_fit_are_named(arguments, said):
    with pytest.raises(ValueError, match=said):
        viz.explore(net(), **{"sample": SAMPLE, **arguments})


def test_a_sample_that_is_no_numbers_is_a_type_error():
    with pytest.raises(TypeError, match="the sample x"):
        viz.explore(net(), (["a", "b"], 1.0))


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "viz.live.widget", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"pip install glassgrad\[notebook\]"):
        viz.explore(net(), SAMPLE)


QUIET = """
import sys
import viz
assert "viz.live.explore" not in sys.modules and "anywidget" not in sys.modules
viz.explore
assert "anywidget" not in sys.modules and "numpy" not in sys.modules
"""


def test_viz_imports_no_anywidget_and_explore_no_numpy():
    subprocess.run([sys.executable, "-c", QUIET], check=True, capture_output=True)


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


# The widget in a notebook, in a real browser.


CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--window-size=1300,1900",
)
PATIENCE = 60
"""Seconds that a server, a page or a cell may take."""


def wait(condition, what):
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.1)
    return found


@pytest.fixture
def driver():
    binary = next(filter(None, map(shutil.which, CHROMIUM)), None)
    program = shutil.which("chromedriver")
    if webdriver is None or binary is None or program is None:
        missing("selenium, Chromium or chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(program))
    yield driver
    driver.quit()


@pytest.fixture
def serve(tmp_path):
    """Starts a server in a folder of its own, and ends it."""
    started = []

    def start(words, path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        homes = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "IPYTHONDIR")
        homes += ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
        home = tmp_path / "home"
        home.mkdir()
        environment = {**os.environ, **dict.fromkeys(homes, str(home))}
        log = (tmp_path / "log.txt").open("w+")
        process = subprocess.Popen(
            [sys.executable, "-m", *[word.replace("PORT", port) for word in words]],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        started.append((process, log))
        address = f"http://127.0.0.1:{port}"
        wait(lambda: answers(address + path, process), "the server does not answer")
        return address

    yield start
    for process, log in started:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def answers(address, process):
    assert process.poll() is None, "the server has ended"
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


FRAMES = """
const found = [];
const walk = (root) => {
  for (const element of root.querySelectorAll("*")) {
    if (element.matches("iframe[title^=glassgrad]")) found.push(element);
    if (element.shadowRoot) walk(element.shadowRoot);
  }
};
walk(document);
return found;"""


ON_LINE = """
const box = document.getElementById("net").getBoundingClientRect();
const line = document.querySelector(`#net .hit[data-ref="${arguments[0]}"]`);
const { x1, x2, y1, y2 } = line;
for (let share = 0.1; share < 0.9; share += 0.02) {
  const x = x1.baseVal.value + share * (x2.baseVal.value - x1.baseVal.value);
  const y = y1.baseVal.value + share * (y2.baseVal.value - y1.baseVal.value);
  if (document.elementFromPoint(box.left + x, box.top + y) === line) {
    return [Math.round(x - box.width / 2), Math.round(y - box.height / 2)];
  }
}"""
"""A point of a line that nothing covers, from the middle of the network."""


class Notebook:
    """What the tests do and see of a notebook and of the widget in it."""

    def __init__(self, driver):
        self.driver = driver

    def outside(self):
        self.driver.switch_to.default_content()

    def inside(self):
        """Go into the page of the widget, once it is up."""
        self.outside()
        (frame,) = wait(lambda: self.driver.execute_script(FRAMES), "there is no widget")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", frame)
        self.driver.switch_to.frame(frame)
        wait(lambda: self.of_page("window.live && live.app.ready && live.app.saved"), "not ready")

    def of_page(self, expression):
        return self.driver.execute_script(f"return {expression}")

    def number(self):
        return self.of_page(f"live.app.view.refs['{W}'].value")

    def shown(self):
        """The pinned number, as the page writes it."""
        return self.of_page("document.getElementById('pin-value').value")

    def turn(self):
        """Click on + with the mouse; returns what the number is then."""
        before = self.number()
        self.driver.find_element("id", "more").click()
        wait(lambda: self.number() != before, "the knob does not turn")
        return self.number()

    def drag(self):
        """Drag the line of the first weight up; returns what the number is then."""
        before = self.number()
        x, y = self.driver.execute_script(ON_LINE, W)
        stage = self.driver.find_element("id", "net")
        chain = ActionChains(self.driver, duration=20)
        chain.move_to_element_with_offset(stage, x, y).click_and_hold()
        for _ in range(4):
            chain.move_by_offset(0, -8)
        chain.release().perform()
        wait(lambda: self.number() != before, "the line cannot be dragged")
        time.sleep(0.5)
        return self.number()

    def printed(self, mark):
        """What was printed after a mark."""
        self.outside()
        script = f"return document.body.innerText.match(/{mark}=(-?\\d[^=]*)=/)?.[1]"
        return wait(lambda: self.driver.execute_script(script), f"nothing printed for {mark}")

    def cell(self, i, selector, *keys):
        """Click into a cell, and press keys."""
        self.outside()
        cells = wait(
            lambda: self.driver.find_elements("css selector", selector)[i:], f"no cell {i}"
        )
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", cells[0])
        cells[0].click()
        chain = ActionChains(self.driver)
        for key in keys:
            with_control = key if isinstance(key, tuple) else (key,)
            for held in with_control[:-1]:
                chain.key_down(held)
            chain.send_keys(with_control[-1])
            for held in with_control[:-1]:
                chain.key_up(held)
            chain.pause(0.2)
        chain.perform()


MAKE = """
from nn import MLP, data, fit
import viz
model = MLP([2, 3, 1], "tanh", rng=0)
samples = data.moons(60, rng=0)
w = model.layers[0].neurons[0].w[0]
widget = viz.explore(model, ([1.0, -1.0], 1.0), data=samples)
"""
TRAIN = 'fit(model, samples, loss="bce_with_logits", epochs=3, rng=0, progress=False)'
SLOW = "import time; w.data = 0.625; widget.refresh(); time.sleep(6); print(f'third={w.data}=')"


def notebook_of(cells):
    made = []
    for i, source in enumerate(cells):
        facts = {"id": f"cell{i}", "metadata": {}, "outputs": [], "execution_count": None}
        made.append({"cell_type": "code", "source": source, **facts})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


REACH = """
const done = arguments[0];
let parents = "reached";
try { parent.document.title; } catch { parents = "refused"; }
fetch(given).then(() => done([parents, "reached"]), () => done([parents, "refused"]));"""


def test_in_jupyterlab_changes_go_both_ways(driver, serve, tmp_path):
    for needed in ("jupyterlab", "ipykernel", "anywidget"):
        if not find_spec(needed):
            missing(needed)
    cells = [MAKE + "widget", "print(f'first={w.data}=')", TRAIN + "\nprint(f'second={w.data}=')"]
    (tmp_path / "a.ipynb").write_text(notebook_of([*cells, SLOW]))
    words = ["jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=PORT", "--allow-root"]
    words += ["--ServerApp.port_retries=0", "--IdentityProvider.token="]
    address = serve([*words, f"--ServerApp.root_dir={tmp_path}"], "/api")
    driver.get(f"{address}/lab/tree/a.ipynb?reset")
    notebook = Notebook(driver)

    def run(i):
        notebook.cell(i, ".jp-Notebook .jp-CodeCell .cm-content", (Keys.SHIFT, Keys.ENTER))

    wait(lambda: driver.execute_script("return document.body.innerText.includes('Idle')"), "idle")
    run(0)
    notebook.inside()
    turned = notebook.turn()
    assert turned == pytest.approx(net().layers[0].neurons[0].w[0].data + 0.1, abs=1e-6)
    dragged = notebook.drag()
    run(1)
    assert float(notebook.printed("first")) == dragged != turned
    run(2)
    trained = float(notebook.printed("second"))
    notebook.inside()
    wait(lambda: notebook.number() == trained, "the page does not show what was trained")
    assert float(notebook.shown()) == pytest.approx(trained, rel=1e-3)
    driver.find_element("id", "undo").click()
    wait(lambda: notebook.number() == dragged, "undo does not take back a training")

    run(3)  # while a cell runs, a refresh shows, and the page says why it waits
    notebook.inside()
    wait(lambda: notebook.number() == 0.625, "a refresh does not show while the cell runs")
    driver.find_element("id", "more").click()
    said = "document.getElementById('status').textContent"
    wait(lambda: "busy" in notebook.of_page(said), "the page does not say that it waits")
    assert float(notebook.printed("third")) == 0.625
    notebook.inside()
    wait(lambda: notebook.number() == 0.725, "what was asked is not done once the cell has run")
    assert notebook.of_page(said) == ""

    # The page reaches nothing, and nothing on it was refused.
    script = REACH.replace("given", json.dumps(f"{address}/api"))
    assert driver.execute_async_script(script) == ["refused", "refused"]
    severe = [x["message"] for x in driver.get_log("browser") if x["level"] == "SEVERE"]
    own = [message for message in severe if "srcdoc" in message and f"{address}/api" not in message]
    assert own == []


MARIMO = """
import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import marimo as mo
    {make}
    def train():
        {train}
        print(f"second={{w.data}}=")
    shown = mo.ui.anywidget(widget)
    shown
    return shown, train, w


@app.cell
def _(shown, w):
    shown.value
    print(f"first={{w.data}}=")
    return


@app.cell
def _(train):
    train
    return


if __name__ == "__main__":
    app.run()
"""


def test_in_marimo_changes_go_both_ways(driver, serve, tmp_path):
    for needed in ("marimo", "anywidget"):
        if not find_spec(needed):
            missing(needed)
    make = MAKE.strip().replace("\n", "\n    ")
    (tmp_path / "a.py").write_text(MARIMO.format(make=make, train=TRAIN))
    words = ["marimo", "edit", "a.py", "--headless", "--no-token", "--skip-update-check"]
    address = serve([*words, "--host=127.0.0.1", "--port=PORT"], "/health")
    driver.get(address)
    notebook = Notebook(driver)
    notebook.cell(0, ".cm-content", (Keys.CONTROL, Keys.SHIFT, "r"))  # run what was not run yet
    notebook.inside()
    turned = notebook.turn()
    time.sleep(0.5)
    dragged = notebook.drag()
    assert dragged != turned
    # The cell that uses the widget runs again by itself, once the knob rests.
    wait(lambda: float(notebook.printed("first")) == dragged, "the cell does not react")

    code = [(Keys.CONTROL, "a"), Keys.DELETE, "train()", Keys.ESCAPE, (Keys.CONTROL, Keys.ENTER)]
    notebook.cell(2, ".cm-content", *code)
    trained = float(notebook.printed("second"))
    notebook.inside()
    wait(lambda: notebook.number() == trained, "the page does not show what was trained")


def test_the_widget_is_a_module_of_the_package():
    pytest.importorskip("anywidget")
    assert importlib.import_module("viz.live.widget").Explorer._esm == link.module()
