"""Posters that strangers send: their size checked first, then decoded, no larger than the model looks at."""

from cinefuse.corpus.poster import ArrayPoster, BytesPoster, PosterError
from cinefuse.features.posters import PosterSettings
from cinefuse.prediction import GenrePredictor
from cinefuse.serving.limits import Limits
from cinefuse.serving.refusal import Refusal

USUAL_SIDE = 1024  # pixels, for a model that does not say what it looks at
UNSEEN_SIDE = 64  # for a model that looks at no poster: it is decoded only to know whether it is one
CODES = {"poster too large": "poster_too_large"}  # the rest is unreadable


def side_of(predictor: GenrePredictor) -> int:
    """Pixels of the longest side from which the predictor makes its own input.

    Shrinking a poster to it before it queues changes no score: it is what the predictor would ask for.
    """
    if "poster" not in predictor.reads:
        return UNSEEN_SIDE
    settings = _poster_settings(predictor)
    return USUAL_SIDE if settings is None else 2 * max(settings.poster_height, settings.poster_width)


def _poster_settings(predictor: object) -> PosterSettings | None:
    """Of a run's predictor, or of an export's; None for one of another kind."""
    bundle = getattr(predictor, "bundle", None)
    found = bundle.record.scoring if bundle is not None else None
    if found is None:
        found = getattr(getattr(predictor, "record", None), "reading", None)
    return found if isinstance(found, PosterSettings) else None


def read_poster(data: bytes, longest_side: int, limits: Limits) -> ArrayPoster:
    """Decodes a poster's file.

    Raises:
        Refusal: 422, for too many bytes, too many pixels, or what is no image.
    """
    if len(data) > limits.poster_bytes:
        raise Refusal(
            422, "poster_too_large", f"poster: {len(data):,} bytes; allowed are {limits.poster_bytes:,}"
        )
    try:
        return ArrayPoster(BytesPoster(data, "poster", limits.poster_pixels).pixels(longest_side))
    except PosterError as error:
        raise Refusal(422, CODES.get(error.reason, "poster_unreadable"), error.detail) from error
