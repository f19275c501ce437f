"""The report of ablations: a section each, with its variants and how far each is from its reference."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cinefuse.reports.drawing import bare, drawing
from cinefuse.reports.page import write_page
from cinefuse.reports.palette import LIGHT
from cinefuse.reports.section import Block, Drawn, Facts, Prose, Section, Tabled
from cinefuse.reports.sections.opening import corpus_facts
from cinefuse.reports.summary import ModelSummary
from cinefuse.reports.table import (
    UNDEFINED,
    Cell,
    Column,
    Estimate,
    Table,
    estimate,
    millions,
    p_value,
    percent,
    signed_interval,
    signed_percent,
)
from cinefuse.results import CorpusSummary
from cinefuse.results.ablation import AblationResults, Study, VariantResults

HOW = (
    "Difference: macro F1 less that of the model's first variant, on the same films, with its 95 % "
    "interval over films; p by a paired permutation test, after Holm's correction over the variants of "
    "this table. In the figures the reference is dark, and a variant that can be told apart from it (p "
    "below 0.05, an interval without 0) is filled."
)
ON_DEV = (
    "Scored on dev, where the best epoch, the end of training and the thresholds were chosen: every score is "
    "a little too good, for all variants alike."
)


def ablation_table(ablation: AblationResults) -> Table:
    """One row a variant that was to be run, a model's reference before its other variants."""
    columns = (
        Column("model", numeric=False),
        Column("variant", numeric=False),
        Column("macro F1", estimate, name="f1_macro"),
        Column("difference", _difference),
        Column("p", p_value, name="p_holm"),
        Column("micro F1", percent, name="f1_micro"),
        Column("mAP", percent, name="average_precision_macro"),
        Column("settings", numeric=False),
        Column("params (M)", millions, name="parameters_total"),
    )
    rows = [_row(variant) for variant in ablation.variants if not variant.left_out]
    recipes = {variant.recipe for variant in ablation.variants}
    plain = ("model",) if len(recipes) == 1 else ()
    return Table(columns, rows, ("params (M)", "settings", *plain, "mAP", "micro F1"))


def ablation_notes(ablation: AblationResults) -> list[str]:
    """What the table cannot say: what was left out, what failed, what was not tested and why."""
    notes = []
    for variant in ablation.variants:
        name = f"{variant.recipe}, {variant.label}"
        if variant.left_out:
            notes.append(f"{name}: left out: {variant.left_out}")
        notes += [f"{name}: failed with seed {one.seed}: {one.error}" for one in variant.failed]
    if ablation.untested:
        which = "Some differences" if any(one.difference for one in ablation.variants) else "Differences"
        notes.append(f"{which} are not tested: {ablation.untested}")
    return [" ".join(note.split()) for note in notes]


def write_ablation_report(study: Study, directory: Path) -> Path:
    """Writes report.html, tables/ and figures/ of the ablations into the folder; returns the page's path.

    Raises:
        StorageError: if the disk refuses.
    """
    corpus = study.corpus
    n_ablations = len(study.ablations)
    title = (
        f"{n_ablations} {'ablation' if n_ablations == 1 else 'ablations'} on {corpus.movies:,} "
        f"{corpus.split} {'film' if corpus.movies == 1 else 'films'} of {corpus.name}"
    )
    lead = [HOW, ON_DEV] if corpus.split == "dev" else [HOW]
    results = (one for each in study.ablations for variant in each.variants for one in variant.results)
    rules = ", ".join(sorted({result.threshold.rule for result in results})).replace("-", " ")
    facts = Facts(corpus_facts(corpus).facts + ((("threshold", rules),) if rules else ()))
    sections = [_section(ablation, corpus) for ablation in study.ablations]
    return write_page(directory, title, lead, [facts], sections, {})


def _section(ablation: AblationResults, corpus: CorpusSummary) -> Section:
    drawn = [variant for variant in ablation.variants if variant.results]
    blocks: list[Block] = [Prose(ablation.question)]
    if drawn:
        spoken = "macro F1 of every variant with its interval; the same numbers are in the table below"
        blocks.append(Drawn(ablation.name, _figure(drawn, corpus), spoken))
    blocks.append(Tabled(ablation.name, ablation_table(ablation)))
    blocks += [Prose(note, quiet=True) for note in ablation_notes(ablation)]
    return Section(ablation.name, ablation.title, tuple(blocks))


def _figure(variants: list[VariantResults], corpus: CorpusSummary) -> Figure:
    """Macro F1 with its interval over films, a row a variant; hollow where it is told apart from none."""
    several = len({variant.recipe for variant in variants}) > 1
    with drawing(7.6, 0.8 + 0.3 * len(variants)) as figure:
        axes = figure.add_subplot()
        for row, variant in enumerate(variants):
            _draw(axes, row, variant)
        labels = [f"{one.recipe}: {one.label}" if several else one.label for one in variants]
        axes.set_yticks(range(len(variants)), labels)
        axes.set_ylim(len(variants) - 0.5, -0.5)
        axes.set_xlabel(
            f"macro F1 in percent, {corpus.movies:,} {corpus.split} films, with 95 % interval",
            color=LIGHT["muted"],
        )
        bare(axes, "x")
    return figure


def _draw(axes: Axes, row: int, variant: VariantResults) -> None:
    summary = ModelSummary(variant.recipe, tuple(variant.results))
    mean, interval = summary.mean("f1_macro"), summary.interval("f1_macro")
    colour = LIGHT["text"] if variant.reference else LIGHT["ink"]
    if interval:
        low, high = (100 * bound for bound in interval)
        axes.plot([low, high], [row, row], color=colour, linewidth=1.8, solid_capstyle="round")
    if mean is not None:
        apart = variant.difference is not None and variant.difference.told_apart
        face = colour if apart or not variant.reference else LIGHT["ground"]
        axes.plot(
            100 * mean, row, "o", markerfacecolor=face, markeredgecolor=colour, markersize=6.5, zorder=3
        )


def _row(variant: VariantResults) -> tuple[object, ...]:
    summary = ModelSummary(variant.recipe, tuple(variant.results))
    label = variant.label if variant.results else f"{variant.label} (failed)"
    found = variant.difference
    return (
        variant.recipe,
        label,
        summary.estimate("f1_macro"),
        Estimate(found.difference, (found.low, found.high)) if found else Estimate(None),
        found.p_holm if found else None,
        summary.mean("f1_micro"),
        summary.mean("average_precision_macro"),
        " ".join(f"{name}={_shown(value)}" for name, value in variant.settings.items()),
        variant.results[0].parameters.total if variant.results else None,
    )


def _difference(value: Estimate) -> Cell:
    if value.value is None:
        return Cell(UNDEFINED)
    return Cell(signed_percent(value.value), signed_interval(value.interval) if value.interval else "")


def _shown(value: object) -> str:
    """As `--set` takes it."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
