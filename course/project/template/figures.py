"""The figures of the report, from the results alone.

python figures.py     figures/*.svg for the page, figures/*.pdf for LaTeX
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from bookkeeping import Row, read
from experiment import BUDGETS, EVALUATION, RECORDED, RUNS, SAMPLERS, STEPS
from opt4ml import plots
from summary import final_gaps, tuned_gaps

FIGURES = Path(__file__).parent / "figures"


def save(figure: Figure, name: str) -> None:
    """Save on white, without a date, so that the same figure is the same file."""
    FIGURES.mkdir(exist_ok=True)
    for kind, date in (("svg", {"Date": None}), ("pdf", {"CreationDate": None})):
        figure.savefig(FIGURES / f"{name}.{kind}", facecolor="white", metadata=date)
    plt.close(figure)


def gap_against_passes(rows: list[Row]) -> Figure:
    """Both samplers; each point has the step that tuning chose for this number of passes."""
    figure, ax = plt.subplots()
    budgets = RECORDED[1:]
    places = {"with replacement": (0.7, (-2, 14)), "reshuffled": (0.7, (-52, -16))}
    for sampler in SAMPLERS:
        gaps = np.array([tuned_gaps(rows, sampler, passes) for passes in budgets]).T
        plots.band(ax, budgets, gaps, sampler, *places[sampler])
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="passes through the data",
        ylabel="$f(x) - f^*$, step tuned for this budget",
        title="Shuffling pays from the first pass on",
    )
    ax.set_xticks(BUDGETS, map(str, BUDGETS))
    return figure


def gap_against_step(rows: list[Row]) -> Figure:
    """The gap after the largest budget for every step that was tried."""
    figure, ax = plt.subplots()
    gaps = final_gaps(rows, EVALUATION, BUDGETS[-1])
    places = {"with replacement": (0.4, (-40, 26)), "reshuffled": (0.75, (12, -12))}
    for sampler in SAMPLERS:
        runs = np.array([gaps[sampler, step] for step in STEPS]).T
        plots.band(ax, STEPS, runs, sampler, *places[sampler])
    ax.set(
        xscale="log",
        yscale="log",
        xlabel=r"step, in units of $1/L_{\max}$",
        ylabel=f"$f(x) - f^*$ after {BUDGETS[-1]} passes",
        title="The same steps were tried for both",
    )
    return figure


if __name__ == "__main__":
    plots.use_style()
    rows = read(RUNS)
    save(gap_against_passes(rows), "gap-against-passes")
    save(gap_against_step(rows), "gap-against-step")
