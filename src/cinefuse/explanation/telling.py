"""An explanation in words and in pieces, for the page, the picture and the terminal alike; no torch."""

from collections.abc import Sequence
from typing import NamedTuple

from cinefuse.explanation.spans import find_words
from cinefuse.results.explanation import ExplainedWord, Explanation, PosterPlaces

FULL_WEIGHT = 0.25  # on the logit scale: where no word weighs as much, none is shown in full colour
FULL_FALL = 0.02  # of a probability: likewise for places
FAINT = 0.08  # of the full colour: less is not worth colour, or a line in a list


class Piece(NamedTuple):
    """A stretch of the plot.

    Attributes:
        strength: from -1 (against) to 1 (for); None for what is no word that was weighed.
        weight: on the logit scale.
        read: whether the model read it; it does not read long plots to their end.
    """

    text: str
    strength: float | None
    weight: float
    read: bool


class TopWord(NamedTuple):
    """A word with all that it adds up to wherever it stands."""

    text: str
    weight: float
    strength: float
    times: int

    @property
    def label(self) -> str:
        """As a list shows it."""
        return self.text if self.times == 1 else f"{self.text} \N{MULTIPLICATION SIGN}{self.times}"


class Bar(NamedTuple):
    """What the model says by one part, or by both. `kind` is text, vision or fusion."""

    label: str
    kind: str
    probability: float


def signed(weight: float) -> str:
    """A weight as people read it.

    Example:
        >>> signed(0.5), signed(-0.25)
        ('+0.50', '\u22120.25')
    """
    return f"{weight:+.2f}".replace("-", "\N{MINUS SIGN}")


def question(explanation: Explanation) -> str:
    """The title."""
    return f"Why {explanation.genre}?" if explanation.given else f"Why not {explanation.genre}?"


def answer(explanation: Explanation) -> str:
    """What the model says, in a sentence."""
    share, threshold = f"{explanation.probability:.2f}", f"{explanation.threshold:.2f}"
    if share == threshold:  # a verdict that the rounded numbers would not bear out
        share, threshold = f"{explanation.probability:.4f}", f"{explanation.threshold:.4f}"
    if explanation.given:
        verdict = f"at or above its threshold of {threshold}: the film is given the genre"
    else:
        verdict = f"below its threshold of {threshold}: the film is not given the genre"
    return f"{explanation.model} gives {explanation.genre} a probability of {share}, {verdict}."


def bars(explanation: Explanation) -> list[Bar]:
    """The genre's probability from the plot, from the poster and from both, where there are such."""
    found = explanation.modalities
    named = [
        ("plot alone" if found.both is not None else "plot", "text", found.plot),
        ("poster alone" if found.both is not None else "poster", "vision", found.poster),
        ("both", "fusion", found.both),
    ]
    return [Bar(label, kind, value) for label, kind, value in named if value is not None]


def parts(explanation: Explanation) -> str:
    """What each modality moved, in a sentence."""
    found = explanation.modalities
    if found.both is None or found.plot is None or found.poster is None:
        only = "plot" if found.plot is not None else "poster"
        return f"The model was shown the {only} alone."
    by_poster, by_plot = found.both - found.plot, found.both - found.poster
    return (
        f"Shown the plot alone it says {found.plot:.2f}: the poster {_moves(by_poster)}. "
        f"Shown the poster alone it says {found.poster:.2f}: the plot {_moves(by_plot)}."
    )


def _moves(change: float) -> str:
    if abs(change) < 0.005:
        return "changes next to nothing"
    return f"{'adds' if change > 0 else 'takes'} {abs(change):.2f}{'' if change > 0 else ' away'}"


def pieces(plot: str, words: Sequence[ExplainedWord]) -> list[Piece]:
    """The whole plot, cut into its words and what stands between and behind them."""
    full = full_weight(words)
    found, end = [], 0
    for word in words:
        if word.start > end:
            found.append(Piece(plot[end : word.start], None, 0.0, read=True))
        found.append(Piece(word.text, word.weight / full, word.weight, read=True))
        end = word.end
    # punctuation behind the last word was read; another word was not
    behind = [start for start, _ in find_words(plot) if start >= end]
    cut = behind[0] if behind else len(plot)
    if cut > end:
        found.append(Piece(plot[end:cut], None, 0.0, read=True))
    if cut < len(plot):
        found.append(Piece(plot[cut:], None, 0.0, read=False))
    return found


def full_weight(words: Sequence[ExplainedWord]) -> float:
    """The weight that gets the full colour."""
    return max([FULL_WEIGHT, *(abs(word.weight) for word in words)])


def full_fall(places: PosterPlaces) -> float:
    """The fall that gets the full colour."""
    return max([FULL_FALL, *(abs(weight) for row in places.weights for weight in row)])


def strongest(words: Sequence[ExplainedWord], most: int) -> tuple[list[TopWord], list[TopWord]]:
    """The words for the genre and those against it, strongest first, at most `most` of each."""
    sums: dict[str, tuple[str, float, int]] = {}
    for word in words:
        text, weight, times = sums.get(word.text.casefold(), (word.text, 0.0, 0))
        sums[word.text.casefold()] = text, weight + word.weight, times + 1
    full = max([FULL_WEIGHT, *(abs(weight) for _, weight, _ in sums.values())])
    found = [TopWord(text, weight, weight / full, times) for text, weight, times in sums.values()]
    found = [word for word in found if abs(word.strength) >= FAINT]
    found.sort(key=lambda word: (-abs(word.weight), word.text))
    speak_for = [word for word in found if word.weight > 0]
    against = [word for word in found if word.weight < 0]
    return speak_for[:most], against[:most]


def strongest_place(explanation: Explanation) -> str:
    """Which place of the poster speaks loudest for the genre and which against it, in sentences."""
    places = explanation.poster
    assert places is not None, "the explanation has no poster"
    numbered = [
        (weight, row, column)
        for row, weights in enumerate(places.weights)
        for column, weight in enumerate(weights)
    ]
    top, bottom = max(numbered), min(numbered)
    told = [
        f"covering the {place_name(row, column, places)} {'lowers' if weight > 0 else 'raises'} the "
        f"probability by {abs(weight):.2f}"
        for weight, row, column in (top, bottom)
        if (weight > 0) == ((weight, row, column) == top) and abs(weight) >= 0.005
    ]
    if not told:
        return "No place of the poster moves the probability by 0.01."
    return "At most, " + "; ".join(told) + "."


def place_name(row: int, column: int, places: PosterPlaces) -> str:
    """Where a place is on the poster, as one says it.

    Example:
        >>> grid = PosterPlaces(rows=9, columns=6, weights=[])
        >>> place_name(0, 5, grid), place_name(4, 2, grid), place_name(8, 2, grid)
        ('upper right', 'centre', 'lower edge')
    """
    height = ("upper", "", "lower")[_third(row, places.rows)]
    side = ("left", "", "right")[_third(column, places.columns)]
    if height and side:
        return f"{height} {side}"
    return f"{height or side} edge" if height or side else "centre"


def _third(place: int, places: int) -> int:
    return min(2, int(3 * (place + 0.5) / places))
