"""The figures of the report, from the results alone.

python figures.py     figures/*.svg
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookkeeping import Row, read
from experiment import LONG_STEPS, PATH, RESULTS, curvature_and_noise, problem
from opt4ml import plots
from summary import HEAVY, gap_ratios, path_ratios
from theory import gap_ratio, path_ratio

FIGURES = Path(__file__).parent / "figures"
H, S, _ = curvature_and_noise(problem())
U = H[-1] * LONG_STEPS


def save(figure: Figure, name: str) -> None:
    """Save on white, without a date, so that the same figure is the same file."""
    FIGURES.mkdir(exist_ok=True)
    figure.savefig(FIGURES / f"{name}.svg", facecolor="white", metadata={"Date": None})
    plt.close(figure)


def overlay(rows: list[Row]) -> Figure:
    """Errors of both methods along the steepest direction, with a short and with a long step."""
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.2))
    for ax, step in zip(axes, PATH["steps"], strict=True):
        for beta, text, style in ((0.0, "SGD", "-"), (0.9, "momentum 0.9", (0, (4, 1)))):
            path = [row for row in rows if row["beta"] == beta and row["step"] == step]
            k, error = [row["k"] for row in path], [row["error"] for row in path]
            ax.plot(k, error, label=text, linestyle=style, linewidth=1.4)
        ax.set(xlabel="updates $k$", title=rf"$\eta' \lambda_{{\max}} = {step * H[-1]:.2f}$")
    axes[0].set_ylabel("error, steepest direction")
    axes[0].legend(loc="lower left", fontsize=9)
    return figure


def against_step(
    ax: Axes,
    ratios: Callable[[float], np.ndarray],
    predicted: Callable[[float, float, np.ndarray, np.ndarray], float],
    places: dict[float, tuple[float, tuple[float, float]]],
) -> None:
    """Measured ratios with their bands, predictions dashed; each name at its place on the curve."""
    for beta in HEAVY:
        plots.band(ax, U, ratios(beta), rf"$\beta = {beta:g}$", *places[beta], linestyle="-", marker=".")
        theory = [predicted(beta, step, H, S) for step in LONG_STEPS]
        ax.plot(U, theory, "--", color=plots.BOUND, linewidth=1.2)
    ax.set(xscale="log", xlabel=r"step of SGD, $\eta' \lambda_{\max}$")


def paths_part(rows: list[Row]) -> Figure:
    """Distance of the pair over the error of SGD."""
    figure, ax = plt.subplots()
    places = {0.5: (0.45, (4, -10)), 0.9: (0.35, (-44, 6)), 0.99: (0.2, (-52, 6))}
    against_step(ax, lambda beta: path_ratios(rows, beta), path_ratio, places)
    ax.axhline(2**0.5, color=plots.BOUND, linewidth=0.8)
    ax.annotate("independent runs", (U[0], 2**0.5), (0, -9), textcoords="offset points", fontsize=9)
    ax.set(
        yscale="log",
        ylabel=r"$\|x - y\| \; / \; \|y - x^*\|$",
        title="Paths part, the sooner the more memory",
    )
    return figure


def values_stay(rows: list[Row]) -> Figure:
    """Mean gap of momentum over that of SGD."""
    figure, ax = plt.subplots()
    places = {0.5: (0.85, (6, 8)), 0.9: (0.85, (-40, -14)), 0.99: (0.4, (-10, 14))}
    against_step(ax, lambda beta: gap_ratios(rows, beta), gap_ratio, places)
    ax.set(ylim=(0, 1.2), ylabel="gap of momentum / gap of SGD", title="Values agree up to long steps")
    return figure


if __name__ == "__main__":
    plots.use_style()
    save(overlay(read(RESULTS / "paths.csv")), "overlay")
    long = read(RESULTS / "long.csv")
    save(paths_part(long), "paths")
    save(values_stay(long), "values")
