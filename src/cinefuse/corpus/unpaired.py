"""Films that have no plot by design, put beside a corpus as its split "unpaired"."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.corpus.same_film import same_film
from cinefuse.errors import CorpusError


def with_unpaired(corpus: Corpus, other: Corpus) -> Corpus:
    """`corpus` with the films of `other` as its unpaired ones, whatever splits those stand in.

    They keep their poster and the genres that the corpus has, and lose a plot that they may have. Left out,
    counted: films that stand in the corpus under the same id, or twice among the others, have no genre of it,
    or no poster.

    Raises:
        CorpusError: if the corpus has unpaired films already, or none of the others can be used.
    """
    if "unpaired" in corpus.splits:
        raise CorpusError(
            f"corpus {corpus.name}: it has unpaired films of its own; allowed is either of the two"
        )
    skipped: Counter[str] = Counter()
    movies = tuple(_usable(corpus, other, skipped))
    if not movies:
        raise CorpusError(
            f"{other.name}: none of its films can stand beside {corpus.name}: {dict(skipped)}; "
            "allowed are films with a poster, a genre of the corpus, and an id that it has not"
        )
    return replace(
        corpus,
        splits={**corpus.splits, "unpaired": movies},
        in_order=None,
        skipped={**corpus.skipped, **dict(sorted(skipped.items()))},
    )


def _usable(corpus: Corpus, other: Corpus, skipped: Counter[str]) -> Iterator[Movie]:
    taken = {same_film(movie.id) for _, movie in corpus.movies()}
    for movie in (movie for movies in other.splits.values() for movie in movies):
        genres = tuple(genre for genre in corpus.genres if genre in movie.genres)
        skipped.update(
            f"unpaired: genre not used: {genre}" for genre in movie.genres if genre not in corpus.genres
        )
        if same_film(movie.id) in taken:
            skipped["unpaired: in the corpus already"] += 1
        elif not genres:
            skipped["unpaired: no genre of the corpus"] += 1
        elif movie.poster is None:
            skipped["unpaired: poster missing"] += 1
        else:
            skipped["unpaired: plot not used"] += movie.plot is not None
            taken.add(same_film(movie.id))
            yield replace(movie, plot=None, genres=genres)
    for reason in [reason for reason, count in skipped.items() if not count]:
        del skipped[reason]
