"""How plots look, and what they have in common: themes, panels, the same bytes every time.

Classes, layers and runs have their own colours, none of them the blue or orange of a sign, and
whatever differs in colour differs in marker and line as well. All of this is defined here: class 0
is a teal circle in every plot, however many classes there are.
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
from viz.text import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PlotTheme:
    """Colours by meaning, each with a contrast of 4.5 : 1 on the background, except `line`.

    `cycle` has the colours of things without a sign, such as classes, in the order of use.
    """

    background: str
    text: str
    quiet: str
    line: str
    positive: str
    negative: str
    positive_fill: str
    negative_fill: str
    wrong: str
    training: str
    validation: str
    cycle: tuple[str, ...]


def _theme(theme: style.Theme, validation: str, *cycle: str) -> PlotTheme:
    """What plots have in common with the drawings, and colours for things without a sign."""
    return PlotTheme(
        background=theme.background,
        text=theme.text,
        quiet=theme.quiet,
        line=theme.line,
        positive=theme.positive,
        negative=theme.negative,
        positive_fill=theme.positive_fills[0],
        negative_fill=theme.negative_fills[0],
        wrong=theme.wrong,
        training=theme.text,
        validation=validation,
        cycle=cycle,
    )


PlotThemeName: TypeAlias = Literal["light", "dark"]

# Teal, magenta, olive, forest, and brown (plum in the dark theme): found by a search for colours
# that stay distinct with full colour vision and without each kind of cone, that are far from blue,
# orange, red and purple, and, on white, not near black.
THEMES: Final[dict[str, PlotTheme]] = {
    "light": _theme(style.LIGHT, "#6A737D", "#00766B", "#C2289A", "#6D7819", "#2B5A3E", "#684808"),
    "dark": _theme(style.DARK, "#8B95A1", "#2DD4CF", "#E05FCB", "#E0E063", "#58A156", "#A57A8D"),
}

# Lengths without a common factor: the first 5 · 7 things all look different.
LINES: Final[tuple[Any, ...]] = ("-", "--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)))
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")

FONTS: Final = (style.FONT, "Liberation Sans", "Helvetica", "DejaVu Sans")
"""The type family, those with the same widths, and the one that comes with matplotlib."""

SMALL: Final = 13.0
"""The smallest letters, in points: of ticks and legends."""

LONGEST: Final = 40
"""Of a longer name, only the beginning is shown."""


def require() -> Any:
    """The package matplotlib; ImportError with the command that installs it if it is missing."""
    try:
        import matplotlib
        import matplotlib.figure
    except ImportError as error:
        raise ImportError("viz.plots needs matplotlib: pip install matplotlib") from error
    return matplotlib


def plot_theme(name: str) -> PlotTheme:
    """The theme of that name; ValueError for an unknown name.

    >>> plot_theme("light").positive
    '#0B62A8'
    """
    if not isinstance(name, str) or name not in THEMES:
        hint = ": a plot cannot follow its viewer, as drawings can" if name == "auto" else ""
        names = ", ".join(THEMES)
        raise ValueError(f"theme of a plot must be one of {names}, got {shown(name)}{hint}")
    return THEMES[name]


@contextmanager
def sheet(
    theme: str, width: float, height: float, title: str, top: float = 0.0
) -> Iterator[Figure]:
    """An empty figure of width · height inches, `top` of them kept free at the top.

    `title` is what screen readers call it. Within the block the settings of matplotlib are ours,
    whatever the user has set; after it the layout is frozen, so saving twice gives the same bytes.
    """
    with _settings(_looks(plot_theme(theme))) as matplotlib:
        figure = matplotlib.figure.Figure(figsize=(width, height), layout="constrained")
        figure.set_label(title)
        layout: Any = figure.get_layout_engine()
        layout.set(w_pad=0.12, h_pad=0.12, rect=(0, 0, 1, 1 - top / height))
        yield figure
        for axes in figure.axes:
            # Otherwise the user's settings at the time of saving decide how many ticks there are.
            axes.tick_params(labelsize=SMALL)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        # On their own, notebooks show a Figure only once pyplot is imported.
        vars(figure)["_repr_svg_"] = partial(_svg_text, figure)


@contextmanager
def panels(
    ax: Any, theme: str, size: tuple[float, float], title: str, rows: int = 1, columns: int = 1,
    top: float = 0.0, needed: int | None = None,
) -> Iterator[tuple[Figure, list[Any]]]:  # fmt: skip
    """A figure with its panels: a new `sheet` of rows · columns, or the Axes that the caller gave.

    For given Axes, the figure, its size, its fonts and its background are the caller's. A single
    Axes gets the first of the `needed` panels; several, but not enough, raise ValueError.
    """
    if ax is None:
        with sheet(theme, *size, title, top=top) as figure:
            grid = figure.subplots(rows, columns, squeeze=False)
            yield figure, list(grid.flat)
        return
    plot_theme(theme)  # colours of lines are ours, so an unknown theme is refused here too
    given = axes_in(ax)
    count = rows * columns if needed is None else needed
    if 1 < len(given) < count:
        remedy = f"give one, for the first panel, or {count}"
        wanted = f"ax must have an Axes for each of {count} panels"
        raise ValueError(f"{wanted}, got {len(given)}: {remedy}")
    root: Figure = given[0].figure.figure  # the whole figure, even for Axes in a subfigure
    yield root, given


def axes_in(ax: Any) -> list[Any]:
    """The Axes that a caller gave: one, or several in a list or array; else raises TypeError."""
    require()
    from matplotlib.axes import Axes

    wanted = "ax must be a matplotlib Axes, or a list of them, one for each panel"
    if isinstance(ax, Axes):
        return [ax]
    if not isinstance(ax, Iterable) or isinstance(ax, str):
        raise TypeError(f"{wanted}, got {shown(ax)}: make one with figure.add_subplot()")
    given = list(getattr(ax, "flat", ax))
    strangers = [x for x in given if not isinstance(x, Axes)]
    if not given or strangers:
        raise TypeError(f"{wanted}, got {shown(strangers[0]) if strangers else 'an empty list'}")
    return given


def svg(figure: Figure) -> bytes:
    """The figure as SVG; the same figure gives the same bytes, in every process.

    This holds for the same matplotlib and fonts; on its own, matplotlib writes the date, and ids
    from a random salt. Letters are outlines, so the figure looks the same everywhere.

    >>> with sheet("light", 4, 3, "nothing") as figure:
    ...     axes = figure.add_subplot()
    >>> svg(figure) == svg(figure)
    True
    """
    out = io.BytesIO()
    with _settings({"svg.hashsalt": "glassgrad"}):
        metadata = {"Date": None, "Title": figure.get_label()}
        figure.savefig(out, format="svg", metadata=metadata)
    return out.getvalue()


def _svg_text(figure: Figure) -> str:
    return svg(figure).decode()


@contextmanager
def _settings(ours: dict[str, Any]) -> Iterator[Any]:
    """matplotlib with its defaults and `ours`; the user's settings come back at the end."""
    matplotlib = require()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(ours)
        yield matplotlib


