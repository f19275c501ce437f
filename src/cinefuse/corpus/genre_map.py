"""One corpus' films by another's genres: so that a run is scored on films from elsewhere."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.corpus.same_film import same_film
from cinefuse.errors import CorpusError

KNOWN = "in the other corpus too"
GenreMap = Mapping[str, str | None]  # genre of the corpus -> genre of the run; None drops it


def parse_genre_map(assignments: Iterable[str]) -> dict[str, str | None]:
    """From `theirs=ours`, or `theirs=` for a genre that is dropped.

    Raises:
        CorpusError: if one is no assignment, or a genre is named twice.

    Example:
        >>> parse_genre_map(["Science Fiction=Sci-Fi", "News="])
        {'Science Fiction': 'Sci-Fi', 'News': None}
    """
    found: dict[str, str | None] = {}
    for assignment in assignments:
        theirs, equals, ours = (part.strip() for part in assignment.partition("="))
        if not equals or not theirs:
            raise CorpusError(
                f"genre {assignment!r}: allowed is THEIRS=OURS, or THEIRS= for a genre that is dropped"
            )
        if theirs in found:
            raise CorpusError(f"genre {theirs!r} is mapped twice; allowed is once")
        found[theirs] = ours or None
    return found


def with_genres_mapped(
    corpus: Corpus, split: str, genres: Sequence[str], mapping: GenreMap, without: Corpus | None = None
) -> Corpus:
    """The corpus with that split alone, its films labelled by `genres`.

    Left out, counted: films of `without` (a run's own training films, say), and films that keep no genre.

    Args:
        genres: those to end in, in their order.
        mapping: what becomes of the corpus' other genres; a genre that `genres` has too stays by itself.

    Raises:
        CorpusError: if a genre becomes one that is not in `genres`, is named and not there, or is left
            without an answer; or if no film remains.
    """
    _check(corpus, split, genres, mapping)
    known = {same_film(movie.id) for _, movie in without.movies()} if without else set()
    skipped: Counter[str] = Counter({KNOWN: 0} if without else {})  # that there is none is worth telling
    movies = tuple(_mapped(corpus.split(split), genres, mapping, known, skipped))
    if not movies:
        raise CorpusError(f"corpus {corpus.name}, split {split}: no film remains: {dict(skipped)}")
    return replace(
        corpus,
        genres=tuple(genres),
        splits={split: movies},
        in_order=None,
        skipped={**corpus.skipped, **dict(sorted(skipped.items()))},
    )


def _check(corpus: Corpus, split: str, genres: Sequence[str], mapping: GenreMap) -> None:
    faults = [
        f"{theirs}={ours}: the run has no genre {ours}"
        for theirs, ours in mapping.items()
        if ours is not None and ours not in genres
    ]
    # one that the corpus was built without may be named all the same
    there = {*corpus.genres, *(reason.rpartition(": ")[2] for reason in corpus.skipped)}
    faults += [f"{theirs}: no genre of the corpus" for theirs in mapping if theirs not in there]
    used = {genre for movie in corpus.split(split) for genre in movie.genres}
    open_ones = [genre for genre in corpus.genres if genre in used - set(genres) - set(mapping)]
    if open_ones:
        faults.append(
            f"{', '.join(open_ones)}: the run knows none of that name; say THEIRS=OURS, or THEIRS= to drop it"
        )
    if faults:
        raise CorpusError(
            f"corpus {corpus.name}, split {split}: {'; '.join(faults)}; the corpus has "
            f"{', '.join(corpus.genres)}; the run has {', '.join(genres)}"
        )


def _mapped(
    movies: Sequence[Movie], genres: Sequence[str], mapping: GenreMap, known: set[str], skipped: Counter[str]
) -> Iterator[Movie]:
    for movie in movies:
        ours = {mapping.get(genre, genre) for genre in movie.genres}
        if same_film(movie.id) in known:
            skipped[KNOWN] += 1
            continue
        skipped.update(
            f"genre dropped: {genre}" for genre in movie.genres if mapping.get(genre, genre) is None
        )
        if movie.genres and ours == {None}:
            skipped["no genre left"] += 1
        else:
            yield replace(movie, genres=tuple(genre for genre in genres if genre in ours))
