"""`cinefuse corpus fetch | prepare | describe`: getting movies, and knowing what one got."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from cinefuse.cli.options import JsonOption, write_json
from cinefuse.errors import CorpusError, SettingsError

if TYPE_CHECKING:
    from cinefuse.corpus.record import Corpus

app = typer.Typer(no_args_is_help=True, help="Get movies, prepare them, and see what is in them.")


@app.command()
def fetch(
    what: Annotated[Literal["mmimdb"], typer.Argument(help="The corpus: mmimdb.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put it.")],
    part: Annotated[
        Literal["raw", "hdf5", "all"],
        typer.Option("--what", help="Raw films (about 8 GB), HDF5 (larger), or both."),
    ] = "raw",
    mirror: Annotated[
        list[str] | None, typer.Option(help="A web folder that has the files; instead of ours; repeatable.")
    ] = None,
) -> None:
    """Download a corpus; goes on where it broke off."""
    from dataclasses import replace

    from cinefuse.corpus.fetch import MMIMDB_FILES
    from cinefuse.corpus.fetch import fetch as fetch_files
    from cinefuse.corpus.unpack import unpack

    console = _console()
    parts = ["raw", "hdf5"] if part == "all" else [part]
    files = [file for name in parts for file in MMIMDB_FILES[name]]
    if mirror:
        files = [replace(file, mirrors=tuple(mirror)) for file in files]
    for fetched in fetch_files(files, directory):
        checked = "checked" if fetched.checked else f"no known checksum of {what} to check it by"
        console.print(f"{fetched.path}  sha256 {fetched.sha256} ({checked})")
        if fetched.path.name.endswith(".tar.gz"):
            unpack(fetched.path, directory)
            console.print(f"unpacked; next: cinefuse corpus prepare {directory / what} STORE")


@app.command()
def prepare(  # noqa: PLR0913, PLR0917 -- one argument an option
    source: Annotated[
        str, typer.Argument(help="Raw folder, .hdf5, .csv, .tsv, .jsonl, .parquet or 'embedded'.")
    ],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The store to make.")],
    plot_rule: Annotated[
        Literal["longest", "first", "all"], typer.Option(help="Which of a film's plots.")
    ] = "longest",
    split: Annotated[
        Literal["auto", "own", "random", "stratified"],
        typer.Option(help="auto: the source's own, else stratified 70/15/15."),
    ] = "auto",
    seed: Annotated[int, typer.Option(help="Of the random and the stratified split.")] = 42,
    min_words: Annotated[int, typer.Option(help="Leave out films whose plot has fewer words.")] = 0,
    genres: Annotated[str | None, typer.Option(help="Only these, in this order: a,b,c.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="What a table calls a column: plot=overview; repeatable.")
    ] = None,
    poster_size: Annotated[int, typer.Option(min=8, help="Longest side of a poster, in pixels.")] = 256,
    name: Annotated[str | None, typer.Option(help="The corpus' name in results.")] = None,
    unpaired: Annotated[
        str | None,
        typer.Option(help="Another source, whose posters train beside these films with --set unpaired=true."),
    ] = None,
    skip_faulty: Annotated[
        bool, typer.Option("--skip-faulty", help="Leave out faulty records, counted.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse posters that cannot be decoded.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a store that is there.")] = False,
) -> None:
    """Turn a source of films into a store that opens at once."""
    from pydantic import ValidationError

    from cinefuse.corpus.corpus import CorpusRules, open_corpus
    from cinefuse.corpus.store import check_free, write_store
    from cinefuse.corpus.unpaired import with_unpaired

    check_free(directory, force=force)  # before a long reading, not after
    try:
        rules = CorpusRules(
            plot_rule=plot_rule,
            split=split,
            seed=seed,
            min_words=min_words,
            genres=None if genres is None else tuple(_parts(genres)),
            columns=_columns(column or []),
            skip_faulty=skip_faulty,
            name=name,
        )
    except ValidationError as error:
        faults = "; ".join(
            f"--{'-'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        )
        raise SettingsError(faults.replace("_", "-")) from error
    corpus = open_corpus(source, rules, in_memory=False)
    if unpaired is not None:
        # genres of the other source are its own: those that the corpus has not are counted, not refused
        corpus = with_unpaired(corpus, open_corpus(unpaired, CorpusRules(skip_faulty=skip_faulty)))
    corpus = write_store(corpus, directory, poster_size, strict=strict, force=force)
    _show_prepared(corpus, directory)


@app.command()
def describe(
    corpus: Annotated[str, typer.Argument(help="A store, or any source that `prepare` reads.")],
    column: Annotated[
        list[str] | None, typer.Option(help="What a table calls a column: plot=overview; repeatable.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Count films, genres, lengths, and what is missing, unreadable or there twice."""
    from cinefuse.cli.description import show_description
    from cinefuse.corpus.audit import describe_corpus
    from cinefuse.corpus.corpus import CorpusRules, open_corpus
    from cinefuse.corpus.store import is_store

    # faults are what one wants to see here: counted, not refused
    rules = CorpusRules(skip_faulty=not is_store(Path(corpus)), columns=_columns(column or []))
    description = describe_corpus(open_corpus(corpus, rules))
    show_description(description, _console())
    if json is not None:
        write_json(description, json)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _parts(given: str) -> list[str]:
    return [part.strip() for part in given.split(",") if part.strip()]


def _columns(given: list[str]) -> dict[str, str]:
    columns = {}
    for pair in given:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs):
            raise CorpusError(f"--column {pair}: allowed: OURS=THEIRS, for example --column plot=overview")
        columns[ours.strip()] = theirs.strip()
    return columns


def _show_prepared(corpus: "Corpus", directory: Path) -> None:
    console = _console()
    splits = ", ".join(f"{split} {len(movies):,}" for split, movies in corpus.splits.items())
    console.print(f"[bold]{directory}[/]: {corpus.name}, {len(corpus.genres)} genres")
    console.print(f"plot {corpus.plot_rule}, split {corpus.split_rule}: {splits}")
    if corpus.skipped:
        table = Table("left out or used without", "films", box=None, title_justify="left")
        table.columns[1].justify = "right"
        for reason, count in corpus.skipped.items():
            table.add_row(reason, f"{count:,}")
        console.print(table)
    for note in corpus.notes:
        console.print(f"note: {note}")
