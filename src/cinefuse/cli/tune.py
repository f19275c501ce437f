"""`cinefuse tune`: a search over a recipe's settings, by their dev scores."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, ResumeOption, SetOption, open_told


def tune(  # noqa: PLR0913, PLR0917 -- one argument an option
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="What to train: see `cinefuse models`.")],
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the search; the best run stays in it.")],
    trials: Annotated[int, typer.Option(min=1, help="How many trainings, with those of earlier calls.")] = 20,
    minutes: Annotated[float | None, typer.Option(min=0, help="Begin no trial after so many.")] = None,
    assignments: SetOption = None,
    search: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUES", help="Tries key=low..high or key=a,b,c instead of the default."),
    ] = None,
    space: Annotated[Path | None, typer.Option(help="A file of such lines, one a setting.")] = None,
    *,
    resume: ResumeOption = False,
) -> None:
    """Searches settings of a RECIPE for the best dev score; test films are not looked at."""
    from cinefuse.recipes import find_recipe
    from cinefuse.tuning.space import make_space, read_space

    searched, given = [*(read_space(space) if space else ()), *(search or ())], assignments or ()
    make_space(find_recipe(recipe), given, searched)  # mistakes are told before a corpus is opened
    from cinefuse.tuning.search import Limits
    from cinefuse.tuning.search import tune as search_settings
    from cinefuse.tuning.telling import tell

    limits, films = Limits(trials, minutes), open_told(corpus)
    tell(
        search_settings(
            recipe, films, out, assignments=given, searched=searched, limits=limits, resume=resume
        ),
        corpus,
    )
    typer.echo(f"\n{out / 'tuning.json'}")
