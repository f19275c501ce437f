"""What several verbs show alike on the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cinefuse.cross_fitting import CrossFitted
    from cinefuse.deciding import OnDev
    from cinefuse.ensembles.record import EnsembleRecord
    from cinefuse.soup import Soup


def show_ensemble(record: "EnsembleRecord") -> None:
    """What its members weigh and are worth, and whether it is worth more."""
    from rich.console import Console

    from cinefuse.reports.ensemble_table import verdict, worth_table
    from cinefuse.reports.table import to_terminal

    console = Console()
    console.print(to_terminal(worth_table(record), console.width))
    console.print(verdict(record), highlight=False)


def show_soup(made: "Soup") -> None:
    """What the runs and their mean are worth on dev, and whether averaging helped."""
    unseen = made.record.learned_from == "unseen"
    films = "the training films that each run has not seen" if unseen else "dev"
    _show_on_dev(made.on_dev, f"{made.verdict}; thresholds of the soup learned from {films}")


def show_cross_fitted(made: "CrossFitted") -> None:
    """What the run is worth on dev by its former thresholds and by the new ones."""
    _show_on_dev(made.on_dev, made.verdict)


def _show_on_dev(runs: "Sequence[OnDev]", told: str) -> None:
    from rich.console import Console

    from cinefuse.reports.table import Column, Table, percent, to_terminal

    console = Console()
    columns = (
        Column("run", numeric=False),
        Column("macro F1 on dev", percent),
        Column("mAP on dev", percent),
    )
    rows = [(one.name, one.f1_macro, one.average_precision_macro) for one in runs]
    console.print(to_terminal(Table(columns, rows), console.width))
    console.print(told, highlight=False)
