"""An explanation in sentences, for the page, the picture and the terminal alike; no torch."""

from collections.abc import Sequence
from typing import NamedTuple

from cinefuse.explanation.wording import LEAST, points, signed, told_apart
from cinefuse.results.explanation import (
    Cover,
    Explanation,
    ModalityProbabilities,
    PlotReading,
    PosterPlaces,
    Sentences,
    StrongWord,
)

MOST_NAMED = 5  # words in a sentence, of each kind
# from where on it is told what words do not explain: of the whole, and at least
LEFT_SHARE, LEFT_LOGIT = 0.1, 0.1


class Bar(NamedTuple):
    """What the model says by one part, or by all that it was shown, and what that is judged by."""

    label: str
    probability: float
    threshold: float | None
    whole: bool


def tell(explanation: Explanation) -> Sentences:
    """All that is said of it; its own `sentences` play no part."""
    genre, plot, poster = explanation.genre, explanation.plot, explanation.poster
    return Sentences(
        title=f"Why {genre}?" if explanation.given else f"Why not {genre}?",
        verdict=verdict(explanation),
        parts=parts(explanation.modalities, genre),
        people=people_sentence(explanation),
        words=words_sentence(plot) if plot else "",
        poster=poster_sentence(poster, genre) if poster else "",
        notes=notes(plot, len(explanation.words)) if plot else [],
    )


def verdict(explanation: Explanation) -> str:
    """What the model says."""
    share, threshold = told_apart(explanation.probability, explanation.threshold)
    if explanation.given:
        judged = f"at or above its threshold of {threshold}: the film is given the genre"
    else:
        judged = f"below its threshold of {threshold}: the film is not given the genre"
    return f"{explanation.model} gives {explanation.genre} a probability of {share}, {judged}."


def parts(found: ModalityProbabilities, genre: str) -> list[str]:
    """What the probability does without the poster, and without the plot."""
    if found.both is None or found.plot is None or found.poster is None:
        return [f"The model was shown the {'plot' if found.plot is not None else 'poster'} alone."]
    alone = {"poster": found.plot, "plot": found.poster}
    return [f"Without the {part} {genre} {_moves(left - found.both)}." for part, left in alone.items()]


def people_sentence(explanation: Explanation) -> str:
    """What the names of who made the film have to do with it; empty where the model knows none of them."""
    left = explanation.without_people
    if left is None:
        return ""
    return f"Without the names of who made it {explanation.genre} {_moves(left - explanation.probability)}."


def _moves(change: float) -> str:
    if abs(change) < LEAST:
        return "stays the same"
    return f"{'rises' if change > 0 else 'falls'} by {points(change)}"


def words_sentence(plot: PlotReading) -> str:
    """The strongest words."""
    if not plot.speak_for and not plot.speak_against:
        return "No word of the plot moves the score by much."
    told = [
        f"Most {side} it: {_listed(words)}." if words else f"No word {side} it."
        for side, words in (("for", plot.speak_for), ("against", plot.speak_against))
    ]
    return " ".join(told)


def _listed(words: Sequence[StrongWord]) -> str:
    return ", ".join(word.label for word in words[:MOST_NAMED])  # an "and" could be one of the words


def notes(plot: PlotReading, n_words: int) -> list[str]:
    """What whoever reads the words' weights should know."""
    told = []
    if plot.unknown and 2 * plot.unknown > n_words:
        told.append(_unknown(plot.unknown, n_words))
    left = max(LEFT_LOGIT, LEFT_SHARE * abs(plot.moved))
    if max(abs(plot.punctuation), abs(plot.missed)) >= left:
        words = plot.moved - plot.punctuation - plot.missed
        told.append(
            f"The plot moves the score by {signed(plot.moved)} on the logit scale: its words by "
            f"{signed(words)}, punctuation and the like by {signed(plot.punctuation)}"
            + (
                f"; {signed(plot.missed)} could not be laid at any door."
                if abs(plot.missed) >= LEAST
                else "."
            )
        )
    return told


def _unknown(n_unknown: int, n_words: int) -> str:
    if n_words == 1:
        return "The model does not know this word: what it weighs means little."
    known = n_words - n_unknown
    knows, those = (f"only {known}", "The others") if known else ("none", "They")
    return (
        f"The model knows {knows} of the {n_words} words that it read. {those} are all the same to it, and "
        "what they weigh means little."
    )


def poster_sentence(poster: PosterPlaces, genre: str) -> str:
    """What the one cover did that lowered the probability most, and the one that raised it most."""
    low, high = poster.lowering, poster.raising
    if low is None and high is None:
        return f"Covering no part of the poster moves {genre} by as much as a point."
    if low is None or high is None:
        (one,) = (cover for cover in (low, high) if cover)
        does = "lowers" if one is low else "raises"
        by = points(one.fall)
        return f"Covering a rectangle at the {one.place} {does} {genre} by {by}, more than any other."
    where = f"at the {high.place}" if high.place != low.place else direction(low, high)
    return (
        f"Covering a rectangle at the {low.place} lowers {genre} by {points(low.fall)}, more than any other; "
        f"covering one {where} raises it by {points(high.fall)}."
    )


def direction(one: Cover, other: Cover) -> str:
    """Where the other is, seen from the one, for two that are called the same.

    Example:
        >>> one = Cover(top=0.2, left=0.2, bottom=0.4, right=0.4, place="", fall=0)
        >>> direction(one, one.model_copy(update={"top": 0.3, "bottom": 0.5}))
        'a little further down'
    """
    down = other.top + other.bottom - one.top - one.bottom
    right = other.left + other.right - one.left - one.right
    steps = [
        name
        for way, names in ((down, ("up", "down")), (right, ("to the left", "to the right")))
        for name in [names[way > 0]]
        if abs(way) > 1e-6
    ]
    return f"a little further {' and '.join(steps)}"


def place_name(down: float, across: float) -> str:
    """Where a point is on the poster, as one says it.

    Args:
        down: from 0 at its upper edge to 1 at its lower edge.
        across: likewise from the left.

    Example:
        >>> place_name(0.1, 0.9), place_name(0.5, 0.4), place_name(0.9, 0.5)
        ('upper right', 'centre', 'bottom')
    """
    row, column = (min(2, int(3 * share)) for share in (down, across))
    side = ("left", "", "right")[column]
    if row == 1:
        return side or "centre"
    return f"{('upper', '', 'lower')[row]} {side}" if side else ("top", "", "bottom")[row]


def bars(explanation: Explanation) -> list[Bar]:
    """The genre's probability from the plot, from the poster and from both, where there are such; beside it
    without the names of who made the film, where the model knows any.
    """
    found, left = explanation.modalities, explanation.without_people
    nameless = [] if left is None else [Bar("without names", left, explanation.threshold, whole=False)]
    if found.both is None:
        label = "plot" if found.plot is not None else "poster"
        return [Bar(label, explanation.probability, explanation.threshold, whole=True), *nameless]
    named = [
        ("plot alone", found.plot, found.plot_threshold),
        ("poster alone", found.poster, found.poster_threshold),
    ]
    alone = [Bar(label, share, own, whole=False) for label, share, own in named if share is not None]
    return [Bar("both", found.both, explanation.threshold, whole=True), *alone, *nameless]
