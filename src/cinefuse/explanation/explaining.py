"""Why a genre: what the words, the places of the poster and each modality have to do with it."""

from dataclasses import replace

from cinefuse.corpus.movie import Movie
from cinefuse.errors import UserError
from cinefuse.explanation.gradients import weigh_tokens
from cinefuse.explanation.occlusion import weigh_places
from cinefuse.explanation.probe import Probe, undisturbed
from cinefuse.explanation.spans import weigh_words
from cinefuse.inference import Predictor
from cinefuse.prediction import Prediction
from cinefuse.registry import unknown_name
from cinefuse.results.explanation import (
    ExplainedWord,
    Explanation,
    ModalityProbabilities,
    PosterPlaces,
)


def explain(predictor: Predictor, movie: Movie, genre: str | None = None) -> Explanation:
    """What of the movie speaks for the genre, and what against it.

    The same movie gives the same explanation. The model is left as it was: its mode, its gradients.

    Args:
        predictor: an opened run.
        movie: with a plot, a poster or both; its own genres and title play no part.
        genre: one of `predictor.genres`; None for the most probable one.

    Raises:
        UserError: if the model knows no such genre, or the movie has nothing that the model reads.
    """
    if genre is not None and genre not in predictor.genres:
        raise UserError(unknown_name("genre", genre, predictor.genres))
    with undisturbed(predictor.bundle.model):
        (prediction,) = predictor.predict([movie])
        if len(prediction.lacking) == len(predictor.reads):
            raise UserError(
                f"film '{movie.id}' cannot be explained: this model reads a "
                f"{' and a '.join(predictor.reads)}, and the film has none that can be read"
            )
        probabilities = prediction.probabilities
        chosen = genre if genre is not None else max(probabilities, key=probabilities.__getitem__)
        probe = Probe(predictor, movie, chosen)
        return Explanation(
            id=movie.id,
            model=predictor.name,
            genre=chosen,
            probability=probabilities[chosen],
            threshold=prediction.thresholds[chosen],
            words=_words(predictor, probe, movie),
            poster=_places(predictor, probe, movie),
            modalities=_modalities(predictor, movie, prediction, chosen),
        )


def _words(predictor: Predictor, probe: Probe, movie: Movie) -> list[ExplainedWord]:
    tokenizer = predictor.bundle.tokenizer
    if tokenizer is None or movie.plot is None or "plot" in probe.lacking:
        return []
    weighed = weigh_tokens(probe, movie.plot, tokenizer)
    return weigh_words(movie.plot, weighed.spans, weighed.weights)


def _places(predictor: Predictor, probe: Probe, movie: Movie) -> PosterPlaces | None:
    if "poster" not in predictor.reads or movie.poster is None or "poster" in probe.lacking:
        return None
    height, width, _ = movie.poster.pixels(longest_side=256).shape
    return weigh_places(probe, height, width)


def _modalities(
    predictor: Predictor, movie: Movie, prediction: Prediction, genre: str
) -> ModalityProbabilities:
    """A part's probability is the whole's where the model reads no other, or the movie has no other."""
    whole = prediction.probabilities[genre]
    there = [part for part in predictor.reads if part not in prediction.lacking]
    if len(there) == 1:
        alone = dict.fromkeys(there, whole)
        return ModalityProbabilities(both=None, plot=alone.get("plot"), poster=alone.get("poster"))
    # one by one, as anybody would ask for them
    plot, poster = (
        predictor.predict([part])[0].probabilities[genre]
        for part in (replace(movie, poster=None), replace(movie, plot=None))
    )
    return ModalityProbabilities(both=whole, plot=plot, poster=poster)
