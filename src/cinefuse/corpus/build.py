"""From what a reader tells to a corpus: which plot, which genres, which split, and what is left out.

Two kinds of trouble. A fault (a record that cannot be read, an id given twice) means that the source is
not what its owner thinks: it is refused, with the first faults named, unless `skip_faulty` says to leave
them out. What merely lacks a part (no poster, no plot, a genre that is not used) is kept and counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cinefuse.corpus.movie import SPLITS, Fault, Movie, Reading, SourceMovie
from cinefuse.corpus.readers import find_reader
from cinefuse.corpus.record import DEFAULT_RULES, Corpus, CorpusRules, PlotRule, missing_genres
from cinefuse.corpus.splits import random_split, stratified_split
from cinefuse.errors import CorpusError

SHOWN_FAULTS = 10


def build_corpus(source: str, rules: CorpusRules = DEFAULT_RULES) -> Corpus:
    """The corpus that `rules` make of `source`; posters are read when somebody asks for their pixels.

    Raises:
        CorpusError: if no reader recognises the source, or it is faulty.
    """
    reading = find_reader(source).read(source, rules.columns)
    skipped: Counter[str] = Counter(reading.counts)
    told = _without_faults(source, reading, rules, skipped)
    genres = _choose_genres(source, reading, told, rules)
    movies = [
        (movie, entry.split)
        for entry in told
        if (movie := _make_movie(entry, genres, rules, skipped)) is not None
    ]
    splits, split_rule = _divide(source, movies, genres, reading, rules, skipped)
    corpus = Corpus(
        name=rules.name or reading.name,
        genres=genres,
        splits=splits,
        plot_rule=rules.plot_rule,
        split_rule=split_rule,
        skipped=dict(sorted(skipped.items())),
        notes=reading.notes,
    )
    return replace(corpus, notes=corpus.notes + missing_genres(corpus))


def _without_faults(
    source: str, reading: Reading, rules: CorpusRules, skipped: Counter[str]
) -> list[SourceMovie]:
    movies: list[SourceMovie] = []
    faults: list[Fault] = []
    for entry in _check_ids(reading.entries):
        if isinstance(entry, Fault):
            faults.append(entry)
        else:
            movies.append(entry)
    if faults and not rules.skip_faulty:
        listed = "\n".join(
            f"  {fault.where}: {fault.reason}: {fault.detail}" for fault in faults[:SHOWN_FAULTS]
        )
        more = f"\n  and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        raise CorpusError(
            f"{source}: {len(faults)} faulty of {len(faults) + len(movies)}:\n{listed}{more}\n"
            "mend them, or leave them out, counted, with `cinefuse corpus prepare --skip-faulty`"
        )
    skipped.update(fault.reason for fault in faults)
    if not movies:
        raise CorpusError(f"{source}: no movie in it can be read")
    return movies


def _check_ids(entries: Iterable[SourceMovie | Fault]) -> Iterator[SourceMovie | Fault]:
    """Turns every later movie of the same id into a fault; the first is kept."""
    first: dict[str, SourceMovie] = {}
    for entry in entries:
        if isinstance(entry, Fault):
            yield entry
        elif entry.id in first:
            earlier = first[entry.id]
            reason = "duplicate id" if entry.split == earlier.split else "movie in two splits"
            yield Fault(
                entry.where,
                reason,
                f"{entry.id} ({entry.split or 'no split'}) is also {earlier.where} "
                f"({earlier.split or 'no split'}); allowed: each id once",
            )
        else:
            first[entry.id] = entry
            yield entry


def _choose_genres(
    source: str, reading: Reading, movies: Sequence[SourceMovie], rules: CorpusRules
) -> tuple[str, ...]:
    """The rules' genres, else the source's official ones, else all that occur, most frequent first."""
    counts = Counter(genre for movie in movies for genre in dict.fromkeys(movie.genres))
    by_count = sorted(counts, key=lambda genre: (-counts[genre], genre))
    if rules.genres is not None:
        unknown = [genre for genre in rules.genres if not counts[genre]]
        if unknown:
            raise CorpusError(
                f"{source}: no movie has {', '.join(unknown)}; allowed genres: {', '.join(by_count)}"
            )
    genres = rules.genres or reading.genres or tuple(by_count)
    if not genres:
        raise CorpusError(f"{source}: no movie has a genre; there is nothing to learn or to score")
    return genres


def _make_movie(
    entry: SourceMovie, genres: Sequence[str], rules: CorpusRules, skipped: Counter[str]
) -> Movie | None:
    """None where the rules leave the movie out."""
    plot = _choose_plot(entry.plots, rules.plot_rule)
    paired = entry.split != "unpaired"  # the others lack a plot by design, and may lack a genre
    if paired and len((plot or "").split()) < rules.min_words:
        skipped[f"plot shorter than {rules.min_words} words"] += 1
        return None
    own = set(entry.genres)
    if len(own) < len(entry.genres):
        skipped["genre given twice"] += 1
    skipped.update(f"genre not used: {genre}" for genre in own.difference(genres))
    used = tuple(genre for genre in genres if genre in own)
    if paired and not used:
        skipped["no genre"] += 1
        return None
    if plot is None:
        skipped["plot missing"] += 1
    if entry.poster is None:
        skipped["poster missing"] += 1
    return Movie(
        id=entry.id,
        plot=plot,
        poster=entry.poster,
        genres=used,
        title=entry.title,
        year=entry.year,
        director=entry.director,
        cast=entry.cast,
    )


def _choose_plot(plots: Sequence[str], rule: PlotRule) -> str | None:
    written = [plot.strip() for plot in plots if plot.strip()]
    if not written:
        return None
    if rule == "longest":
        return max(written, key=len)  # the first of the longest, by characters
    return written[0] if rule == "first" else " ".join(written)


def _divide(
    source: str,
    movies: Sequence[tuple[Movie, str | None]],
    genres: tuple[str, ...],
    reading: Reading,
    rules: CorpusRules,
    skipped: Counter[str],
) -> tuple[dict[str, tuple[Movie, ...]], str]:
    """The movies of each split, and the rule in words. "unpaired" stays as it is under every rule."""
    rule = rules.split
    if rule == "auto":
        rule = "own" if reading.has_splits else "stratified"
    if rule == "own" and not reading.has_splits:
        raise CorpusError(f"{source}: it has no split of its own; allowed: --split random or stratified")
    paired = [movie for movie, split in movies if split != "unpaired"]
    if rule == "own":
        chosen = [split for _, split in movies if split != "unpaired"]
        words = "own"
    else:
        make = random_split(len(paired), rules.seed) if rule == "random" else None
        chosen = list(make or stratified_split([movie.genres for movie in paired], genres, rules.seed))
        words = f"{rule} 70/15/15 (seed {rules.seed})"
    divided: dict[str, list[Movie]] = {split: [] for split in SPLITS}
    for movie, split in zip(paired, chosen, strict=True):
        if split is None:
            skipped["in no split"] += 1
        else:
            divided[split].append(movie)
    divided["unpaired"] = [movie for movie, split in movies if split == "unpaired"]
    kept = {split: tuple(members) for split, members in divided.items() if members}
    if not kept:
        raise CorpusError(f"{source}: no movie is left for any split; left out: {dict(skipped)}")
    return kept, words
