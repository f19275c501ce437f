"""Models: their parameters, their auxiliary heads, and logits that no neighbour in the batch changes."""

from dataclasses import replace

import pytest
import torch

from cinefuse.experiment import make_tokenizer
from cinefuse.features.table import encode_movies
from cinefuse.fusion import FUSIONS
from cinefuse.model import GenreModel, encoder_names, make_blueprints
from cinefuse.recipes import RECIPES, REPORT_RECIPES, compose, find_recipe
from cinefuse.recipes.graph import GRAPH_RECIPES
from cinefuse.training.losses import WeightedBCE
from cinefuse.training.trainer import GenreTrainer

# the design's table, in millions: backbone (None where it has none), head, total
TABLE = {
    "lstm-text": (20.9, 3.1, 24.0),
    "bert-text": (66.4, 0.2, 66.6),
    "cnn-vision": (None, 1.7, 1.7),
    "resnet-vision": (11.2, 0.1, 11.3),
    "early-fusion": (77.6, 2.6, 80.2),
    "late-fusion": (77.6, 0.3, 77.9),
    "attention-fusion": (77.6, 6.2, 83.8),
    # early fusion and its graph; see tests/fusion for what is in it
    "mm-gatbt": (77.6, 2.5, 80.0),
    "knowledge-graph": (77.6, 2.5, 80.1),
}
# linear heads: on 69,980 words, and on 384 shares of colours beside 77 blocks of 36 of a poster of 64 x 96;
# each number has a weight a genre and a share in the stand-in, each genre a bias
WORDS, SHAPES = 69_978 * 24 + 23, (77 * 36 + 384) * 24 + 23
CLASSICAL = dict.fromkeys(("tfidf-logistic-text", "tfidf-svm-text", "tfidf-bayes-text"), WORDS) | {
    "histogram-vision": SHAPES,
    "classical-fusion": WORDS + SHAPES + 1,
}


def build(settings, corpus=None):
    """A model with random weights, and the test split as it reads it."""
    torch.manual_seed(0)
    if corpus is None:
        with torch.device("meta"):
            return GenreModel.from_blueprints(settings, make_blueprints(settings, None), 23), None
    tokenizer = make_tokenizer(settings, corpus)
    model = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), len(corpus.genres))
    reads_posters = settings.vision is not None
    table = encode_movies(
        corpus.split("test"), corpus.genres, settings, tokenizer, read_posters=reads_posters
    )
    return model, table


