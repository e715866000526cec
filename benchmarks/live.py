"""How fast the live page is in real browsers, compared with this Python on the same work.

    python -m benchmarks.live

It needs Chromium with its driver, Firefox, and the extras `browser` and `live`. Each time is what a
learner sees: from the key press to the changed views. The peer is CPython, which answers the same
requests in this process; a ratio is the page's time over CPython's.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.viz import browsers
from tests.viz.live import Live
from viz.live.build import build
from viz.live.scenes import STARTS
from viz.live.session import Session

STARTED = 5
"""How often each browser opens the page."""

KNOB = """
const times = [], ref = "layers.0.neurons.0.w.0";
for (let i = 0; i < 100; i++) {
  const before = live.app.view, began = performance.now();
  live.turn(ref, 0.3 + i / 100);
  while (live.app.view === before) await new Promise((go) => {
    const { port1, port2 } = new MessageChannel(); // timers would wait for up to 4 ms
    port1.onmessage = go;
    port2.postMessage(0);
  });
  live.drawNow();
  times.push(performance.now() - began);
  await new Promise((go) => requestAnimationFrame(go));
}
return times.sort((a, b) => a - b)"""

FIRST_STEP = """
const began = performance.now();
await live.open(1);
document.getElementById("next").click();
live.drawNow();
return [live.app.painted, live.app.painted + performance.now() - began]"""

TRAIN = """
let frames = 0, on = true;
(function count() { frames += 1; if (on) requestAnimationFrame(count); })();
const before = live.app.view.epoch, began = performance.now();
document.querySelector("[data-action=train100]").click();
await new Promise((go) => setTimeout(go, 3000));
document.querySelector("[data-action=stop]").click();
on = false;
const seconds = (performance.now() - began) / 1000;
return [(live.app.view.epoch - before) / seconds, frames / seconds]"""

LISTENS = "n = 0\nwhile True: n += 1"
STUCK = "sum(range(10**12))"


@contextmanager
def opened(name: str, path: Path) -> Iterator[Live]:
    """The page in a browser."""
    with TemporaryDirectory() as folder:
        start: Any = browsers.chromium() if name == "chromium" else browsers.firefox(Path(folder))
        with start as browser:
            live = Live(browser, path)
            live.size(1280, 800)
            yield live


def shaped(sizes: list[int]) -> Session:
    """The session of the fifth scene, with a network of these sizes."""
    session = Session(STARTS["net"])
    session.ask({"do": "shape", "sizes": sizes})
    return session


def median_ms(action: Callable[[int], object], rounds: int = 100) -> float:
    """Milliseconds that an action takes here."""
    times = []
    for i in range(rounds):
        start = time.perf_counter()
        action(i)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def knob_here(sizes: list[int]) -> float:
    """What CPython takes to answer a knob: the numbers, and the maps of all units."""
    session = shaped(sizes)

    def turn(i: int) -> None:
        session.ask({"do": "set", "ref": "layers.0.neurons.0.w.0", "value": 0.3 + i / 100})
        session.ask({"do": "plane", "n": 16, "span": 2.5})

    return median_ms(turn)


def epochs_here() -> float:
    """Epochs a second of CPython, on 100 points of moons."""
    session = Session(STARTS["downhill"])
    session.ask({"do": "shape", "sizes": [2, 8, 1]})
    return 1000 / median_ms(lambda i: session.ask({"do": "train", "epochs": 1}), rounds=15)


def measure(name: str, path: Path) -> None:
    """All figures of one browser, a line each."""
    with opened(name, path) as live:
        ready, painted, stepped = [], [], []
        for _ in range(STARTED):
            first, step = live.open().run(FIRST_STEP)
            painted.append(first)
            stepped.append(step)
            ready.append(live.ready().run("return live.app.readyAt"))
        tell(
            name,
            "first paint, first step of a baked scene",
            f"{statistics.median(painted):.0f}, {statistics.median(stepped):.0f} ms",
        )
        tell(name, "Python ready, cold file", f"{statistics.median(ready):.0f} ms")
        live.scene(5)
        for sizes in ([2, 3, 1], [3, 4, 4, 2]):
            live.run("await live.ask({do: 'shape', sizes: given})", sizes)
            times = live.run(KNOB)
            middle, late = times[len(times) // 2], times[len(times) * 95 // 100]
            ratio = middle / knob_here(sizes)
            tell(
                name,
                f"knob, {sizes}: median, 95%",
                f"{middle:.1f}, {late:.1f} ms ({ratio:.1f} times)",
            )
        live.scene(7)
        live.run("await live.ask({do: 'shape', sizes: [2, 8, 1]})")
        epochs, frames = live.run(TRAIN)
        ratio = epochs_here() / epochs
        tell(
            name,
            "training, [2, 8, 1]",
            f"{epochs:.1f} epochs/s ({ratio:.1f} times), {frames:.0f} frames/s",
        )
        live.open().ready().scene(9)
        live.wait("live.editing()")
        stops = [live.cell(LISTENS, stop_after=300)[1] for _ in range(STARTED)]
        tell(name, "Stop of a cell", f"{max(stops):.0f} ms at most, of {STARTED}")
        tell(name, "Stop of a stuck cell, Python ready again", f"{restarted(live):.0f} ms")
        tell(name, "console errors; schemes asked", f"{len(live.errors())}; {sorted(live.asked())}")


def restarted(live: Live) -> float:
    """Milliseconds from Stop to an answer of the Python that was started again."""
    live.cell("pass")
    live.run("live.engine.run('forward', given)", STUCK)
    time.sleep(0.3)
    return float(
        live.run(
            "const began = performance.now(); await live.engine.stop();"
            "await live.ask({do: 'view'}); return performance.now() - began"
        )
    )


def tell(name: str, what: str, figure: str) -> None:
    print(f"{name:9} {what:45} {figure}", flush=True)


def main() -> None:
    with TemporaryDirectory() as folder:
        path = build(Path(folder) / "live.html")
        print(f"the file: {path.stat().st_size / 1e6:.2f} MB; load {os.getloadavg()[0]:.1f}")
        for name in ("chromium", "firefox"):
            measure(name, path)


if __name__ == "__main__":
    main()
