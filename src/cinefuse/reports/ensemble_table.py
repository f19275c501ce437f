"""The table of one ensemble: what its members weigh, and what each and all together are worth on dev."""

from pathlib import Path

from cinefuse.ensembles.record import EnsembleRecord, Member, OnDev
from cinefuse.reports.table import Column, Table, percent


def on_dev_table(record: EnsembleRecord) -> Table:
    """A member a row, then all with equal weights, then the ensemble.

    The fitted scores are of the films by which weights and thresholds were chosen; held-out ones are not.
    """
    columns = (
        Column("run", numeric=False),
        Column("weight", lambda value: f"{value:.2f}"),
        Column("F1 fitted", percent, name="macro F1, in-sample"),
        Column("held out", percent, name="macro F1, held out"),
        Column("mAP fitted", percent, name="mAP, in-sample"),
        Column("held out", percent, name="mAP, held out"),
    )
    listed: list[tuple[str, float | None, OnDev]] = [
        (_called(one, record), one.weight, one.on_dev) for one in record.members
    ]
    listed += [("all, weighing the same", None, record.equal_weights), ("ensemble", None, record.on_dev)]
    rows = [
        (
            name,
            weight,
            *(one.in_sample.f1_macro, one.cross_validated.f1_macro),
            *(one.in_sample.average_precision_macro, one.cross_validated.average_precision_macro),
        )
        for name, weight, one in listed
    ]
    return Table(columns, rows)


def _called(member: Member, record: EnsembleRecord) -> str:
    """By its folder; by its whole path where two are called alike."""
    names = [Path(one.origin).absolute().name for one in record.members]
    name = Path(member.origin).absolute().name
    return name if names.count(name) == 1 else member.origin


def verdict(record: EnsembleRecord) -> str:
    """One line: whether it tells films of dev that it did not learn from better than its best member."""
    scores = [one.on_dev.cross_validated.f1_macro for one in record.members]
    defined = [(score, one) for score, one in zip(scores, record.members, strict=True) if score is not None]
    own = record.on_dev.cross_validated.f1_macro
    if own is None or not defined:
        return "held out: macro F1 is undefined"
    best, member = max(defined, key=lambda pair: pair[0])
    ahead = percent(max(0.0, own - best))
    more = "no better than" if float(ahead) == 0 else f"{ahead} points better than"
    return (
        f"held out: macro F1 {percent(own)}, {more} its best member ({member.model}, seed {member.seed}: "
        f"{percent(best)}); `cinefuse evaluate` has its interval on test"
    )
