"""The tables of the model card."""

from typing import Any

from cinefuse.exported.record import ExportRecord
from cinefuse.reports.table import Column, Estimate, Table, estimate, percent, to_markdown, whole
from cinefuse.results import Condition, ConditionScores, Result

CARD_METRICS = {
    "f1_macro": "macro F1",
    "f1_micro": "micro F1",
    "average_precision_macro": "mAP",
    "roc_auc_macro": "ROC-AUC",
    "precision_macro": "macro precision",
    "recall_macro": "macro recall",
}
CONDITIONS: dict[Condition, str] = {"plot_only": "plot alone", "poster_only": "poster alone"}


def overall_scores(result: Result) -> str:
    """A metric a row; beside it, where the model reads both, what it makes of either part alone."""
    measured: dict[str, Result | ConditionScores] = {"complete": result}
    for name, title in CONDITIONS.items():
        if name in result.conditions:
            alone = result.conditions[name]
            measured[f"{title} ({alone.movies:,})"] = alone
    columns = (Column("metric", numeric=False), *(Column(title, estimate) for title in measured))
    rows: list[tuple[Any, ...]] = [
        (
            title,
            *(Estimate(one.metrics.get(metric), one.intervals.get(metric)) for one in measured.values()),
        )
        for metric, title in CARD_METRICS.items()
    ]
    return to_markdown(Table(columns, rows))


def genre_scores(record: ExportRecord, result: Result | None) -> str:
    """A genre a row: the probability from which it is given and, where measured, how well."""
    thresholds = dict(zip(record.genres, record.verdict().decided_by(()).tolist(), strict=True))
    per_genre = {} if result is None else result.per_genre
    columns = [Column("genre", numeric=False), Column("given from", lambda value: f"{value:.2f}")]
    if per_genre:
        columns += [
            Column("films", whole),
            *(Column(title, percent) for title in ("F1", "precision", "recall")),
        ]
    rows: list[tuple[Any, ...]] = [
        (
            genre,
            thresholds[genre],
            *((own.support, own.f1, own.precision, own.recall) if (own := per_genre.get(genre)) else ()),
        )
        for genre in record.genres
    ]
    return to_markdown(Table(tuple(columns), rows))
