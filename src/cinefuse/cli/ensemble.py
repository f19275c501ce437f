"""`cinefuse ensemble`: several runs that tell genres together."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, RunsArgument, ThresholdOption, open_told
from cinefuse.cli.showing import show_ensemble


def ensemble(
    runs: RunsArgument,
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the new ensemble.")],
    threshold: ThresholdOption = "per-genre",
) -> None:
    """Combines RUNs, weighed by films that were not trained on, into one that is used as a run is."""
    from cinefuse.combination import DECISIONS
    from cinefuse.combination import ensemble as combine

    settings = DECISIONS.model_copy(update={"threshold": threshold})
    record = combine(runs, open_told(corpus), out, settings)
    show_ensemble(record)
    typer.echo(f"{out}: mean of {record.blend}; now: cinefuse evaluate {out} --corpus {corpus}")
