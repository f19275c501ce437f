"""What several verbs show alike on the terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cinefuse.ensembles.record import EnsembleRecord


def show_ensemble(record: "EnsembleRecord") -> None:
    """What its members weigh and are worth, and whether it is worth more."""
    from rich.console import Console

    from cinefuse.reports.ensemble_table import verdict, worth_table
    from cinefuse.reports.table import to_terminal

    console = Console()
    console.print(to_terminal(worth_table(record), console.width))
    console.print(verdict(record), highlight=False)
