"""The table of one ensemble: what its members weigh, and what each and all together are worth on dev."""

from cinefuse.ensembles.record import EnsembleRecord, OnDev
from cinefuse.reports.table import Column, Table, percent


def on_dev_table(record: EnsembleRecord) -> Table:
    """A member a row, then all with equal weights, then the ensemble.

    In-sample scores are of the films by which weights and thresholds were chosen; held-out ones are not.
    """
    columns = (
        Column("run", numeric=False),
        Column("weight", lambda value: f"{value:.2f}"),
        Column("F1 in-sample", percent, name="macro F1, in-sample"),
        Column("held-out", percent, name="macro F1, held-out"),
        Column("mAP in-sample", percent, name="mAP, in-sample"),
        Column("held-out", percent, name="mAP, held-out"),
    )
    listed: list[tuple[str, float | None, OnDev]] = [
        (f"{one.model} ({one.origin})", one.weight, one.on_dev) for one in record.members
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
