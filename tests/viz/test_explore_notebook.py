"""The widget of explore in JupyterLab and in marimo, in a real browser."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec

import pytest

from .explored import W, missing, net

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

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
