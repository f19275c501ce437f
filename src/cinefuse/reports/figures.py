"""Two figures of a comparison: macro F1 with intervals, and F1 by genre. PNG and SVG, the same every time."""

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from cinefuse.reports.palette import HEAT, LIGHT, MARKERS, ON_DARK_HEAT, ON_LIGHT_HEAT
from cinefuse.reports.summary import ModelSummary, genre_supports, summarise
from cinefuse.reports.tables import UNDEFINED, percent, percent_interval, with_spread
from cinefuse.results import Comparison

STYLE: dict[Any, Any] = {  # matplotlib types its keys one by one
    "font.family": "sans-serif",
    "font.size": 9.5,
    "figure.facecolor": LIGHT["ground"],
    "savefig.facecolor": LIGHT["ground"],
    "text.color": LIGHT["ink"],
    "text.parse_math": False,  # a genre may be called anything
    "svg.fonttype": "none",  # text stays text: small files that can be searched and read aloud
    "svg.hashsalt": "cinefuse",
}


def interval_figure(comparison: Comparison) -> Figure:
    """Macro F1 of every model with its interval over films, best at the top; small dots are single seeds."""
    summaries = summarise(comparison)
    with _style():
        figure = Figure(figsize=(7.6, 1.15 + 0.38 * len(summaries)), layout="constrained")
        axes = figure.add_subplot()
        for row, summary in enumerate(summaries):
            _draw_interval(axes, row, summary)
        axes.set_yticks(range(len(summaries)), [summary.model for summary in summaries])
        axes.set_ylim(len(summaries) - 0.4, -0.6)
        axes.margins(x=0.06)
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.set_xlabel(
            f"macro F1 in percent, {_films(comparison)}, with 95 % interval", color=LIGHT["muted"]
        )
        _bare(axes)
        axes.grid(axis="x", color=LIGHT["rule"], linewidth=0.8)
        _legend(figure, summaries)
    return figure


def genre_figure(comparison: Comparison) -> Figure:
    """F1 of each genre (rows, most films first) by each model (columns, best first)."""
    summaries, supports = summarise(comparison), genre_supports(comparison)
    scores = np.array(
        [[_or_nan(summary.genre_f1(genre)) for summary in summaries] for genre in supports], dtype=float
    ).reshape(len(supports), len(summaries))
    with _style():
        size = (2.2 + 0.78 * len(summaries), 0.9 + 0.27 * len(supports))
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        _draw_heat(axes, scores)
        axes.set_xticks(
            np.arange(len(summaries)) + 0.5, [summary.model.replace("-", "\n") for summary in summaries]
        )
        axes.set_yticks(np.arange(len(supports)) + 0.5, list(supports))
        axes.xaxis.tick_top()
        _bare(axes)
        films = axes.secondary_yaxis("right")
        films.set_yticks(np.arange(len(supports)) + 0.5, [f"{support:,}" for support in supports.values()])
        films.tick_params(length=0, labelcolor=LIGHT["muted"])
        films.spines[:].set_visible(False)
        axes.annotate(
            "films", (1, 1), (9, 5), "axes fraction", "offset points", color=LIGHT["muted"], va="bottom"
        )
        axes.set_xlabel(
            f"F1 in percent, {_films(comparison)}; bold: best of its genre", color=LIGHT["muted"], labelpad=7
        )
    return figure


