"""Options that several verbs share, worded once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cinefuse.errors import UserError

if TYPE_CHECKING:
    from cinefuse.corpus.record import Corpus


def _in_a_folder(path: Path | None) -> Path | None:
    """Refuses a file that cannot be made, before the work whose result it is to hold."""
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise UserError(
            f"--json {path}: "
            + ("is a folder" if path.is_dir() else f"there is no folder {path.parent}")
            + "; allowed is a file in a folder that exists: make it first, or give another --json"
        )
    return path


def write_json(content: Any, path: Path) -> None:
    """What `--json` writes, for every verb: a record, a dataclass, or plain lists and dictionaries."""
    from pydantic import BaseModel, RootModel

    from cinefuse.results import write_record

    write_record(content if isinstance(content, BaseModel) else RootModel[Any](content), path)
    typer.echo(f"written: {path}")


def open_told(source: str) -> "Corpus":
    """Opens a corpus and says which films it has, by which split, and what whoever uses it should know."""
    from cinefuse.corpus.corpus import open_corpus
    from cinefuse.progress import say

    corpus = open_corpus(source)
    sizes = ", ".join(f"{split} {len(movies):,}" for split, movies in corpus.splits.items())
    rules = f"plot {corpus.plot_rule}, split {corpus.split_rule}"
    say(f"{corpus.name}: {len(corpus.genres)} genres, {rules}: {sizes}")
    for note in corpus.notes:
        say(f"note: {note}")
    return corpus


CorpusOption = Annotated[
    str,
    typer.Option(
        "--corpus", help="A prepared store, a raw MM-IMDb folder, an HDF5 or table file, or `embedded`."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Changes a setting; may be given often. `cinefuse models --settings` lists them.",
    ),
]
JsonOption = Annotated[
    Path | None,
    typer.Option("--json", callback=_in_a_folder, help="Also write the result as JSON to this file."),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with what was broken off; keep what is finished.")
]
SplitOption = Annotated[str, typer.Option("--split", help="Which split to score.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
