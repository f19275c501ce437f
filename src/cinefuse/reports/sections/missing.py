"""Without the poster, without the plot: what a model that reads both still tells from one of them."""

from cinefuse.reports.material import Material
from cinefuse.reports.section import Prose, Section, Tabled
from cinefuse.reports.summary import Kind, ModelSummary
from cinefuse.reports.table import percent
from cinefuse.reports.tables import conditions_table
from cinefuse.results import Condition

PARTS: dict[Condition, tuple[str, Kind]] = {
    "plot_only": ("plot", "text"),
    "poster_only": ("poster", "vision"),
}
EXPLAINED = (
    "Macro F1 in percent with the 95 % interval over films. Both: all {both:,} films, with what they have. "
    "Plot only: the {plot_only:,} of them that have a plot, their posters hidden. Poster only: the "
    "{poster_only:,} that have a poster, their plots hidden. Films that lack a part are judged by thresholds "
    "that were learned on dev so."
)


def missing(material: Material) -> Section | None:
    """Complete, plot only, poster only for every model that was told so; none without such a model."""
    table = conditions_table(material.comparison)
    if not table.rows:
        return None
    best = next(summary for summary in material.summaries if summary.has_conditions)
    said = [_sentence(material, best, condition) for condition in PARTS]
    return Section(
        "missing",
        "When the poster or the plot is missing",
        (Prose(" ".join(said)), Tabled("missing", table), Prose(_explained(best), quiet=True)),
    )


def _explained(summary: ModelSummary) -> str:
    result = summary.results[0]
    films = {name: result.conditions[name].movies for name in PARTS}
    return EXPLAINED.format(both=result.corpus.movies, **films)


def _sentence(material: Material, best: ModelSummary, condition: Condition) -> str:
    part, kind = PARTS[condition]
    value = best.condition(condition, "f1_macro").value
    if value is None:
        return f"No film here has a {part}."
    rival = material.best(kind)
    theirs = rival.summary.mean("f1_macro") if rival else None
    beside = (
        f", where {rival.name}, trained on nothing else, has {percent(theirs)}" if rival and theirs else ""
    )
    return f"From the {part} alone {best.model} has a macro F1 of {percent(value)}{beside}."
