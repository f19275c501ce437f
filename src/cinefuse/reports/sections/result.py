"""What came out: every metric of every model, ranked by macro F1, each with its interval."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from cinefuse.reports.drawing import bare, drawing
from cinefuse.reports.material import Material
from cinefuse.reports.palette import LIGHT, MARKERS
from cinefuse.reports.section import Block, Drawn, Prose, Section, Tabled, Verdict
from cinefuse.reports.summary import ModelSummary, summarise
from cinefuse.reports.table import Column, Table, estimate, percent_interval
from cinefuse.reports.tables import overall_table, threshold
from cinefuse.results import Comparison

FIRST = {
    "macro F1": "f1_macro",
    "micro F1": "f1_micro",
    "mAP": "average_precision_macro",
    "ROC-AUC": "roc_auc_macro",
    "precision": "precision_macro",
    "recall": "recall_macro",
}
SECOND = {
    "weighted F1": "f1_weighted",
    "samples F1": "f1_samples",
    "Hamming loss": "hamming_loss",
    "subset accuracy": "subset_accuracy",
}
LEGEND = (
    "Scores in percent, their 95 % intervals below: how far each would move on other test sets of this "
    "size, from 10,000 resamples of the films. Precision, recall, mAP and ROC-AUC are averages over genres."
)
SEEDS = " ± is the standard deviation between seeds; an interval's bounds are averaged over seeds."


def result(material: Material) -> Section:
    """The ranked tables and the figure of macro F1."""
    summaries = material.summaries
    failures = (
        Verdict(f"{one.model}, seed {one.seed}", "This training failed; it has no scores.", one.error)
        for one in material.comparison.failed
    )
    blocks: tuple[Block, ...] = (
        Drawn(
            "macro_f1",
            interval_figure(material.comparison),
            "macro F1 of every model with its interval; the same numbers are in the table below",
        ),
        Tabled("scores", scores_table(summaries, FIRST), ranked=True),
        Tabled("more_scores", scores_table(summaries, SECOND), ranked=True),
        Prose(LEGEND + (SEEDS if material.several_seeds else ""), quiet=True),
        *failures,
        Tabled(
            "overall",
            overall_table(material.comparison, timed=False),
            folded=True,
            fold_title="All in one short table",
        ),
    )
    return Section("result", "Result", blocks)


def scores_table(summaries: list[ModelSummary], metrics: dict[str, str]) -> Table:
    """One row a model, one column a metric with its interval, and the threshold."""
    columns = (
        Column("model", numeric=False),
        *(Column(title, estimate, name=metric) for title, metric in metrics.items()),
        Column("threshold", numeric=False),
    )
    rows = [
        (summary.model, *map(summary.estimate, metrics.values()), threshold(summary)) for summary in summaries
    ]
    return Table(columns, rows)


def interval_figure(comparison: Comparison) -> Figure:
    """Macro F1 of every model with its interval over films, best at the top; small dots are single seeds."""
    summaries = summarise(comparison)
    with drawing(7.6, 1.15 + 0.38 * len(summaries)) as figure:
        axes = figure.add_subplot()
        for row, summary in enumerate(summaries):
            _draw_interval(axes, row, summary)
        axes.set_yticks(range(len(summaries)), [summary.model for summary in summaries])
        axes.set_ylim(len(summaries) - 0.4, -0.6)
        axes.margins(x=0.06)
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        corpus = comparison.corpus
        films = f"{corpus.movies:,} {corpus.split} films of {corpus.name}"
        axes.set_xlabel(f"macro F1 in percent, {films}, with 95 % interval", color=LIGHT["muted"])
        bare(axes, "x")
        _legend(figure, summaries)
    return figure


def _draw_interval(axes: Axes, row: int, summary: ModelSummary) -> None:
    colour, marker = LIGHT[summary.kind], MARKERS[summary.kind]
    mean, interval = summary.mean("f1_macro"), summary.interval("f1_macro")
    if interval is not None:
        low, high = (100 * bound for bound in interval)
        axes.plot([low, high], [row, row], color=colour, linewidth=2.2, solid_capstyle="round")
    seeds = summary.values("f1_macro")
    if len(seeds) > 1:
        axes.plot([100 * seed for seed in seeds], [row + 0.24] * len(seeds), ".", color=colour, markersize=4)
    if mean is not None:
        axes.plot(
            100 * mean, row, marker, color=colour, markersize=7.5, markeredgecolor=LIGHT["ground"], zorder=3
        )
    shown = estimate(summary.estimate("f1_macro"))
    _beside(axes, row, 12, shown.text, LIGHT["ink"], "bold")
    if interval is not None:
        _beside(axes, row, 48 if len(seeds) < 2 else 84, percent_interval(interval), LIGHT["muted"], "normal")


def _beside(axes: Axes, row: int, points: float, text: str, colour: str, weight: str) -> None:
    """Writes to the right of the plot, `points` from its edge."""
    axes.annotate(
        text,
        (1, row),
        (points, 0),
        ("axes fraction", "data"),
        "offset points",
        va="center_baseline",
        color=colour,
        weight=weight,
        annotation_clip=False,
    )


def _legend(figure: Figure, summaries: list[ModelSummary]) -> None:
    kinds = [kind for kind in MARKERS if any(summary.kind == kind for summary in summaries)]
    handles = [
        Line2D([], [], color=LIGHT[kind], marker=MARKERS[kind], linewidth=2.2, markersize=6, label=kind)
        for kind in kinds
    ]
    if any(len(summary.results) > 1 for summary in summaries):
        handles.append(Line2D([], [], color=LIGHT["muted"], marker=".", linewidth=0, label="one seed"))
    figure.legend(handles=handles, loc="outside upper left", ncols=4, frameon=False, handlelength=1.6)
