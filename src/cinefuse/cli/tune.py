"""`cinefuse tune`: a search over a recipe's settings, by their dev scores."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, ResumeOption, SetOption, open_told


def tune(  # noqa: PLR0913, PLR0917 -- one argument an option
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="What to train: see `cinefuse models`.")],
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the search; the best run stays in it.")],
    trials: Annotated[int, typer.Option(min=1, help="Trainings in all, with those of earlier calls.")] = 20,
    minutes: Annotated[float | None, typer.Option(min=0, help="Begin no trial after so many.")] = None,
    assignments: SetOption = None,
    search: Annotated[list[str] | None, typer.Option(help="Try key=low..high or key=a,b,c.")] = None,
    space: Annotated[Path | None, typer.Option(help="A file of such lines, one a setting.")] = None,
    resume: ResumeOption = False,
) -> None:
    """Searches settings of a RECIPE for the best dev score; test films are not looked at."""
    from cinefuse import tuning

    searched, limits = tuning.read_space(space, search or ()), tuning.Limits(trials, minutes)
    found = tuning.tune(
        recipe, lambda: open_told(corpus), out, assignments or (), searched, limits, resume=resume
    )
    tuning.tell(found, corpus)
