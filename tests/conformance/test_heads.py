"""Every registered head on every recipe whose fusion takes one, because they are registered."""

import numpy as np
import onnxruntime
import pytest
import torch

from cinefuse.bundle import Bundle, BundleRecord, ScoringSettings, load_bundle, save_bundle
from cinefuse.experiment import make_tokenizer
from cinefuse.explanation import explain
from cinefuse.explanation.gradients import NEAR_LOGIT, NEAR_SHARE, weigh_tokens
from cinefuse.explanation.probe import Probe
from cinefuse.export.graph import input_names, write_graph
from cinefuse.exported.record import ReadingSettings
from cinefuse.features.batch import Batch
from cinefuse.features.table import encode_movies
from cinefuse.frozen import with_frozen
from cinefuse.fusion import FUSIONS
from cinefuse.heads import HEADS
from cinefuse.inference import Predictor, score_table
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import REPORT_RECIPES, compose, find_recipe
from cinefuse.results import ThresholdSummary
from cinefuse.training.trainer import GenreTrainer

SMALL = {
    "label-attention": ("label_width=8",),
    "label-graph": ("label_graph_widths=6,10", "label_graph_threshold=0.2"),
}
UNDER = [one.name for one in REPORT_RECIPES if FUSIONS[compose(one).fusion].takes_heads]
CPU = torch.device("cpu")


@pytest.fixture(params=list(HEADS))
def head(request):
    return request.param


@pytest.fixture
def build(tiny_settings, tiny_corpus):
    """A bundle of a recipe with that head, fitted to the train split, no weight at its first value."""

    def make(recipe, head, *assignments):
        settings = tiny_settings(recipe, f"head={head}", *SMALL.get(head, ()), *assignments)
        tokenizer = make_tokenizer(settings, tiny_corpus)
        torch.manual_seed(0)
        blueprints = make_blueprints(settings, tokenizer)
        model = GenreModel.from_blueprints(settings, blueprints, 3)
        model.head.fit(features(settings, tokenizer, "train").genres)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.add_((0.5 if name.startswith("head") else 0.1) * torch.randn_like(parameter))
        record = BundleRecord(
            model=recipe,
            scoring=ScoringSettings.of(settings),
            blueprints=blueprints,
            genres=tiny_corpus.genres,
            threshold=ThresholdSummary(rule="per-genre", value=None),
            thresholds=(0.3, 0.5, 0.7),
            parameters=model.parameter_counts(),
            recipe={},
            trained_on={},
            seconds=0.0,
            seed=0,
        )
        return Bundle(record, model.eval(), tokenizer), settings

    def features(settings, tokenizer, split):
        sees = settings.vision is not None
        return encode_movies(
            tiny_corpus.split(split), tiny_corpus.genres, settings, tokenizer, read_posters=sees
        )

    make.features = features
    return make


def made(build, recipe, head, split="test", *assignments):
    bundle, settings = build(recipe, head, *assignments)
    return bundle.model, build.features(settings, bundle.tokenizer, split)


@pytest.mark.parametrize("recipe", UNDER)
def test_a_movie_alone_has_the_logits_that_it_has_among_others(recipe, head, build):
    model, table = made(build, recipe, head)
    with torch.inference_mode():
        together = model(table.batch(range(15))).logits
        alone = torch.cat([model(table.batch([index])).logits for index in range(15)])
    assert together.shape == (15, 3)
    assert together.dtype == torch.float32
    assert together.std(dim=0).min() > 1e-4  # movies differ, else anything would be the same
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("recipe", UNDER)
def test_the_truth_is_for_training_alone(recipe, head, build):
    model, table = made(build, recipe, head)
    batch = table.batch(range(6))
    others = Batch(**batch.tensors() | {"genres": 1 - batch.genres})
    with torch.inference_mode():
        assert torch.equal(model(batch).logits, model(others).logits)


@pytest.mark.parametrize("recipe", UNDER)
def test_gradients_reach_every_parameter(recipe, head, build, tmp_path):
    # of 64 pixels there are several places: where there is one, a query has nothing to choose
    larger = ("poster_height=64", "poster_width=64") if "text" not in recipe else ()
    bundle, settings = build(recipe, head, *larger)
    table = build.features(settings, bundle.tokenizer, "train")
    trainer = GenreTrainer(bundle.model, table, table, settings, str(tmp_path))
    trainer.compute_loss(bundle.model.train(), table.batch(range(16)).tensors()).backward()
    silent = [name for name, one in bundle.model.head.named_parameters() if one.grad is None]
    assert silent == []
    assert all(one.grad.any() for one in bundle.model.head.parameters())


