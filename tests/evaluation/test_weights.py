"""What models weigh, summed up: by hand, and the same however films are put into batches."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cinefuse.evaluation import WeightSummary
from cinefuse.experiment import make_tokenizer
from cinefuse.features.batch import Batch
from cinefuse.features.plots import PlotSettings, fit_tokenizer
from cinefuse.features.table import encode_movies
from cinefuse.fusion import FUSIONS
from cinefuse.inference import score_table
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import RECIPES
from cinefuse.results import RunWeights, read_weights, write_record

GENRES = ("Drama", "Comedy", "Horror")
TOKENIZER = fit_tokenizer(["the the the widow widow cellar ."], PlotSettings())
NUMBER = TOKENIZER.token_to_id


def tokens_of(*words):
    return [NUMBER(word) for word in words]


def show(summary, batch, grid=None, **weights):
    """As `score_table` shows a batch."""
    n_movies = len(batch.has_plot if batch.has_plot is not None else batch.has_poster)
    summary(batch, SimpleNamespace(logits=torch.zeros(n_movies, 3), weights=weights, grid=grid))


def plots(*rows, present=None):
    length = max(map(len, rows))
    tokens = torch.tensor([row + [0] * (length - len(row)) for row in rows])
    mask = torch.arange(length)[None] < torch.tensor([len(row) for row in rows])[:, None]
    has = torch.tensor(present or [True] * len(rows))
    return Batch(plot_tokens=tokens, plot_mask=mask, has_plot=has, has_poster=torch.ones_like(has))


def summed(name, summary):
    return summary.record("test").weights[name]


def test_a_share_is_its_value():
    summary = WeightSummary(GENRES, TOKENIZER)
    show(summary, plots([1]), alpha=torch.tensor(0.7012345678))
    assert summed("alpha", summary).model_dump() == {"kind": "share", "value": 0.701235}


def test_trained_numbers_of_genres_and_of_layers():
    summary = WeightSummary(GENRES, TOKENIZER)
    numbers = torch.tensor([0.25, 0.5, 0.1234567891])
    show(summary, plots([1], present=[False]), alpha_by_genre=numbers, alpha_by_layer=numbers[:2])
    by_genre, by_layer = (summed(f"alpha_by_{what}", summary) for what in ("genre", "layer"))
    assert by_genre.model_dump() == {
        "kind": "trained",
        "by": "genre",
        "values": {"Drama": 0.25, "Comedy": 0.5, "Horror": 0.123457},
    }
    assert by_layer.values == {"1": 0.25, "2": 0.5}


def test_films_that_have_nothing_to_weigh_do_not_count():
    summary = WeightSummary(GENRES, TOKENIZER)
    show(summary, plots([1], [1], [1]), people_share=torch.tensor([[0.25], [torch.nan], [0.75]]))
    show(summary, plots([1]), people_share=torch.tensor([[torch.nan]]))
    found = summed("people_share", summary)
    assert (found.films, found.overall.mean, found.overall.sd) == (2, 0.5, 0.25)
    nobody = WeightSummary(GENRES, TOKENIZER)
    show(nobody, plots([1]), people_share=torch.tensor([[torch.nan]]))
    assert nobody.record("test").weights == {}


def test_gates_of_genres_and_of_features():
    rows = np.random.default_rng(0).random((5, 3)).astype(np.float32)
    summary = WeightSummary(GENRES, TOKENIZER)
    for part in (rows[:2], rows[2:]):
        wide = np.repeat(part, 2, axis=1)
        show(summary, plots(*[[1]] * len(part)), gate=torch.tensor(part), wide=torch.tensor(wide))
    gate = summed("gate", summary)
    assert gate.films == 5
    assert gate.overall.mean == pytest.approx(rows.mean(), abs=1e-6)
    assert gate.overall.sd == pytest.approx(rows.mean(axis=1).std(), abs=1e-6)
    assert gate.per_genre == pytest.approx(dict(zip(GENRES, rows.mean(axis=0), strict=True)), abs=1e-6)
    assert summed("wide", summary).per_genre == {}
    assert summed("wide", summary).overall == gate.overall


def test_attention_of_a_whole_film_over_places_by_hand():
    weights = torch.tensor([[[0.5, 0.5]], [[0.25, 0.75]]])
    summary = WeightSummary(GENRES, TOKENIZER)
    show(summary, plots([2, 3, 4], [2]), grid=(1, 2), maps_to_places=weights)
    seen = summed("maps_to_places", summary)
    assert (seen.films, seen.constant) == (2, False)
    assert seen.shares == pytest.approx([0.375, 0.625])
    of_second = -(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75))
    assert seen.evenness.mean == pytest.approx((1 + of_second) / 2, abs=1e-6)


def test_attention_over_places_by_hand():
    # two films, of 2 tokens and of 1; what stands on padding would show at once
    weights = torch.tensor([[[0.5, 0.5], [1.0, 0.0]], [[0.25, 0.75], [9.0, 9.0]]])
    summary = WeightSummary(GENRES, TOKENIZER)
    show(summary, plots([2, 3], [2]), grid=(1, 2), words_to_places=weights)
    seen = summed("words_to_places", summary)
    assert seen.films == 2
    assert seen.grid == (1, 2)
    assert seen.shares == pytest.approx([(0.75 + 0.25) / 2, (0.25 + 0.75) / 2])
    of_second = -(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75))
    assert seen.evenness.mean == pytest.approx((0.5 + of_second) / 2, abs=1e-6)  # 1 and 0 in the first film
    assert seen.evenness.sd == pytest.approx(abs(0.5 - of_second) / 2, abs=1e-6)
    assert not seen.constant


def test_places_that_form_no_grid_have_none():
    summary = WeightSummary(GENRES, TOKENIZER)
    show(summary, plots([2]), words_to_places=torch.full((1, 1, 5), 0.2))
    show(summary, plots([2]), grid=(2, 2), again_to_places=torch.full((1, 1, 5), 0.2))
    assert summed("words_to_places", summary).grid is None
    assert summed("again_to_places", summary).grid is None
    assert summed("words_to_places", summary).constant
    assert summed("words_to_places", summary).evenness.mean == 1.0


def test_attention_over_words_by_hand():
    rows = [tokens_of("the", "widow", "the", "."), tokens_of("widow", "the")]
    shares = [[0.1, 0.4, 0.3, 0.2], [0.75, 0.25]]
    summary = WeightSummary(GENRES, TOKENIZER)
    for _ in range(3):  # a word is told of from three films on
        weights = torch.tensor([shares[0], [*shares[1], 0.0, 0.0]])
        show(summary, plots(*rows), **{"text.word_attention": weights})
    read = summed("text.word_attention", summary)
    assert (read.films, read.minimum_films, read.constant) == (6, 3, False)
    # against 1/4 and 1/2: widow 1.6 and 1.5; the (0.4 and 1.2, mean 0.8) and 0.5
    assert [(one.word, one.films) for one in read.words] == [("widow", 6), ("the", 6)]
    assert [one.ratio for one in read.words] == pytest.approx([1.55, 0.65], abs=1e-5)
    assert read.beside_words == pytest.approx((0.2 + 0.0) / 2, abs=1e-5)
    entropies = [-(np.array(row) * np.log(row)).sum() / np.log(len(row)) for row in shares]
    assert read.evenness.mean == pytest.approx(np.mean(entropies), abs=1e-5)
    assert read.evenness.sd == pytest.approx(np.std(entropies), abs=1e-5)


def test_attention_of_places_over_words_is_the_mean_of_the_places():
    of_places = torch.tensor([[[0.9, 0.1], [0.3, 0.7]]])
    rows = [tokens_of("widow", "cellar")]
    by_places, by_one = WeightSummary(GENRES, TOKENIZER), WeightSummary(GENRES, TOKENIZER)
    for _ in range(3):
        show(by_places, plots(*rows), places_to_words=of_places)
        show(by_one, plots(*rows), places_to_words=of_places.mean(dim=1))
    assert summed("places_to_words", by_places).words == summed("places_to_words", by_one).words
    # each place is more decided than their mean
    each, mean = (summed("places_to_words", one).evenness.mean for one in (by_places, by_one))
    assert each < mean


def test_rare_words_are_not_told_of():
    summary = WeightSummary(GENRES, TOKENIZER)
    rows = [tokens_of("widow", "the")] * 3 + [tokens_of("cellar", "the")] * 2
    show(summary, plots(*rows), word_attention=torch.tensor([[0.6, 0.4]] * 3 + [[0.9, 0.1]] * 2))
    assert [one.word for one in summed("word_attention", summary).words] == ["widow", "the"]


def test_at_most_fifteen_words_and_equals_in_their_order():
    names = [f"word{letter}" for letter in "abcdefghijklmnopqrst"]
    tokenizer = fit_tokenizer([" ".join(names)], PlotSettings())
    row = [tokenizer.token_to_id(name) for name in names]
    summary = WeightSummary(GENRES, tokenizer)
    weights = torch.tensor([[1.0] * 10 + [2.0] * 10]) / 30
    show(summary, plots(row, row, row), word_attention=weights.repeat(3, 1))
    words = summed("word_attention", summary).words
    assert [one.word for one in words] == names[10:] + names[:5]
    assert words[0].ratio == pytest.approx(2 * 20 / 30, abs=1e-5)


def test_an_even_mean_is_no_choice():
    summary = WeightSummary(GENRES, TOKENIZER)
    weights = torch.tensor([[0.5, 0.5], [1.0, 0.0]]).repeat(2, 1)
    show(summary, plots(*[tokens_of("the", "widow"), tokens_of("the")] * 2), word_attention=weights)
    read = summed("word_attention", summary)
    assert read.constant
    assert read.words == []
    assert read.evenness.mean == 1.0


def test_films_that_lack_something_do_not_count():
    lacking = plots(tokens_of("widow"), tokens_of("the", "cellar"), present=[False, True])
    poster = replace(lacking, has_plot=torch.tensor([True, True]), has_poster=torch.tensor([True, False]))
    summary = WeightSummary(GENRES, TOKENIZER)
    for batch in (lacking, poster):
        show(summary, batch, word_attention=torch.tensor([[1.0, 0.0], [0.25, 0.75]]))
    assert summed("word_attention", summary).films == 2
    only = WeightSummary(GENRES, TOKENIZER)
    show(only, replace(lacking, has_plot=torch.tensor([False, False])), word_attention=torch.ones(2, 2))
    assert only.record("test").weights == {}


def test_nothing_weighed_nothing_told():
    assert WeightSummary(GENRES, None).record("dev") == RunWeights(split="dev", weights={})
    summary = WeightSummary(GENRES, None)
    show(summary, Batch(has_poster=torch.tensor([True])))
    assert summary.record("dev").weights == {}


def test_weights_that_nobody_knows_are_refused():
    with pytest.raises(TypeError, match=r"weights 'odd' of shape \(1, 1, 1, 1\): no tally knows"):
        show(WeightSummary(GENRES, TOKENIZER), plots([2]), odd=torch.zeros(1, 1, 1, 1))


def watched(settings, corpus, movies, batch_size):
    """Weights of a model whose parameters are anything but even."""
    torch.manual_seed(0)
    tokenizer = make_tokenizer(settings, corpus)
    model = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), 3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    table = encode_movies(
        movies, corpus.genres, settings, tokenizer, read_posters=settings.vision is not None
    )
    summary = WeightSummary(corpus.genres, tokenizer)
    score_table(model, table, batch_size=batch_size, watch=summary)
    return summary.record("test")


VARIANTS = dict.fromkeys(RECIPES, ()) | {
    # with several heads, what padding takes of one shifts their mean
    "attention-fusion, pooled": ("attention_pooled=true", "attention_heads=1"),
    "attention-fusion, LSTM": ("text=bilstm",),
    "attention-fusion, CNN": ("vision=cnn",),
    "lstm-text, even": ("lstm_attention=false",),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_neither_padding_nor_neighbours_count(variant, tiny_settings, tiny_corpus, tmp_path):
    name = variant.partition(",")[0]
    settings = tiny_settings(name, *VARIANTS[variant])
    movies = list(tiny_corpus.split("test")) * 2
    together, alone = (watched(settings, tiny_corpus, movies, size) for size in (64, 1))
    write_record(together, tmp_path / "weights.json")
    assert read_weights(tmp_path / "weights.json") == together
    expected = {
        "late-fusion": {"alpha"},
        "classical-fusion": {"alpha"},
        "attention-fusion": {"words_to_places", "places_to_words"},
        "lstm-text": {"text.word_attention"},
        "gmu": {"text_gate"},
        "experts": {"text_gate"},
        "centralnet": {f"{name}_alpha_by_layer" for name in ("text", "vision", "central")},
        "braz": {"maps_to_places"},
        "mmbt": {"poster_share"},
        "late-genre": {"alpha_by_genre"},
    }.get(name, set())
    assert set(together.weights) - {"text.word_attention"} == expected - {"text.word_attention"}
    assert ("text.word_attention" in together.weights) == (settings.text == "bilstm")
    assert set(alone.weights) == set(together.weights)
    for key, one in together.weights.items():
        other = alone.weights[key]
        assert getattr(one, "films", 0) == getattr(other, "films", 0)
        if one.kind == "trained":
            assert one == other
        if one.kind == "gate":
            assert one.per_genre == pytest.approx(other.per_genre, abs=1e-4)
            assert one.overall.mean == pytest.approx(other.overall.mean, abs=1e-4)
        if one.kind == "places":
            assert one.shares == pytest.approx(other.shares, abs=1e-4)
            assert sum(one.shares) == pytest.approx(1, abs=1e-4)
        if one.kind == "words":
            ratios, others = ({w.word: w.ratio for w in each.words} for each in (one, other))
            assert ratios == pytest.approx(others, abs=1e-3)
            assert one.beside_words == pytest.approx(other.beside_words, abs=1e-4)
        if one.kind in {"places", "words"} and one.evenness:
            assert one.evenness.mean == pytest.approx(other.evenness.mean, abs=1e-4)


def test_what_each_model_tells(tiny_settings, tiny_corpus):
    movies = tiny_corpus.split("test")

    def tell(name, *assignments):
        return watched(tiny_settings(name, *assignments), tiny_corpus, movies, 8).weights

    assert 0 < tell("late-fusion")["alpha"].value < 1
    lstm = tell("lstm-text")["text.word_attention"]
    assert lstm.films == 14  # one of the fifteen has no plot
    assert lstm.words
    assert {one.word for one in lstm.words} <= {
        word for movie in movies for word in (movie.plot or "").split()
    }
    assert not lstm.constant
    assert tell("lstm-text", "lstm_attention=false")["text.word_attention"].constant
    spatial = tell("attention-fusion", "vision=cnn")
    assert spatial["words_to_places"].grid == (2, 2)  # 32 pixels, halved four times
    assert spatial["words_to_places"].films == 13  # one has no plot, one no poster
    assert not spatial["words_to_places"].constant
    pooled = tell("attention-fusion", "attention_pooled=true")
    assert pooled["words_to_places"].constant
    assert pooled["words_to_places"].shares == [1.0]
    assert (pooled["words_to_places"].grid, pooled["words_to_places"].evenness) == (None, None)
    assert not pooled["places_to_words"].constant


def test_a_grid_of_a_poster_that_is_not_square(tiny_settings, tiny_corpus):
    settings = tiny_settings("attention-fusion", "vision=cnn", "poster_height=48")
    seen = watched(settings, tiny_corpus, tiny_corpus.split("test"), 8).weights["words_to_places"]
    assert seen.grid == (3, 2)
    assert len(seen.shares) == 6


@pytest.mark.parametrize("fusion", list(FUSIONS))
def test_every_fusion_is_summed_up(fusion, tiny_settings, tiny_corpus):
    settings = tiny_settings("late-fusion").model_copy(update={"fusion": fusion})
    if fusion == "single":
        settings = settings.model_copy(update={"text": None})
    watched(settings, tiny_corpus, tiny_corpus.split("test")[:2], 8)
