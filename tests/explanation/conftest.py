"""Untrained models of every recipe, and a film: explanations hold of any weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cinefuse.bundle import Bundle, BundleRecord, ScoringSettings
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster
from cinefuse.explanation.telling import tell
from cinefuse.explanation.words import strongest
from cinefuse.features.plots import fit_tokenizer
from cinefuse.inference import Predictor
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.results import CalibrationSummary, ThresholdSummary
from cinefuse.results.explanation import (
    Cover,
    ExplainedWord,
    Explanation,
    ModalityProbabilities,
    PlotReading,
    PosterPlaces,
)

PLOTS = ["an old mother writes a letter", "blood in the cellar, and nobody screams", "the wedding is a joke"]


def told(explanation):
    """With the sentences that belong to it."""
    return explanation.model_copy(update={"sentences": tell(explanation)})


@pytest.fixture(scope="session")
def untrained(tiny_settings):
    """Makes a predictor of a recipe with random, but large, weights: their explanations are no noise."""

    def make(recipe, *assignments):
        settings = tiny_settings(recipe, *assignments)
        tokenizer = fit_tokenizer(PLOTS, settings) if settings.text else None
        torch.manual_seed(0)
        blueprints = make_blueprints(settings, tokenizer)
        scoring = ScoringSettings.of(settings)
        model = GenreModel.from_blueprints(scoring, blueprints, 3)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if name.endswith("absent"):
                    parameter.normal_()
                elif parameter.dim() > 1 and ("embedding" in name or name.startswith(("head", "fusion"))):
                    parameter.mul_(3)  # not norms: behind several layers they leave nothing but 0 and 1
        record = BundleRecord(
            model=recipe,
            scoring=scoring,
            blueprints=blueprints,
            genres=("Drama", "Comedy", "Horror"),
            threshold=ThresholdSummary(rule="per-genre", value=None),
            thresholds=(0.4, 0.5, 0.6),
            calibration=CalibrationSummary(rule="platt", slopes=(0.9, 1.0, 1.2), intercepts=(0.1, 0.0, -0.1)),
            parameters=model.parameter_counts(),
            recipe={},
            trained_on={},
            seconds=0.0,
            seed=42,
        )
        return Predictor(Bundle(record, model.eval(), tokenizer), torch.device("cpu"))

    return make


@pytest.fixture
def movie():
    """A film with a poster whose upper left is bright."""
    pixels = np.random.default_rng(0).integers(0, 90, size=(60, 40, 3), dtype=np.uint8)
    pixels[:20, :13] = 250
    return Movie("m1", plot="The old mother writes: blood, blood in the cellar!", poster=ArrayPoster(pixels))


@pytest.fixture
def explanation(movie):
    """One that is made up, of that film."""
    words = [
        ("old", -0.2),
        ("mother", -0.5),
        ("writes", 0.01),
        ("blood", 0.9),
        ("blood", 0.4),
        ("cellar", 0.6),
    ]
    found, end = [], 0
    for text, weight in words:
        start = movie.plot.index(text, end)
        end = start + len(text)
        found.append(ExplainedWord(text=text, start=start, end=end, weight=weight))
    weights = [[0.3, 0.1, 0.0], [0.0, -0.05, 0.0], [0.0, 0.0, -0.1]]
    speak_for, speak_against = strongest(found)
    made = Explanation(
        id="m1",
        model="late-fusion",
        genre="Horror",
        probability=0.81,
        threshold=0.45,
        words=found,
        plot=PlotReading(
            read_to=len(movie.plot),
            unknown=0,
            full=0.9,
            faint=0.072,
            speak_for=speak_for,
            speak_against=speak_against,
            moved=1.25,
            punctuation=0.03,
            missed=0.01,
        ),
        poster=PosterPlaces(
            rows=3,
            columns=3,
            weights=weights,
            full=0.3,
            lowering=Cover(top=0, left=0, bottom=0.5, right=0.5, place="upper left", fall=0.34),
            raising=Cover(top=0.5, left=0.5, bottom=1, right=1, place="lower right", fall=-0.12),
        ),
        modalities=ModalityProbabilities(
            both=0.81, plot=0.74, poster=0.35, plot_threshold=0.4, poster_threshold=0.5
        ),
    )
    return told(made)


@pytest.fixture
def without_poster(explanation):
    """The same of a film that has no poster."""
    alone = ModalityProbabilities(both=None, plot=0.81, poster=None)
    return told(explanation.model_copy(update={"poster": None, "modalities": alone}))


@pytest.fixture
def changed(explanation):
    """The same with other parts, told anew."""
    return lambda **changes: told(explanation.model_copy(update=changes))


@pytest.fixture
def titled(movie):
    """The film with a title that a page must escape."""
    return replace(movie, title="Blood & <b>Bones</b>", year=1999)
