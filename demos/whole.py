"""The whole lesson: every section in a process of its own, and the page that they make."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from autograd import files

from . import SECTIONS, section
from .index import Chapter, lesson
from .page import Page, title


def run_all(out: Path) -> None:
    """Run every section, as many at once as there are processors, and write the lesson."""
    chapters, start = list[Chapter](), time.perf_counter()
    # Spawned: a fork would take along what numpy's threads hold at the moment.
    with get_context("spawn").Pool(os.cpu_count(), ignore_interrupt) as pool:
        for name, page, seconds in tqdm(pool.imap(run_one, ((name, out) for name in SECTIONS)), "lesson", len(SECTIONS), disable=None):
            module = section(name)
            chapters.append(Chapter(name, module, page, seconds))
            missed = [claim for claim in page.claims if not claim.holds]
            held = f"{seconds:.1f} s, {len(page.claims) - len(missed)} of {len(page.claims)} claims hold"
            tqdm.write("\n        ".join([title(module), held, *(f"✗ {c.what}: {c.measured}, not {c.predicted}" for c in missed)]))
            files.write(out / "index.html", lesson(chapters, (out / "live.html").is_file()).encode())  # so far, so that one can read while the rest runs
        pool.close()
        pool.join()  # leaving the block would end the processes in the middle of their tidying up
    print(f"\n{time.perf_counter() - start:.0f} s. Read it: {out / 'index.html'}")


def run_one(task: tuple[str, Path]) -> tuple[str, Page, float]:
    """A section's name and page, and the seconds that it took; in a process of its own."""
    name, out = task
    page, start = Page(out, speaks=False), time.perf_counter()
    section(name).run(page)
    return name, page, time.perf_counter() - start


def ignore_interrupt() -> None:
    """Ctrl-C goes to all processes of a terminal: one of them has to say so, and ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