def move_weights(model):
    """Puts every parameter off its first value: the stand-ins for absent modalities begin at zero."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))


ENCODERS = 77.54  # DistilBERT and ResNet-18, and 768 + 512 numbers that stand in for what is absent
# what is on top of them, by arithmetic: 768 and 512 wide, joined at 512, 23 genres
PUBLISHED = {
    "sum": (768 + 1 + 512 + 1) * 512 + 513 * 23,
    "concat": (768 + 512 + 1) * 23,
    "gmu": 2 * (768 + 1 + 512 + 1) * 512 + 2 * 513 * 1024 + 513 * 23,
    "experts": (769 + 513 + 513 + 513) * 1024 + 2 * 513 * 23 + (768 + 512 + 1) * 2 * 23,
    "centralnet": (769 + 513 + 3 * 513) * 512 + 3 * 513 * 23 + 8,
    "mmbt": 513 * 768 + 768 + 769 * 23,
    "braz": 513 * 23 + (769 + 513 + 1025) * 512 + 513 * 23 + 769 * 256 + 257 * 23,
    "low-rank": (769 + 513) * 512 + 2 * 513 * 4 * 256 + 257 * 23,
    "late-genre": (769 + 513) * 256 + 2 * 257 * 23 + 23,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_of_published_fusions_are_those_of_their_arithmetic(name):
    counts = build(compose(find_recipe(name)))[0].parameter_counts()
    assert counts.head == PUBLISHED[name] + 768 + 512
    assert counts.backbone / 1e6 == pytest.approx(ENCODERS, abs=0.01)


@pytest.mark.parametrize("name", TABLE)
def test_parameters_are_those_of_the_table(name):
    backbone, head, total = TABLE[name]
    counts = build(compose(find_recipe(name)))[0].parameter_counts()
    assert counts.total / 1e6 == pytest.approx(total, rel=0.02)
    assert counts.backbone / 1e6 == pytest.approx(backbone or 0, abs=0.35)
    assert counts.head / 1e6 == pytest.approx(head, abs=0.35)
    assert counts.backbone + counts.head == counts.total


def test_every_recipe_is_in_a_table():
    assert set(TABLE) == {recipe.name for recipe in (*REPORT_RECIPES, *GRAPH_RECIPES)}
    assert {*TABLE, *PUBLISHED, *CLASSICAL} == set(RECIPES)


@pytest.mark.parametrize("name", CLASSICAL)
def test_parameters_of_linear_heads_are_counted_by_hand(name):
    counts = build(compose(find_recipe(name)))[0].parameter_counts()
    assert (counts.total, counts.backbone) == (CLASSICAL[name], 0)


def test_frozen_stages_are_not_counted_as_trainable():
    model = build(compose(find_recipe("resnet-vision")))[0]
    counts = model.parameter_counts()
    frozen = sum(p.numel() for p in model.encoders["vision"].backbone.parameters() if not p.requires_grad)
    assert frozen > 500_000  # stages 1 and 2 of ResNet-18, and what comes before them
    assert counts.trainable == counts.total - frozen


@pytest.mark.parametrize("name", RECIPES)
def test_a_movie_alone_has_the_logits_that_it_has_among_others(name, tiny_settings, tiny_corpus):
    settings = tiny_settings(name)
    model, table = build(settings, tiny_corpus)
    move_weights(model.eval())
    everybody = list(range(len(table)))
    assert (len(set(table.lengths)) > 1) == (settings.text is not None)  # so that somebody is padded
    with torch.inference_mode():
        together = model(table.batch(everybody)).logits
        alone = torch.cat([model(table.batch([index])).logits for index in everybody])
    assert together.shape == (15, 3)
    assert together.std(dim=0).min() > 1e-4  # movies differ, else anything would be the same
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


def test_the_reports_attention_is_the_exception(tiny_settings, tiny_corpus):
    model, table = build(tiny_settings("attention-fusion", "attention_pooled=true"), tiny_corpus)
    move_weights(model.eval())
    with_plot = [index for index, kind in enumerate(table.all_lacking()) if not kind]
    shortest, longest = (pick(with_plot, key=table.lengths.__getitem__) for pick in (min, max))
    assert table.lengths[shortest] < table.lengths[longest]
    with torch.inference_mode():
        alone = model(table.batch([shortest])).logits[0]
        padded = model(table.batch([shortest, longest])).logits[0]
    assert not torch.allclose(alone, padded, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", RECIPES)
def test_auxiliary_heads_are_built_only_where_they_count(name, tiny_settings):
    settings = tiny_settings(name)
    without, with_them = (
        build(settings.model_copy(update={"auxiliary_loss": weight}))[0] for weight in (0.0, 0.5)
    )
    assert len(without.heads_alone) == 0
    # one modality needs none beside its own, late fusion has them anyway
    own = {"single", "late", "late-genre", "experts", "centralnet"}
    half = {"mmbt": {"vision"}, "braz": {"text"}}
    expected = half.get(settings.fusion, set() if settings.fusion in own else set(encoder_names(settings)))
    assert set(with_them.heads_alone) == expected == set(FUSIONS[settings.fusion].heads_beside)


@pytest.mark.parametrize("name", ["early-fusion", "late-fusion", "attention-fusion"])
def test_auxiliary_heads_add_their_loss(name, tiny_settings, tiny_corpus, tmp_path):
    plain = [f"{name}=0" for name in ("flip", "rotation", "brightness", "contrast", "saturation", "hue")]
    settings = tiny_settings(name, "auxiliary_loss=0.5", "class_weights=none", "modality_dropout=0", *plain)
    model, table = build(settings, tiny_corpus)
    trainer = GenreTrainer(model, table, table, settings, str(tmp_path))
    batch = table.batch(range(8))
    output = model.eval()(batch)
    assert set(output.alone) == {"text", "vision"}
    loss = WeightedBCE(torch.ones(3))
    fused = loss(output.logits, batch.genres)
    alone = sum(loss(logits, batch.genres) for logits in output.alone.values())
    assert alone > 0.1
    torch.testing.assert_close(trainer.compute_loss(model, batch.tensors()), fused + 0.5 * alone)
    model.auxiliary_loss = 0.0
    torch.testing.assert_close(trainer.compute_loss(model, batch.tensors()), fused)


@pytest.mark.parametrize("name", ["early-fusion", "late-fusion", "attention-fusion"])
def test_what_a_movie_lacks_is_no_loss_of_its_own(name, tiny_settings, tiny_corpus, tmp_path):
    plain = [f"{name}=0" for name in ("flip", "rotation", "brightness", "contrast", "saturation", "hue")]
    settings = tiny_settings(name, "auxiliary_loss=0.5", "class_weights=none", "modality_dropout=0", *plain)
    model, table = build(settings, tiny_corpus)
    trainer = GenreTrainer(model, table, table, settings, str(tmp_path))
    has_plot = torch.tensor([True] * 6 + [False] * 2)
    batch = replace(table.batch(range(8)), has_plot=has_plot, has_poster=torch.zeros(8, dtype=torch.bool))
    output = model.eval()(batch)
    loss = WeightedBCE(torch.ones(3))
    text = loss(output.alone["text"][:6], batch.genres[:6]) * 6 / 8
    expected = loss(output.logits, batch.genres) + 0.5 * text
    torch.testing.assert_close(trainer.compute_loss(model, batch.tensors()), expected)


@pytest.mark.parametrize("name", ["early-fusion", "attention-fusion"])
def test_auxiliary_heads_learn(name, tiny_settings, tiny_corpus, tmp_path):
    settings = tiny_settings(name, "auxiliary_loss=0.5")
    model, table = build(settings, tiny_corpus)
    trainer = GenreTrainer(model, table, table, settings, str(tmp_path))
    trainer.compute_loss(model.train(), table.batch(range(8)).tensors()).backward()
    assert all(parameter.grad.any() for parameter in model.heads_alone.parameters())


def test_what_is_pretrained_is_what_was_loaded(tiny_settings, tiny_corpus, tmp_path):
    (tmp_path / "vectors.txt").write_text("mother " + "0.5 " * 63 + "0.5\n")
    settings = tiny_settings("lstm-text", f"word_vectors={tmp_path / 'vectors.txt'}")
    model, _ = build(settings, tiny_corpus)
    assert model.pretrained() == {}
    lines = model.load_pretrained(settings, make_tokenizer(settings, tiny_corpus))
    assert len(lines) == 1
    assert "1 of " in lines[0]
    assert model.pretrained() == {"text": [model.encoders["text"].embedding.weight]}
