"""`cinefuse bench`: how fast it is, beside the plain recipe."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cinefuse.cli.options import JsonOption, open_told, write_json

if TYPE_CHECKING:
    from cinefuse.bench import BenchRecord, Context


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
        str, typer.Option("--models", metavar="A,B,...", help="Recipes; by default the report's seven.")
    ] = "",
    profile: Annotated[
        str, typer.Option("--profile", help="Their size; `report` is the full one.")
    ] = "report",
    *,
    text_encoder: Annotated[
        str | None,
        typer.Option(
            help="Pretrained, a folder or a name on the hub. With none of the two, weights are random."
        ),
    ] = None,
    vision_encoder: Annotated[
        str | None, typer.Option(help="Likewise; one that is not given is the recipe's own, from the hub.")
    ] = None,
    films: Annotated[
        int,
        typer.Option(
            "--films",
            min=1,
            help="At most so many a turn; for those of growth the most there are.",
        ),
    ] = 320,
    turns: Annotated[int, typer.Option("--turns", min=1, help="Of each side, one after the other.")] = 3,
    json: JsonOption = None,
    show_list: Annotated[bool, typer.Option("--list", help="Tells what there is to measure.")] = False,
) -> None:
    """Measures cinefuse and the plain recipe in turns: medians, and ratios with their spread."""
    from cinefuse.bench import BENCHES, Context, check_models, find_benches
    from cinefuse.errors import SettingsError
    from cinefuse.recipes import find_recipes

    if show_list:
        for name, description in BENCHES.describe().items():
            typer.echo(f"{name:<15} {description}")
        raise typer.Exit
    found = find_recipes(models)
    if files := [recipe.name for recipe in found if recipe.base]:
        raise SettingsError(f"--models {files[0]}.toml: bench measures recipes that are built in, by name")
    chosen = tuple(recipe.name for recipe in found)
    given = {"text_encoder": text_encoder, "vision_encoder": vision_encoder}
    encoders = {name: encoder for name, encoder in given.items() if encoder is not None}
    asked = names or list(BENCHES)
    find_benches(asked, encoders)  # what there is not is missed before films are read
    check_models(profile, chosen, encoders)
    with tempfile.TemporaryDirectory() as folder:
        context = Context(open_told(corpus), corpus, Path(folder), turns, films, profile, chosen, encoders)
        _measure(asked, context, json)


def _measure(names: Sequence[str], context: "Context", json: Path | None) -> None:
    """A bench that fails or is stopped loses nothing of those before it: they are shown, and in the file."""
    from cinefuse.bench import BenchRecord, run_benches
    from cinefuse.results import write_record

    found: list[BenchRecord] = []

    def keep(record: BenchRecord) -> None:
        found.append(record)
        if json:
            write_record(record, json)

    try:
        run_benches(names, context, keep)
    finally:
        if found:
            _show(found[-1])
    if json:
        write_json(found[-1], json)


def _show(record: "BenchRecord") -> None:
    from rich.console import Console

    from cinefuse.bench.telling import bench_table, note_lines
    from cinefuse.reports.table import to_terminal

    console = Console()
    console.print(to_terminal(bench_table(record), console.width))
    for line in note_lines(record):
        typer.echo(line)
