"""A plot's words for lists and for drawing: the strongest, and how strongly each is painted; no torch."""

from collections.abc import Sequence
from typing import NamedTuple

from cinefuse.results.explanation import ExplainedWord, Explanation, StrongWord

FULL_WEIGHT = 0.25  # on the logit scale: where no word weighs as much, none is painted fully
FAINT = 0.08  # of the full colour: less is not worth colour, or a line in a list
MOST_WORDS = 8  # listed of each kind


class Piece(NamedTuple):
    """A stretch of the plot.

    Attributes:
        strength: from -1 (against) to 1 (for); None for what is no word that was weighed, or is too faint.
        weight: on the logit scale; None for what is no word that was weighed.
        read: whether the model read it; it does not read long plots to their end.
    """

    text: str
    strength: float | None = None
    weight: float | None = None
    read: bool = True


def full_weight(words: Sequence[ExplainedWord | StrongWord]) -> float:
    """The weight that gets the full colour."""
    return max([FULL_WEIGHT, *(abs(word.weight) for word in words)])


def strongest(words: Sequence[ExplainedWord]) -> tuple[list[StrongWord], list[StrongWord]]:
    """The words for the genre and those against it, strongest first; each counts wherever it stands."""
    sums: dict[str, StrongWord] = {}
    for word in words:
        key = word.text.casefold()
        before = sums.get(key, StrongWord(text=word.text, times=0, weight=0.0))
        sums[key] = StrongWord(text=before.text, times=before.times + 1, weight=before.weight + word.weight)
    least = FAINT * full_weight(list(sums.values()))
    found = sorted(
        (word for word in sums.values() if abs(word.weight) >= least),
        key=lambda word: (-abs(word.weight), word.text),
    )
    speak_for = [word for word in found if word.weight > 0]
    against = [word for word in found if word.weight < 0]
    return speak_for[:MOST_WORDS], against[:MOST_WORDS]


def pieces(plot: str, explanation: Explanation) -> list[Piece]:
    """The whole plot, cut into its words and what stands between and behind them."""
    reading = explanation.plot
    if reading is None:
        return []
    found, end = [], 0
    for word in explanation.words:
        if word.start > end:
            found.append(Piece(plot[end : word.start]))
        strength = word.weight / reading.full if abs(word.weight) >= reading.faint else None
        found.append(Piece(word.text, strength, word.weight))
        end = word.end
    if reading.read_to > end:
        found.append(Piece(plot[end : reading.read_to]))
    if reading.read_to < len(plot):
        found.append(Piece(plot[reading.read_to :], read=False))
    return found
