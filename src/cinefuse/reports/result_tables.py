"""The tables of one model on one split: a metric a row, and a genre a row."""

from collections.abc import Mapping
from typing import Any

from cinefuse.reports.table import Column, Estimate, Table, estimate, percent, whole
from cinefuse.results import Condition, ConditionScores, GenreScores, Result

METRIC_TITLES = {
    "f1_macro": "macro F1",
    "f1_micro": "micro F1",
    "f1_weighted": "weighted F1",
    "f1_samples": "samples F1",
    "average_precision_macro": "mAP",
    "roc_auc_macro": "ROC-AUC",
    "precision_macro": "macro precision",
    "recall_macro": "macro recall",
    "hamming_loss": "Hamming loss",
    "subset_accuracy": "subset accuracy",
}
CONDITION_TITLES: dict[Condition, str] = {"plot_only": "plot only", "poster_only": "poster only"}


def metrics_table(result: Result) -> Table:
    """A metric a row; beside it, where the model reads both, what it makes of either part alone."""
    measured: dict[str, Result | ConditionScores] = {f"as they are ({result.corpus.movies:,})": result}
    for name, title in CONDITION_TITLES.items():
        if name in result.conditions:
            alone = result.conditions[name]
            measured[f"{title} ({alone.movies:,})"] = alone
    columns = (Column("metric", numeric=False), *(Column(title, estimate) for title in measured))
    rows: list[tuple[Any, ...]] = [
        (title, *(Estimate(one.metrics.get(name), one.intervals.get(name)) for one in measured.values()))
        for name, title in METRIC_TITLES.items()
    ]
    return Table(columns, rows)


def genre_scores_table(
    thresholds: Mapping[str, float], per_genre: Mapping[str, GenreScores], title: str = "threshold"
) -> Table:
    """A genre a row: the threshold and, where measured, how well it is told.

    Args:
        thresholds: genre -> threshold, in the order of the rows.
        per_genre: empty where nothing was measured.
        title: of the thresholds' column.
    """
    columns = [Column("genre", numeric=False), Column(title, lambda value: f"{value:.2f}")]
    if per_genre:
        columns += [
            Column("films", whole),
            *(Column(title, percent) for title in ("F1", "precision", "recall", "average precision")),
        ]
    rows: list[tuple[Any, ...]] = []
    for genre, threshold in thresholds.items():
        own = per_genre.get(genre)
        measured = (own.support, own.f1, own.precision, own.recall, own.average_precision) if own else ()
        rows.append((genre, threshold, *measured))
    return Table(tuple(columns), rows)
