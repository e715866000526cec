"""How plots look, and what they have in common: two themes, matplotlib without pyplot, SVG with the same bytes every time.

The colours start from the Okabe-Ito palette (see `viz.style`); whatever differs in colour differs in line style or marker as well.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from autograd.checks import shown
from viz import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PlotTheme:
    """Colours by their meaning; text in any of them has a contrast of 4.5 : 1 on the background, except in `line`, which is for lines."""

    background: str
    text: str
    quiet: str
    line: str
    positive: str
    negative: str
    wrong: str
    others: tuple[str, ...]

    @property
    def cycle(self) -> tuple[str, ...]:
        """The colours of things that have no sign, in the order of use."""
        return self.positive, self.negative, *self.others


def _theme(theme: style.Theme, *others: str) -> PlotTheme:
    """What plots have in common with the drawings, and colours for more lines."""
    return PlotTheme(theme.background, theme.text, theme.quiet, theme.line, theme.positive, theme.negative, theme.wrong, others)


PlotThemeName: TypeAlias = Literal["light", "dark"]
THEMES: Final[dict[str, PlotTheme]] = {
    "light": _theme(style.LIGHT, "#1E8252", "#7F2950", "#4F4401", "#1F2328"),
    "dark": _theme(style.DARK, "#00B488", "#D98CB8", "#F0E442", "#E6EDF3"),
}

# Lengths without a common factor: the looks of 6 · 5 · 7 things differ.
LINES: Final[tuple[Any, ...]] = ("-", "--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)))
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")

SMALL: Final = 13.0
"""The smallest letters, in points: of ticks and legends."""


def require() -> Any:
    """The package matplotlib; ImportError with the command that installs it if it is missing."""
    try:
        import matplotlib
        import matplotlib.figure
    except ImportError as error:
        raise ImportError("viz.plots needs matplotlib: pip install matplotlib") from error
    return matplotlib


def plot_theme(name: str) -> PlotTheme:
    """The theme of that name; ValueError for a name that is none.

    >>> plot_theme("light").positive
    '#0B62A8'
    """
    if not isinstance(name, str) or name not in THEMES:
        hint = ": a plot cannot follow its viewer, as drawings can" if name == "auto" else ""
        raise ValueError(f"theme of a plot must be one of {', '.join(THEMES)}, got {shown(name)}{hint}")
    return THEMES[name]


@contextmanager
def sheet(theme: str, width: float, height: float, title: str, top: float = 0.0) -> Iterator[Figure]:
    """An empty figure to draw on, of width · height inches, `top` of them kept free; `title` is what screen readers say of it.

    Within the block the settings of matplotlib are ours, whatever the user has set; after it the layout stands still, so that
    saving twice gives the same.
    """
    with _settings(_looks(plot_theme(theme))) as matplotlib:
        figure = matplotlib.figure.Figure(figsize=(width, height), layout="constrained")
        figure.set_label(title)
        layout: Any = figure.get_layout_engine()
        layout.set(w_pad=0.12, h_pad=0.12, rect=(0, 0, 1, 1 - top / height))
        yield figure
        for axes in figure.axes:
            axes.tick_params(labelsize=SMALL)  # else the user's settings, when it is saved, tell how many ticks there are
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        vars(figure)["_repr_svg_"] = partial(_svg_text, figure)  # notebooks show a Figure only once pyplot is imported


def svg(figure: Figure) -> bytes:
    """The figure as SVG; the same figure gives the same bytes, in every process that has the same matplotlib and fonts.

    By itself matplotlib writes the date, and ids from a random salt. Letters are outlines, so it looks the same everywhere.

    >>> with sheet("light", 4, 3, "nothing") as figure:
    ...     axes = figure.add_subplot()
    >>> svg(figure) == svg(figure)
    True
    """
    out = io.BytesIO()
    with _settings({"svg.hashsalt": "glassgrad"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Title": figure.get_label()})
    return out.getvalue()


def _svg_text(figure: Figure) -> str:
    return svg(figure).decode()


@contextmanager
def _settings(ours: dict[str, Any]) -> Iterator[Any]:
    """matplotlib, with its defaults and `ours` in force; what the user had set comes back at the end."""
    matplotlib = require()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(ours)
        yield matplotlib


def _looks(theme: PlotTheme) -> dict[str, Any]:
    from matplotlib.font_manager import get_font_names

    fonts = [name for name in (style.FONT, "DejaVu Sans") if name in get_font_names()]  # the second comes with matplotlib
    return {
        "font.family": fonts, "font.size": 14, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "legend.fontsize": SMALL,
        "axes.titlesize": 15, "axes.titlelocation": "left", "axes.titleweight": "bold", "axes.titlepad": 9,
        "lines.linewidth": 2.5, "lines.markersize": 7, "axes.linewidth": 1.2,
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True,
        "grid.color": mix(theme.background, theme.line, 0.35), "grid.linewidth": 0.8,
        "legend.frameon": False, "legend.handlelength": 2.6, "legend.borderaxespad": 0,
        "figure.facecolor": theme.background, "axes.facecolor": theme.background, "axes.edgecolor": theme.line,
        "text.color": theme.text, "axes.labelcolor": theme.text, "axes.titlecolor": theme.text,
        "xtick.color": theme.line, "ytick.color": theme.line, "xtick.labelcolor": theme.quiet, "ytick.labelcolor": theme.quiet,
    }  # fmt: skip


def look(theme: PlotTheme, i: int, points: int) -> dict[str, Any]:
    """Colour, line style and marker of the i-th line of a plot, with about ten markers however many points it has.

    >>> look(plot_theme("light"), 1, 5)
    {'color': '#A34F00', 'linestyle': '--', 'marker': 's', 'markevery': 1}
    """
    pick = theme.cycle[i % len(theme.cycle)], LINES[i % len(LINES)], MARKERS[i % len(MARKERS)], max(1, points // 10)
    return dict(zip(("color", "linestyle", "marker", "markevery"), pick))


def mix(one: str, other: str, share: float) -> str:
    """The colour that has so much of the other in it.

    >>> mix("#000000", "#FFFFFF", 0.5)
    '#808080'
    """
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def epochs_below(axes: Any, epochs: Sequence[int]) -> None:
    """The x axis counts these epochs, in whole numbers."""
    from matplotlib.ticker import MaxNLocator

    first, last = (epochs[0], epochs[-1]) if epochs else (0, 1)
    pad = 0.04 * (last - first) or 0.5
    axes.set(xlabel="epoch", xlim=(first - pad, last + pad))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))


def percent_up(axes: Any) -> None:
    """The y axis shows shares in percent."""
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))


def log_scale(axes: Any, which: str, numbers: Iterable[float], span: float = 1.0) -> None:
    """The "x" or "y" axis on a log scale, its numbers written out, if all are positive and reach over more than a factor of `span`."""
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    known = [x for x in numbers if x == x]
    if not known or min(known) <= 0 or max(known) <= span * min(known):
        return
    axes.set(**{f"{which}scale": "log"})
    axis = getattr(axes, f"{which}axis")
    narrow = max(known) < 100 * min(known)  # powers of ten alone would be too few
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,), numticks=8))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_locator(NullLocator())


def legend_above(axes: Any) -> None:
    """The legend over the panel, where no line can be behind it."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.02))
