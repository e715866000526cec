"""What the page adds to Python: runs in Pyodide at every start, before anything is asked.

`_page` is a JavaScript module: layout(dot, engine) and show(text, svg); breathe(), asked(),
heard() and soon() for stopping a cell; and film(text) for what a training shows.
"""

import builtins
import json
import random
import signal
import sys
import time

import _page
from pyodide.ffi import can_run_sync, run_sync

from autograd import Value
from viz.graph import dot_binary, drawing
from viz.live.cells import CELLS, judged, names_for
from viz.live.session import Session

random.seed()


class _LeftOut:
    """Says why modules that need numpy are not here."""

    names = ("autograd.compiler", "nn.estimators", "nn.training.arrays", "nn.training.cluster")

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ModuleNotFoundError(
                f"{name} needs numpy, which this page does not have", name=name
            )
        return None


sys.meta_path.insert(0, _LeftOut())

# Graphviz runs in the page, not as a program.


def _lay_out(source, engine, options, format, timeout):
    if format != "svg":
        raise dot_binary.DotFailed(f"drawings on this page are SVG, not {format}")
    return _page.layout(source, engine).encode()


dot_binary.lay_out = drawing.lay_out = _lay_out


# A browser's stack is short: dropping a chain of some 1,300 Values at once would crash Python. So
# the inputs of a Value go to a list, which the outermost call empties in a loop. No local variable
# may hold an input, or the recursion is back.

_left = []
_dropping = False


def _drop(self, put=_left.append, take=_left.pop):
    global _dropping
    try:
        if self._first is None:
            return
        put(self._first)
        self._first = None
        put(self._second)
        self._second = None
    except AttributeError:  # the Value was never finished, or has one input
        pass
    if _dropping:
        return
    _dropping = True
    while _left:
        take()
    _dropping = False


Value.__del__ = _drop


# The page cannot interrupt Python, so Python asks ten times a second. An exception raised within a
# __del__ would be lost, and one raised outside the cell would end more than the cell: in those
# cases Python asks again at once.


def _tick(signal, frame):
    if can_run_sync():
        run_sync(_page.breathe())
    if not _page.asked():
        return
    inside = False
    while frame:
        if frame.f_code is _drop.__code__:
            inside = False
            break
        inside = inside or frame.f_code.co_filename.startswith("<cell ")
        frame = frame.f_back
    if not inside:
        _page.soon()
        return
    _page.heard()
    raise KeyboardInterrupt


signal.signal(signal.SIGALRM, _tick)


# A cell that sleeps runs no bytecode, so its sleep has to ask.

_sleep_deeply = time.sleep


def _sleep(seconds):
    if not can_run_sync() or not seconds > 0:
        return _sleep_deeply(seconds)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        _sleep_deeply(min(left, 0.05))
        if _page.asked():
            _page.heard()
            raise KeyboardInterrupt


time.sleep = _sleep


# What the page asks for.

session = Session()
_kept = dict(builtins.__dict__)
_loads, _dumps = json.loads, json.dumps


def answer(text):
    """The answers to several requests."""
    return _dumps([session.ask(request) for request in _loads(text)])


def cells():
    """The tasks of the last scene."""
    found = {}
    for name, cell in CELLS.items():
        found[name] = {
            "title": cell.title, "task": cell.task, "code": cell.code, "hint": cell.hint,
            "others": dict(cell.others),
        }  # fmt: skip
    return _dumps(found)


# The learner's code: each cell has its own names, which stay from run to run, and those that it is
# given.


_spaces = {}


def _tell(told):
    """Send what a cell shows of a training to the page at once."""
    _page.film(_dumps(told))


async def run_cell(name, code):
    """Run a cell, and check what it has defined."""
    import linecache
    import traceback

    from pyodide.code import eval_code_async

    file = f"<cell {name}>"
    _restore()
    names = _spaces.setdefault(name, {"__name__": "__main__"})
    names.update(names_for(session.state, _tell))
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    try:
        value = await eval_code_async(code, globals=names, filename=file)
    except BaseException as error:
        _restore()
        lines = error.__traceback__
        while lines and lines.tb_frame.f_code.co_filename != file:
            lines = lines.tb_next
        told = "".join(traceback.format_exception(type(error), error, lines))
        print(told, file=sys.stderr, end="")
        stopped = isinstance(error, KeyboardInterrupt)
        return _dumps({"failed": True, "stopped": stopped, "checks": []})
    _restore()
    if value is not None:
        _page.show(_shown(value), hasattr(value, "_repr_svg_"))
    return _dumps(judged(name, names, session.state))


def _restore(put=builtins.__dict__.update):
    """Restore the built-in names, whatever a cell did to them."""
    put(_kept)


def _shown(value):
    return value._repr_svg_() if hasattr(value, "_repr_svg_") else repr(value)[:20_000]
