"""`cinefuse explain`: why a film is given a genre, or is not."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import (
    JsonOption,
    PlotOption,
    PosterOption,
    RunArgument,
    in_a_folder,
    read_movie,
    write_json,
)


def explain(
    run: RunArgument,
    plot: PlotOption = None,
    poster: PosterOption = None,
    genre: Annotated[
        str | None, typer.Option("--genre", help="The genre to explain; the most probable one unless given.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", callback=in_a_folder, help="Also write one self-contained page to this file."),
    ] = None,
    png: Annotated[
        Path | None, typer.Option("--png", callback=in_a_folder, help="Also draw a picture to this file.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Tells which words and which places of the poster speak for a genre, and what each part adds."""
    from rich.console import Console

    from cinefuse.explanation import explain as explain_movie
    from cinefuse.explanation.page import write_page
    from cinefuse.explanation.picture import write_picture
    from cinefuse.explanation.terminal import show
    from cinefuse.inference import Predictor

    movie = read_movie(plot, poster)
    predictor = Predictor.load(run)
    explanation = explain_movie(predictor, movie, genre)
    for part in predictor.reads:
        if getattr(movie, part) is None:
            typer.echo(f"note: this model reads a {part}, and none was given", err=True)
    show(explanation, Console(highlight=False))
    for write, path in ((write_page, html), (write_picture, png)):
        if path is not None:
            write(explanation, movie, path)
            typer.echo(f"written: {path}")
    if json:
        write_json(explanation, json)
