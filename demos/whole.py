"""The whole lesson: every section in a process of its own, and the pages that they make."""

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
    tasks = [(name, out) for name in SECTIONS]
    # Spawned: a fork would take along what numpy's threads hold at the moment.
    with get_context("spawn").Pool(os.cpu_count(), ignore_interrupt) as pool:
        done = tqdm(pool.imap(run_one, tasks), "lesson", len(SECTIONS), disable=None)
        for name, page, seconds in done:
            chapters.append(Chapter(name, section(name), page, seconds))
            tqdm.write(report(chapters[-1]))
            write(chapters, out)  # so far, so that it can be read while the rest runs
        pool.close()
        pool.join()  # leaving the block would end the processes while they clean up
    print(f"\n{time.perf_counter() - start:.0f} s. Read it: {out / 'index.html'}")


def report(chapter: Chapter) -> str:
    """The title of a section, how many claims hold, and those that do not."""
    lines = [title(chapter.module), chapter.measured]
    for claim in chapter.page.claims:
        if not claim.holds:
            lines.append(f"✗ {claim.what}: {claim.measured}, not {claim.predicted}")
    return "\n        ".join(lines)


def write(chapters: list[Chapter], out: Path) -> None:
    """Write all pages that there are so far."""
    for name, text in lesson(chapters, (out / "live.html").is_file()).items():
        files.write(out / name, text.encode())


def run_one(task: tuple[str, Path]) -> tuple[str, Page, float]:
    """A section's name and page, and the seconds that it took; in a process of its own."""
    name, out = task
    page, start = Page(out, speaks=False), time.perf_counter()
    section(name).run(page)
    return name, page, time.perf_counter() - start


def ignore_interrupt() -> None:
    """Ctrl-C goes to all processes of a terminal: one of them reports it, and ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
