"""Figures of the course: one style, direct labels, dashed bounds, bands over seeds.

Colours are the Okabe-Ito palette, which the colour-blind can tell apart, each with its own line style for
print. Backgrounds are transparent, so that the book can show the same picture in its light and dark theme.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

# Okabe & Ito (2008), without the yellow, which is too light for a line on white
COLORS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "black": "#000000",
}
BOUND = "#555555"

STYLE = {
    "axes.prop_cycle": cycler(
        color=list(COLORS.values()),
        linestyle=["-", "-.", (0, (5, 1)), ":", (0, (3, 1, 1, 1)), (0, (8, 1, 1, 1, 1, 1)), (0, (2, 1))],
    ),
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "figure.figsize": (5.2, 3.5),
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "grid.color": "#999999",
    "grid.alpha": 0.35,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "svg.fonttype": "path",
    "svg.hashsalt": "opt4ml",
}


def use_style() -> None:
    """Set the style of the course for all figures of this session, and SVG output in a notebook."""
    plt.rcParams.update(STYLE)
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # outside a notebook
        return
    # without a date in it, the same figure is the same file
    set_matplotlib_formats("svg", metadata={"Date": None})  # type: ignore[no-untyped-call]


def label(ax: Axes, line: Line2D, text: str, at: float = 1.0, offset: tuple[float, float] = (4, 4)) -> None:
    """Write the text beside a line instead of in a legend.

    `at` is the place along the line's points, 0 the first and 1 the last; `offset` is in points. Raises
    ValueError for a place outside [0, 1].
    """
    if not 0 <= at <= 1:
        raise ValueError(f"at must lie in [0, 1], got {at}; it is a place along the line, 1 its end")
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    i = round(at * (len(x) - 1))
    ink = 0.65 * np.array(to_rgb(line.get_color()))  # darker than the line, as text needs more contrast
    ax.annotate(
        text,
        (x[i], y[i]),
        offset,
        textcoords="offset points",
        color=ink,
        fontsize=10,
        va="center",
    )


def curve(
    ax: Axes,
    x: Any,
    y: Any,
    text: str,
    at: float = 1.0,
    offset: tuple[float, float] = (4, 4),
    **style: Any,
) -> Line2D:
    """Draw a measured curve with its name beside it; `style` goes to `Axes.plot`."""
    (line,) = ax.plot(x, y, **style)
    label(ax, line, text, at, offset)
    return line


def bound(
    ax: Axes, x: Any, y: Any, text: str, at: float = 1.0, offset: tuple[float, float] = (4, 4), **style: Any
) -> Line2D:
    """Draw a proved bound: dashed, grey, thin, with its formula beside it."""
    look = {"color": BOUND, "linestyle": "--", "linewidth": 1.4, "zorder": 1.5} | style
    return curve(ax, x, y, text, at, offset, **look)


def band(
    ax: Axes,
    x: Any,
    runs: Any,
    text: str,
    at: float = 1.0,
    offset: tuple[float, float] = (4, 4),
    **style: Any,
) -> Line2D:
    """Draw the median of several seeds with the band between the quartiles.

    `runs` has shape (seeds, len(x)). Raises ValueError for fewer than five seeds.
    """
    runs = np.asarray(runs, dtype=float)
    if runs.ndim != 2 or len(runs) < 5:
        raise ValueError(f"runs must have shape (seeds >= 5, points), got {runs.shape}; run more seeds")
    low, median, high = np.quantile(runs, [0.25, 0.5, 0.75], axis=0)
    line = curve(ax, x, median, text, at, offset, **style)
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.25, linewidth=0)
    return line
