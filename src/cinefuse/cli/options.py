"""Options that several verbs share, worded once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cinefuse import processes
from cinefuse.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cinefuse.corpus.movie import Movie
    from cinefuse.corpus.poster import FilePoster
    from cinefuse.corpus.record import Corpus
    from cinefuse.prediction import GenrePredictor

Names = list[str] | None


def in_a_folder(option: typer.CallbackParam, path: Path | None) -> Path | None:
    """Refuses a file that cannot be made, before the work whose result it is to hold."""
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        name = option.opts[0]
        raise UserError(
            f"{name} {path}: "
            + ("is a folder" if path.is_dir() else f"there is no folder {path.parent}")
            + f"; allowed is a file in a folder that exists: make it first, or give another {name}"
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

    with processes.agreeing():
        corpus = open_corpus(source)
    sizes = ", ".join(f"{split} {len(movies):,}" for split, movies in corpus.splits.items())
    rules = f"plot {corpus.plot_rule}, split {corpus.split_rule}"
    say(f"{corpus.name}: {len(corpus.genres)} genres, {rules}: {sizes}")
    for note in corpus.notes:
        say(f"note: {note}")
    return corpus


def make_movie(text: str | None, poster: Path | None, directors: Names, cast: Names) -> "Movie":
    """The one film that a plot (see `read_plot`), a poster and names tell of, its plot without blanks around.

    Raises:
        UserError: if neither plot nor poster says anything, or one cannot be read.
    """
    from cinefuse.corpus.movie import Movie

    if not (text and text.strip()) and poster is None:
        raise UserError("neither --plot nor --poster says anything; allowed is one of them, or both")
    return Movie(
        "",
        plot=text.strip() or None if text else None,
        poster=_open_poster(poster),
        director=_names(directors),
        cast=_names(cast),
    )


def _names(given: Names) -> tuple[str, ...]:
    """Each of those given may hold several, as in a table."""
    from cinefuse.corpus.readers.fields import FieldError, several

    try:
        return tuple(name for one in given or () for name in several({"name": one}, "name"))
    except FieldError as error:
        raise UserError(
            f"--director or --cast: {error}; allowed is a name, or several between commas"
        ) from error


def tell_unread(movie: "Movie", lacking: "Sequence[str]", predictor: "GenrePredictor") -> None:
    """Says what the model reads and the film lacks, and what the film has and the model does not read."""
    for part in lacking:
        typer.echo(f"note: this model reads a {part}, and none was given", err=True)
    named = bool(movie.director or movie.cast)
    if predictor.knows_people and not named:
        typer.echo(
            "note: this model also knows who made a film: --director NAME and --cast NAMES",
            err=True,
        )
    if predictor.knows_people and (strangers := predictor.strangers(movie)):
        typer.echo(
            f"note: no film that this model learned from was made by {', '.join(strangers)}: that changes "
            "nothing; names are looked for as they are written there, but for capitals",
            err=True,
        )
    if named and not predictor.knows_people:
        typer.echo("note: this model knows no people: --director and --cast change nothing", err=True)


def read_plot(given: str | None) -> str | None:
    """The plot as text; a shell hands over bytes, and bytes that are no UTF-8 arrive as surrogates."""
    if given is None:
        return None
    try:
        as_bytes = (
            typer.get_binary_stream("stdin").read()
            if given == "-"
            else given.encode("utf-8", "surrogateescape")
        )
        return as_bytes.decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError) as error:
        where = "standard input" if given == "-" else "--plot"
        raise UserError(
            f"{where} is not UTF-8 text: {error.reason} at place {error.start}; allowed is UTF-8: "
            "convert it first, for example with `iconv -f latin1 -t utf-8`"
        ) from error


def _open_poster(path: Path | None) -> "FilePoster | None":
    from cinefuse.corpus.poster import FilePoster, PosterError

    if path is None:
        return None
    poster = FilePoster(path)
    try:
        poster.pixels(longest_side=64)
    except PosterError as error:
        raise UserError(f"{error}; allowed is an image file that Pillow reads") from error
    return poster


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
    typer.Option("--json", callback=in_a_folder, help="Also write the result as JSON to this file."),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with what was broken off; keep what is finished.")
]
SplitOption = Annotated[str, typer.Option("--split", help="Which split to score.")]
PlotOption = Annotated[str | None, typer.Option("--plot", help="The plot; `-` reads it from standard input.")]
PosterOption = Annotated[Path | None, typer.Option("--poster", help="An image file.")]
DirectorOption = Annotated[
    Names,
    typer.Option(
        "--director", metavar="NAME", help="Who directed it; several between commas, or given often."
    ),
]
CastOption = Annotated[
    Names,
    typer.Option("--cast", metavar="NAME", help="Who plays in it; several between commas, or given often."),
]
ModelArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="The folder of a finished run, or of an export.")
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
RunsArgument = Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of finished runs.")]
ThresholdOption = Annotated[
    Literal["per-genre", "global"], typer.Option("--threshold", help="How probabilities become genres.")
]
RuntimeOption = Annotated[
    str,
    typer.Option(
        "--runtime",
        help="What computes the model: `torch` for a run, `onnx` or `int8` for an export or a run that has "
        "one in it; `auto` takes torch for a run, onnx for an export.",
    ),
]
