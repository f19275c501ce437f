"""An explanation as one picture: what the page shows, drawn by matplotlib for slides and papers."""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import Pixels
from cinefuse.errors import StorageError, UserError
from cinefuse.explanation.heat import AGAINST, FOR, HEAT_AGAINST, HEAT_FOR, heated, read_poster
from cinefuse.explanation.paragraph import Placed, lay_out, write
from cinefuse.explanation.telling import bars
from cinefuse.explanation.wording import percent, signed
from cinefuse.explanation.words import pieces
from cinefuse.reports.drawing import bare, in_style, shortened
from cinefuse.reports.palette import LIGHT
from cinefuse.results.explanation import Cover, Explanation, StrongWord

WIDTH, MARGIN, GAP = 9.0, 0.45, 0.4  # inches
POSTER_WIDTH, MOST_POSTER_HEIGHT = 2.5, 3.6
HEAD, BAR, METERS_LEAST = 1.15, 0.24, 0.25
LINE, TEXT_SIZE = 0.29, 10.5  # inches, points
MOST_LINES, MOST_WORDS = 30, 5
EDGE = "#868f9d"  # of bars that are a part alone
CAPTION = 0.4
DOTS = 200  # an inch
# what pictures are written as, and what is left out of each, that the same input gives the same bytes
SUFFIXES = {
    ".png": ("Software",),
    ".svg": ("Date", "Creator", "Format", "Type"),
    ".pdf": ("CreationDate", "Creator", "Producer"),
}


class _Layout(NamedTuple):
    """What is drawn, and how high it is in inches."""

    figure: Figure
    poster: Pixels | None
    lines: list[list[Placed]]
    words: list[StrongWord]
    top: float
    height: float


def write_picture(explanation: Explanation, movie: Movie, path: str | Path) -> None:
    """Writes a PNG, SVG or PDF, as the file's name ends.

    Args:
        explanation: of `movie`.
        movie: whose plot, poster and title are shown.
        path: ends in one of `SUFFIXES`.

    Raises:
        UserError: if it ends otherwise.
        StorageError: if the disk says no.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(f"{path}: pictures are written to files that end in {', '.join(SUFFIXES)}")
    # letters as shapes: the words' colours stay behind them, whatever fonts a reader has
    with in_style(), rc_context({"svg.fonttype": "path"}):
        figure = draw(explanation, movie)
        written = io.BytesIO()
        figure.savefig(written, format=suffix[1:], dpi=DOTS, metadata=dict.fromkeys(SUFFIXES[suffix]))
    try:
        path.write_bytes(written.getvalue())
    except OSError as error:
        raise StorageError(f"{path}: the picture cannot be written: {error.strerror}") from error


def draw(explanation: Explanation, movie: Movie) -> Figure:
    """The figure: poster and bars side by side, the plot below them."""
    with in_style():
        layout = _lay_out(explanation, movie)
        _write_head(layout, explanation, movie)
        left = MARGIN
        if layout.poster is not None:
            height, width, _ = layout.poster.shape
            size = min(POSTER_WIDTH, MOST_POSTER_HEIGHT * width / height)
            axes = _axes(layout, left, HEAD, size, size * height / width)
            axes.imshow(layout.poster, interpolation="lanczos", aspect="auto")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
            axes.set_xlabel(
                "blue speaks for it, orange against it;\nframed: the covers that did most",
                size=8,
                color=LIGHT["muted"],
            )
            if explanation.poster is not None:
                _frame(axes, explanation.poster.lowering, HEAT_FOR, "-")
                _frame(axes, explanation.poster.raising, HEAT_AGAINST, "--")
            left += size + GAP
        _draw_meters(layout, explanation, left)
        _draw_words(layout, left, len(bars(explanation)))
        _write_plot(layout)
    return layout.figure


def _lay_out(explanation: Explanation, movie: Movie) -> _Layout:
    figure = Figure(figsize=(WIDTH, 1), dpi=DOTS)  # text is measured as it is drawn
    pixels = read_poster(movie) if explanation.poster is not None else None
    poster = heated(pixels, explanation.poster) if pixels is not None and explanation.poster else None
    words: list[StrongWord] = []
    if explanation.plot is not None:
        words = explanation.plot.speak_for[:MOST_WORDS] + explanation.plot.speak_against[:MOST_WORDS][::-1]
    found = pieces(movie.plot or "", explanation)
    renderer, font = FigureCanvasAgg(figure).get_renderer(), FontProperties(size=TEXT_SIZE)  # type: ignore[no-untyped-call]

    @cache
    def measure(text: str) -> float:
        """Inches."""
        return float(renderer.get_text_width_height_descent(text, font, ismath=False)[0]) / figure.dpi

    lines = lay_out(found, measure, WIDTH - 2 * MARGIN)
    top = _bars_height(len(bars(explanation)), len(words))
    if poster is not None:
        height, width, _ = poster.shape
        top = max(top, min(MOST_POSTER_HEIGHT, POSTER_WIDTH * height / width) + CAPTION)
    below = LINE * (min(len(lines), MOST_LINES) + (len(lines) > MOST_LINES) + 1) if lines else 0.0
    total = HEAD + top + below + MARGIN
    figure.set_size_inches(WIDTH, total)
    return _Layout(figure, poster, lines, words, top, total)


def _bars_height(n_bars: int, n_words: int) -> float:
    return METERS_LEAST + BAR * n_bars + (0.55 + BAR * n_words if n_words else 0.0)


def _axes(layout: _Layout, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place in inches from the upper left corner."""
    bottom = 1 - (top + height) / layout.height
    return layout.figure.add_axes((left / WIDTH, bottom, width / WIDTH, height / layout.height))


