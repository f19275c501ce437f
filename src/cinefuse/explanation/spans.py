"""The words of a plot as people see them, and what their pieces weigh together; no torch."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from cinefuse.results.explanation import ExplainedWord

_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e4e\u200d"
)
_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # each of them is read as a word of its own
_LETTER = rf"(?:[^\W_{_IDEOGRAPH}][{_MARKS}]*)"
_JOINT = r"(?:['\u2019\u02bc\-\u2010\u2011]|(?<=\d)[.,](?=\d))"
# U.S.A. | one ideograph | letters and digits; joined inside by an apostrophe or hyphen, digits by , and .
_WORD = re.compile(
    rf"(?:(?<!\w)[^\W\d_]\.){{2,}}"
    rf"|[{_IDEOGRAPH}]"
    rf"|{_LETTER}+(?:{_JOINT}{_LETTER}+)*"
)
Span = tuple[int, int]  # start and end in characters


def find_words(text: str) -> list[Span]:
    """Where the words are: contractions and compounds whole, no punctuation.

    Example:
        >>> text = "He's an ex-cop (from the U.S.) -- who won't pay $1,000!"
        >>> [text[start:end] for start, end in find_words(text)]
        ["He's", 'an', 'ex-cop', 'from', 'the', 'U.S.', 'who', "won't", 'pay', '1,000']
    """
    return [match.span() for match in _WORD.finditer(text)]


def weigh_words(text: str, spans: Sequence[Span], weights: Sequence[float]) -> list[ExplainedWord]:
    """The words that have at least one piece, in the text's order, each with the sum of its pieces.

    Args:
        text: the plot.
        spans: of each piece; an empty one, and one that touches no word, belongs to none. One that touches
            several (an unknown token may) is shared out by letters.
        weights: of each piece.
    """
    words = find_words(text)
    ends = [end for _, end in words]
    sums: dict[int, float] = {}
    for (start, end), weight in zip(spans, weights, strict=True):
        # the first word that ends behind where the piece starts is the first that it may touch
        place = bisect_left(ends, start + 1)
        touched: dict[int, int] = {}
        while place < len(words) and words[place][0] < end:
            touched[place] = min(end, words[place][1]) - max(start, words[place][0])
            place += 1
        for place, letters in touched.items():
            sums[place] = sums.get(place, 0.0) + weight * letters / sum(touched.values())
    return [
        ExplainedWord(text=text[start:end], start=start, end=end, weight=sums[place])
        for place, (start, end) in enumerate(words)
        if place in sums
    ]


def without_words(plot: str, words: Sequence[ExplainedWord]) -> str:
    """The plot without those words, and without the blank before each.

    Example:
        >>> without_words("A man, a plan.", [ExplainedWord(text="plan", start=9, end=13, weight=1)])
        'A man, a.'
    """
    for word in sorted(words, key=lambda one: -one.start):
        start = word.start - 1 if plot[: word.start].endswith(" ") else word.start
        plot = plot[:start] + plot[word.end :]
    return plot.lstrip()
