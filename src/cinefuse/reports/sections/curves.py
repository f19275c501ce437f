"""ROC and precision-recall curves of every genre, of the best text, vision and fusion model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from cinefuse.metrics.arrays import Bools, Floats
from cinefuse.reports.drawing import bare, drawing, shortened
from cinefuse.reports.material import Material, Model
from cinefuse.reports.palette import LIGHT, LINES
from cinefuse.reports.section import Block, Drawn, Heading, Prose, Section, Tabled
from cinefuse.reports.table import Column, Table, percent, whole
from cinefuse.reports.thinning import thinned

COLUMNS = 5
MOST_PANELS = 24
SIDES = ((0, "left"), (0.5, "center"), (1, "right"))  # where the areas stand above a panel
ROC = (
    "Recall: of a genre's films, those that are given it. False alarms: of all others, those that are given "
    "it too. Every point is a threshold; the grey line is chance. The numbers are the areas, in percent."
)
PRECISION_RECALL = (
    "Precision: of the films that are given a genre, those that have it. The grey line is chance: the "
    "genre's share of all films. The numbers are average precisions, the areas, in percent."
)


@dataclass(frozen=True)
class Kind:
    """One kind of curve.

    Attributes:
        points: targets (N,) and probabilities (N,) of a genre -> across and up, from 0 to 1.
        rising: chance is the diagonal; otherwise the genre's share of the films.
        area: which of a genre's scores is the area.
    """

    name: str
    points: Callable[[Bools, NDArray[np.float32]], tuple[Floats, Floats]]
    rising: bool
    area: str
    across: str
    up: str


def _roc(targets: Bools, probabilities: NDArray[np.float32]) -> tuple[Floats, Floats]:
    across, up, _ = roc_curve(targets, probabilities)
    return across, up


def _precision_recall(targets: Bools, probabilities: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """As stairs, which is what average precision is the area of; without the made-up point at recall 0."""
    precision, recall, _ = precision_recall_curve(targets, probabilities)
    return np.repeat(recall, 2)[1:-1], np.repeat(precision[:-1], 2)


KINDS = (
    Kind(
        "roc",
        _roc,
        rising=True,
        area="roc_auc",
        across="false alarms (%)",
        up="recall (%)",
    ),
    Kind(
        "precision_recall",
        _precision_recall,
        rising=False,
        area="average_precision",
        across="recall (%)",
        up="precision (%)",
    ),
)


def curves(material: Material) -> Section:
    """Two figures, a panel a genre, and the areas of all genres."""
    title = "Genre by genre, at every threshold"
    models = material.best_of_each_kind()
    if not models:
        why = "; ".join(reason for reason in material.missing if "predictions.npz" in reason)
        return Section("curves", title, (Prose(f"Not drawn: {why or 'no model has a macro F1'}."),))
    first = models[0].scored[0]
    order = np.argsort(-first.targets.sum(axis=0), kind="stable").tolist()
    shown = order[:MOST_PANELS]
    notes = []
    if len(order) > MOST_PANELS:
        notes.append(f"The figures show the {MOST_PANELS} genres of most films, of {len(order)}.")
    if any(len(model.scored) > 1 for model in models):
        seeds = ", ".join(f"{model.name} {model.summary.results[0].seed}" for model in models)
        notes.append(f"One seed a model: {seeds}.")
    roc, precision_recall = (
        Drawn(kind.name, _figure(models, shown, kind), f"{title} curves of every genre")
        for kind, title in zip(KINDS, ("ROC", "precision-recall"), strict=True)
    )
    blocks: list[Block] = [
        Heading("ROC"),
        roc,
        Prose(ROC, quiet=True),
        Heading("Precision and recall"),
        precision_recall,
        Prose(PRECISION_RECALL, quiet=True),
        *(Prose(note, quiet=True) for note in notes),
        Tabled("curves", _table(models, order), folded=True, fold_title="The areas as a table"),
    ]
    return Section("curves", title, tuple(blocks))


def _figure(models: list[Model], shown: list[int], kind: Kind) -> Figure:
    n_columns = min(COLUMNS, len(shown))
    n_rows = -(-len(shown) // n_columns)
    films = models[0].scored[0]
    with drawing(0.6 + 1.4 * max(3, n_columns), 0.85 + 1.7 * n_rows) as figure:
        grid = figure.subplots(n_rows, n_columns, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(shown):
                axes.set_visible(False)
                continue
            _title(axes, str(films.genres[shown[place]]))
            axes.set(xlim=(-3, 103), ylim=(-3, 103), xticks=(0, 50, 100), yticks=(0, 50, 100), aspect="equal")
            bare(axes, "both")
            axes.tick_params(labelcolor=LIGHT["muted"], labelsize=8.5)
            axes.tick_params(labelleft=place % n_columns == 0, labelbottom=place + n_columns >= len(shown))
            _draw(axes, models, shown[place], kind)
        figure.supxlabel(kind.across, color=LIGHT["muted"], fontsize=9.5)
        figure.supylabel(kind.up, color=LIGHT["muted"], fontsize=9.5)
        handles = [
            Line2D(
                [], [], color=LIGHT[model.kind], linewidth=1.6, linestyle=LINES[model.kind], label=model.name
            )
            for model in models
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False, handlelength=2.2)
    return figure


def _title(axes: Axes, genre: str) -> None:
    axes.set_title(shortened(genre, 17), fontsize=9.5, color=LIGHT["ink"], pad=15)


def _draw(axes: Axes, models: list[Model], genre: int, kind: Kind) -> None:
    """One panel: chance, a curve a model, and their areas in the corner."""
    targets = models[0].scored[0].targets[:, genre]
    if targets.all() or not targets.any():
        said = "every film has it" if targets.all() else "no film has it"
        axes.grid(visible=False)
        axes.text(50, 50, said, ha="center", va="center", color=LIGHT["muted"], fontsize=8.5)
        return
    chance = (0, 100) if kind.rising else (100 * targets.mean(),) * 2
    axes.plot((0, 100), chance, color=LIGHT["muted"], linewidth=0.8, alpha=0.7)
    for model, (place, side) in zip(models, SIDES, strict=False):
        across, up = kind.points(targets, model.scored[0].probabilities[:, genre])
        few = thinned(across, up)
        axes.plot(
            100 * across[few],
            100 * up[few],
            color=LIGHT[model.kind],
            linewidth=1.3,
            linestyle=LINES[model.kind],
        )
        area = _area(model, genre, kind)
        if area is not None:
            axes.annotate(
                percent(area),
                (place, 1),
                (0, 2),
                "axes fraction",
                "offset points",
                ha=side,
                color=LIGHT[model.kind],
                fontsize=8.5,
            )


def _area(model: Model, genre: int, kind: Kind) -> float | None:
    """As the result of the run has it, which the tables show too."""
    name = str(model.scored[0].genres[genre])
    area: float | None = getattr(model.summary.results[0].per_genre[name], kind.area)
    return area


def _table(models: list[Model], order: list[int]) -> Table:
    films = models[0].scored[0]
    columns = (
        Column("genre", numeric=False),
        Column("films", whole, name="support"),
        *(
            Column(f"{title}, {model.name}", percent, name=f"{kind.area}_{model.name}")
            for title, kind in zip(("ROC-AUC", "average precision"), KINDS, strict=True)
            for model in models
        ),
    )
    supports = films.targets.sum(axis=0).tolist()
    rows = [
        (
            str(films.genres[genre]),
            supports[genre],
            *(_area(model, genre, kind) for kind in KINDS for model in models),
        )
        for genre in order
    ]
    return Table(columns, rows)
