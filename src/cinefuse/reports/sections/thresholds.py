"""What the threshold rule does: every rule fitted on dev and scored on the same films, for every model."""

from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

from cinefuse.metrics.multilabel import score
from cinefuse.metrics.thresholds import FixedThreshold, GlobalThreshold, PerGenreThreshold
from cinefuse.reports.material import Material, Model
from cinefuse.reports.section import Prose, Section, Tabled
from cinefuse.reports.table import Cell, Column, Table, percent, signed_percent, whole
from cinefuse.results import StoredPredictions

Rule = GlobalThreshold | FixedThreshold | PerGenreThreshold
RULES: dict[str, Callable[[], Rule]] = {
    "fixed at 0.5": lambda: FixedThreshold(0.5),
    "global": GlobalThreshold,
    "per genre": PerGenreThreshold,
    "per genre, unshrunk": lambda: PerGenreThreshold(shrinkage=0.0),
}
EXPLAINED = (
    "Macro F1 in percent on the films scored here, on dev in small print. Each rule is fitted on dev: what "
    "it gains there over the rules beside it and does not keep here, it has learned by heart. The best "
    "threshold of a genre with few films on dev is mostly luck: per genre, the F1 of a genre with n of them "
    "counts films by their genres with weight n / (n + 20), by calibrated probabilities with the rest."
)


class HereAndDev(NamedTuple):
    """Macro F1 on the films that are scored, and on those that the rule was fitted on."""

    here: float
    dev: float


def thresholds(material: Material) -> Section:
    """The rules side by side; the best model's thresholds genre by genre."""
    title = "Thresholds"
    models = material.fitted_elsewhere()
    if not models:
        return Section("thresholds", title, (Prose(f"Not compared: {why_not(material)}."),))
    scores = {model.name: {rule: _mean(model, rule) for rule in RULES} for model in models}
    gains = [scores[model.name]["per genre"][0] - scores[model.name]["global"][0] for model in models]
    columns = (
        Column("model", numeric=False),
        *(Column(rule, _here_and_dev, name=rule.replace(" ", "_").replace(",", "")) for rule in RULES),
    )
    rows = [(name, *by_rule.values()) for name, by_rule in scores.items()]
    said = (
        f"Thresholds per genre are worth {signed_percent(fmean(gains))} points of macro F1 over one global "
        f"threshold, on average over {len(models)} models (from {signed_percent(min(gains))} to "
        f"{signed_percent(max(gains))})."
    )
    best = material.best(among=[model.name for model in models]) or models[0]
    return Section(
        "thresholds",
        title,
        (
            Prose(said),
            Tabled("thresholds", Table(columns, rows)),
            Prose(EXPLAINED, quiet=True),
            Tabled(
                "thresholds_by_genre",
                _by_genre(best.dev[0]),
                folded=True,
                fold_title=f"The thresholds of {best.name}",
            ),
        ),
    )


def why_not(material: Material) -> str:
    """Why nothing that is fitted on dev can be judged here."""
    if material.scored_on_dev:
        return "the films scored here are those that it would be fitted on"
    return "the runs left no predictions on dev"


def _mean(model: Model, rule: str) -> HereAndDev:
    """Macro F1 on the films scored and on dev, mean over seeds, with the rule fitted on dev."""
    here: list[float] = []
    on_dev: list[float] = []
    for scored, dev in zip(model.scored, model.dev, strict=True):
        fitted = RULES[rule]().fit(dev.probabilities, dev.targets).thresholds_
        for found, of in ((here, scored), (on_dev, dev)):
            found.append(score(of.probabilities, of.targets, fitted).metrics["f1_macro"] or 0.0)
    return HereAndDev(fmean(here), fmean(on_dev))


def _here_and_dev(scores: HereAndDev) -> Cell:
    return Cell(percent(scores.here), f"dev {percent(scores.dev)}")


def _by_genre(dev: StoredPredictions) -> Table:
    fitted = [RULES[rule]().fit(dev.probabilities, dev.targets).thresholds_ for rule in RULES]
    columns = (
        Column("genre", numeric=False),
        Column("films on dev", whole, name="dev_support"),
        *(Column(rule, "{:.2f}".format) for rule in RULES),
    )
    supports = dev.targets.sum(axis=0).tolist()
    rows = [
        (genre, supports[column], *(float(values[column]) for values in fitted))
        for column, genre in enumerate(dev.genres.tolist())
    ]
    return Table(columns, sorted(rows, key=lambda row: -row[1]))
