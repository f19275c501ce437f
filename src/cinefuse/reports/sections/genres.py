"""Genre by genre: F1 with its interval, support, share, threshold and tier."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cinefuse.metrics.genre_intervals import genre_f1_intervals
from cinefuse.reports.drawing import bare, capped, drawing, shortened
from cinefuse.reports.heat import draw_cells
from cinefuse.reports.material import Material, Model
from cinefuse.reports.palette import LIGHT
from cinefuse.reports.section import Block, Drawn, Heading, Prose, Section, Tabled
from cinefuse.reports.summary import genre_supports, summarise
from cinefuse.reports.table import (
    UNDEFINED,
    Column,
    Estimate,
    Table,
    estimate,
    percent,
    whole,
)
from cinefuse.reports.tables import genre_table
from cinefuse.results import Comparison

TIERS = ((0.7, "strong"), (0.5, "fair"), (0.3, "weak"), (0.0, "poor"))  # F1 from which a genre is in the tier
MOST_ROWS = 40  # genres in a figure; the tables have them all
N_NAMED = 3  # how many of the best and the worst are named


def genres(material: Material) -> Section:
    """Every model's F1 by genre, the best model's closely."""
    comparison, corpus = material.comparison, material.comparison.corpus
    blocks: list[Block] = [
        Drawn(
            "per_genre_f1",
            genre_figure(comparison),
            "F1 of every genre by every model; the table below has the numbers",
        ),
        *(Prose(note, quiet=True) for note in capped(len(corpus.genres), MOST_ROWS)),
        Tabled("per_genre", genre_table(comparison), folded=True),
    ]
    best = material.best()
    if best is not None:
        blocks += [Heading(f"{best.name}, {material.picked}, genre by genre"), *_closely(best)]
    return Section("genres", "By genre", tuple(blocks))


def tier(f1: float) -> str:
    """strong, fair, weak or poor.

    Example:
        >>> tier(0.55)
        'fair'
    """
    return next(name for least, name in TIERS if f1 >= least)


def _closely(model: Model) -> list[Block]:
    first, result = model.scored[0], model.summary.results[0]
    intervals = genre_f1_intervals(model.predictions()[0], first.targets)
    n_films = len(first.ids)
    rows = []
    for column, genre in enumerate(first.genres.tolist()):
        scores = result.per_genre[genre]
        low, high = intervals[column].tolist()
        rows.append(
            (
                genre,
                scores.support,
                scores.support / n_films,
                Estimate(scores.f1, None if scores.f1 is None else (low, high)),
                scores.precision,
                scores.recall,
                scores.average_precision,
                scores.threshold,
                None if scores.f1 is None else tier(scores.f1),
            )
        )
    rows.sort(key=lambda row: -(row[3].value if row[3].value is not None else -1.0))
    columns = (
        Column("genre", numeric=False),
        Column("films", whole, name="support"),
        Column("share (%)", percent, name="share"),
        Column("F1", estimate, name="f1"),
        Column("precision", percent),
        Column("recall", percent),
        Column("average precision", percent, name="average_precision"),
        Column("threshold", "{:.2f}".format),
        Column("tier", numeric=False),
    )
    named = [row for row in rows if row[3].value is not None]
    ends = named[:N_NAMED], named[: -N_NAMED - 1 : -1]
    told = f"Best told: {_listed(ends[0])}. Worst: {_listed(ends[1])}." if len(named) > 2 * N_NAMED else ""
    tiers = ", ".join(
        f"{name} from {percent(least, 0)}" if least else f"{name} below" for least, name in TIERS
    )
    seed = f"Of seed {result.seed} alone. " if len(model.summary.results) > 1 else ""
    note = (
        f"{seed}F1 with the 95 % interval over films. Tiers by F1: {tiers}. A rare genre's score is mostly "
        "chance: mind its interval."
    )
    said = [Prose(told)] if told else []
    return [*said, Tabled("best_model_by_genre", Table(columns, rows)), Prose(note, quiet=True)]


def _listed(rows: list[tuple]) -> str:  # type: ignore[type-arg]
    return ", ".join(f"{row[0]} ({percent(row[3].value)})" for row in rows)


def genre_figure(comparison: Comparison) -> Figure:
    """F1 of each genre (rows, most films first) by each model (columns, best first)."""
    summaries = summarise(comparison)
    supports = dict(list(genre_supports(comparison).items())[:MOST_ROWS])
    scores = np.array(
        [[_or_nan(summary.genre_f1(genre)) for summary in summaries] for genre in supports], dtype=float
    ).reshape(len(supports), len(summaries))
    with drawing(2.2 + 0.78 * len(summaries), 0.9 + 0.27 * len(supports)) as figure:
        axes = figure.add_subplot()
        _draw_heat(axes, scores)
        axes.set_xticks(
            np.arange(len(summaries)) + 0.5, [summary.model.replace("-", "\n") for summary in summaries]
        )
        axes.set_yticks(np.arange(len(supports)) + 0.5, [shortened(genre) for genre in supports])
        axes.xaxis.tick_top()
        bare(axes)
        films = axes.secondary_yaxis("right")
        films.set_yticks(np.arange(len(supports)) + 0.5, [f"{support:,}" for support in supports.values()])
        films.tick_params(length=0, labelcolor=LIGHT["muted"])
        films.spines[:].set_visible(False)
        axes.annotate(
            "films", (1, 1), (9, 5), "axes fraction", "offset points", color=LIGHT["muted"], va="bottom"
        )
        axes.set_xlabel("F1 in percent; bold: best of its genre", color=LIGHT["muted"], labelpad=7)
    return figure


def _draw_heat(axes: Axes, scores: NDArray[np.float64]) -> None:
    on_cell = draw_cells(axes, scores)
    best = np.nanmax(scores, axis=1, initial=-1.0, keepdims=True)
    for (row, column), score in np.ndenumerate(scores):
        undefined = bool(np.isnan(score))
        axes.text(
            column + 0.5,
            row + 0.5,
            UNDEFINED if undefined else percent(score),
            ha="center",
            va="center_baseline",
            color=LIGHT["muted"] if undefined else on_cell(score),
            weight="bold" if score == best[row, 0] > 0 else "normal",
            in_layout=False,  # it lies within its cell: nothing to make room for
        )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
