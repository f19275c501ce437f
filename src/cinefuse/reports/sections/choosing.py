"""Whether dev is enough to choose by: its order of the models beside that of the films scored here."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from scipy.stats import spearmanr

from cinefuse.reports.drawing import bare, drawing
from cinefuse.reports.material import Material, Model
from cinefuse.reports.palette import LIGHT, MARKERS
from cinefuse.reports.section import Drawn, Prose, Section, Tabled
from cinefuse.reports.table import Column, Table, percent, whole

FEWEST = 3  # of two, the order is a toss
TITLE = "Is dev enough to choose by?"
EXPLAINED = (
    "Macro F1 in percent, mean over seeds. Epochs and thresholds were chosen on dev, so that it is kinder; "
    "what matters is the order (Spearman): 1 is the same, 0 none in common, below 0 it is turned round. "
    "Ensembles, whose weights are fitted on dev, are left out. Models that differ by less than "
    "their intervals swap places by chance."
)


def choosing(material: Material) -> Section | None:
    """Every model on dev and here; none where they are too few or all alike, or nothing was scored on dev.

    Ensembles are left out: their weights are fitted on dev, besides epochs and thresholds.
    """
    models = [model for model in material.tested if model.kind != "ensemble"]
    here, dev = {}, {}
    for model in models:
        score, on_dev = model.summary.mean("f1_macro"), model.dev_score
        if score is not None and on_dev is not None:
            here[model.name], dev[model.name] = score, on_dev
    if material.scored_on_dev or min(len(set(dev.values())), len(set(here.values()))) < FEWEST:
        return None
    agreement = float(spearmanr(list(dev.values()), list(here.values())).statistic)
    chosen, best = max(dev, key=dev.__getitem__), max(here, key=here.__getitem__)
    said = f"The order of {len(here)} models on dev and here: rank correlation {agreement:.2f}. "
    if here[chosen] == here[best]:
        said += f"Dev chooses {chosen}, which is the best here too."
    else:
        lost = percent(here[best] - here[chosen])
        said += f"Dev chooses {chosen}, {lost} points behind {best}, the best here."
    columns = (
        Column("model", numeric=False),
        Column("dev", percent),
        Column("here", percent),
        Column("place on dev", whole, name="place_on_dev"),
        Column("place here", whole, name="place_here"),
    )
    rows = [(name, dev[name], here[name], _place(dev, name), _place(here, name)) for name in here]
    return Section(
        "choosing",
        TITLE,
        (
            Prose(said),
            Drawn(
                "choosing",
                _figure([one for one in models if one.name in dev], dev, here),
                "macro F1 on dev against that here",
            ),
            Prose(EXPLAINED, quiet=True),
            Tabled("choosing", Table(columns, rows), folded=True),
        ),
    )


def _place(scores: dict[str, float], name: str) -> int:
    return 1 + sum(score > scores[name] for score in scores.values())


def _figure(models: Sequence[Model], dev: dict[str, float], here: dict[str, float]) -> Figure:
    values = [100 * value for value in (*dev.values(), *here.values())]
    ends = (min(values) - 2, max(values) + 2)
    with drawing(5.2, 4.6) as figure:
        axes = figure.subplots()
        bare(axes, "both")
        axes.plot(ends, ends, color=LIGHT["muted"], linewidth=0.8, alpha=0.7)
        for model in models:
            across, up = 100 * dev[model.name], 100 * here[model.name]
            axes.plot(across, up, MARKERS[model.kind], color=LIGHT[model.kind], markersize=6)
        axes.set(xlim=ends, ylim=ends, aspect="equal")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_xlabel("macro F1 on dev (%)", color=LIGHT["muted"])
        axes.set_ylabel("macro F1 here (%)", color=LIGHT["muted"])
        kinds = dict.fromkeys(model.kind for model in models)
        handles = [
            Line2D([], [], color=LIGHT[kind], marker=MARKERS[kind], linestyle="", label=kind)
            for kind in kinds
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False)
    return figure
