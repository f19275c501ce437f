"""What the best model misses and gives wrongly, and which genres stand in for which."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from cinefuse.metrics.arrays import Bools, decide
from cinefuse.metrics.confusion import StandIns, confusion_rates, stand_ins
from cinefuse.reports.drawing import capped
from cinefuse.reports.heat import MOST_GENRES, genre_heat
from cinefuse.reports.material import Material
from cinefuse.reports.section import Block, Drawn, Heading, Prose, Section, Tabled
from cinefuse.reports.table import Column, Table, percent, whole
from cinefuse.results import StoredPredictions

LEAST_MISSED = 5  # a share of fewer missed films is an anecdote
LEAST_TO_TELL, LEAST_TOLD = 10, 5  # missed films, and those told so, from which there is a sentence
CLEARLY = 1.5  # times the usual share, from which a genre stands in for another
MOST_SENTENCES = 5
MOST_PAIRS = 506  # rows of the table of stand-ins: all pairs of 23 genres
RATES = (
    "In percent. Missed: of the genre's films, those that were not given it. False alarms: of all other "
    "films, those that were."
)


@dataclass(frozen=True)
class Pair:
    """A genre, and one that was given in its stead.

    Attributes:
        missed: films of `genre` that were not given it.
        told: of these, given `stand_in` without having it.
        share: `told` of those that could be, for they have no `stand_in`.
        usual: of all films without `stand_in`, the share that are given it.
    """

    genre: str
    stand_in: str
    missed: int
    told: int
    share: float
    usual: float


def confusion(material: Material) -> Section:
    """The best model's rates of every genre, and what it gives in place of what it misses."""
    title = "What is missed, and what is told instead"
    best = material.best()
    if best is None:
        why = (
            "; ".join(reason for reason in material.missing if "predictions.npz" in reason)
            or "no model has a macro F1"
        )
        return Section("confusion", title, (Prose(f"Not counted: {why}."),))
    films = best.scored[0]
    decisions = decide(films.probabilities, films.thresholds)
    seed = f", seed {best.summary.results[0].seed}" if len(best.summary.results) > 1 else ""
    blocks: list[Block] = [
        Prose(f"By {best.name}{seed}, {material.picked}, at its own thresholds."),
        Tabled("confusion", _rates_table(films, decisions)),
        Prose(RATES, quiet=True),
        Heading("Which genres stand in for which"),
        *_instead(films, stand_ins(decisions, films.targets)),
    ]
    return Section("confusion", title, tuple(blocks))


def _rates_table(films: StoredPredictions, decisions: Bools) -> Table:
    rates = confusion_rates(decisions, films.targets)
    with np.errstate(invalid="ignore"):
        precision = rates.true_positives / (rates.true_positives + rates.false_positives)
    supports = films.targets.sum(axis=0)
    columns = (
        Column("genre", numeric=False),
        Column("films", whole, name="support"),
        Column("recall", percent),
        Column("missed", percent, name="miss_rate"),
        Column("missed films", whole, name="missed"),
        Column("false alarms", percent, name="false_alarm_rate"),
        Column("films with one", whole, name="false_alarms"),
        Column("precision", percent),
    )
    parts = (
        supports,
        rates.recall,
        rates.miss_rate,
        rates.false_negatives,
        rates.false_alarm_rate,
        rates.false_positives,
        precision,
    )
    rows = [
        (str(films.genres[genre]), *(_known(part[genre].item()) for part in parts))
        for genre in _most_films_first(films)
    ]
    return Table(columns, rows)


def _instead(films: StoredPredictions, found: StandIns) -> list[Block]:
    pairs = _pairs(films, found)
    if not pairs:
        return [
            Prose(
                f"There is nothing to tell: of no genre that was missed in {LEAST_MISSED} films or more was "
                "another one wrongly given instead."
            )
        ]
    supports = dict(zip(films.genres.tolist(), films.targets.sum(axis=0).tolist(), strict=True))
    folded = "Every pair" if len(pairs) <= MOST_PAIRS else f"The {MOST_PAIRS} pairs of most films"
    return [
        *(Prose(sentence) for sentence in _sentences(pairs, supports)),
        Drawn("stand_ins", _figure(films, found), "which genres are given where another one is missed"),
        *(Prose(note, quiet=True) for note in capped(len(films.genres), MOST_GENRES)),
        Tabled("stand_ins", _pairs_table(pairs[:MOST_PAIRS]), folded=True, fold_title=folded),
    ]


def _figure(films: StoredPredictions, found: StandIns) -> Figure:
    names = films.genres.tolist()
    shown = _most_films_first(films)[:MOST_GENRES]
    shares = found.share[np.ix_(shown, shown)].copy()
    np.fill_diagonal(shares, np.nan)
    few = found.missed[shown] < LEAST_MISSED
    shares[few] = np.nan
    return genre_heat(
        [names[genre] for genre in shown],
        shares,
        ("films missed", found.missed[shown].tolist()),
        "of the row's missed films without the column's genre, percent that were given it",
        dict.fromkeys(np.flatnonzero(few).tolist(), f"fewer than {LEAST_MISSED} films missed"),
    )


def _sentences(pairs: list[Pair], supports: dict[str, int]) -> list[str]:
    """The clearest stand-ins, one a genre: those that are given far more often than usual."""
    clear = [
        pair
        for pair in pairs
        if pair.told >= LEAST_TOLD and pair.missed >= LEAST_TO_TELL and pair.share >= CLEARLY * pair.usual
    ]
    clearest: dict[str, Pair] = {}
    for pair in sorted(clear, key=lambda pair: pair.usual - pair.share):
        clearest.setdefault(pair.genre, pair)
    return [
        f"{pair.genre}, missed in {pair.missed:,} of {supports[pair.genre]:,} films, is told as "
        f"{pair.stand_in} in {percent(pair.share, 0)} % of those that are no {pair.stand_in} "
        f"({percent(pair.usual, 0)} % of all such films are)."
        for pair in list(clearest.values())[:MOST_SENTENCES]
    ]


def _pairs(films: StoredPredictions, found: StandIns) -> list[Pair]:
    """Those of genres that were missed often enough; most films first."""
    names = films.genres.tolist()
    pairs = [
        Pair(
            names[genre],
            names[other],
            int(found.missed[genre]),
            int(found.told[genre, other]),
            float(found.share[genre, other]),
            float(found.usual[other]),
        )
        for genre in np.flatnonzero(found.missed >= LEAST_MISSED).tolist()
        for other in np.flatnonzero(found.told[genre]).tolist()
    ]
    return sorted(pairs, key=lambda pair: -pair.told)


def _pairs_table(pairs: list[Pair]) -> Table:
    columns = (
        Column("genre", numeric=False),
        Column("told instead", numeric=False, name="stand_in"),
        Column("missed films", whole, name="missed"),
        Column("told so", whole, name="told"),
        Column("share of those that could be (%)", percent, name="share"),
        Column("usual (%)", percent, name="usual"),
    )
    rows = [(pair.genre, pair.stand_in, pair.missed, pair.told, pair.share, pair.usual) for pair in pairs]
    return Table(columns, rows)


def _most_films_first(films: StoredPredictions) -> list[int]:
    order: list[int] = np.argsort(-films.targets.sum(axis=0), kind="stable").tolist()
    return order


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
