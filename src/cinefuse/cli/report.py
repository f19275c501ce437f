"""`cinefuse report`: the pages, tables and figures of a comparison that is there."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `cinefuse compare` wrote.")],
) -> None:
    """Writes report.html, its tables and figures anew from DIR/comparison.json; trains nothing."""
    from cinefuse.reports.page import write_report

    typer.echo(write_report(directory))
