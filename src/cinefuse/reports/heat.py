"""Genres against genres as a heat map: shares in percent, what does not apply left blank."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cinefuse.reports.drawing import HEAT_MAP, bare, drawing, shortened
from cinefuse.reports.palette import LIGHT, ON_DARK_HEAT, ON_LIGHT_HEAT
from cinefuse.reports.table import percent

MOST_GENRES = 24  # more cannot be read; the tables go on
INCHES_A_LETTER = 0.08  # about, in the labels
LEAST_WIDTH = 5.6  # inches; the caption needs them
LEAST_WRITTEN = 0.05  # the colour says enough of what is smaller


def genre_heat(
    genres: Sequence[str],
    shares: NDArray[np.float64],
    margin: tuple[str, Sequence[int]],
    caption: str,
    remarks: Mapping[int, str] | None = None,
) -> Figure:
    """A row and a column a genre.

    Args:
        genres: names of both, at most `MOST_GENRES` of them.
        shares: (G, G), from 0 to 1; NaN is left blank.
        margin: what stands to the right of the rows: its title, and a number a row.
        caption: what a cell says.
        remarks: row -> what is written across it, in place of its cells.
    """
    n_genres = len(genres)
    names = [shortened(genre) for genre in genres]
    label = INCHES_A_LETTER * max(map(len, names))
    width = max(LEAST_WIDTH, 0.8 + label + 0.28 * n_genres)
    with drawing(width, 0.7 + 0.85 * label + 0.25 * n_genres) as figure:
        axes = figure.add_subplot()
        _write_cells(axes, shares, draw_cells(axes, shares))
        for row, remark in (remarks or {}).items():
            axes.annotate(
                remark,
                (0, row + 0.5),
                (6, 0),
                textcoords="offset points",
                va="center_baseline",
                color=LIGHT["muted"],
                fontsize=8,
            )
        places = np.arange(n_genres) + 0.5
        axes.set_yticks(places, names)
        axes.set_xticks(places, names, rotation=55, ha="left", rotation_mode="anchor")
        axes.xaxis.tick_top()
        bare(axes)
        axes.tick_params(axis="x", pad=2)
        title, numbers = margin
        beside = axes.secondary_yaxis("right")
        beside.set_yticks(places, [f"{number:,}" for number in numbers])
        beside.tick_params(length=0, labelcolor=LIGHT["muted"])
        beside.spines[:].set_visible(False)
        beside.set_ylabel(title, color=LIGHT["muted"], rotation=270, va="bottom", labelpad=4)
        figure.supxlabel(caption, color=LIGHT["muted"], fontsize=9.5)
    return figure


def draw_cells(axes: Axes, shares: NDArray[np.float64]) -> Callable[[float], str]:
    """The coloured cells, darker for more, NaN left blank; returns the colour of what is written on one."""
    top = max(0.1, np.ceil(10 * np.nanmax(shares, initial=0.0)) / 10)
    axes.pcolormesh(
        np.ma.masked_invalid(shares),
        cmap=HEAT_MAP,
        vmin=0,
        vmax=top,
        edgecolors=LIGHT["ground"],
        linewidth=1.2,
    )
    axes.invert_yaxis()
    return lambda share: ON_DARK_HEAT if share > 0.5 * top else ON_LIGHT_HEAT


def _write_cells(axes: Axes, shares: NDArray[np.float64], on_cell: Callable[[float], str]) -> None:
    for (row, column), share in np.ndenumerate(shares):
        if share >= LEAST_WRITTEN:
            axes.text(
                column + 0.5,
                row + 0.5,
                percent(share, 0),
                ha="center",
                va="center_baseline",
                color=on_cell(share),
                fontsize=8,
                in_layout=False,  # it lies within its cell: nothing to make room for
            )
