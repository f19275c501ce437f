"""Lines of a plot for a picture: words in their colours, broken where the line is full."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from cinefuse.explanation.heat import AGAINST, FOR, MOST_TINT
from cinefuse.explanation.words import Piece
from cinefuse.reports.palette import LIGHT

Measure = Callable[[str], float]


class Placed(NamedTuple):
    """A stretch of text on a line. `left` and `width` are in the unit of the measure."""

    text: str
    left: float
    width: float
    piece: Piece


def lay_out(pieces: Sequence[Piece], measure: Measure, width: float) -> list[list[Placed]]:
    """The lines, none of them wider than `width`.

    Args:
        pieces: the whole plot.
        measure: how wide a text is.
        width: of a line.
    """
    lines: list[list[Placed]] = [[]]
    blank, right = measure(" "), 0.0
    for unit, spaced in _units(pieces):
        sizes = [measure(text) for text, _ in unit]
        gap = blank if spaced and right else 0.0
        if right and right + gap + sum(sizes) > width:
            lines.append([])
            right, gap = 0.0, 0.0
        right += gap
        for (text, piece), size in zip(unit, sizes, strict=True):
            for part in _fitting(text, measure, width) if size > width else [text]:
                taken = measure(part)
                if right and right + taken > width:
                    lines.append([])
                    right = 0.0
                lines[-1].append(Placed(part, right, taken, piece))
                right += taken
    return [line for line in lines if line]


def _units(pieces: Sequence[Piece]) -> Iterator[tuple[list[tuple[str, Piece]], bool]]:
    """What stands between two blanks, with the pieces that it is made of; whether a blank goes before it."""
    unit: list[tuple[str, Piece]] = []
    spaced = False
    for piece in pieces:
        for part in _split(piece.text):
            if part.isspace() or not part:
                if unit:
                    yield unit, spaced
                unit, spaced = [], True
            else:
                unit.append((part, piece))
    if unit:
        yield unit, spaced


def _split(text: str) -> list[str]:
    """Words and blanks by turns."""
    parts: list[str] = []
    for letter in text:
        if parts and letter.isspace() == parts[-1].isspace():
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def _fitting(text: str, measure: Measure, width: float) -> list[str]:
    """A text without blanks, cut where it must be."""
    parts = [""]
    for letter in text:
        if parts[-1] and measure(parts[-1] + letter) > width:
            parts.append("")
        parts[-1] += letter
    return parts


def write(axes: Axes, placed: Placed, middle: float, size: float) -> None:
    """Draws a stretch on its colour, on axes in inches from the upper left.

    Args:
        axes: where.
        placed: in inches.
        middle: of the line.
        size: of the letters, in points.
    """
    strength = placed.piece.strength
    if strength is not None:
        box = FancyBboxPatch(
            (placed.left, middle - 0.105),
            placed.width,
            0.21,
            boxstyle="round,pad=0.015,rounding_size=0.04",
            facecolor=FOR if strength > 0 else AGAINST,
            alpha=MOST_TINT * abs(strength),
            linewidth=0,
            clip_on=False,
        )
        axes.add_patch(box)
    colour = LIGHT["ink" if placed.piece.read else "muted"]
    axes.text(placed.left, middle, placed.text, size=size, color=colour, va="center_baseline")
