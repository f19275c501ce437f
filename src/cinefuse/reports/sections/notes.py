"""What every number means, what is undefined here, and what could not be read."""

from cinefuse.reports.material import Material
from cinefuse.reports.section import Block, Prose, Section, Tabled
from cinefuse.reports.table import Column, Table
from cinefuse.results import METRICS

NOTHING_PREDICTED = (
    "A genre that is given to no film has precision 0, and so has sample F1 a film that has no genre and is "
    "given none."
)
THRESHOLD = (
    "A genre is given where its probability is at or above the threshold, which was chosen on the dev "
    "split or fixed beforehand."
)


def notes(material: Material) -> Section:
    """Conventions, metrics, and the list of what is missing."""
    columns = (Column("metric", numeric=False), Column("what it is", numeric=False))
    blocks: list[Block] = [Prose(line) for line in (_undefined(material), NOTHING_PREDICTED, THRESHOLD)]
    blocks += [
        Prose(f"Genres: {', '.join(material.comparison.corpus.genres)}.", quiet=True),
        Tabled("metrics", Table(columns, list(METRICS.items())), folded=True, fold_title="Every metric"),
    ]
    blocks += [Prose(f"Missing: {what}.", quiet=True) for what in material.missing]
    return Section("notes", "Notes", tuple(blocks))


def _undefined(material: Material) -> str:
    undefined = sorted({genre for result in material.comparison.models for genre in result.undefined})
    if not undefined:
        return "Every genre has a film in this split: no score is undefined."
    names = ", ".join(undefined)
    return f"No film of this split has {names}: a dash, left out of macro averages, never counted as 0."
