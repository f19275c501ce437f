"""What an explanation says of any model, and what it leaves alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cinefuse.corpus.poster import ArrayPoster, BytesPoster
from cinefuse.errors import UserError
from cinefuse.explanation import explain
from cinefuse.explanation.gradients import NEAR_LOGIT, NEAR_SHARE, weigh_tokens
from cinefuse.explanation.probe import Probe, undisturbed
from cinefuse.recipes import RECIPES
from cinefuse.results import read_record, write_record
from cinefuse.results.explanation import Explanation

BOTH = ("early-fusion", "late-fusion", "attention-fusion")


@pytest.fixture(scope="module")
def predictors(untrained):
    """Every recipe's, made when it is asked for."""
    made = {}

    def get(recipe):
        if recipe not in made:
            made[recipe] = untrained(recipe)
        return made[recipe]

    return get


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_is_explained(recipe, predictors, movie, tmp_path):
    predictor = predictors(recipe)
    found = explain(predictor, movie, "Horror")
    (prediction,) = predictor.predict([movie])
    assert (found.id, found.model, found.genre) == ("m1", recipe, "Horror")
    assert found.probability == prediction.probabilities["Horror"]
    assert found.threshold == prediction.thresholds["Horror"]
    if "plot" in predictor.reads:
        assert [word.text for word in found.words] == [
            "The",
            "old",
            "mother",
            "writes",
            "blood",
            "blood",
            "in",
            "the",
            "cellar",
        ]
        assert all(movie.plot[word.start : word.end] == word.text for word in found.words)
        assert any(word.weight for word in found.words)
    else:
        assert found.words == []
    assert (found.poster is None) == ("poster" not in predictor.reads)
    if found.poster is not None:
        assert np.shape(found.poster.weights) == (found.poster.rows, found.poster.columns)
        assert np.any(found.poster.weights)
    write_record(found, tmp_path / "explanation.json")
    assert read_record(Explanation, tmp_path / "explanation.json", "explain") == found


