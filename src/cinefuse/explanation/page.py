"""An explanation as one self-contained page: the words highlighted, the poster under its heat map."""

from pathlib import Path

import jinja2

from cinefuse._version import __version__
from cinefuse.corpus.movie import Movie
from cinefuse.errors import StorageError
from cinefuse.explanation.heat import HEAT_AGAINST, HEAT_FOR, MOST_TINT, heated, jpeg, read_poster
from cinefuse.explanation.telling import bars
from cinefuse.explanation.wording import percent, signed
from cinefuse.explanation.words import full_weight, pieces
from cinefuse.reports.palette import DARK, LIGHT
from cinefuse.results.explanation import Explanation


def write_html(explanation: Explanation, movie: Movie, path: str | Path) -> None:
    """Writes the page; it loads nothing from anywhere.

    Args:
        explanation: of `movie`.
        movie: whose plot, poster and title are shown.
        path: the HTML file.

    Raises:
        StorageError: if the disk says no.
    """
    path = Path(path)
    try:
        path.write_text(render(explanation, movie), encoding="utf-8", newline="\n")
    except OSError as error:
        raise StorageError(f"{path}: the page cannot be written: {error.strerror}") from error


def render(explanation: Explanation, movie: Movie) -> str:
    """The page as text."""
    pixels = read_poster(movie) if explanation.poster is not None else None
    found = pieces(movie.plot or "", explanation)
    strongest = (
        [*explanation.plot.speak_for, *explanation.plot.speak_against] if explanation.plot is not None else []
    )
    return (
        _environment()
        .get_template("explanation.html.jinja")
        .render(
            film=f"{movie.title} ({movie.year})" if movie.title and movie.year else movie.title,
            explanation=explanation,
            bars=bars(explanation),
            pieces=found,
            is_cut=any(not piece.read for piece in found),
            full=full_weight(strongest),
            most_tint=MOST_TINT,
            poster=None if pixels is None else jpeg(pixels),
            heat=jpeg(heated(pixels, explanation.poster))
            if pixels is not None and explanation.poster
            else "",
            heats={"for": HEAT_FOR, "against": HEAT_AGAINST},
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
    environment.filters["percent"] = percent
    return environment
