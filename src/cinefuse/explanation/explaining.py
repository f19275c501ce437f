"""Why a genre: what the words, the places of the poster and each modality have to do with it."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from cinefuse.corpus.movie import Movie
from cinefuse.errors import UserError
from cinefuse.explanation.gradients import weigh_tokens
from cinefuse.explanation.occlusion import weigh_places
from cinefuse.explanation.probe import Probe, own_copy
from cinefuse.explanation.reading import read_plot
from cinefuse.explanation.spans import weigh_words
from cinefuse.explanation.telling import tell
from cinefuse.inference import Predictor
from cinefuse.prediction import Prediction
from cinefuse.registry import unknown_name
from cinefuse.results.explanation import (
    ExplainedWord,
    Explanation,
    ModalityProbabilities,
    PlotReading,
    PosterPlaces,
)


def explain(predictor: Predictor, movie: Movie, genre: str | None = None) -> Explanation:
    """What of the movie speaks for the genre, and what against it.

    The same movie gives the same explanation. The model is not touched: it may be scoring in another thread.

    Args:
        predictor: an opened run.
        movie: with a plot, a poster or both; its own genres and title play no part.
        genre: one of `predictor.genres`, in capitals or not; None for the most probable one.

    Raises:
        UserError: if the predictor is no run, the model knows no such genre, or the movie has nothing that
            the model reads.
    """
    if not isinstance(predictor, Predictor):
        raise UserError(
            f"{type(predictor).__name__} cannot be explained: it has no gradients; allowed is a Predictor, "
            "which `Predictor.load` makes of the run that an export was made from"
        )
    chosen = None if genre is None else _known(genre, predictor.genres)
    with torch.inference_mode(mode=False), torch.enable_grad():
        own = own_copy(predictor)
        (prediction,) = own.predict([movie])
        if len(prediction.lacking) == len(own.reads):
            raise UserError(
                f"film '{movie.id}' cannot be explained: this model reads a "
                f"{' and a '.join(own.reads)}, and the film has none that can be read"
            )
        probabilities = prediction.probabilities
        chosen = chosen or max(probabilities, key=probabilities.__getitem__)
        probe = Probe(own, movie, chosen)
        words, plot = _words(own, probe, movie)
        found = Explanation(
            id=movie.id,
            model=own.name,
            genre=chosen,
            probability=probabilities[chosen],
            threshold=prediction.thresholds[chosen],
            words=words,
            plot=plot,
            poster=_places(own, probe, movie),
            modalities=_modalities(own, movie, prediction, chosen),
            without_people=_without_people(own, movie, chosen) if probe.knows_people else None,
        )
    return found.model_copy(update={"sentences": tell(found)})


def _known(genre: str, genres: Sequence[str]) -> str:
    """The genre of that name; capitals do not matter where only one is called so."""
    alike = [name for name in genres if name.casefold() == genre.casefold()]
    if genre not in genres and len(alike) != 1:
        raise UserError(unknown_name("genre", genre, list(genres)))
    return genre if genre in genres else alike[0]


def _words(
    predictor: Predictor, probe: Probe, movie: Movie
) -> tuple[list[ExplainedWord], PlotReading | None]:
    tokenizer = predictor.bundle.tokenizer
    if tokenizer is None or movie.plot is None or "plot" in probe.lacking:
        return [], None
    weighed = weigh_tokens(probe, movie.plot, tokenizer)
    words = weigh_words(movie.plot, weighed.spans, weighed.weights)
    return words, read_plot(movie.plot, tokenizer, weighed, words)


def _places(predictor: Predictor, probe: Probe, movie: Movie) -> PosterPlaces | None:
    if "poster" not in predictor.reads or movie.poster is None or "poster" in probe.lacking:
        return None
    height, width, _ = movie.poster.pixels(longest_side=256).shape
    return weigh_places(probe, height, width)


def _without_people(predictor: Predictor, movie: Movie, genre: str) -> float:
    (prediction,) = predictor.predict([replace(movie, director=(), cast=())])
    return prediction.probabilities[genre]


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
        predictor.predict([part])[0] for part in (replace(movie, poster=None), replace(movie, plot=None))
    )
    return ModalityProbabilities(
        both=whole,
        plot=plot.probabilities[genre],
        poster=poster.probabilities[genre],
        plot_threshold=plot.thresholds[genre],
        poster_threshold=poster.thresholds[genre],
    )
