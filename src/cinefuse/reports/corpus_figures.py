"""The corpus in pictures: how many films of each genre, how many genres a film has, how long plots are."""

from collections.abc import Mapping
from itertools import islice

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cinefuse.corpus.audit import CorpusDescription, GenreDescription
from cinefuse.reports.drawing import bare, drawing, shortened
from cinefuse.reports.palette import LIGHT
from cinefuse.reports.table import percent, whole

MOST_BARS = 40  # genres; the table has them all
PALE = 0.55  # opacity: films are no kind of model, and have none of their colours


def genre_bars(genres: Mapping[str, GenreDescription]) -> Figure:
    """A bar a genre in the order given, at most `MOST_BARS`, with its number and share of all films."""
    shown = dict(islice(genres.items(), MOST_BARS))
    counts = [one.movies for one in shown.values()]
    with drawing(7.6, 0.5 + 0.25 * len(shown)) as figure:
        axes = figure.add_subplot()
        axes.barh(range(len(shown)), counts, height=0.72, color=LIGHT["muted"], alpha=PALE)
        for place, one in enumerate(shown.values()):
            end, beside = (one.movies, place), (1, place)
            axes.annotate(f"{one.movies:,}", end, (5, 0), textcoords="offset points", va="center_baseline")
            axes.annotate(
                f"{percent(one.share)} %",
                beside,
                (48, 0),
                ("axes fraction", "data"),
                "offset points",
                ha="right",
                va="center_baseline",
                color=LIGHT["muted"],
            )
        axes.set_yticks(range(len(shown)), [shortened(genre) for genre in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlim(0, 1.08 * max([1, *counts]))
        axes.set_xticks([])
        bare(axes)
    return figure


def lengths_figure(films: CorpusDescription) -> Figure:
    """Films by number of genres, and plots by number of words with the median and the 95th percentile."""
    with drawing(7.6, 2.4) as figure:
        few, plots = figure.subplots(1, 2, width_ratios=[1, 2])
        numbers = films.movies_with_genres
        _bars_on_grid(few, np.array(list(numbers)) - 0.4, list(numbers.values()), 0.8)
        few.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
        few.set_xlabel("genres a film", color=LIGHT["muted"])
        few.set_ylabel("films", color=LIGHT["muted"])
        _draw_plots(plots, films)
        for axes in (few, plots):
            axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
            bare(axes, "y")
    return figure


def _bars_on_grid(axes: Axes, left: np.ndarray, heights: list[int], width: float) -> None:
    """Pale bars that the grid does not shine through."""
    for colour, alpha in ((LIGHT["ground"], 1.0), (LIGHT["muted"], PALE)):
        axes.bar(left, heights, width, align="edge", color=colour, alpha=alpha)


def _draw_plots(axes: Axes, films: CorpusDescription) -> None:
    lengths, words = films.plot_lengths, films.plot_words
    if lengths is None or words is None:
        axes.set_axis_off()
        return
    edges = np.array(lengths.edges)
    _bars_on_grid(axes, edges[:-1], lengths.counts, 0.92 * float(edges[1] - edges[0]))
    for line, (place, what) in enumerate(((words.median, "median"), (words.p95, "95 % below"))):
        axes.axvline(place, color=LIGHT["ink"], linewidth=1)
        late = place > 0.75 * lengths.edges[-1]
        axes.annotate(
            f"{what} {whole(place)}",
            (place, 1),
            (-4 if late else 4, -2 - 13 * line),
            ("data", "axes fraction"),
            "offset points",
            ha="right" if late else "left",
            va="top",
        )
    axes.set_xlim(lengths.edges[0], lengths.edges[-1])
    axes.set_ylim(0, 1.3 * max(1, *lengths.counts))
    beyond = f"; {lengths.longer:,} longer ones not shown" if lengths.longer else ""
    axes.set_xlabel(f"words a plot{beyond}", color=LIGHT["muted"])
