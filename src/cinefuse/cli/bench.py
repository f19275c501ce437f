"""`cinefuse bench`: how fast it is, beside the plain recipe."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import JsonOption, open_told, write_json


def bench(  # noqa: PLR0913 -- one argument an option
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BENCH]...",
            help="Which; all unless given, which takes long at full size. See --list.",
        ),
    ] = None,
    corpus: Annotated[
        str, typer.Option("--corpus", help="The films: best a raw folder, whose posters are files.")
    ] = "embedded",
    models: Annotated[
        str, typer.Option("--models", metavar="A,B,...", help="Recipes; the report's seven.")
    ] = "",
    profile: Annotated[
        str, typer.Option("--profile", help="Their size; `report` is the full one.")
    ] = "report",
    films: Annotated[int, typer.Option("--films", min=1, help="That a turn reads.")] = 320,
    turns: Annotated[int, typer.Option("--turns", min=1, help="Of each side, one after the other.")] = 3,
    json: JsonOption = None,
    *,
    show_list: Annotated[bool, typer.Option("--list", help="Tells what there is to measure.")] = False,
) -> None:
    """Measures cinefuse and the plain recipe in turns: medians, and ratios with their spread."""
    from rich.console import Console

    from cinefuse.bench import run_benches
    from cinefuse.bench.context import BENCHES, Context
    from cinefuse.bench.telling import bench_table, note_lines
    from cinefuse.errors import SettingsError
    from cinefuse.recipes import find_recipes
    from cinefuse.reports.table import to_terminal
    from cinefuse.results import write_record

    if show_list:
        for name, description in BENCHES.describe().items():
            typer.echo(f"{name:<15} {description}")
        raise typer.Exit
    found = find_recipes(models)
    if files := [recipe.name for recipe in found if recipe.base]:
        raise SettingsError(f"--models {files[0]}.toml: bench measures recipes that are built in, by name")
    chosen = tuple(recipe.name for recipe in found)
    asked = names or list(BENCHES)
    for name in asked:
        BENCHES[name]  # what there is not is missed before films are read
    with tempfile.TemporaryDirectory() as folder:
        context = Context(open_told(corpus), corpus, Path(folder), turns, films, profile, chosen)
        keep = partial(write_record, path=json) if json else None  # also if a later bench fails
        record = run_benches(asked, context, keep)
    console = Console()
    console.print(to_terminal(bench_table(record), console.width))
    for line in note_lines(record):
        typer.echo(line)
    if json:
        write_json(record, json)
