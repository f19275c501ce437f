"""What an explanation says of any model, and what it leaves alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cinefuse.corpus.poster import ArrayPoster, BytesPoster
from cinefuse.errors import UserError
from cinefuse.explanation import explain
from cinefuse.explanation.gradients import NEAR_LOGIT, NEAR_SHARE, weigh_tokens
from cinefuse.explanation.probe import Probe, own_copy
from cinefuse.exported import OnnxPredictor
from cinefuse.inference import Predictor
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
    probe = Probe(predictor, movie, genre)
    found = weigh_tokens(probe, movie.plot, predictor.bundle.tokenizer)
    tokens = probe.batch.plot_tokens
    by_hand = float((probe.logits(tokens) - probe.logits(torch.zeros_like(tokens))).detach())
    assert found.moved == pytest.approx(by_hand, abs=1e-5)  # a learned word list has no special tokens
    assert abs(found.moved) > 0.01
    missed = abs(sum(found.weights) - found.moved)
    assert missed <= max(NEAR_LOGIT, NEAR_SHARE * abs(found.moved))
    told = explain(predictor, movie, genre)
    assert told.plot.moved == pytest.approx(found.moved, abs=1e-5)
    assert abs(told.plot.missed) == pytest.approx(missed, abs=1e-5)
    words = sum(word.weight for word in told.words)
    assert words + told.plot.punctuation + told.plot.missed == pytest.approx(told.plot.moved)
    assert told.plot.punctuation


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


@pytest.mark.parametrize("recipe", ["lstm-text", "late-fusion", "cnn-vision"])
def test_nothing_that_another_thread_scores_with_is_touched(recipe, untrained, movie, monkeypatch):
    predictor = untrained(recipe)
    model = predictor.bundle.model
    torch.backends.cudnn.deterministic = True
    seen = []
    read = Probe._ask

    def watched(probe, *arguments):
        hooks = [part for part in model.modules() if part._forward_hooks or part._forward_pre_hooks]
        backends = torch.backends.cudnn.enabled, torch.backends.cudnn.deterministic
        seen.append((hooks, any(part.training for part in model.modules()), backends))
        return read(probe, *arguments)

    monkeypatch.setattr(Probe, "_ask", watched)
    try:
        explain(predictor, movie)
    finally:
        torch.backends.cudnn.deterministic = False
    assert seen
    assert all(one == ([], False, (True, True)) for one in seen)


def test_the_copy_that_is_explained_has_the_same_weights_in_memory(untrained):
    predictor = untrained("lstm-text")
    own = own_copy(predictor)
    pairs = zip(own.bundle.model.parameters(), predictor.bundle.model.parameters(), strict=True)
    assert all(one is other for one, other in pairs)
    assert own.bundle.model.encoders["text"].lstm.training  # cuDNN has a backward pass in this mode alone
    assert own.bundle.model.encoders["text"].lstm.dropout == 0
    assert not predictor.bundle.model.encoders["text"].lstm.training


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


@pytest.mark.parametrize(("given", "meant"), [("horror", "Horror"), ("COMEDY", "Comedy"), ("Drama", "Drama")])
def test_capitals_of_a_genre_do_not_matter(predictors, movie, given, meant):
    assert explain(predictors("late-fusion"), movie, given).genre == meant


def test_capitals_matter_where_genres_differ_by_nothing_else(predictors, movie):
    bundle = predictors("late-fusion").bundle
    record = bundle.record.model_copy(update={"genres": ("Drama", "drama", "Horror")})
    predictor = Predictor(replace(bundle, record=record))
    assert explain(predictor, movie, "drama").genre == "drama"
    with pytest.raises(UserError, match="no genre is called 'DRAMA'"):
        explain(predictor, movie, "DRAMA")


def test_what_has_no_gradients_is_refused(movie):
    with pytest.raises(UserError, match=r"OnnxPredictor cannot be explained.*the run that an export"):
        explain(OnnxPredictor.__new__(OnnxPredictor), movie)


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
    assert found.plot.read_to == found.words[-1].end + 1
    assert explain(predictor, movie, "Drama").plot.read_to == len(movie.plot)


def test_blanks_at_the_end_are_read_however_long(predictors, movie):
    predictor = predictors("late-fusion")
    plot = " ".join(["cellar"] * predictor.bundle.record.scoring.max_tokens)
    for ending in ("", " \n", "!!"):
        found = explain(predictor, replace(movie, plot=plot + ending), "Drama").plot
        assert found.read_to == len(plot + ending)


@pytest.mark.parametrize(
    ("plot", "unknown"), [("zzz qqq xyzzy", 3), ("zzz, the qqq cellar", 2), ("blood, mother!", 0)]
)
def test_unknown_words_are_counted(predictors, movie, plot, unknown):
    found = explain(predictors("late-fusion"), replace(movie, plot=plot), "Drama")
    assert found.plot.unknown == unknown
    assert bool(found.sentences.notes and "means little" in found.sentences.notes[0]) == (unknown == 3)


def test_places_shift_with_what_stands_before_the_plot(predictors, movie):
    found = explain(predictors("late-fusion"), movie, "Drama").behind(3)
    plot = "\n\t " + movie.plot
    assert all(plot[word.start : word.end] == word.text for word in found.words)
    assert found.plot.read_to == len(plot)


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


@pytest.mark.parametrize("recipe", ["cnn-vision", "late-fusion"])
def test_what_is_said_of_covers_is_what_they_do(untrained, movie, recipe):
    predictor = untrained(recipe)
    found = {genre: explain(predictor, movie, genre) for genre in predictor.genres}
    covers = [
        (genre, cover)
        for genre, one in found.items()
        for cover in (one.poster.lowering, one.poster.raising)
        if cover is not None
    ]
    assert len(covers) > 2
    posters = predictor.features([replace(movie, genres=())]).batch([0]).posters
    pixels = posters[0].permute(1, 2, 0).numpy()
    height, width, _ = pixels.shape
    for genre, cover in covers:
        covered = pixels.copy()
        box = np.s_[
            round(cover.top * height) : round(cover.bottom * height),
            round(cover.left * width) : round(cover.right * width),
        ]
        covered[box] = pixels.mean(axis=(0, 1)).round()
        (left,) = predictor.predict([replace(movie, poster=ArrayPoster(covered))])
        fall = found[genre].probability - left.probabilities[genre]
        # a file's pixels are whole numbers, the colour of the cover is not
        assert fall == pytest.approx(cover.fall, abs=0.004)


def test_a_place_weighs_what_the_covers_that_reach_it_do(untrained, movie):
    places = explain(untrained("cnn-vision"), movie, "Horror").poster
    weights = np.array(places.weights)
    strongest = [abs(one.fall) for one in (places.lowering, places.raising) if one]
    assert 0 < np.abs(weights).max() <= max(strongest)
    # one cover alone reaches a corner, and no other place has a cover that does more
    assert places.full == max(0.04, np.abs(weights).max())


def test_an_even_poster_has_no_cover_to_tell_of(untrained, movie):
    even = replace(movie, poster=ArrayPoster(np.full((60, 40, 3), 128, dtype=np.uint8)))
    found = explain(untrained("cnn-vision"), even)
    assert (found.poster.lowering, found.poster.raising, found.poster.full) == (None, None, 0.04)
    assert "no part of the poster" in found.sentences.poster
