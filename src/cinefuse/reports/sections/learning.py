"""How each model learned: dev scores and training loss, epoch by epoch, with the epoch that was kept."""

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from cinefuse.reports.drawing import bare, drawing, shortened
from cinefuse.reports.material import Material, Model
from cinefuse.reports.palette import LIGHT
from cinefuse.reports.section import Block, Drawn, Prose, Section, Tabled
from cinefuse.reports.table import Column, Table, percent

History = list[dict[str, Any]]

SCORES = {"f1_macro": "macro F1", "average_precision_macro": "mAP"}
DASHES: dict[str, tuple[float, ...]] = {"f1_macro": (1, 0), "average_precision_macro": (3, 1.5)}
SELECTED_BY = "f1_macro"  # training's default
COLUMNS = 4
MOST_PANELS = 16
EXPLAINED = (
    "Dev scores in percent after every epoch, macro F1 at the global threshold that suits dev best, and the "
    "mean training loss, which only compares within a model: a fusion may add those of its parts. The dot is "
    "the epoch whose weights were kept."
)


def learning(material: Material) -> Section:
    """A panel a model, and the epoch that was kept."""
    title = "How they learned"
    models = [model for model in material.models if any(model.histories)]
    if not models:
        why = "; ".join(reason for reason in material.missing if "history.json" in reason)
        return Section("learning", title, (Prose(f"Not drawn: {why or 'the runs left no history'}."),))
    without = [one.name for one in material.models if one not in models and one.kind != "ensemble"]
    notes = [EXPLAINED + (" Each seed is a line." if material.several_seeds else "")]
    if without:
        notes.append(f"Without a history: {', '.join(without)}.")
    if len(models) > MOST_PANELS:
        notes.append(f"The figure shows {MOST_PANELS} of {len(models)} models; the table has them all.")
    blocks: list[Block] = [
        Drawn(
            "learning", _figure(models[:MOST_PANELS]), "dev scores and training loss of every model by epoch"
        ),
        *(Prose(note, quiet=True) for note in notes),
        Tabled("learning", _table(models)),
    ]
    return Section("learning", title, tuple(blocks))


def selected_by(model: Model) -> str:
    """The dev score by which the model's best epoch was kept."""
    chosen = model.settings.get("select_by")
    return chosen if chosen in SCORES else SELECTED_BY


def best_epoch(history: History, by: str) -> int:
    """The first epoch with the highest score; 0 where there is none."""
    scored = [row for row in history if row.get(by) is not None]
    return max(scored, key=lambda row: row[by])["epoch"] if scored else 0


def _table(models: list[Model]) -> Table:
    columns = (
        Column("model", numeric=False),
        Column("seed"),
        Column("best epoch", name="best_epoch"),
        Column("epochs"),
        Column("chosen by", numeric=False, name="selected_by"),
        *(Column(f"dev {title} there", percent, name=f"dev_{score}") for score, title in SCORES.items()),
        Column("last training loss", "{:.3f}".format, name="train_loss"),
    )
    rows = []
    for model in models:
        by = selected_by(model)
        for result, history in zip(model.summary.results, model.histories, strict=True):
            best = best_epoch(history, by)
            there = next((row for row in history if row["epoch"] == best), {})
            losses = [row["loss"] for row in history if row.get("loss") is not None]
            rows.append(
                (
                    model.name,
                    result.seed,
                    best or None,
                    len(history),
                    SCORES[by],
                    *(there.get(score) for score in SCORES),
                    losses[-1] if losses else None,
                )
            )
    return Table(columns, rows)


def _figure(models: list[Model]) -> Figure:
    """A panel a model with dev scores, and a lower one with its training loss; all on the same scales."""
    n_columns = min(COLUMNS, len(models))
    n_rows = -(-len(models) // n_columns)
    with drawing(0.9 + 1.675 * max(2, n_columns), 0.8 + 2.1 * n_rows) as figure:
        grid = figure.subplots(
            2 * n_rows, n_columns, squeeze=False, gridspec_kw={"height_ratios": [2, 1] * n_rows}
        )
        scores = _limits(models, list(SCORES), 100)
        losses = _limits(models, ["loss"], 1)
        last = max(row["epoch"] for model in models for history in model.histories for row in history)
        for place in range(n_rows * n_columns):
            row, column = divmod(place, n_columns)
            upper, lower = grid[2 * row, column], grid[2 * row + 1, column]
            if place >= len(models):
                upper.set_visible(False)
                lower.set_visible(False)
                continue
            _draw(upper, lower, models[place])
            upper.set_ylim(scores)
            lower.set_ylim(losses)
            for axes in (upper, lower):
                axes.set_xlim(0.5, last + 0.5)
                axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
                axes.yaxis.set_major_locator(MaxNLocator(4 if axes is upper else 2))
                bare(axes, "y")
                axes.tick_params(labelleft=column == 0, labelcolor=LIGHT["muted"], labelsize=8.5)
            upper.tick_params(labelbottom=False)
            lower.tick_params(labelbottom=place + n_columns >= len(models))
        figure.supxlabel("epoch", color=LIGHT["muted"], fontsize=9.5)
        figure.legend(handles=_legend(), loc="outside upper left", ncols=4, frameon=False, handlelength=1.8)
    return figure


def _draw(upper: Axes, lower: Axes, model: Model) -> None:
    colour, by = LIGHT[model.kind], selected_by(model)
    width = 1.6 if len(model.histories) == 1 else 0.9
    for history in model.histories:
        epochs = [row["epoch"] for row in history]
        for score, dashes in DASHES.items():
            _line(upper, epochs, _values(history, score, 100), dashes=dashes, color=colour, linewidth=width)
        best = best_epoch(history, by)
        kept = [(row["epoch"], 100 * row[by]) for row in history if row["epoch"] == best]
        upper.plot(*zip(*kept, strict=True), "o", color=colour, markersize=5, markeredgecolor=LIGHT["ground"])
        _line(lower, epochs, _values(history, "loss", 1), color=LIGHT["muted"], linewidth=width)
    upper.set_title(shortened(model.name, 22), fontsize=9.5, color=LIGHT["ink"])


def _line(axes: Axes, epochs: list[int], values: list[float], **how: Any) -> None:
    """A line; a single epoch as a dash, for a line has no length there."""
    axes.plot(epochs, values, marker="_" if len(epochs) == 1 else None, **how)


def _values(history: History, name: str, times: float) -> list[float]:
    return [float("nan") if row.get(name) is None else times * row[name] for row in history]


def _limits(models: list[Model], names: list[str], times: float) -> tuple[float, float]:
    """From the lowest to the highest of all models, with a little air."""
    found = [
        value
        for model in models
        for history in model.histories
        for name in names
        for value in _values(history, name, times)
    ]
    finite = [value for value in found if math.isfinite(value)] or [0.0, times]
    air = 0.06 * (max(finite) - min(finite)) or 0.1 * times
    return min(finite) - air, max(finite) + air


def _legend() -> list[Line2D]:
    return [
        *(
            Line2D([], [], color=LIGHT["ink"], dashes=dashes, label=f"dev {SCORES[score]}")
            for score, dashes in DASHES.items()
        ),
        Line2D([], [], color=LIGHT["ink"], marker="o", linewidth=0, markersize=5, label="epoch kept"),
        Line2D([], [], color=LIGHT["muted"], label="training loss"),
    ]
