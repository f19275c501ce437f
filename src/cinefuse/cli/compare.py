"""`cinefuse compare`: several models on one corpus, one table."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, ResumeOption, SetOption, SplitOption, open_told


def compare(
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder for the runs, comparison.json and the report.")],
    models: Annotated[
        str,
        typer.Option(
            "--models",
            metavar="A,B,...",
            help="Recipes to compare, by name, file or folder of files; the report's seven unless given.",
        ),
    ] = "",
    assignments: SetOption = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Train each model this many times.")] = 1,
    split: SplitOption = "test",
    *,
    resume: ResumeOption = False,
) -> None:
    """Trains and scores the models on the same films, and writes a report of them."""
    from rich.console import Console

    from cinefuse import processes
    from cinefuse.recipes import find_members, find_with_ensembles
    from cinefuse.recipes.compose import compose_many

    recipes, ensembles = find_with_ensembles(models)
    asked = [one.name for one in recipes]
    members = {one.name: one for recipe in ensembles for one in find_members(recipe) if one.name not in asked}
    settings = compose_many([*recipes, *members.values()], assignments or ())
    from cinefuse.comparison import compare as compare_models
    from cinefuse.errors import CinefuseError
    from cinefuse.reports.page import write_report
    from cinefuse.reports.table import to_terminal
    from cinefuse.reports.tables import overall_table

    opened = open_told(corpus)
    comparison = compare_models(
        {name: settings[name] for name in asked},
        opened,
        out,
        ensembles={one.name: (one, {name: settings[name] for name in one.recipes}) for one in ensembles},
        seeds=seeds,
        split=split,
        resume=resume,
    )
    page = processes.by_first(lambda: write_report(out))
    console = Console()
    console.print(to_terminal(overall_table(comparison), console.width))
    typer.echo(f"{out / 'comparison.json'}\n{page}")
    if comparison.failed:
        told = "\n".join(f"  - {one.model} (seed {one.seed}): {one.error}" for one in comparison.failed)
        raise CinefuseError(f"{len(comparison.failed)} failed; --resume tries them again:\n{told}")
