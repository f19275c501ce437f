"""Whether a probability means what it says, before and after scaling that was fitted on dev."""

from statistics import fmean

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cinefuse.metrics.calibration import CALIBRATORS
from cinefuse.metrics.reliability import (
    brier_score,
    expected_calibration_error,
    log_loss,
    reliability,
)
from cinefuse.reports.drawing import bare, drawing
from cinefuse.reports.material import Material, Model
from cinefuse.reports.palette import LIGHT, MARKERS
from cinefuse.reports.section import Drawn, Prose, Section, Tabled
from cinefuse.reports.sections.thresholds import why_not
from cinefuse.reports.table import Column, Table, percent
from cinefuse.results import StoredPredictions

AS_GIVEN = "as trained"
VARIANTS = (AS_GIVEN, *CALIBRATORS)
NAMES = {AS_GIVEN: AS_GIVEN, "temperature": "temperature", "platt": "Platt"}
EXPLAINED = (
    "Expected calibration error (Guo et al. 2017): how far, on average over pairs of film and genre, the "
    "share that is true lies from the probability given, in points. Temperature scaling has one slope for "
    "all genres; Platt scaling a slope and an intercept for each. Both are fitted on dev, and change no "
    "ranking within a genre and no genre that is given: a run's thresholds go through the same line. "
    "Losses that weigh rare genres up, as all of these do unless class_weights is none, give probabilities "
    "that are too high before scaling."
)


def calibration(material: Material) -> Section:
    """Errors of every model, and the reliability diagram of the best of each kind."""
    title = "Calibration"
    models = material.fitted_elsewhere()
    if not models:
        return Section("calibration", title, (Prose(f"Not measured: {why_not(material)}."),))
    errors = {model.name: {name: _errors(model, name) for name in VARIANTS} for model in models}
    columns = (
        Column("model", numeric=False),
        *(
            Column(f"{title}, {NAMES[name]}", show, name=f"{key}_{name.replace(' ', '_')}")
            for title, key, show in (
                ("error", "expected_calibration_error", percent),
                ("log loss", "log_loss", "{:.3f}".format),
                ("Brier", "brier_score", "{:.3f}".format),
            )
            for name in VARIANTS
        ),
    )
    rows = [
        (model, *(by_name[name][place] for place in range(3) for name in VARIANTS))
        for model, by_name in errors.items()
    ]
    before, after = (fmean(of[name][0] for of in errors.values()) for name in (AS_GIVEN, "platt"))
    said = (
        f"The expected calibration error is {percent(before)} points as trained and {percent(after)} after "
        f"Platt scaling, on average over {len(models)} models."
    )
    shown = [model for model in material.best_of_each_kind() if model in models]
    return Section(
        "calibration",
        title,
        (
            Prose(said),
            Drawn("reliability", _diagram(shown), "share that is true against the probability given"),
            Tabled("calibration", Table(columns, rows)),
            Prose(EXPLAINED, quiet=True),
        ),
    )


def _errors(model: Model, name: str) -> tuple[float, float, float]:
    """Calibration error, log loss and Brier score, mean over seeds."""
    found = []
    for scored, dev in zip(model.scored, model.dev, strict=True):
        probabilities = _scaled(scored, dev, name)
        found.append(
            [
                measure(probabilities, scored.targets)
                for measure in (expected_calibration_error, log_loss, brier_score)
            ]
        )
    error, loss, brier = np.mean(found, axis=0).tolist()
    return error, loss, brier


def _scaled(scored: StoredPredictions, dev: StoredPredictions, name: str) -> np.ndarray:
    if name == AS_GIVEN:
        return scored.probabilities
    return CALIBRATORS[name]().fit(dev.probabilities, dev.targets).transform(scored.probabilities)


def _diagram(models: list[Model]) -> Figure:
    """A panel a variant, a line a model; on the diagonal is right."""
    with drawing(7.6, 2.9) as figure:
        panels = figure.subplots(1, len(VARIANTS), sharex=True, sharey=True, squeeze=False)[0]
        for axes, name in zip(panels, VARIANTS, strict=True):
            axes.plot([0, 100], [0, 100], color=LIGHT["rule"], linewidth=1.2, zorder=0)
            for model in models:
                _draw(axes, model, name)
            axes.set_title(NAMES[name], fontsize=9.5, color=LIGHT["ink"])
            axes.set_aspect("equal")
            axes.set_xticks(range(0, 101, 25))
            axes.set_yticks(range(0, 101, 25))
            bare(axes, "both")
        panels[0].set_ylabel("share that is true (%)", color=LIGHT["muted"])
        panels[len(panels) // 2].set_xlabel("probability given (%)", color=LIGHT["muted"])
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=3, frameon=False, handlelength=1.6)
    return figure


def _draw(axes: Axes, model: Model, name: str) -> None:
    scored, dev = model.scored[0], model.dev[0]
    points = reliability(_scaled(scored, dev, name), scored.targets)
    axes.plot(
        100 * points.mean_probability,
        100 * points.share,
        MARKERS[model.kind],
        linestyle="-",
        linewidth=1.4,
        markersize=4,
        color=LIGHT[model.kind],
        label=model.name,
    )
