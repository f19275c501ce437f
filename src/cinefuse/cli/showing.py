"""What several verbs show alike on the terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from rich.console import Console

    from cinefuse.reports.table import Column, Table, percent, to_terminal

    console = Console()
    columns = (Column("run", numeric=False), Column("mAP on dev", percent))
    rows = [(one.name, one.average_precision_macro) for one in made.on_dev]
    console.print(to_terminal(Table(columns, rows), console.width))
    films = "the training films that each run has not seen" if made.unseen else "dev"
    console.print(f"thresholds learned from {films}; {_verdict(made)}", highlight=False)


def _verdict(made: "Soup") -> str:
    """Runs that did not begin alike have a mean that is no model at all."""
    *runs, own = (one.average_precision_macro for one in made.on_dev)
    defined = [one for one in runs if one is not None]
    if own is None or not defined:
        return "mAP is undefined on dev"
    if own >= max(defined):
        return "the soup is as good as the best of them, or better"
    if own >= min(defined):
        return "the soup is worse than the best of them"
    return "the soup is worse than every run: did they not begin at the same weights? See `cinefuse ensemble`"
