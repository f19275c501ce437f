"""What movies lack of what a model reads; no torch."""

from cinefuse.features.plots import EncodedPlots
from cinefuse.features.posters import EncodedPosters


def all_lacking(
    plots: EncodedPlots | None, posters: EncodedPosters | None, n_movies: int
) -> list[tuple[str, ...]]:
    """Of N movies, "plot" and "poster" where they have none; a part that the model does not read is None.

    Args:
        plots: of the movies.
        posters: of the movies.
        n_movies: N.
    """
    has_plot = plots.present if plots else [True] * n_movies
    has_poster = posters.present if posters else [True] * n_movies
    return [
        ("plot",) * (not plot) + ("poster",) * (not poster)
        for plot, poster in zip(has_plot, has_poster, strict=True)
    ]
