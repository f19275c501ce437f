"""`cinefuse soup`: the weights of several runs averaged into one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cinefuse.cli.options import CorpusOption, open_told
from cinefuse.cli.showing import show_soup


def soup(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of finished runs.")],
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the new run.")],
    threshold: Annotated[
        Literal["per-genre", "global"], typer.Option(help="How probabilities become genres.")
    ] = "per-genre",
) -> None:
    """Averages the weights of RUNs that began alike into one run, as fast as one of them."""
    from cinefuse.combination import DECISIONS
    from cinefuse.soup import soup as mix

    made = mix(runs, open_told(corpus), out, DECISIONS.model_copy(update={"threshold": threshold}))
    show_soup(made)
    typer.echo(f"{out}: {made.record.model}; now: cinefuse evaluate {out} --corpus {corpus}")
