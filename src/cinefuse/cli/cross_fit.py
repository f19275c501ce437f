"""`cinefuse cross-fit`: a run that decides by all training films."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, ThresholdOption, open_told
from cinefuse.cli.showing import show_cross_fitted


def cross_fit(
    whole: Annotated[
        Path, typer.Argument(metavar="RUN", help="The run, which has learned from all training films.")
    ],
    parts: Annotated[
        list[Path],
        typer.Argument(
            metavar="PART...", help="Runs of the same settings, each without another part of them."
        ),
    ],
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the new run.")],
    threshold: ThresholdOption = "per-genre",
) -> None:
    """Makes of RUN one that decides by what each PART says of the films that it has not seen."""
    from cinefuse.combination import DECISIONS
    from cinefuse.cross_fitting import cross_fit as fit

    made = fit(whole, parts, open_told(corpus), out, DECISIONS.model_copy(update={"threshold": threshold}))
    show_cross_fitted(made)
    typer.echo(f"{out}: {made.record.model}; now: cinefuse evaluate {out} --corpus {corpus}")