def _write_head(layout: _Layout, explanation: Explanation, movie: Movie) -> None:
    figure, height = layout.figure, layout.height
    film = f"{movie.title} ({movie.year})" if movie.title and movie.year else movie.title
    title = explanation.sentences.title + (f"  {shortened(film, 60)}" if film else "")
    figure.text(MARGIN / WIDTH, 1 - 0.5 / height, title, size=16, weight="bold", va="center")
    figure.text(
        MARGIN / WIDTH,
        1 - 0.83 / height,
        explanation.sentences.verdict,
        size=9.5,
        color=LIGHT["muted"],
        va="center",
    )


def _frame(axes: Axes, cover: Cover | None, colour: str, line: str) -> None:
    """The cover that is told of, as a frame on the poster."""
    if cover is None:
        return
    size = cover.right - cover.left, cover.bottom - cover.top
    for shade, width, style in (("white", 3.2, "-"), (colour, 1.6, line)):
        box = Rectangle((cover.left, cover.top), *size, fill=False, edgecolor=shade, linewidth=width)
        # from the upper left, as fractions are counted
        box.set(linestyle=style, transform=Affine2D().scale(1, -1).translate(0, 1) + axes.transAxes)
        axes.add_patch(box)


def _draw_meters(layout: _Layout, explanation: Explanation, left: float) -> None:
    """The genre's probability by what the model is shown, each with its threshold."""
    found = bars(explanation)
    label = 1.25
    axes = _axes(layout, left + label, HEAD, WIDTH - MARGIN - left - label - 0.4, BAR * len(found))
    for row, bar in enumerate(found):
        axes.barh(row, 1, height=0.5, color=LIGHT["rule"])
        axes.barh(row, bar.probability, height=0.5, color=LIGHT["fusion"] if bar.whole else EDGE)
        axes.text(1.02, row, percent(bar.probability), va="center_baseline")
        if bar.threshold is not None:
            axes.plot([bar.threshold] * 2, [row - 0.42, row + 0.42], color=LIGHT["ink"], linewidth=1.6)
    axes.set_yticks(range(len(found)), [bar.label for bar in found])
    axes.set_xticks([])
    axes.set_xlim(0, 1)
    axes.set_ylim(len(found) - 0.5, -0.5)
    bare(axes)


def _draw_words(layout: _Layout, left: float, n_bars: int) -> None:
    """The strongest words, those for it to the right, those against it to the left."""
    if not layout.words:
        return
    label = 1.25
    top = HEAD + BAR * n_bars + 0.55
    axes = _axes(layout, left + label, top, WIDTH - MARGIN - left - label - 0.4, BAR * len(layout.words))
    weights = [word.weight for word in layout.words]
    axes.barh(
        range(len(weights)), weights, height=0.6, color=[FOR if one > 0 else AGAINST for one in weights]
    )
    reach = max(map(abs, weights))
    for row, weight in enumerate(weights):
        axes.text(
            weight + (0.02 if weight > 0 else -0.02) * reach,
            row,
            signed(weight),
            va="center_baseline",
            ha="left" if weight > 0 else "right",
            color=LIGHT["muted"],
            fontsize=8,
        )
    axes.axvline(0, color=LIGHT["muted"], linewidth=0.8)
    axes.set_yticks(range(len(weights)), [shortened(word.label, 16) for word in layout.words])
    axes.set_xticks([])
    lowest, highest = min(0.0, *weights), max(0.0, *weights)
    room = 0.14 * (highest - lowest)  # for the numbers beside the bars
    axes.set_xlim(lowest - room, highest + room)
    axes.set_ylim(len(weights) - 0.5, -0.5)
    axes.set_title(
        "words for it and against it, on the logit scale", loc="left", size=9.5, color=LIGHT["muted"], pad=4
    )
    bare(axes)


def _write_plot(layout: _Layout) -> None:
    """The plot, its words on their colours."""
    if not layout.lines:
        return
    shown: Sequence[list[Placed]] = layout.lines[:MOST_LINES]
    height = LINE * (len(shown) + (len(layout.lines) > MOST_LINES))
    axes = _axes(layout, MARGIN, HEAD + layout.top + LINE, WIDTH - 2 * MARGIN, height)
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH - 2 * MARGIN)
    axes.set_ylim(height, 0)
    for row, line in enumerate(shown):
        for placed in line:
            write(axes, placed, LINE * (row + 0.5), TEXT_SIZE)
    if len(layout.lines) > MOST_LINES:
        n_more = len(layout.lines) - MOST_LINES
        axes.text(
            0,
            height - LINE / 2,
            f"\N{HORIZONTAL ELLIPSIS} and {n_more} lines more",
            color=LIGHT["muted"],
            size=TEXT_SIZE,
        )
