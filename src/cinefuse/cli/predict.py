"""`cinefuse predict`: the genres of one film."""

from typing import TYPE_CHECKING

import typer

from cinefuse.cli.options import (
    CastOption,
    DirectorOption,
    JsonOption,
    ModelArgument,
    PlotOption,
    PosterOption,
    RuntimeOption,
    make_movie,
    read_plot,
    tell_unread,
    write_json,
)

if TYPE_CHECKING:
    from cinefuse.prediction import Prediction

CELLS = 30  # of a bar, from 0 to 1


def predict(
    run: ModelArgument,
    plot: PlotOption = None,
    poster: PosterOption = None,
    director: DirectorOption = None,
    cast: CastOption = None,
    runtime: RuntimeOption = "auto",
    json: JsonOption = None,
) -> None:
    """Tells one film's genres from its plot, its poster, or both, and from who made it."""
    from cinefuse.errors import UserError
    from cinefuse.runtimes import open_predictor

    movie = make_movie(read_plot(plot), poster, director, cast)
    predictor = open_predictor(run, runtime)
    (prediction,) = predictor.predict([movie])
    if len(prediction.lacking) == len(predictor.reads):
        raise UserError(f"this model reads a {' and a '.join(predictor.reads)}, and none was given")
    tell_unread(movie, prediction.lacking, predictor)
    _show(prediction)
    if json:
        write_json(prediction, json)


def _show(prediction: "Prediction") -> None:
    """Every genre's probability as a bar with its threshold, most probable first; those given are marked."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 1))
    for genre, probability in sorted(prediction.probabilities.items(), key=lambda item: -item[1]):
        given = genre in prediction.genres
        bar = _bar(probability, prediction.thresholds[genre])
        table.add_row(
            "●" if given else " ", genre, f"{probability:.2f}", bar, style="bold" if given else "dim"
        )
    Console().print(table)
    typer.echo("┃ is the threshold from which a genre is given")
    typer.echo("genres: " + (", ".join(prediction.genres) or "none reaches its threshold"))


def _bar(probability: float, threshold: float) -> str:
    """Cells up to the probability, the threshold's own marked."""
    filled, mark = round(probability * CELLS), min(int(threshold * CELLS), CELLS - 1)
    return "".join("┃" if cell == mark else "█" if cell < filled else " " for cell in range(CELLS)).rstrip()
