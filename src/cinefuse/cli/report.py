"""`cinefuse report`: the page, tables and figures of a comparison or an ablation that is there."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.errors import RunError


def report(
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A folder that `cinefuse compare` or `cinefuse ablate` wrote."),
    ],
) -> None:
    """Writes report.html, its tables and figures anew from what was measured; trains nothing.

    DIR/comparison.json is read, or else DIR/ablation.json.
    """
    from cinefuse.reports.ablation import write_ablation_report
    from cinefuse.reports.page import write_report
    from cinefuse.results.ablation import read_study

    if (directory / "comparison.json").exists():
        typer.echo(write_report(directory))
    elif (directory / "ablation.json").exists():
        typer.echo(write_ablation_report(read_study(directory / "ablation.json"), directory))
    else:
        raise RunError(
            f"{directory}: neither comparison.json nor ablation.json is there; "
            "`cinefuse compare --out DIR` and `cinefuse ablate --out DIR` write them"
        )
