"""An explanation as one self-contained page: the words highlighted, the poster under its heat map."""

from pathlib import Path

import jinja2

from cinefuse._version import __version__
from cinefuse.corpus.movie import Movie
from cinefuse.errors import StorageError
from cinefuse.explanation.heat import AGAINST, FOR, heated, jpeg, read_poster, rgb
from cinefuse.explanation.telling import (
    FAINT,
    answer,
    bars,
    parts,
    pieces,
    question,
    signed,
    strongest,
    strongest_place,
)
from cinefuse.reports.palette import DARK, LIGHT
from cinefuse.results.explanation import Explanation

MOST_WORDS = 8  # listed of each kind


def write_page(explanation: Explanation, movie: Movie, path: Path) -> None:
    """Writes the page; it loads nothing from anywhere.

    Args:
        explanation: of `movie`.
        movie: whose plot, poster and title are shown.
        path: the HTML file.

    Raises:
        StorageError: if the disk says no.
    """
    try:
        path.write_text(render(explanation, movie), encoding="utf-8", newline="\n")
    except OSError as error:
        raise StorageError(f"{path}: the page cannot be written: {error.strerror}") from error


def render(explanation: Explanation, movie: Movie) -> str:
    """The page as text."""
    pixels = read_poster(movie) if explanation.poster is not None else None
    found = pieces(movie.plot or "", explanation.words) if explanation.words else []
    return (
        _environment()
        .get_template("explanation.html.jinja")
        .render(
            title=question(explanation),
            film=f"{movie.title} ({movie.year})" if movie.title and movie.year else movie.title,
            answer=answer(explanation),
            parts=parts(explanation),
            bars=bars(explanation),
            threshold=explanation.threshold,
            genre=explanation.genre,
            pieces=found,
            is_cut=any(not piece.read for piece in found),
            lists=strongest(explanation.words, MOST_WORDS),
            poster=None if pixels is None else jpeg(pixels),
            heat=jpeg(heated(pixels, explanation.poster))
            if pixels is not None and explanation.poster
            else "",
            place=strongest_place(explanation) if explanation.poster else "",
            faint=FAINT,
            # as "r g b", so that CSS can set how much of it is seen
            signs={
                name: " ".join(str(round(255 * one)) for one in rgb(colour))
                for name, colour in (("for", FOR), ("against", AGAINST))
            },
            light=LIGHT,
            dark=DARK,
            version=__version__,
        )
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("cinefuse.explanation", "templates"),
                jinja2.PackageLoader("cinefuse.reports", "templates"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["signed"] = signed
    return environment
