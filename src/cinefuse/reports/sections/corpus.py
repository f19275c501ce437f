"""The films themselves: how many of each genre and together, how long the plots are, what is missing."""

import numpy as np
from matplotlib.figure import Figure

from cinefuse.corpus.audit import CorpusDescription
from cinefuse.reports.corpus_figures import MOST_BARS, genre_bars, lengths_figure
from cinefuse.reports.drawing import capped
from cinefuse.reports.heat import MOST_GENRES, genre_heat
from cinefuse.reports.material import Material
from cinefuse.reports.section import Block, Drawn, Facts, Heading, Prose, Section, Tabled
from cinefuse.reports.table import Column, Table, percent, whole

MOST_PAIRS = 253  # rows of the table of pairs: all pairs of 23 genres
TITLE = "The films"


def corpus(material: Material) -> Section:
    """Counts of the whole corpus, not only of the films that were scored."""
    films = material.corpus
    if films is None:
        why = "; ".join(reason for reason in material.missing if "corpus.json" in reason)
        return Section("corpus", TITLE, (Prose(f"Not described: {why or 'there is no corpus.json'}."),))
    return Section(
        "corpus",
        TITLE,
        (
            _facts(films),
            Heading("How many films of each genre"),
            *_counts(films),
            Heading("Which genres go together"),
            *_together(films),
            *_lengths(films),
            *_gaps(films),
            *(Prose(note, quiet=True) for note in films.notes),
        ),
    )


def _facts(films: CorpusDescription) -> Facts:
    facts = [
        ("films", f"{films.movies:,}"),
        ("in splits", ", ".join(f"{split} {number:,}" for split, number in films.splits.items()) or "none"),
        ("genres", f"{len(films.genres):,}"),
        ("genres a film", f"{films.genres_a_movie:.2f}"),
    ]
    if films.imbalance is not None:
        facts.append(("most frequent to rarest genre", f"{films.imbalance:.0f} to 1"))
    if films.plot_words is not None:
        facts.append(("words a plot, median", whole(films.plot_words.median)))
    return Facts(tuple(facts))


def _counts(films: CorpusDescription) -> list[Block]:
    columns = (
        Column("genre", numeric=False),
        Column("films", whole, name="movies"),
        Column("share (%)", percent, name="share"),
        *(Column(split, whole) for split in films.splits),
    )
    genres = dict(sorted(films.genres.items(), key=lambda item: -item[1].movies))
    rows = [
        (genre, one.movies, one.share, *(one.by_split.get(split, 0) for split in films.splits))
        for genre, one in genres.items()
    ]
    return [
        Drawn("genre_counts", genre_bars(genres), "films of every genre; the table has the numbers"),
        *(Prose(note, quiet=True) for note in capped(len(rows), MOST_BARS)),
        Tabled("genre_counts", Table(columns, rows), folded=True, fold_title="With the splits, as a table"),
    ]


def _together(films: CorpusDescription) -> list[Block]:
    names, together = list(films.genres), np.array(films.co_occurrence, dtype=np.int64)
    pairs = [
        (names[first], names[second], count, *(count / together[one, one] for one in (first, second)))
        for first, second in zip(*np.triu_indices(len(names), 1), strict=True)
        if (count := int(together[first, second]))
    ]
    if not pairs:
        return [Prose("No film has two of the genres.")]
    pairs.sort(key=lambda pair: -pair[2])
    columns = (
        Column("genre", numeric=False),
        Column("and", numeric=False, name="other"),
        Column("films with both", whole, name="movies"),
        Column("of the first (%)", percent, name="share_of_genre"),
        Column("of the second (%)", percent, name="share_of_other"),
    )
    folded = "Every pair" if len(pairs) <= MOST_PAIRS else f"The {MOST_PAIRS} most frequent pairs"
    return [
        Drawn("co_occurrence", _heat(names, together), "share of each genre's films that have another too"),
        *(Prose(note, quiet=True) for note in capped(len(names), MOST_GENRES)),
        Tabled("co_occurrence", Table(columns, pairs[:MOST_PAIRS]), folded=True, fold_title=folded),
    ]


def _heat(names: list[str], together: np.ndarray) -> Figure:
    totals = together.diagonal()
    shown = np.argsort(-totals, kind="stable")[:MOST_GENRES]
    with np.errstate(invalid="ignore"):
        shares = (together / totals[:, None])[np.ix_(shown, shown)]
    np.fill_diagonal(shares, np.nan)
    return genre_heat(
        [names[genre] for genre in shown],
        shares,
        ("films", totals[shown].tolist()),
        "of the row genre's films, percent that also have the column's genre",
    )


def _lengths(films: CorpusDescription) -> list[Block]:
    """Genres a film, and words a plot; nothing where there is no film."""
    if not films.movies:
        return []
    words = films.plot_words
    said = (
        "No film has a plot."
        if words is None
        else f"A plot has {whole(words.median)} words at the median and {whole(words.mean)} on average; "
        f"95 % have at most {whole(words.p95)}, the shortest has {whole(words.min)} and the longest "
        f"{whole(words.max)}."
    )
    columns = (Column("genres", name="genres"), Column("films", whole, name="movies"))
    return [
        Heading("Genres a film, words a plot"),
        Prose(said),
        Drawn("lengths", lengths_figure(films), "films by number of genres, and plots by number of words"),
        Tabled(
            "genres_a_film",
            Table(columns, list(films.movies_with_genres.items())),
            folded=True,
            fold_title="Genres a film, as a table",
        ),
    ]


def _gaps(films: CorpusDescription) -> list[Block]:
    rows: list[tuple[str, str, int, int | None]] = [
        ("left out", reason, count, None) for reason, count in films.skipped.items()
    ]
    for part, counts in (("poster", films.posters), ("plot", films.plots)):
        rows += [(part, reason, count, None) for reason, count in counts.items() if count]
    rows += [
        (what.removesuffix("s"), "the same as another film's", found.movies, found.across_splits)
        for what, found in films.duplicates.items()
        if found.movies
    ]
    heading = Heading("What is missing, or there twice")
    if not rows:
        return [heading, Prose("Nothing was left out, and nothing is missing or there twice.")]
    columns = (
        Column("what", numeric=False),
        Column("why", numeric=False),
        Column("films", whole, name="movies"),
        Column("of these in two splits", whole, name="across_splits"),
    )
    return [heading, Tabled("corpus_gaps", Table(columns, rows))]
