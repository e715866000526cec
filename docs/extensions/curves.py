"""A small plot of an op and its slope, as SVG that follows the colours of its page."""

import math

from viz.style import DARK, LIGHT

WIDTH, HEIGHT, STEPS = 200.0, 120.0, 240

OTHERS = {
    "clip": (-1.0, 1.0),
    "where": (1.0, -1.0),
    "atan2": (1.0,),
    "hypot": (1.0,),
    "logaddexp": (0.0,),
    "share": (0.0,),
    "greater": (0.0,),
    "equal": (0.0,),
    "maximum": (0.0,),
    "minimum": (0.0,),
    "leaky_relu": (0.1,),
    "elu": (1.0,),
}
"""What the inputs after the first are held at; 2 where nothing is said."""


def others(op):
    return OTHERS.get(op.name, (2.0,) * (op.arity - 1))


def window(op):
    """The part of the first input's axis that is shown.

    >>> from autograd import log, tanh
    >>> window(tanh), window(log)
    ((-4.0, 4.0), (-0.4, 4.0))
    """
    low, high = op.domain[0]
    low, high = max(low, -4.0), min(high, 4.0)
    margin = 0.1 * min(high, 4.0)
    return (low - margin if low > -4.0 else low, high + margin if high < 4.0 else high)


def samples(op):
    """Points of the value and of the slope in the first input."""
    low, high = window(op)
    rest, values, slopes = others(op), [], []
    for i in range(STEPS + 1):
        x = low + (high - low) * i / STEPS
        out = op(x, *rest)
        values.append((x, out))
        slopes.append((x, float(op.slopes_at((x, *rest), out)[0])))
    return values, slopes


def limits(points):
    """The heights that are shown: those of all points, but at most from -4 to 4."""
    heights = [max(-4.0, min(4.0, y)) for _, y in points if math.isfinite(y)]
    low, high = min([*heights, -0.5]), max([*heights, 0.5])
    return low - 0.1 * (high - low), high + 0.1 * (high - low)


def bounds(slopes, height):
    """How far a value can move between two points without a jump, as its slopes explain it."""
    most = [math.inf]
    for (x, slope), (next_x, next_slope) in zip(slopes, slopes[1:]):
        steepest = max(abs(slope), abs(next_slope))
        known = math.isfinite(steepest)
        most.append(3 * steepest * (next_x - x) + 0.02 * height if known else math.inf)
    return most


def path(points, most, across, up):
    """Points as the d of an SVG path, which breaks at jumps and where there is no number.

    >>> path([(0.0, 0.0), (1.0, 1.0), (2.0, 9.0)], [2.0, 2.0, 2.0], (0.0, 2.0), (0.0, 10.0))
    'M0.0 120.0L100.0 108.0M200.0 12.0'
    """
    (left, right), (low, high) = across, up
    parts, before = [], math.nan
    for (x, y), bound in zip(points, most):
        if not math.isfinite(y) or abs(y) > 40:
            before = math.nan
            continue
        connected = abs(y - before) <= bound  # False after a gap, where `before` is nan
        across_px = (x - left) / (right - left) * WIDTH
        up_px = HEIGHT - (y - low) / (high - low) * HEIGHT
        parts.append(f"{'L' if connected else 'M'}{across_px:.1f} {up_px:.1f}")
        before = y
    return "".join(parts)


def colours(theme):
    return (
        f".f{{stroke:{theme.text}}}.s{{stroke:{theme.positive}}}.axis{{stroke:{theme.line}}}"
        "path{fill:none;stroke-width:2}.s{stroke-dasharray:5 3}.axis{stroke-width:1}"
    )


def plot(op):
    """The SVG of an op: its value as a line, its slope dashed.

    >>> from autograd import tanh
    >>> plot(tanh).count("<path")
    4
    """
    values, slopes = samples(op)
    across, up = window(op), limits([*values, *slopes])
    height = up[1] - up[0]
    most = bounds(slopes, height)
    value = path(values, most, across, up)
    slope = path(slopes, [0.2 * height] * len(slopes), across, up)
    zero_x = (0.0 - across[0]) / (across[1] - across[0]) * WIDTH
    zero_y = HEIGHT + up[0] / height * HEIGHT
    style = f"{colours(LIGHT)}@media (prefers-color-scheme:dark){{{colours(DARK)}}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
        f"<style>{style}</style>"
        f'<path class="axis" d="M0 {zero_y:.1f}H{WIDTH:g}"/>'
        f'<path class="axis" d="M{zero_x:.1f} 0V{HEIGHT:g}"/>'
        f'<path class="s" d="{slope}"/>'
        f'<path class="f" d="{value}"/></svg>\n'
    )
