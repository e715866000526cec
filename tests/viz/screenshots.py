"""Pictures of every scene of the live page, to be looked at: python -m tests.viz.screenshots FOLDER

They are called 1280-light-5.png, and so on: width, theme, scene. Those of the README are
live-light.png and live-dark.png: a step of the backward pass.
"""

import sys
import time
from itertools import product
from pathlib import Path

from tests.viz import browsers
from tests.viz.live import Live
from viz.live.build import build

SETTLED = 0.8


def shoot(folder):
    """Draw the page in both themes, wide and narrow."""
    folder.mkdir(parents=True, exist_ok=True)
    path = build(folder / "live.html")
    with browsers.chromium() as browser:
        live = Live(browser, path)
        for width, theme in product((1280, 400), ("light", "dark")):
            live.size(width, 800)
            live.open().ready().dress(theme)
            for scene in range(1, 10):
                live.scene(scene)
                time.sleep(SETTLED)
                browser.shot(folder / f"{width}-{theme}-{scene}.png")
        live.size(1280, 800)
        for theme in ("light", "dark"):
            live.open().ready().dress(theme)
            live.scene(6)
            live.keys(*"]]]]]]")
            time.sleep(3 * SETTLED)
            browser.shot(folder / f"live-{theme}.png")


if __name__ == "__main__":
    shoot(Path(sys.argv[1]))