@pytest.mark.parametrize("recipe", [name for name in RECIPES if "vision" not in name])
@pytest.mark.parametrize("genre", ["Drama", "Horror"])
def test_the_words_add_up_to_what_the_plot_moves(recipe, genre, predictors, movie):
    predictor = predictors(recipe)
    with undisturbed(predictor.bundle.model):
        probe = Probe(predictor, movie, genre)
        found = weigh_tokens(probe, movie.plot, predictor.bundle.tokenizer)
        tokens = probe.batch.plot_tokens
        by_hand = float((probe.logits(tokens) - probe.logits(torch.zeros_like(tokens))).detach())
    assert found.moved == pytest.approx(by_hand, abs=1e-5)  # a learned word list has no special tokens
    assert abs(found.moved) > 0.01
    assert found.missed <= max(NEAR_LOGIT, NEAR_SHARE * abs(found.moved))
    assert sum(found.weights) == pytest.approx(found.moved, abs=found.missed + 1e-6)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_model_is_left_as_it_was(recipe, untrained, movie):
    predictor = untrained(recipe)
    model = predictor.bundle.model
    model.train()
    next(model.children()).eval()
    parameters = list(model.parameters())
    parameters[0].grad = torch.ones_like(parameters[0])
    parameters[-1].requires_grad_(requires_grad=False)
    modes = [part.training for part in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    hooks = [len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules()]
    with torch.inference_mode():
        explain(predictor, movie)
    assert [part.training for part in model.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(parameters[0].grad, torch.ones_like(parameters[0]))
    assert all(one.grad is None for one in parameters[1:])
    assert [one.requires_grad for one in parameters] == [True] * (len(parameters) - 1) + [False]
    assert [len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules()] == hooks
    assert torch.backends.cudnn.enabled


@pytest.mark.parametrize("recipe", ["lstm-text", "cnn-vision", "attention-fusion"])
def test_the_same_film_gives_the_same_explanation(recipe, predictors, movie):
    assert explain(predictors(recipe), movie) == explain(predictors(recipe), movie)


@pytest.mark.parametrize("recipe", BOTH)
def test_modalities_are_what_predict_says_without_the_other(recipe, predictors, movie):
    predictor = predictors(recipe)
    found = explain(predictor, movie, "Comedy").modalities
    without_poster, without_plot = (
        predictor.predict([one])[0].probabilities["Comedy"]
        for one in (replace(movie, poster=None), replace(movie, plot=None))
    )
    assert (found.plot, found.poster) == (without_poster, without_plot)
    assert found.both == predictor.predict([movie])[0].probabilities["Comedy"]
    assert len({found.both, found.plot, found.poster}) == 3


@pytest.mark.parametrize("recipe", BOTH)
def test_a_film_that_lacks_a_part_is_explained_by_the_other(recipe, predictors, movie):
    predictor = predictors(recipe)
    found = explain(predictor, replace(movie, poster=BytesPoster(b"no picture")))
    assert found.poster is None
    assert len(found.words) == 9
    assert (found.modalities.both, found.modalities.poster) == (None, None)
    assert found.modalities.plot == found.probability
    found = explain(predictor, replace(movie, plot=None))
    assert found.words == []
    assert found.poster is not None
    assert (found.modalities.both, found.modalities.plot) == (None, None)
    assert found.modalities.poster == found.probability


def test_without_a_genre_it_is_the_most_probable_one(predictors, movie):
    predictor = predictors("late-fusion")
    probabilities = predictor.predict([movie])[0].probabilities
    assert explain(predictor, movie).genre == max(probabilities, key=probabilities.get)


def test_an_unknown_genre_is_told_with_those_there_are(predictors, movie):
    with pytest.raises(
        UserError, match=r"no genre is called 'Horor' \(did you mean 'Horror'\?\).*Drama, Com"
    ):
        explain(predictors("late-fusion"), movie, "Horor")


@pytest.mark.parametrize(
    ("recipe", "lacking", "reads"),
    [
        ("lstm-text", {"plot": None}, "reads a plot, and the film has none"),
        ("cnn-vision", {"poster": None}, "reads a poster, and the film has none"),
        ("late-fusion", {"plot": None, "poster": None}, "reads a plot and a poster"),
        ("bert-text", {"plot": "\x07"}, "reads a plot"),
    ],
)
def test_a_film_with_nothing_to_read_is_refused(recipe, lacking, reads, predictors, movie):
    with pytest.raises(UserError, match=reads):
        explain(predictors(recipe), replace(movie, **lacking))


def test_genres_of_the_film_play_no_part(predictors, movie):
    assert explain(predictors("late-fusion"), replace(movie, genres=("News",)), "Drama").words


def test_words_beyond_the_models_length_are_absent(predictors, movie):
    plot = " ".join(f"cellar {number}" for number in range(300))
    predictor = predictors("late-fusion")
    found = explain(predictor, replace(movie, plot=plot), "Drama")
    assert len(found.words) == predictor.bundle.record.scoring.max_tokens
    assert plot.startswith(" ".join(word.text for word in found.words))


def test_odd_plots_keep_their_places(predictors, movie):
    plot = (
        "<script>alert('x')</script> \U0001f469\u200d\U0001f467 Zoe\u0308's "
        "na\u00efve\u2014blood &amp; \u6771 don't\u0000!"
    )
    found = explain(predictors("early-fusion"), replace(movie, plot=plot), "Drama")
    assert [word.text for word in found.words] == [
        *["script", "alert", "x", "script", "Zoe\u0308's", "na\u00efve", "blood", "amp", "\u6771", "don't"]
    ]
    assert all(plot[word.start : word.end] == word.text for word in found.words)


def test_the_place_that_counts_is_found(untrained, movie):
    predictor = untrained("cnn-vision")
    grey = np.full((60, 40, 3), 60, dtype=np.uint8)
    marked = grey.copy()
    marked[41:59, 28:39] = (255, 40, 0)
    marked = replace(movie, poster=ArrayPoster(marked))
    with_mark, without = (
        predictor.predict([one])[0].probabilities
        for one in (marked, replace(movie, poster=ArrayPoster(grey)))
    )
    genre = max(with_mark, key=lambda name: abs(with_mark[name] - without[name]))
    weights = np.array(explain(predictor, marked, genre).poster.weights)
    row, column = np.unravel_index(np.abs(weights).argmax(), weights.shape)
    assert row >= 0.6 * len(weights)
    assert column >= 0.5 * weights.shape[1]
    # covering takes away what the mark had moved
    assert np.sign(weights[row, column]) == np.sign(with_mark[genre] - without[genre])


def test_an_even_poster_has_nothing_to_cover(untrained, movie):
    even = replace(movie, poster=ArrayPoster(np.full((60, 40, 3), 128, dtype=np.uint8)))
    np.testing.assert_allclose(explain(untrained("cnn-vision"), even).poster.weights, 0, atol=1e-6)
