"""An explanation as a terminal shows it."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cinefuse.explanation.telling import (
    FAINT,
    TopWord,
    answer,
    bars,
    full_fall,
    parts,
    signed,
    strongest,
    strongest_place,
)
from cinefuse.results.explanation import Explanation, PosterPlaces

BAR_WIDTH = 30
WORD_BAR_WIDTH = 12
MOST_WORDS = 8
SHADES = "░▒▓█"
FOR_STYLE, AGAINST_STYLE = "yellow", "magenta"


def show(explanation: Explanation, console: Console) -> None:
    """Prints what the page shows: verdict, modalities, strongest words, where on the poster."""
    console.print(Text(answer(explanation), style="bold"))
    console.print(_meters(explanation))
    console.print(Text(parts(explanation)))
    if explanation.words:
        console.print()
        _show_words(explanation, console)
    if explanation.poster is not None:
        console.print()
        console.print(Text("where on the poster: shades speak for it, - and = against it"))
        console.print(_map(explanation.poster))
        console.print(Text(strongest_place(explanation)))


def _meters(explanation: Explanation) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for bar in bars(explanation):
        filled = round(bar.probability * BAR_WIDTH)
        table.add_row(bar.label, f"{bar.probability:.2f}", "█" * filled + "·" * (BAR_WIDTH - filled))
    return table


def _show_words(explanation: Explanation, console: Console) -> None:
    found = strongest(explanation.words, MOST_WORDS)
    if not any(found):
        console.print("no word moves the score by much")
        return
    table = Table.grid(padding=(0, 4))
    signs = (("words for it", FOR_STYLE), ("words against it", AGAINST_STYLE))
    table.add_row(
        *(_words(words, title, style) for words, (title, style) in zip(found, signs, strict=True) if words)
    )
    console.print(table)


def _words(words: Sequence[TopWord], title: str, style: str) -> Table:
    table = Table(title, "", "", box=None, padding=(0, 1), header_style="")
    for word in words:
        bar = "█" * max(1, round(abs(word.strength) * WORD_BAR_WIDTH))
        table.add_row(Text(word.label), signed(word.weight), Text(bar, style))
    return table


def _map(places: PosterPlaces) -> Text:
    """Each place as two signs, so that it is about as wide as high."""
    full = full_fall(places)
    drawn = Text()
    for row in places.weights:
        drawn.append("  ")
        for weight in row:
            drawn.append(*_sign(weight / full))
        drawn.append("\n")
    drawn.rstrip()
    return drawn


def _sign(strength: float) -> tuple[str, str]:
    if abs(strength) < FAINT:
        return "··", "dim"
    if strength < 0:
        return ("--" if strength > -0.5 else "=="), AGAINST_STYLE
    return 2 * SHADES[min(len(SHADES) - 1, int(strength * len(SHADES)))], FOR_STYLE
