"""The tables of a comparison that the terminal shows too: the models ranked, and F1 by genre."""

from cinefuse.reports.summary import ModelSummary, genre_supports, summarise
from cinefuse.reports.table import (
    Cell,
    Column,
    Estimate,
    Table,
    estimate,
    millions,
    percent,
    percent_interval,
    whole,
)
from cinefuse.results import Comparison, Condition

CONDITIONS: tuple[Condition, ...] = ("plot_only", "poster_only")
OVERALL_METRICS = {
    "micro F1": "f1_micro",
    "weighted F1": "f1_weighted",
    "samples F1": "f1_samples",
    "mAP": "average_precision_macro",
    "ROC-AUC": "roc_auc_macro",
    "Hamming": "hamming_loss",
}


def overall_table(comparison: Comparison, *, timed: bool = True) -> Table:
    """One row a model, ranked by macro F1, short enough for a terminal.

    Without times it is the same for every training with the same seed.
    """
    columns = (
        Column("model", numeric=False),
        Column("macro F1", _without_interval, name="f1_macro"),
        Column("95 % interval", percent_interval, name="f1_macro_interval"),
        *(Column(title, percent, name=metric) for title, metric in OVERALL_METRICS.items()),
        Column("threshold", numeric=False),
        Column("params (M)", millions, name="parameters_total"),
        *((Column("train (s)", whole, name="seconds_train"),) if timed else ()),
    )
    rows = [
        (
            summary.model,
            Estimate(summary.mean("f1_macro"), spread=summary.spread("f1_macro")),
            summary.interval("f1_macro"),
            *(summary.mean(metric) for metric in OVERALL_METRICS.values()),
            threshold(summary),
            summary.results[0].parameters.total,
            *((summary.train_seconds(),) if timed else ()),
        )
        for summary in summarise(comparison)
    ]
    dispensable = (
        "Hamming",
        "samples F1",
        "weighted F1",
        "train (s)",
        "threshold",
        "ROC-AUC",
        "params (M)",
        "mAP",
    )
    return Table(columns, rows, dispensable)


def genre_table(comparison: Comparison) -> Table:
    """F1 of each genre (rows, most films first) by each model (columns, best first)."""
    summaries = summarise(comparison)
    columns = (
        Column("genre", numeric=False),
        Column("films", whole, name="support"),
        *(Column(summary.model, percent) for summary in summaries),
    )
    rows = [
        (genre, support, *(summary.genre_f1(genre) for summary in summaries))
        for genre, support in genre_supports(comparison).items()
    ]
    return Table(columns, rows)


def conditions_table(comparison: Comparison) -> Table:
    """Macro F1 and mAP of each model that reads both parts: with both, and with either alone."""
    columns = (
        Column("model", numeric=False),
        Column("both", estimate, name="f1_macro"),
        Column("plot only", estimate, name="plot_only_f1_macro"),
        Column("poster only", estimate, name="poster_only_f1_macro"),
        Column("mAP both", percent, name="average_precision_macro"),
        Column("mAP plot only", percent, name="plot_only_average_precision_macro"),
        Column("mAP poster only", percent, name="poster_only_average_precision_macro"),
    )
    rows = [
        (
            summary.model,
            summary.estimate("f1_macro"),
            *(summary.condition(name, "f1_macro") for name in CONDITIONS),
            summary.mean("average_precision_macro"),
            *(summary.condition(name, "average_precision_macro").value for name in CONDITIONS),
        )
        for summary in summarise(comparison)
        if summary.has_conditions
    ]
    return Table(columns, rows, ("mAP both", "mAP plot only", "mAP poster only"))


def threshold(summary: ModelSummary) -> str:
    """0.34 global, or 0.30 to 0.36 global where seeds differ, or per genre."""
    rule = summary.results[0].threshold.rule
    values = sorted({r.threshold.value for r in summary.results if r.threshold.value is not None})
    if not values:
        return rule.replace("-", " ")
    shown = f"{values[0]:.2f}" if len(values) == 1 else f"{values[0]:.2f} to {values[-1]:.2f}"
    return f"{shown} {rule}"


def _without_interval(value: Estimate) -> Cell:
    return estimate(value._replace(interval=None))