@pytest.mark.parametrize("recipe", UNDER)
def test_a_bundle_holds_all_of_it(recipe, head, build, tiny_corpus, tmp_path):
    bundle, _ = build(recipe, head)
    movies = tiny_corpus.split("test")
    before = Predictor(bundle, CPU).probabilities(movies)
    save_bundle(bundle, tmp_path / "run")
    opened = load_bundle(tmp_path / "run")
    assert opened.record.scoring.head == head
    assert np.array_equal(Predictor(opened, CPU).probabilities(movies), before)
    buffers = dict(bundle.model.head.named_buffers())
    assert all(torch.equal(one, buffers[name]) for name, one in opened.model.head.named_buffers())
    assert Predictor(opened, CPU).predict(movies[:1])[0].probabilities.keys() == set(tiny_corpus.genres)


@pytest.mark.parametrize("recipe", UNDER)
def test_parameters_are_counted_without_weights(recipe, head):
    settings = compose(find_recipe(recipe), [f"head={head}"])
    with torch.device("meta"):
        model = GenreModel.from_blueprints(settings, make_blueprints(settings, None), 23)
    counts = model.parameter_counts()
    assert counts.backbone + counts.head == counts.total
    assert counts.head < 10_000_000


@pytest.mark.parametrize("recipe", ["bert-text", "early-fusion", "attention-fusion"])
def test_scores_on_frozen_encoders_are_those_of_the_whole_model(recipe, head, build):
    frozen = ["text_freeze=all"] + ["vision_freeze=all", "flip=0"] * (recipe != "bert-text")
    model, table = made(build, recipe, head, "dev", *frozen)
    (recalled,) = with_frozen(model, [table], CPU)
    assert recalled.recalled
    np.testing.assert_allclose(score_table(model, recalled), score_table(model, table), atol=1e-5)
    assert recalled.batch([0, 1]).plot_tokens is None


def test_its_graph_says_what_the_model_says(head, build, tmp_path):
    bundle, settings = build("early-fusion", head)
    reads = ("plot", "poster")
    reading = ReadingSettings.model_validate(settings.model_dump(include=set(ReadingSettings.model_fields)))
    write_graph(bundle.model, reads, reading, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    table = build.features(settings, bundle.tokenizer, "test")
    for movies in ([0], list(range(15)), [13, 14]):  # the last two lack their poster and their plot
        batch = table.batch(movies)
        given = {name: one.numpy() for name, one in batch.tensors().items() if name in input_names(reads)}
        with torch.inference_mode():
            expected = bundle.model(batch).logits.numpy()
        (logits,) = session.run(["logits"], given)
        np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("recipe", ["bert-text", "early-fusion"])
def test_its_words_add_up_to_what_the_plot_moves(recipe, head, build, tiny_corpus):
    bundle, _ = build(recipe, head)
    predictor, movie = Predictor(bundle, CPU), tiny_corpus.split("test")[0]
    probe = Probe(predictor, movie, "Horror")
    found = weigh_tokens(probe, movie.plot, bundle.tokenizer)
    assert abs(found.moved) > 1e-3
    missed = abs(sum(found.weights) - found.moved)
    assert missed <= max(NEAR_LOGIT, NEAR_SHARE * abs(found.moved))
    told = explain(predictor, movie, "Horror")
    assert told.probability == predictor.predict([movie])[0].probabilities["Horror"]
    assert any(word.weight for word in told.words)


def test_what_it_learns_of_genres_is_buffers_that_are_counted_nowhere(head, build):
    model, _ = made(build, "early-fusion", head)
    before = model.parameter_counts()
    weights = {name: one.clone() for name, one in model.named_parameters()}
    model.head.fit(torch.tensor([[1.0, 1, 1], [0, 1, 1], [0, 0, 1]]))
    assert model.parameter_counts() == before
    assert all(torch.equal(one, weights[name]) for name, one in model.named_parameters())