def write_figures(comparison: Comparison, folder: Path) -> dict[str, str]:
    """Writes each figure as PNG and SVG; returns name -> SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"macro_f1": interval_figure(comparison), "per_genre_f1": genre_figure(comparison)}
    drawings = {}
    for name, figure in figures.items():
        with _style():
            figure.savefig(folder / f"{name}.png", dpi=200, metadata={"Software": None})
        drawings[name] = svg(figure)
        (folder / f"{name}.svg").write_text(drawings[name], encoding="utf-8", newline="\n")
    return drawings


def svg(figure: Figure) -> str:
    """The figure as SVG, without date: the same input gives the same bytes."""
    text = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _style():
        figure.savefig(text, format="svg", metadata=nothing)
    return text.getvalue()


def _draw_interval(axes: Axes, row: int, summary: ModelSummary) -> None:
    colour, marker = LIGHT[summary.kind], MARKERS[summary.kind]
    mean, interval = summary.mean("f1_macro"), summary.interval("f1_macro")
    if interval is not None:
        low, high = (100 * bound for bound in interval)
        axes.plot([low, high], [row, row], color=colour, linewidth=2.2, solid_capstyle="round")
    seeds = summary.values("f1_macro")
    if len(seeds) > 1:
        axes.plot([100 * seed for seed in seeds], [row + 0.24] * len(seeds), ".", color=colour, markersize=4)
    if mean is not None:
        axes.plot(
            100 * mean, row, marker, color=colour, markersize=7.5, markeredgecolor=LIGHT["ground"], zorder=3
        )
    _beside(axes, row, 12, with_spread(summary, "f1_macro"), LIGHT["ink"], "bold")
    if interval is not None:
        _beside(axes, row, 48 if len(seeds) < 2 else 84, percent_interval(interval), LIGHT["muted"], "normal")


def _beside(axes: Axes, row: int, points: float, text: str, colour: str, weight: str) -> None:
    """Writes to the right of the plot, `points` from its edge."""
    place = ("axes fraction", "data")
    axes.annotate(
        text,
        (1, row),
        (points, 0),
        place,
        "offset points",
        va="center_baseline",
        color=colour,
        weight=weight,
        annotation_clip=False,
    )


def _draw_heat(axes: Axes, scores: NDArray[np.float64]) -> None:
    heat = LinearSegmentedColormap.from_list("heat", HEAT)
    top = max(0.1, np.ceil(10 * np.nanmax(scores, initial=0.0)) / 10)
    axes.pcolormesh(
        np.ma.masked_invalid(scores), cmap=heat, vmin=0, vmax=top, edgecolors=LIGHT["ground"], linewidth=1.5
    )
    axes.invert_yaxis()
    best = np.nanmax(scores, axis=1, initial=-1.0, keepdims=True)
    for (row, column), score in np.ndenumerate(scores):
        undefined = bool(np.isnan(score))
        on_cell = ON_DARK_HEAT if score > 0.64 * top else ON_LIGHT_HEAT
        axes.text(
            column + 0.5,
            row + 0.5,
            UNDEFINED if undefined else percent(score),
            ha="center",
            va="center_baseline",
            color=LIGHT["muted"] if undefined else on_cell,
            weight="bold" if score == best[row, 0] else "normal",
            in_layout=False,  # it lies within its cell: nothing to make room for
        )


def _bare(axes: Axes) -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelcolor=LIGHT["ink"])
    axes.set_axisbelow(True)


def _legend(figure: Figure, summaries: list[ModelSummary]) -> None:
    kinds = [kind for kind in MARKERS if any(summary.kind == kind for summary in summaries)]
    handles = [
        Line2D([], [], color=LIGHT[kind], marker=MARKERS[kind], linewidth=2.2, markersize=6, label=kind)
        for kind in kinds
    ]
    if any(len(summary.results) > 1 for summary in summaries):
        handles.append(Line2D([], [], color=LIGHT["muted"], marker=".", linewidth=0, label="one seed"))
    figure.legend(handles=handles, loc="outside upper left", ncols=4, frameon=False, handlelength=1.6)


def _films(comparison: Comparison) -> str:
    return f"{comparison.corpus.movies:,} {comparison.corpus.split} films of {comparison.corpus.name}"


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _style() -> AbstractContextManager[None]:
    """Our style on matplotlib's own defaults, whatever the reader's matplotlibrc says."""
    return style.context(["default", STYLE])
