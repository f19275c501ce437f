"""Tables of a comparison: Markdown for papers, CSV for programs, rich for the terminal.

What people read is in percent; CSV has fractions, every metric and full precision. Undefined is a dash
for people and an empty cell for programs, never 0.
"""

import csv
import io
from dataclasses import dataclass, field

import rich.box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from cinefuse.reports.summary import ModelSummary, genre_supports, summarise
from cinefuse.results import METRICS, Comparison

UNDEFINED = "\N{EN DASH}"


@dataclass(frozen=True)
class Table:
    """Cells as people read them.

    Attributes:
        numeric: columns that are aligned to the right.
        dispensable: columns that a narrow terminal goes without, first to go first.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numeric: frozenset[str] = frozenset()
    dispensable: tuple[str, ...] = field(default=())


OVERALL_METRICS = {
    "micro F1": "f1_micro",
    "weighted F1": "f1_weighted",
    "samples F1": "f1_samples",
    "mAP": "average_precision_macro",
    "ROC-AUC": "roc_auc_macro",
    "Hamming": "hamming_loss",
}


def overall_table(comparison: Comparison) -> Table:
    """One row a model, ranked by macro F1, scores in percent."""
    rest = ("threshold", "params (M)", "train (s)")
    columns = ("model", "macro F1", "95 % interval", *OVERALL_METRICS, *rest)
    rows = [
        (
            summary.model,
            with_spread(summary, "f1_macro"),
            percent_interval(summary.interval("f1_macro")),
            *(percent(summary.mean(metric)) for metric in OVERALL_METRICS.values()),
            threshold(summary),
            millions(summary.results[0].parameters.total),
            seconds(summary.train_seconds()),
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
    return Table(columns, rows, frozenset(columns) - {"model", "threshold"}, dispensable)


def genre_table(comparison: Comparison) -> Table:
    """F1 of each genre (rows, most films first) by each model (columns, best first), in percent."""
    summaries = summarise(comparison)
    models = tuple(summary.model for summary in summaries)
    rows = [
        (genre, f"{support:,}", *(percent(summary.genre_f1(genre)) for summary in summaries))
        for genre, support in genre_supports(comparison).items()
    ]
    return Table(("genre", "films", *models), rows, frozenset({"films", *models}))


def overall_csv(comparison: Comparison) -> str:
    """Every metric of every model as fractions: mean over seeds, interval (low, high) and spread (sd)."""
    header = ["model", "kind", "seeds"]
    for metric in METRICS:
        header += [metric, f"{metric}_low", f"{metric}_high", f"{metric}_sd"]
    header += ["threshold_rule", "threshold", "parameters_total", "seconds_train"]
    rows = []
    for summary in summarise(comparison):
        row: list[object] = [summary.model, summary.kind, " ".join(str(r.seed) for r in summary.results)]
        for metric in METRICS:
            row += [summary.mean(metric), *(summary.interval(metric) or (None, None)), summary.spread(metric)]
        first = summary.results[0]
        values = " ".join(str(r.threshold.value) for r in summary.results if r.threshold.value is not None)
        row += [first.threshold.rule, values, first.parameters.total, summary.train_seconds()]
        rows.append(row)
    return _csv(header, rows)


def genre_csv(comparison: Comparison) -> str:
    """F1 of each genre by each model as fractions, with support."""
    summaries = summarise(comparison)
    rows: list[list[object]] = [
        [genre, support, *(summary.genre_f1(genre) for summary in summaries)]
        for genre, support in genre_supports(comparison).items()
    ]
    return _csv(["genre", "support", *(summary.model for summary in summaries)], rows)


def to_markdown(table: Table) -> str:
    """GitHub's Markdown."""
    rule = ["---:" if column in table.numeric else "---" for column in table.columns]
    lines = [table.columns, rule, *table.rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def to_terminal(table: Table, width: int) -> RichTable:
    """For rich to print, with as many columns as fit; what was left out is said below it."""
    left_out: list[str] = []
    for column in (*table.dispensable, None):
        drawn = _draw(table, left_out)
        console = Console(width=10_000)  # measured where there is room for everything
        if column is None or Measurement.get(console, console.options, drawn).maximum <= width:
            return drawn
        left_out.append(column)
    raise AssertionError("the last turn of the loop returns")


def percent(value: float | None, digits: int = 1) -> str:
    """0.5479 -> 54.8."""
    return UNDEFINED if value is None else f"{100 * value:.{digits}f}"


def percent_interval(interval: tuple[float, float] | None) -> str:
    """(0.52, 0.571) -> 52.0 to 57.1, so that a minus cannot be read into it."""
    return UNDEFINED if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def with_spread(summary: ModelSummary, metric: str) -> str:
    """Percent, with the spread between seeds where there are several: 54.8 ± 0.6."""
    spread = summary.spread(metric)
    return percent(summary.mean(metric)) + ("" if spread is None else f" ± {percent(spread)}")


def threshold(summary: ModelSummary) -> str:
    """0.34 global, or 0.30 to 0.36 global where seeds differ, or per genre."""
    rule = summary.results[0].threshold.rule
    values = sorted({r.threshold.value for r in summary.results if r.threshold.value is not None})
    if not values:
        return rule.replace("-", " ")
    shown = f"{values[0]:.2f}" if len(values) == 1 else f"{values[0]:.2f} to {values[-1]:.2f}"
    return f"{shown} {rule}"


def millions(count: int) -> str:
    """83,800,000 -> 83.8; below ten million with two decimals."""
    return f"{count / 1e6:.1f}" if count >= 10_000_000 else f"{count / 1e6:.2f}"


def seconds(value: float | None) -> str:
    """1234.5 -> 1,234."""
    return UNDEFINED if value is None else f"{value:,.0f}"


def _draw(table: Table, left_out: list[str]) -> RichTable:
    caption = f"not shown for want of room: {', '.join(left_out)}" if left_out else None
    drawn = RichTable(
        box=rich.box.SIMPLE_HEAD, padding=0, pad_edge=False, caption=caption, caption_justify="left"
    )
    kept = [index for index, column in enumerate(table.columns) if column not in left_out]
    for index in kept:
        justify = "right" if table.columns[index] in table.numeric else "left"
        drawn.add_column(Text(table.columns[index]), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for rank, row in enumerate(table.rows):
        drawn.add_row(*(Text(row[index]) for index in kept), style="bold" if rank == 0 else None)
    return drawn


def _csv(header: list[str], rows: list[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