def _looks(theme: PlotTheme) -> dict[str, Any]:
    from matplotlib.font_manager import get_font_names

    here = get_font_names()
    fonts = [name for name in FONTS if name in here]
    return {
        "font.family": fonts,
        "font.size": 14,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": SMALL,
        "axes.titlesize": 15,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.titlepad": 9,
        "lines.linewidth": 2.5,
        "lines.markersize": 7,
        "axes.linewidth": 1.2,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": mix(theme.background, theme.line, 0.35),
        "grid.linewidth": 0.8,
        "legend.frameon": False,
        "legend.handlelength": 2.6,
        "legend.borderaxespad": 0,
        "figure.facecolor": theme.background,
        "axes.facecolor": theme.background,
        "axes.edgecolor": theme.line,
        "text.color": theme.text,
        "axes.labelcolor": theme.text,
        "axes.titlecolor": theme.text,
        "xtick.color": theme.line,
        "ytick.color": theme.line,
        "xtick.labelcolor": theme.quiet,
        "ytick.labelcolor": theme.quiet,
    }


def look(theme: PlotTheme, i: int, points: int) -> dict[str, Any]:
    """Colour, line style and marker of the i-th line of a plot, with about ten markers.

    >>> look(plot_theme("light"), 1, 5)
    {'color': '#C2289A', 'marker': 's', 'linestyle': '--', 'markevery': 1}
    """
    return {
        **class_look(theme, i),
        "linestyle": LINES[i % len(LINES)],
        "markevery": max(1, points // 10),
    }


def class_look(theme: PlotTheme, i: int) -> dict[str, Any]:
    """Colour and marker of the samples of the i-th class, in every plot.

    >>> class_look(plot_theme("light"), 0), class_look(plot_theme("light"), 1)
    ({'color': '#00766B', 'marker': 'o'}, {'color': '#C2289A', 'marker': 's'})
    """
    return {"color": theme.cycle[i % len(theme.cycle)], "marker": MARKERS[i % len(MARKERS)]}


def split_look(theme: PlotTheme, validation: bool, points: int) -> dict[str, Any]:
    """Training is a solid line of dark circles, validation a dashed one of grey squares.

    >>> split_look(plot_theme("light"), validation=True, points=5)
    {'color': '#6A737D', 'linestyle': '--', 'marker': 's', 'markevery': 1}
    """
    return {
        "color": theme.validation if validation else theme.training,
        "linestyle": LINES[validation],
        "marker": MARKERS[validation],
        "markevery": max(1, points // 10),
    }


def literal(name: Any) -> str:
    """A name from the user as text that matplotlib shows verbatim, without typesetting maths.

    >>> print(literal("US$/kg vs US$/l"))
    US\\$/kg vs US\\$/l
    """
    return printable(str(name), LONGEST).replace("$", r"\$")


def mix(one: str, other: str, share: float) -> str:
    """The colour between two, with this share of the other one.

    >>> mix("#000000", "#FFFFFF", 0.5)
    '#808080'
    """
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def epochs_below(axes: Any, epochs: Sequence[int]) -> None:
    """Let the x axis count these epochs, in whole numbers."""
    from matplotlib.ticker import MaxNLocator

    first, last = (epochs[0], epochs[-1]) if epochs else (0, 1)
    pad = 0.04 * (last - first) or 0.5
    axes.set(xlabel="epoch", xlim=(first - pad, last + pad))
    ticks = MaxNLocator(integer=True, nbins=6, min_n_ticks=1, steps=[1, 2, 5, 10])
    axes.xaxis.set_major_locator(ticks)


def percent_up(axes: Any) -> None:
    """Let the y axis show shares in percent."""
    from matplotlib.ticker import FuncFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(_percent))


def log_scale(axes: Any, which: str, numbers: Iterable[float], span: float = 1.0) -> None:
    """Put the "x" or "y" axis on a log scale, its numbers written out.

    This happens only if all are positive, and span more than a factor of `span`.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    known = [x for x in numbers if x == x]
    if not known or min(known) <= 0 or max(known) <= span * min(known):
        return
    axes.set(**{f"{which}scale": "log"})
    axis = getattr(axes, f"{which}axis")
    narrow = max(known) < 100 * min(known)  # powers of ten alone would be too few
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,), numticks=8))
    axis.set_major_formatter(FuncFormatter(_tick))
    axis.set_minor_locator(NullLocator())


def _percent(share: float, place: int | None = None) -> str:
    """What stands at a tick; a function of the module, so that figures can be pickled."""
    return percent(share)


def percent(share: float) -> str:
    """A share in percent, without meaningless digits.

    >>> percent(1.0), percent(0.8333)
    ('100%', '83.3%')
    """
    return style.minus(f"{100 * share:.3g}%")


def _tick(x: float, place: int | None = None) -> str:
    """What stands at a tick; a function of the module, so that figures can be pickled."""
    return style.minus(f"{x:g}")


def legend_above(axes: Any, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Put the legend above the panel, where no line can be behind it."""
    axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0, 1.02))
