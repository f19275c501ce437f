"""What a genre's sentences are made of.

A sentence has slots in angle brackets: `<who>`, `<where>` and `<what>` come from a genre's words, the
others (`<name>`, `<other>`, `<town>`, `<time>`, `<she>`, `<her>`) from the plot as a whole.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words and sentences of one genre.

    Attributes:
        words: slot -> nouns in the singular without an article, so that "a" and "the" both fit.
        openings: sentences that introduce the protagonist.
        turns: sentences that may follow in any order.
    """

    words: dict[str, tuple[str, ...]]
    openings: tuple[str, ...]
    turns: tuple[str, ...]


def vocabulary(who: str, where: str, what: str, openings: str, turns: str) -> Vocabulary:
    """A vocabulary from its words, separated by commas, and its sentences, one a line."""
    words = {"who": _split(who, ","), "where": _split(where, ","), "what": _split(what, ",")}
    return Vocabulary(words, _split(openings, "\n"), _split(turns, "\n"))


def _split(text: str, separator: str) -> tuple[str, ...]:
    parts = (" ".join(part.split()) for part in text.split(separator))
    return tuple(part for part in parts if part)
