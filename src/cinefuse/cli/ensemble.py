"""`cinefuse ensemble`: several runs that tell genres together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cinefuse.cli.options import CorpusOption, open_told

if TYPE_CHECKING:
    from cinefuse.ensembles.record import EnsembleRecord


def ensemble(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of finished runs.")],
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the new ensemble.")],
    threshold: Annotated[
        Literal["per-genre", "global"], typer.Option(help="How probabilities become genres.")
    ] = "per-genre",
) -> None:
    """Combines RUNs of the same corpus, each weighed by dev, into one that is used as a run is."""
    from cinefuse.combination import DECISIONS
    from cinefuse.combination import ensemble as combine

    settings = DECISIONS.model_copy(update={"threshold": threshold})
    record = combine(runs, open_told(corpus), out, settings)
    show_ensemble(record)
    typer.echo(f"{out}: mean of {record.blend}; now: cinefuse evaluate {out} --corpus {corpus}")


def show_ensemble(record: "EnsembleRecord") -> None:
    """What its members weigh and are worth, and whether it is worth more."""
    from rich.console import Console

    from cinefuse.reports.ensemble_table import on_dev_table, verdict
    from cinefuse.reports.table import to_terminal

    console = Console()
    console.print(to_terminal(on_dev_table(record), console.width))
    console.print(verdict(record), highlight=False)
