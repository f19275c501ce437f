"""From what a reader tells to a corpus: which plot, which genres, which split, and what is left out.

Two kinds of trouble. A fault (a record that cannot be read, an id given twice) means that the source is
not what its owner thinks: it is refused, with the first faults named, unless `skip_faulty` says to leave
them out. What merely lacks a part (no poster, no plot, a genre that is not used) is kept and counted.

A source is gone through twice: once for what decides this (`survey`), once for the movies themselves
(`source_movies`), which need not be in memory together.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.labels import Labels
from cinefuse.corpus.movie import Movie, Reading
from cinefuse.corpus.readers import find_reader
from cinefuse.corpus.record import DEFAULT_RULES, Corpus, CorpusRules, SplitRule, missing_genres
from cinefuse.corpus.source_movies import Chosen, SourceMovies
from cinefuse.corpus.splits import random_split, stratified_split
from cinefuse.corpus.survey import (
    NO_PLOT,
    NO_POSTER,
    NOWHERE,
    PLACES,
    SHORT,
    TWICE,
    UNPAIRED,
    Survey,
    survey,
)
from cinefuse.errors import CorpusError


def build_corpus(source: str, rules: CorpusRules = DEFAULT_RULES) -> Corpus:
    """The corpus that `rules` make of `source`; posters are read when somebody asks for their pixels.

    Raises:
        CorpusError: if no reader recognises the source, or it is faulty.
    """
    corpus = stream_corpus(source, rules)
    divided: dict[str, list[Movie]] = {split: [] for split in corpus.splits}
    for split, movie in corpus.movies():
        divided[split].append(movie)
    splits = {split: tuple(movies) for split, movies in divided.items()}
    return replace(corpus, splits=splits, in_order=None)


def stream_corpus(source: str, rules: CorpusRules = DEFAULT_RULES) -> Corpus:
    """As `build_corpus`; but every movie is read again from the source whenever it is gone through.

    Raises:
        CorpusError: if no reader recognises the source, or it is faulty.
    """
    reading = find_reader(source).read(source, rules.columns)
    found, entries = survey(reading, rules)
    skipped = Counter(reading.counts)
    _refuse_faults(source, found, rules, skipped)
    genres = _choose_genres(source, reading, found, rules)
    labels = Labels(found, genres)
    kept = _leave_out(found, labels, rules, skipped)
    rule = _split_rule(source, reading, rules)
    places = _divide(rule, rules.seed, found, labels, kept)
    if nowhere := int((kept & (places == NOWHERE)).sum()):
        skipped["in no split"] += nowhere
    if (places == NOWHERE).all():
        raise CorpusError(f"{source}: no movie is left for any split; left out: {dict(skipped)}")
    movies = Chosen(source, entries, rules, genres, found.keys, places).movies
    return Corpus(
        name=rules.name or reading.name,
        genres=genres,
        splits={
            split: SourceMovies(movies, split, size)
            for place, split in enumerate(PLACES)
            if (size := int((places == place).sum()))
        },
        plot_rule=rules.plot_rule,
        split_rule="own" if rule == "own" else f"{rule} 70/15/15 (seed {rules.seed})",
        skipped=dict(sorted(skipped.items())),
        notes=reading.notes + missing_genres(labels.counts(places)),
        in_order=movies,
    )


def _refuse_faults(source: str, found: Survey, rules: CorpusRules, skipped: Counter[str]) -> None:
    reasons, first = found.faults.reasons, found.faults.first
    n_faults = reasons.total()
    if n_faults and not rules.skip_faulty:
        listed = "\n".join(f"  {fault.where}: {fault.reason}: {fault.detail}" for fault in first)
        more = f"\n  and {n_faults - len(first)} more" if n_faults > len(first) else ""
        raise CorpusError(
            f"{source}: {n_faults} faulty of {n_faults + len(found)}:\n{listed}{more}\n"
            "mend them, or leave them out, counted, with `cinefuse corpus prepare --skip-faulty`"
        )
    skipped.update(reasons)
    if not len(found):
        raise CorpusError(f"{source}: no movie in it can be read")


def _choose_genres(source: str, reading: Reading, found: Survey, rules: CorpusRules) -> tuple[str, ...]:
    """The rules' genres, else the source's official ones, else all that occur, most frequent first."""
    counts = found.count()
    by_count = sorted(counts, key=lambda genre: (-counts[genre], genre))
    if rules.genres is not None:
        unknown = [genre for genre in rules.genres if genre not in counts]
        if unknown:
            raise CorpusError(
                f"{source}: no movie has {', '.join(unknown)}; allowed genres: {', '.join(by_count)}"
            )
    genres = rules.genres or reading.genres or tuple(by_count)
    if not genres:
        raise CorpusError(f"{source}: no movie has a genre; there is nothing to learn or to score")
    return genres


def _leave_out(found: Survey, labels: Labels, rules: CorpusRules, skipped: Counter[str]) -> NDArray[np.bool_]:
    """(M,) whether the rules keep a movie; what they leave out, or use without a part, is counted."""
    long_enough = ~found.are(SHORT)
    kept: NDArray[np.bool_] = long_enough & (
        labels.any() | (found.splits == UNPAIRED)
    )  # those may lack a genre, too
    used = set(labels.genres)
    counts = {
        f"plot shorter than {rules.min_words} words": len(found) - long_enough.sum(),
        "genre given twice": (long_enough & found.are(TWICE)).sum(),
        "no genre": (long_enough & ~kept).sum(),
        "plot missing": (kept & found.are(NO_PLOT)).sum(),
        "poster missing": (kept & found.are(NO_POSTER)).sum(),
    } | {
        f"genre not used: {name}": count
        for name, count in found.count(long_enough).items()
        if name not in used
    }
    skipped.update({reason: int(count) for reason, count in counts.items() if count})
    return kept


def _split_rule(source: str, reading: Reading, rules: CorpusRules) -> SplitRule:
    """The rules', of which "auto" becomes another."""
    if rules.split == "own" and not reading.has_splits:
        raise CorpusError(f"{source}: it has no split of its own; allowed: --split random or stratified")
    if rules.split == "auto":
        return "own" if reading.has_splits else "stratified"
    return rules.split


def _divide(
    rule: SplitRule, seed: int, found: Survey, labels: Labels, kept: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """(M,) the place of each movie's split; "unpaired" stays as it is under every rule."""
    places = np.where(kept, found.splits, np.int8(NOWHERE))
    paired = kept & (found.splits != UNPAIRED)
    if rule == "random":
        places[paired] = random_split(int(paired.sum()), seed)
    elif rule == "stratified":
        places[paired] = stratified_split(labels.matrix(paired), seed)
    return places
