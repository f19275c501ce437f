"""What is learned from dev: thresholds and calibration of complete films, and of those that lack a part."""

from dataclasses import replace

import numpy as np
import pytest

from cinefuse.decisions import fit_decisions
from cinefuse.experiment import make_tokenizer
from cinefuse.features.table import encode_movies
from cinefuse.inference import score_table
from cinefuse.metrics.calibration import PlattScaling
from cinefuse.metrics.thresholds import GlobalThreshold
from cinefuse.model import GenreModel, make_blueprints


@pytest.fixture
def fitted(tiny_corpus, tiny_settings):
    """Model, table maker and settings of a recipe that was not trained."""
    import torch

    def make(recipe, *assignments):
        settings = tiny_settings(recipe, *assignments)
        torch.manual_seed(0)
        tokenizer = make_tokenizer(settings, tiny_corpus)
        model = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), 3)

        def table(movies):
            sees = settings.vision is not None
            return encode_movies(movies, tiny_corpus.genres, settings, tokenizer, read_posters=sees)

        return settings, model, table

    return make


def test_films_without_a_part_are_judged_by_their_own_thresholds_and_calibration(fitted, tiny_corpus):
    settings, model, table = fitted("early-fusion")
    whole = list(tiny_corpus.split("dev"))[:-2]
    decisions = fit_decisions(settings, model, table(whole))
    scores, targets = score_table(model, table(whole)), table(whole).genres.numpy()
    assert (
        decisions.thresholds.thresholds_.tolist()
        == GlobalThreshold().fit(scores, targets).thresholds_.tolist()
    )
    assert decisions.calibration.slopes == tuple(PlattScaling().fit(scores, targets).slopes_.tolist())
    for part in ("plot", "poster"):
        bare = score_table(model, table([replace(movie, **{part: None}) for movie in whole]))
        own = GlobalThreshold().fit(bare, targets).thresholds_
        # the shift moves what was at their own threshold to the threshold of complete films
        moved = own / (own + (1 - own) * np.exp(-np.array(decisions.without[part].shifts)))
        assert moved == pytest.approx(decisions.thresholds.thresholds_)
        assert decisions.without[part].calibration.slopes != decisions.calibration.slopes


def test_a_film_that_lacks_a_part_has_no_say_in_how_complete_ones_are_judged(fitted, tiny_corpus):
    settings, model, table = fitted("early-fusion")
    dev = list(tiny_corpus.split("dev"))
    whole, all_of_them = (fit_decisions(settings, model, table(movies)) for movies in (dev[:-2], dev))
    assert whole.calibration == all_of_them.calibration
    assert whole.without["plot"] != all_of_them.without["plot"]


@pytest.mark.parametrize("recipe", ["bert-text", "cnn-vision"])
def test_a_model_that_reads_one_part_has_nothing_else_to_learn(recipe, fitted, tiny_corpus):
    settings, model, table = fitted(recipe)
    assert fit_decisions(settings, model, table(tiny_corpus.split("dev"))).without == {}


def test_a_fixed_threshold_and_no_calibration_move_nothing(fitted, tiny_corpus):
    settings, model, table = fitted("late-fusion", "threshold=fixed", "calibration=none")
    decisions = fit_decisions(settings, model, table(tiny_corpus.split("dev")))
    assert decisions.thresholds.thresholds_.tolist() == [0.5] * 3
    assert {part: (one.shifts, one.calibration) for part, one in decisions.without.items()} == {
        "plot": ((0.0,) * 3, None),
        "poster": ((0.0,) * 3, None),
    }


def test_dev_without_a_complete_film_is_taken_as_it_is(fitted, tiny_corpus):
    settings, model, table = fitted("late-fusion")
    bare = [replace(movie, poster=None) for movie in tiny_corpus.split("dev") if movie.plot]
    decisions = fit_decisions(settings, model, table(bare))
    scores, targets = score_table(model, table(bare)), table(bare).genres.numpy()
    assert (
        decisions.thresholds.thresholds_.tolist()
        == GlobalThreshold().fit(scores, targets).thresholds_.tolist()
    )
    assert set(decisions.without) == {"poster"}
