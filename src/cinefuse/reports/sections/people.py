"""Films whose director or cast is known, and films of which neither is, told apart."""

from cinefuse.reports.material import Material
from cinefuse.reports.section import Prose, Section, Tabled
from cinefuse.reports.table import Column, Table, estimate
from cinefuse.results import People

KINDS: tuple[People, ...] = ("known", "unknown")
EXPLAINED = (
    "Macro F1 and mAP in percent with the 95 % interval over films: of {known:,} films whose director or "
    "cast is known, and of {unknown:,} of which neither is. These are different films: compare models within "
    "a column, not the columns of one model."
)


def people(material: Material) -> Section | None:
    """Every model on both kinds of films; none where all films are of one."""
    first = next((one.people for one in material.comparison.models), None)
    if not first:
        return None
    measured = (("f1_macro", "macro F1"), ("average_precision_macro", "mAP"))
    columns = [Column("model", numeric=False)]
    for metric, title in measured:
        columns += [Column(f"{title}, {kind}", estimate, name=f"{kind}_{metric}") for kind in KINDS]
    rows = [
        (one.model, *(one.people(kind, metric) for metric, _ in measured for kind in KINDS))
        for one in material.summaries
    ]
    films = {kind: first[kind].movies for kind in KINDS}
    return Section(
        "people",
        "Films with and without known people",
        (Tabled("people", Table(tuple(columns), rows)), Prose(EXPLAINED.format(**films), quiet=True)),
    )
