"""How every figure is drawn: one style, bare axes, PNG and SVG that are the same every time.

Figures are drawn in the light palette; inside the page their colours follow the page into the dark.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from cinefuse.reports.palette import HEAT, LIGHT

STYLE: dict[Any, Any] = {  # matplotlib types its keys one by one
    "font.family": "sans-serif",
    "font.size": 9.5,
    "figure.facecolor": LIGHT["ground"],
    "savefig.facecolor": LIGHT["ground"],
    "axes.facecolor": LIGHT["ground"],
    "text.color": LIGHT["ink"],
    "text.parse_math": False,  # a genre may be called anything
    "svg.fonttype": "none",  # text stays text: small files that can be searched and read aloud
    "svg.hashsalt": "cinefuse",
}
HEAT_MAP = LinearSegmentedColormap.from_list("heat", HEAT)


@contextmanager
def drawing(width: float, height: float) -> Iterator[Figure]:
    """A new figure of that many inches, in our style while the block lasts."""
    with in_style():
        yield Figure(figsize=(width, height), layout="constrained")


@contextmanager
def in_style() -> Iterator[None]:
    """Our style on matplotlib's own defaults, whatever the reader's matplotlibrc says."""
    with style.context(["default", STYLE]), warnings.catch_warnings():
        # a genre may be called anything: what the font lacks is a box in the PNG, and itself in the SVG
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


def bare(axes: Axes, grid: str | None = None) -> None:
    """No frame and no ticks; with `grid` ("x", "y" or "both") quiet lines behind what is drawn."""
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelcolor=LIGHT["ink"])
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=LIGHT["rule"], linewidth=0.8)  # type: ignore[arg-type]


def write_figure(figure: Figure, folder: Path, name: str) -> str:
    """Writes NAME.png and NAME.svg; returns the SVG."""
    with in_style():
        figure.savefig(folder / f"{name}.png", dpi=200, metadata={"Software": None})
    drawn = svg(figure)
    (folder / f"{name}.svg").write_text(drawn, encoding="utf-8", newline="\n")
    return drawn


def svg(figure: Figure) -> str:
    """The figure as SVG, without date: the same input gives the same bytes."""
    text = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with in_style():
        figure.savefig(text, format="svg", metadata=nothing)
    return text.getvalue()


def shortened(name: str, most: int = 28) -> str:
    """A name that leaves a figure its room, on one line.

    Example:
        >>> shortened("Documentary"), shortened("Documentary about film", 12)
        ('Documentary', 'Documentary…')
    """
    line = " ".join(name.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def capped(n_shown: int, most: int) -> list[str]:
    """What to say where a figure does not show everything; nothing where it does."""
    return [f"The figure shows {most} of {n_shown:,} genres; the table goes on."] if n_shown > most else []
