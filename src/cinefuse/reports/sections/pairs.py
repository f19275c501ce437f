"""Every model against every other on the same films, and how far seeds and films move a score."""

import numpy as np
from matplotlib.figure import Figure

from cinefuse.metrics.pairs import PairedComparison, spread
from cinefuse.reports.drawing import bare, drawing
from cinefuse.reports.material import Material
from cinefuse.reports.palette import LIGHT
from cinefuse.reports.section import Block, Drawn, Heading, Prose, Section, Tabled
from cinefuse.reports.table import (
    Column,
    Table,
    p_value,
    percent,
    percent_interval,
    signed_interval,
    signed_percent,
)

WHICH = (
    "Each cell is the row's macro F1 minus the column's, in points; it is filled where the two can be told "
    "apart: permutation test with p below 0.05 after Holm's correction over all pairs, and an interval "
    "that does not hold 0."
)
ONE_SEED = (
    "Each model was trained once: the intervals say how far a score would move on other films, not in "
    "another training. Training with several seeds measures both."
)


def pairs(material: Material) -> Section:
    """All pairs with their tests; the spread from seeds beside that from films."""
    title = "Can they be told apart?"
    if len(material.tested) < 2:
        lacking = [why for why in material.missing if "predictions" in why]
        why = "; ".join(lacking) or "there are not two models with a macro F1"
        return Section("pairs", title, (Prose(f"Not tested: {why}."),))
    found = material.pairs
    names = [model.name for model in material.tested]
    blocks: list[Block] = [
        Drawn(
            "pairs",
            _matrix(found, names),
            "difference in macro F1 of every two models",
        ),
        Prose(WHICH, quiet=True),
        Tabled("pairs", _table(found), folded=True, fold_title="Every pair with its interval and p-value"),
        Heading("From films, and from seeds"),
        *_spread(material),
    ]
    return Section("pairs", title, tuple(blocks))


def _spread(material: Material) -> list[Block]:
    if not material.several_seeds:
        return [Prose(ONE_SEED)]
    models = {model.name: model.predictions() for model in material.tested}
    found = spread(models, material.tested[0].scored[0].targets)
    columns = (
        Column("model", numeric=False),
        Column("seeds"),
        Column("macro F1", percent, name="f1_macro"),
        Column("95 % interval over films", percent_interval, name="films"),
        Column("sd between seeds", percent, name="seeds_sd"),
        Column("sd from films", percent, name="films_sd"),
        Column("sd of both", percent, name="both_sd"),
    )
    rows = [
        (name, len(models[name]), one.mean, (one.low, one.high), one.seeds_sd, one.films_sd, one.both_sd)
        for name, one in found.items()
    ]
    explained = (
        "In points of macro F1. Between seeds: another training, scored on these films. From films: these "
        "trainings, scored on another test set of this size. Both: what one training and one test set may "
        "differ by."
    )
    return [Tabled("spread", Table(columns, rows)), Prose(explained, quiet=True)]


def _table(found: list[PairedComparison]) -> Table:
    columns = (
        Column("model", numeric=False, name="first"),
        Column("against", numeric=False, name="second"),
        Column("difference", signed_percent),
        Column("95 % interval", signed_interval, name="difference"),
        Column("p", p_value),
        Column("p after Holm", p_value, name="p_holm"),
    )
    rows = [
        (pair.first, pair.second, pair.difference, (pair.low, pair.high), pair.p, pair.p_holm)
        for pair in found
    ]
    return Table(columns, rows)


def _matrix(found: list[PairedComparison], names: list[str]) -> Figure:
    """Rows minus columns, best model first."""
    place = {name: number for number, name in enumerate(names)}
    with drawing(2.4 + 0.82 * len(names), 1.0 + 0.34 * len(names)) as figure:
        axes = figure.add_subplot()
        for pair in found:
            for row, column, sign in ((pair.first, pair.second, 1), (pair.second, pair.first, -1)):
                difference, apart = sign * pair.difference, pair.told_apart
                x, y = place[column], place[row]
                if apart:
                    colour = LIGHT["fusion"] if difference > 0 else LIGHT["vision"]
                    axes.fill_between(
                        [x - 0.46, x + 0.46], y - 0.44, y + 0.44, color=colour, alpha=0.22, lw=0
                    )
                axes.text(
                    x,
                    y,
                    signed_percent(difference),
                    ha="center",
                    va="center_baseline",
                    color=LIGHT["ink"] if apart else LIGHT["muted"],
                    weight="bold" if apart else "normal",
                )
        axes.set_xticks(np.arange(len(names)), [name.replace("-", "\n") for name in names])
        axes.set_yticks(np.arange(len(names)), names)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.xaxis.tick_top()
        bare(axes)
    return figure
