"""An explanation as a terminal shows it."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cinefuse.explanation.heat import HEAT_AGAINST, HEAT_FOR
from cinefuse.explanation.telling import bars
from cinefuse.explanation.wording import percent, signed
from cinefuse.explanation.words import FAINT, full_weight
from cinefuse.results.explanation import Explanation, PlotReading, PosterPlaces, StrongWord

BAR_WIDTH = 30
WORD_BAR_WIDTH = 12
SHADES = "░▒▓█"
FOR_STYLE, AGAINST_STYLE = HEAT_FOR, HEAT_AGAINST


def show(explanation: Explanation, console: Console) -> None:
    """Prints what the page shows: verdict, modalities, strongest words, where on the poster."""
    console.print(Text(explanation.sentences.verdict, style="bold"))
    console.print(_meters(explanation))
    console.print(Text(" ".join([*explanation.sentences.parts, explanation.sentences.people]).rstrip()))
    if explanation.plot is not None:
        console.print()
        _show_words(explanation.plot, console)
        for note in explanation.sentences.notes:
            console.print(Text(f"note: {note}"))
    if explanation.poster is not None:
        console.print()
        console.print(Text("where on the poster: shades speak for it, - and = against it"))
        console.print(_map(explanation.poster))
        console.print(Text(explanation.sentences.poster))


def _meters(explanation: Explanation) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for bar in bars(explanation):
        filled = round(bar.probability * BAR_WIDTH)
        table.add_row(bar.label, percent(bar.probability), "█" * filled + "·" * (BAR_WIDTH - filled))
    return table


def _show_words(plot: PlotReading, console: Console) -> None:
    found = plot.speak_for, plot.speak_against
    if not any(found):
        console.print("no word of the plot moves the score by much")
        return
    table = Table.grid(padding=(0, 4))
    full = full_weight([*plot.speak_for, *plot.speak_against])
    signs = (("words for it", FOR_STYLE), ("words against it", AGAINST_STYLE))
    table.add_row(
        *(
            _words(words, full, title, style)
            for words, (title, style) in zip(found, signs, strict=True)
            if words
        )
    )
    console.print(table)


def _words(words: Sequence[StrongWord], full: float, title: str, style: str) -> Table:
    table = Table(title, "", "", box=None, padding=(0, 1), header_style="")
    for word in words:
        bar = "█" * max(1, round(abs(word.weight) / full * WORD_BAR_WIDTH))
        table.add_row(Text(word.label), signed(word.weight), Text(bar, style))
    return table


def _map(places: PosterPlaces) -> Text:
    """Each place as two signs, so that it is about as wide as high."""
    drawn = Text()
    for row in places.weights:
        drawn.append("  ")
        for weight in row:
            drawn.append(*_sign(weight / places.full))
        drawn.append("\n")
    drawn.rstrip()
    return drawn


def _sign(strength: float) -> tuple[str, str]:
    if abs(strength) < FAINT:
        return "··", "dim"
    if strength < 0:
        return ("--" if strength > -0.5 else "=="), AGAINST_STYLE
    return 2 * SHADES[min(len(SHADES) - 1, int(strength * len(SHADES)))], FOR_STYLE
