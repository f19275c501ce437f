"""How it compares with what others published, with the split, films and threshold rule of each."""

from cinefuse.corpus.genres import MMIMDB_GENRES
from cinefuse.reports.material import Material
from cinefuse.reports.published import PUBLISHED
from cinefuse.reports.section import Prose, Section, Tabled
from cinefuse.reports.table import Cell, Column, Estimate, Table, estimate, percent, whole
from cinefuse.reports.tables import threshold

MMIMDB_TEST_FILMS = 7_799  # of the official split
READS = {"text": "text", "vision": "vision", "fusion": "both", "ensemble": "both"}


def literature(material: Material) -> Section:
    """The best of each kind among the published systems."""
    corpus = material.comparison.corpus
    ours = [
        (
            Cell(f"{model.name} (here)", "this comparison"),
            READS[model.kind],
            model.summary.estimate("f1_macro"),
            model.summary.mean("f1_micro"),
            corpus.name,
            corpus.split_rule,
            corpus.movies,
            threshold(model.summary),
        )
        for model in material.best_of_each_kind()
    ]
    theirs = [
        (
            Cell(one.system, one.source),
            one.reads,
            Estimate(one.f1_macro),
            one.f1_micro,
            "MM-IMDb",
            one.split,
            one.films,
            one.threshold,
        )
        for one in PUBLISHED
    ]
    columns = (
        Column("system", numeric=False),
        Column("reads", numeric=False),
        Column("macro F1", estimate, name="f1_macro"),
        Column("micro F1", percent, name="f1_micro"),
        Column("corpus", numeric=False),
        Column("split", numeric=False),
        Column("films scored", whole, name="films"),
        Column("threshold", numeric=False),
    )
    rows = sorted(ours + theirs, key=lambda row: -(row[2].value or 0.0))
    same_films = (corpus.split, corpus.split_rule, corpus.movies) == (
        "test",
        "own",
        MMIMDB_TEST_FILMS,
    ) and set(corpus.genres) == set(MMIMDB_GENRES)
    caution = (
        "The rows of this comparison were measured on the official split's test films."
        if same_films
        else f"The rows marked here were measured on other films ({corpus.movies:,} of {corpus.name}, "
        f"{len(corpus.genres)} genres): a gap between them and the published ones says nothing of the models."
    )
    note = (
        f"{caution} Published figures come without intervals; even on equal films a gap of one point of "
        "macro F1 between two of them may be chance. A dash is a protocol that is not known to us."
    )
    return Section(
        "literature", "Beside the literature", (Prose(note), Tabled("literature", Table(columns, rows)))
    )
