"""`cinefuse explain`: why a film is given a genre, or is not."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import (
    CastOption,
    DirectorOption,
    JsonOption,
    PlotOption,
    PosterOption,
    RunArgument,
    in_a_folder,
    make_movie,
    read_plot,
    tell_unread,
    write_json,
)
from cinefuse.errors import UserError


def in_a_picture(option: typer.CallbackParam, path: Path | None) -> Path | None:
    """As `in_a_folder`, for a file whose name says what kind of picture it is."""
    if path is not None:
        from cinefuse.explanation.picture import SUFFIXES

        if path.suffix.lower() not in SUFFIXES and not path.is_dir():
            raise UserError(f"{option.opts[0]} {path}: allowed is a file that ends in {', '.join(SUFFIXES)}")
    return in_a_folder(option, path)


def explain(  # noqa: PLR0913, PLR0917 -- one argument an option
    run: RunArgument,
    plot: PlotOption = None,
    poster: PosterOption = None,
    director: DirectorOption = None,
    cast: CastOption = None,
    genre: Annotated[
        str | None, typer.Option("--genre", help="The genre to explain; the most probable one unless given.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", callback=in_a_folder, help="Also write one self-contained page to this file."),
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(
            "--png",
            callback=in_a_picture,
            help="Also draw a picture to this file: PNG, SVG or PDF, as it ends.",
        ),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Tells which words and which places of the poster speak for a genre, and what each part adds."""
    from rich.console import Console

    from cinefuse.explanation import explain as explain_movie
    from cinefuse.explanation import write_html, write_picture
    from cinefuse.explanation.terminal import show
    from cinefuse.inference import Predictor

    text = read_plot(plot)
    movie = make_movie(text, poster, director, cast)
    predictor = Predictor.load(run)
    explanation = explain_movie(predictor, movie, genre)
    lacking = [part for part in predictor.reads if getattr(movie, part) is None]
    tell_unread(movie, lacking, predictor)
    show(explanation, Console(highlight=False))
    for write, path in ((write_html, html), (write_picture, png)):
        if path is not None:
            write(explanation, movie, path)
            typer.echo(f"written: {path}")
    if json:
        # places in the plot as it was given, blanks before it and all
        write_json(explanation.behind(len(text) - len(text.lstrip()) if text else 0), json)
