"""`cinefuse soup`: the weights of several runs averaged into one."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, RunsArgument, ThresholdOption, open_told
from cinefuse.cli.showing import show_soup


def soup(
    runs: RunsArgument,
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the new run.")],
    threshold: ThresholdOption = "per-genre",
) -> None:
    """Averages the weights of RUNs that began alike into one run, as fast as one of them."""
    from cinefuse.combination import DECISIONS
    from cinefuse.soup import soup as mix

    made = mix(runs, open_told(corpus), out, DECISIONS.model_copy(update={"threshold": threshold}))
    show_soup(made)
    typer.echo(f"{out}: {made.record.model}; now: cinefuse evaluate {out} --corpus {corpus}")
