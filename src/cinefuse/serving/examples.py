"""A few invented films, for whoever opens the page with none at hand."""

import base64
import io
from functools import cache

from PIL import Image

from cinefuse.corpus.catalogue import generate
from cinefuse.corpus.movie import SourceMovie
from cinefuse.serving.records import Example, Examples

N_EXAMPLES, AMONG = 6, 60


@cache
def examples() -> Examples:
    """Films of the embedded catalogue that have both parts, no two of the same first genre."""
    chosen: dict[str, SourceMovie] = {}
    for movie in generate(AMONG):
        if movie.plots and movie.poster is not None:
            chosen.setdefault(movie.genres[0], movie)
    return Examples(examples=[_example(movie) for movie in list(chosen.values())[:N_EXAMPLES]])


def _example(movie: SourceMovie) -> Example:
    assert movie.poster is not None, "chosen for having one"
    file = io.BytesIO()
    Image.fromarray(movie.poster.pixels()).save(file, "PNG", optimize=True)
    poster = base64.b64encode(file.getvalue()).decode("ascii")
    return Example(
        title=movie.title,
        plot=max(movie.plots, key=len),
        poster=poster,
        director=list(movie.director),
        cast=list(movie.cast),
    )
