"""Real browsers for tests: Chromium and Firefox, both driven by WebDriver BiDi.

Chromium is started by its driver, which selenium finds; Firefox listens by itself. Firefox relaxes
its rules for files when it is automated, which is turned off here: pages are opened from disk.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import closing, contextmanager

import pytest

try:
    import websocket
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
FIREFOX = ("firefox-esr", "firefox")

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)

PREFERENCES = {
    "app.update.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.active-protocols": 1,
    "remote.prefs.recommended": False,
    "security.fileuri.strict_origin_policy": True,
    "toolkit.telemetry.enabled": False,
}

PATIENCE = 60


def missing(what):
    """Skip the test, or fail where GLASSGRAD_BROWSER=required."""
    required = os.environ.get("GLASSGRAD_BROWSER") == "required"
    end = pytest.fail if required else pytest.skip
    end(f"{what} is not here")


def found(names):
    """The first program of these on PATH; the test is skipped without one."""
    if webdriver is None:
        missing("selenium")
    program = next(filter(None, map(shutil.which, names)), None)
    return program or missing(names[0])


def chrome(**capabilities):
    """Chromium, driven by selenium."""
    options = webdriver.ChromeOptions() if webdriver else missing("selenium")
    options.binary_location = found(CHROMIUM)
    for argument in ARGUMENTS:
        options.add_argument(argument)
    for name, value in capabilities.items():
        options.set_capability(name, value)
    return webdriver.Chrome(options=options, service=Service(found(["chromedriver"])))


@contextmanager
def chromium():
    """Chromium as a Browser."""
    driver = chrome(webSocketUrl=True)
    try:
        with closing(Browser("chromium", driver.capabilities["webSocketUrl"])) as browser:
            yield browser
    finally:
        driver.quit()


@contextmanager
def firefox(profile):
    """Firefox as a Browser, with a profile in a folder."""
    program = found(FIREFOX)
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--headless", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(
        [*command, f"--remote-debugging-port={port}", "about:blank"],
        env={**os.environ, "HOME": str(profile), "MOZ_HEADLESS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"ws://127.0.0.1:{port}/session"
        with closing(Browser("firefox", address, new=True)) as browser:
            yield browser
            browser.command("browser.close")
        process.wait(10)
    finally:
        process.kill()
        process.wait()


def connected(address):
    """A connection to a browser that is starting."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return websocket.create_connection(address, timeout=PATIENCE, suppress_origin=True)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


NOTED = """() => {
  window.violations = [];
  const note = (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`);
  addEventListener("securitypolicyviolation", note);
}"""

CALLED = """async (text) => {
  const given = JSON.parse(text);
  try { return JSON.stringify({v: await (async () => { %s })()}) }
  catch (e) { return JSON.stringify({e: `${e} ${e?.stack}`}) }
}"""

# Keys by name, as WebDriver has them.
KEYS = {
    "Enter": "\ue006", "Tab": "\ue004", "Escape": "\ue00c", "Backspace": "\ue003",
    "Left": "\ue012", "Up": "\ue013", "Right": "\ue014", "Down": "\ue015", "End": "\ue010",
    "Home": "\ue011", "Shift": "\ue008", "Control": "\ue009",
}  # fmt: skip


class Browser:
    """A browser with one page: what is done in it, and what it says and asks for."""

    def __init__(self, name, address, new=False):
        self.name, self.socket, self.count = name, connected(address), 0
        self.events = []
        if new:
            self.command("session.new", capabilities={})
        # A tab of its own: in the one that Firefox starts with, keys press no button.
        self.context = self.command("browsingContext.create", type="tab")["context"]
        self.here("browsingContext.activate")
        self.command(
            "session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"]
        )  # fmt: skip
        self.command("script.addPreloadScript", functionDeclaration=NOTED)

    def close(self):
        self.socket.close()

    def command(self, method, /, **params):
        """The result of a command of WebDriver BiDi."""
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") != self.count:
                self.events.append(message)
                continue
            assert message["type"] == "success", message
            return message["result"]

    def here(self, method, **params):
        """A command about the page."""
        return self.command(method, context=self.context, **params)

    def open(self, address):
        self.here("browsingContext.navigate", url=address, wait="interactive")

    def run(self, code, given=None):
        """What an async function of `given` with this body returns."""
        result = self.command(
            "script.callFunction",
            functionDeclaration=CALLED % code,
            arguments=[{"type": "string", "value": json.dumps(given)}],
            target={"context": self.context},
            awaitPromise=True,
        )
        assert result["type"] == "success", result
        answer = json.loads(result["result"]["value"])
        assert "e" not in answer, answer["e"]
        return answer.get("v")

    def inject(self, script):
        """Run a script in the page, whatever the page's policy says of scripts."""
        target = {"context": self.context}
        result = self.command(
            "script.evaluate", expression=f"{script}\n;0", target=target, awaitPromise=False
        )
        assert result["type"] == "success", result

    def wait(self, condition, given=None, seconds=20):
        """Wait until an expression holds."""
        end = time.monotonic() + seconds
        while not self.run(f"return Boolean({condition})", given):
            assert time.monotonic() < end, condition
            time.sleep(0.03)

    def size(self, width, height):
        viewport = {"width": width, "height": height}
        self.here("browsingContext.setViewport", viewport=viewport, devicePixelRatio=1)

    def prefer(self, theme):
        """Ask pages for the theme, "light" or "dark", as a system does; of Chromium alone."""
        session = self.here("goog:cdp.getSession")["session"]
        feature = {"name": "prefers-color-scheme", "value": theme}
        self.command(
            "goog:cdp.sendCommand",
            method="Emulation.setEmulatedMedia",
            params={"features": [feature]},
            session=session,
        )

    def keys(self, *keys):
        """Press keys one after the other: signs, names, or both with +, as in Shift+Up."""
        actions = []
        for key in keys:
            names = [key] if len(key) == 1 else key.split("+")
            codes = [KEYS.get(name, name) for name in names]
            actions += [{"type": "keyDown", "value": code} for code in codes]
            actions += [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self.here("input.performActions", actions=[{"type": "key", "id": "k", "actions": actions}])

    def touch(self, *places):
        """A finger goes down at the first place and along the others: a tap where there is one."""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y)} for x, y in places]
        for move in moves[1:]:
            move["duration"] = 60
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        finger = {
            "type": "pointer",
            "id": "finger",
            "parameters": {"pointerType": "touch"},
            "actions": [moves[0], down, *moves[1:], up],
        }
        self.here("input.performActions", actions=[finger])

    def shot(self, path):
        """Write a picture of what is seen."""
        data = self.here("browsingContext.captureScreenshot")["data"]
        path.write_bytes(base64.b64decode(data))

    def _taken(self, method):
        """Events of a kind since the last time they were asked for."""
        self.run("return 0")  # what was under way has arrived
        taken = [event["params"] for event in self.events if event.get("method") == method]
        self.events = [event for event in self.events if event.get("method") != method]
        return taken

    def errors(self):
        """What the console has of errors, and breaches of the page's policy."""
        logged = self._taken("log.entryAdded")
        said = [entry.get("text") for entry in logged if entry.get("level") == "error"]
        return said + self.run("return window.violations?.splice(0) ?? []")

    def asked(self):
        """The schemes of all addresses that were asked for, as in file and https."""
        events = self._taken("network.beforeRequestSent")
        return {event["request"]["url"].partition(":")[0] for event in events}
