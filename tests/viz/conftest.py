"""Empty folders, dot programs, the contrast of colours, and pages in browsers."""

import json
import os
import shlex

import pytest

import viz.graph.dot_binary
from autograd import Value
from tests.viz import browsers
from tests.viz.figures import trained
from tests.viz.live import Live
from tests.viz.viewer import WIDE, Viewer, mlp, neuron
from viz import DotNotFound, find_dot, player, quiz
from viz.live import build
from viz.live.npm import BuildError, modules


@pytest.fixture(scope="session")
def contrast():
    """The contrast ratio of WCAG 2.1 of two colours, as in #1F2328: from 1 to 21."""

    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
        ]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def ratio(one, other):
        dark, light = sorted([luminance(one), luminance(other)])
        return (light + 0.05) / (dark + 0.05)

    return ratio


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    """The test runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def moons():
    """A model trained on two moons, and its history, for plots."""
    return trained(validation=0.3, schedule="cosine")


@pytest.fixture
def embedded(monkeypatch):
    """The embedded dot, where nothing else can be found."""
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    try:
        return find_dot().path
    except DotNotFound:
        pytest.skip("no embedded dot on this platform")


@pytest.fixture
def no_other_dot(monkeypatch):
    """No dot at all, but the one that a test sets GLASSGRAD_DOT to."""
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(viz.graph.dot_binary, "_embedded", lambda: None)


@pytest.fixture
def script(tmp_path_factory):
    """Makes an executable called dot, of lines of shell, in a folder of its own."""
    if os.name == "nt":
        pytest.skip("a shell script is no program on Windows")

    def make(*lines, interpreter="/bin/sh"):
        path = tmp_path_factory.mktemp("bin") / "dot"
        path.write_text("\n".join([f"#!{interpreter}", *lines, ""]))
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def noted_dot(script, embedded):
    """A dot that draws, and leaves a file called used beside itself."""
    path = script(
        'echo yes > "$(cd "${0%/*}" && pwd)/used"', f'exec {shlex.quote(str(embedded))} "$@"'
    )
    return path


@pytest.fixture(scope="session")
def packages():
    """The folder of what the live page is built from."""
    try:
        return modules()
    except BuildError as error:
        browsers.missing(str(error))


@pytest.fixture(scope="session")
def text(packages):
    """The live page."""
    try:
        return build.page(packages)
    except BuildError as error:  # the packages were kept, but Node.js is not there
        browsers.missing(str(error))


@pytest.fixture(scope="session")
def driver():
    """Chromium as selenium drives it, which notes what its pages say and load."""
    driver = browsers.chrome(**{"goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}})
    yield driver
    driver.quit()


@pytest.fixture
def browser(driver):
    """An empty log, a wide window, a viewer without preferences.

    Afterwards, no page has said or loaded anything.
    """
    it = Viewer(driver)
    it.size(*WIDE)
    it.prefer(color_scheme="light", reduced_motion="no-preference")
    driver.get("about:blank")
    it.log("browser")
    it.log("performance")
    yield it
    assert it.log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in it.log("performance")]
    loaded = [
        m["params"]["request"]["url"]
        for m in messages
        if m["method"] == "Network.requestWillBeSent"
    ]
    own = ("file:", "data:image/png", "data:image/svg+xml", "about:srcdoc")
    assert [url for url in loaded if not url.startswith(own)] == []
    assert len({url for url in loaded if url.startswith("file:")}) <= 2


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """A player of a neuron."""
    return player(neuron(), tmp_path_factory.mktemp("player") / "page.html")


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A player of a square."""
    a = Value(2.0, "a")
    return player(a * a, tmp_path_factory.mktemp("player") / "small.html")


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """A drawing that cannot be read as a whole."""
    return player(mlp(), tmp_path_factory.mktemp("camera") / "page.html")


@pytest.fixture(scope="session")
def questions(tmp_path_factory):
    """A quiz on the gradients alone."""
    path = tmp_path_factory.mktemp("quiz") / "quiz.html"
    return quiz(neuron(), path, slopes=False)


@pytest.fixture(scope="session")
def all_questions(tmp_path_factory):
    """A quiz on the slopes and the gradients."""
    return quiz(neuron(), tmp_path_factory.mktemp("quiz") / "quiz.html")


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def live_page(request, tmp_path_factory, text):
    """The live page in each browser, one after the other."""
    home = tmp_path_factory.mktemp("live")
    path = home / "live.html"
    path.write_text(text, encoding="utf-8")
    start = browsers.chromium if request.param == "chromium" else lambda: browsers.firefox(home)
    with start() as browser:
        yield Live(browser, path)


@pytest.fixture
def live(live_page):
    """The page at the size of a small laptop."""
    live_page.size(1280, 800)
    return live_page
