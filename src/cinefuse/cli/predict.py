"""`cinefuse predict`: the genres of one film."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cinefuse.cli.options import JsonOption, RunArgument, write_json

if TYPE_CHECKING:
    from cinefuse.corpus.poster import FilePoster
    from cinefuse.inference import Prediction


def predict(
    run: RunArgument,
    plot: Annotated[
        str | None, typer.Option("--plot", help="The plot; `-` reads it from standard input.")
    ] = None,
    poster: Annotated[Path | None, typer.Option("--poster", help="An image file.")] = None,
    json: JsonOption = None,
) -> None:
    """Tells one film's genres from its plot, its poster, or both."""
    from cinefuse.corpus.movie import Movie
    from cinefuse.errors import UserError
    from cinefuse.inference import Predictor

    text = _read_plot(plot)
    if not (text and text.strip()) and poster is None:
        raise UserError("neither --plot nor --poster says anything; allowed is one of them, or both")
    movie = Movie("", plot=text.strip() or None if text else None, poster=_open_poster(poster))
    predictor = Predictor.load(run)
    (prediction,) = predictor.predict([movie])
    if len(prediction.lacking) == len(predictor.reads):
        raise UserError(f"this model reads a {' and a '.join(predictor.reads)}, and none was given")
    for modality in prediction.lacking:
        typer.echo(f"note: this model reads a {modality}, and none was given", err=True)
    _show(prediction)
    if json:
        write_json(prediction, json)


def _show(prediction: "Prediction") -> None:
    """Every genre's probability as a bar, most probable first; those given are marked."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 1))
    for genre, probability in sorted(prediction.probabilities.items(), key=lambda item: -item[1]):
        given = genre in prediction.genres
        bar = "█" * round(probability * 30)
        table.add_row(
            "●" if given else " ", genre, f"{probability:.2f}", bar, style="bold" if given else "dim"
        )
    Console().print(table)
    typer.echo("genres: " + (", ".join(prediction.genres) or "none reaches its threshold"))


def _read_plot(given: str | None) -> str | None:
    """The plot as text; a shell hands over bytes, and bytes that are no UTF-8 arrive as surrogates."""
    from cinefuse.errors import UserError

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
    from cinefuse.errors import UserError

    if path is None:
        return None
    poster = FilePoster(path)
    try:
        poster.pixels(longest_side=64)
    except PosterError as error:
        raise UserError(f"{error}; allowed is an image file that Pillow reads") from error
    return poster
