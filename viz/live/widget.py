"""The widget: what its page asks goes to a binding, and what has changed goes to its page."""

from __future__ import annotations

import sys
import time
from typing import Any, Final
from weakref import WeakSet

import anywidget
import traitlets

from nn import Module
from nn.arguments import brief
from viz.live.binding import Binding
from viz.live.link import module

SHOWN: Final = ("cards", "slice", "contour", "plane", "gate", "formula")
"""What a page looks at besides the numbers themselves: sent again when they change."""

MOST_VIEWS: Final = 8
"""How many views of a widget are kept up to date; an older one asks when it is used."""

APART: Final = 0.04
"""Seconds between two refreshes by a callback: a training has thousands of epochs."""

_open: WeakSet[Explorer] = WeakSet()
"""Every widget that shows a model."""


class Explorer(anywidget.AnyWidget):
    """A model in the learner's hands; as the last line of a cell it shows itself.

    `changes` counts the changes made in the widget, each when its knob comes to rest:
    `widget.observe` sees it, and in marimo a cell that uses `mo.ui.anywidget(widget)` runs again.
    """

    _esm = module()
    height = traitlets.Int(640).tag(sync=True)
    changes = traitlets.Int(0).tag(sync=True)

    def __init__(self, binding: Binding, height: int) -> None:
        super().__init__(height=height)
        self._binding = binding
        self._shown: dict[str, dict[str, Any]] = {}
        self._refreshed = 0.0
        self._problem = ""
        self.on_msg(self._heard)
        _open.add(self)
        watch_cells()

    @property
    def model(self) -> Module:
        """The model that is shown."""
        return self._binding.model

    def refresh(self, *of_callback: Any) -> None:
        """Show the model as it is now; as a callback of `fit`, it does not show every epoch."""
        if of_callback and time.monotonic() - self._refreshed < APART:
            return
        self._refreshed = time.monotonic()
        try:
            changed, problem = self._binding.read(), ""
        except ValueError as error:
            changed, problem = False, str(error)
        if changed or problem != self._problem:
            self._problem = problem
            self._tell()

    def close(self) -> None:
        """Stop showing the model."""
        _open.discard(self)
        super().close()

    def _heard(self, _: Any, content: Any, __: Any) -> None:
        """Handle a message from a page."""
        if not isinstance(content, dict) or not isinstance(content.get("view"), str):
            return
        view, kind = content["view"], content.get("type")
        if kind == "poll":
            self.refresh()
            self.send({"to": view, "type": "polled"})
        elif kind == "hello":
            self.send({"to": view, "type": "hello", **self._begin(view)})
        elif kind == "ask" and isinstance(content.get("requests"), list):
            before = self._binding.state
            answers = self._answers(view, content["requests"])
            changed = self._binding.state is not before
            answer = {"id": content.get("id"), "answers": answers, "changed": changed}
            self.send({"to": view, "type": "answer", **answer})

    def _begin(self, view: str) -> dict[str, Any]:
        """What a page begins with."""
        requests = [{"do": "refresh"}, {"do": "points"}, {"do": "save"}]
        self._shown[view] = {}
        for old in list(self._shown)[:-MOST_VIEWS]:
            del self._shown[old]
        return {
            "requests": requests,
            "answers": self._asked(requests),
            "polled": not watch_cells(),
            "given": bool(self._binding.state.points),
        }

    def _answers(self, view: str, requests: list[Any]) -> list[dict[str, Any]]:
        """The answers to a page; other pages are told what changed."""
        before = self._binding.state
        self._note(view, requests)
        answers = self._asked(requests)
        if self._binding.state is not before:
            self._tell(but=view)
            for other in list(_open):
                if other is not self:
                    other.refresh()
        return answers

    def _asked(self, requests: list[Any]) -> list[dict[str, Any]]:
        """The answers of the binding, or a sentence for whatever goes wrong here."""
        named = [{"do": "view"} if x == {"do": "refresh"} else x for x in requests]
        try:
            return self._binding.answers(named)
        except KeyboardInterrupt:
            problem = "interrupted"
        except Exception as error:
            problem = f"this went wrong in Python: {type(error).__name__}: {str(error)[:200]}"
        return [{"error": problem} for _ in requests]

    def _note(self, view: str, requests: list[Any]) -> None:
        """Note what a page looks at now, to send it again."""
        if view not in self._shown:
            return
        for request in requests:
            if isinstance(request, dict) and request.get("do") in SHOWN:
                self._shown[view][request["do"]] = request

    def _tell(self, but: str = "") -> None:
        """Tell every page except the one that changed them what the numbers are now."""
        for view, looked_at in self._shown.items():
            if view != but:
                quietly = [{**request, "quiet": True} for request in looked_at.values()]
                requests = [{"do": "refresh"}, *quietly, {"do": "save"}]
                asked = [{"do": "refresh"}, *looked_at.values(), {"do": "save"}]
                answers = self._asked(asked)
                self.send({"to": view, "type": "changed", "requests": requests, "answers": answers})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({brief(self.model)})"


def refresh_all(*_: Any) -> None:
    """Let every widget show its model as it is now."""
    for widget in list(_open):
        widget.refresh()


def watch_cells() -> bool:
    """Have IPython refresh all widgets after each cell; returns whether there is an IPython."""
    found = sys.modules.get("IPython")
    shell = None if found is None else found.get_ipython()
    if shell is None:
        return False
    if refresh_all not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", refresh_all)
    return True
