"""`cinefuse tag`: genres for every film of a catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cinefuse.cli.options import ResumeOption, RuntimeOption, in_a_folder

if TYPE_CHECKING:
    from cinefuse.tagging import Outcome


def tag(  # noqa: PLR0913, PLR0917 -- one argument an option
    tables: Annotated[
        list[Path],
        typer.Argument(metavar="TABLE...", help=".csv, .tsv, .jsonl or .parquet files, or folders of them."),
    ],
    run: Annotated[
        Path, typer.Option("--run", metavar="RUN", help="The folder of a finished run, or export.")
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", callback=in_a_folder, help="The Parquet file to write."),
    ],
    column: Annotated[
        list[str] | None, typer.Option(help="What the tables call a column: plot=overview; repeatable.")
    ] = None,
    posters: Annotated[
        Path | None, typer.Option(help="Where posters' paths begin; in each table's own folder unless given.")
    ] = None,
    chunk_rows: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Rows that are done, or lost by a kill, together.")
    ] = 1024,
    engine: Annotated[Literal["local", "ray"], typer.Option(help="Here, or in Ray's workers.")] = "local",
    runtime: RuntimeOption = "auto",
    workers: Annotated[int | None, typer.Option(min=1, help="Of Ray; one a core unless given.")] = None,
    *,
    resume: ResumeOption = False,
) -> None:
    """Tells the genres of every film in the tables: the same rows, with what the model says of them."""
    from cinefuse.errors import SettingsError
    from cinefuse.progress import say
    from cinefuse.tagging import TagSettings
    from cinefuse.tagging import tag as tag_tables

    pairs = [pair.partition("=") for pair in column or ()]
    if wrong := [ours for ours, equals, theirs in pairs if not (ours and equals and theirs)]:
        raise SettingsError(f"--column {wrong[0]}: allowed: OURS=THEIRS, for example plot=overview")
    settings = TagSettings(
        columns={ours: theirs for ours, _, theirs in pairs},
        posters=posters,
        chunk_rows=chunk_rows,
        engine=engine,
        runtime=runtime,
        workers=workers,
    )
    try:
        outcome = tag_tables(tables, run, out, settings, resume=resume)
    except KeyboardInterrupt:
        say("what is done stays; the same command with --resume goes on")
        raise
    _show(outcome, out)


def _show(outcome: "Outcome", out: Path) -> None:
    from cinefuse.progress import spoken

    counts = outcome.counts
    lines = [("rows", counts.rows), ("scored", counts.scored)]
    lines += [(f"  without a {part}", number) for part, number in counts.lacking.items()]
    if counts.people is not None:
        lines += [("  with people that the model knows", counts.people)]
    lines += [("not scored", counts.rows - counts.scored)]
    lines += [(f"rows with error: {reason}", number) for reason, number in counts.errors.items()]
    width = max(len(name) for name, _ in lines)
    for name, number in lines:
        typer.echo(f"{name:<{width}}  {number:>11,}")
    if outcome.rows:
        rate = outcome.rows / max(outcome.seconds, 1e-9)
        typer.echo(f"{outcome.rows:,} rows in {spoken(outcome.seconds)}: {rate:,.0f} a second")
    typer.echo(f"written: {out}")
