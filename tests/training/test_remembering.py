"""A graph's nodes: what the fusion makes of the training films, taken anew before every epoch."""

import pytest
import torch

from cinefuse.experiment import _features, make_people, make_tokenizer
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.training.losses import contrastive_loss
from cinefuse.training.remembering import Remembering, fused_films
from cinefuse.training.trainer import GenreTrainer

PLAIN = ("flip=0", "class_weights=none", "modality_dropout=0", "auxiliary_loss=0")


@pytest.fixture
def made(tiny_settings, people_corpus):
    """Settings, model and train table of a recipe that was not trained."""

    def make(recipe, *assignments):
        settings = tiny_settings(recipe, *PLAIN, *assignments)
        torch.manual_seed(0)
        tokenizer, people = make_tokenizer(settings, people_corpus), make_people(settings, people_corpus)
        blueprints = make_blueprints(settings, tokenizer) | {"people": {"films": len(people.films)}}
        model = GenreModel.from_blueprints(settings, blueprints, 3)
        train, _ = _features(settings, people_corpus, tokenizer, people)
        return settings, model, train

    return make


def test_every_row_is_what_the_fusion_makes_of_that_film(made):
    _, model, train = made("mm-gatbt")
    model.train()
    Remembering(model, train).on_epoch_begin(None, None, None)
    assert model.training
    model.eval()
    assert model.graph.nodes.shape == (36, model.fusion.out_features)
    with torch.no_grad():
        for row in (0, 17, 35):
            torch.testing.assert_close(model.graph.nodes[row], model.fused(train.batch([row]))[0])


def test_they_are_taken_anew_before_every_epoch(made, tmp_path):
    settings, model, train = made("mm-gatbt", "max_epochs=2")
    seen = []

    class Looking(Remembering):
        def on_epoch_begin(self, *given, **named):
            super().on_epoch_begin(*given, **named)
            seen.append(self._model.graph.nodes.clone())

    GenreTrainer(model, train, train, settings, str(tmp_path), [Looking(model, train)]).train()
    assert len(seen) == 2
    assert not torch.allclose(seen[0], seen[1])
    # the best epoch's weights come with the nodes that they were scored with
    assert any(torch.equal(model.graph.nodes, one) for one in seen)


def test_nothing_is_dropped_while_they_are_taken(made):
    _, model, train = made("mm-gatbt", "dropout=0.5")
    model.train()
    assert torch.equal(fused_films(model, train), fused_films(model, train))


def test_the_contrastive_loss_counts_as_much_as_it_is_told(made, tmp_path):
    settings, model, train = made("knowledge-graph", "contrastive=0.2")
    trainer = GenreTrainer(model, train, train, settings, str(tmp_path))
    batch = train.batch(range(8))
    output = model.eval()(batch)
    expected = trainer.loss(output.logits, batch.genres) + 0.2 * contrastive_loss(
        output.anchored, batch.genres
    )
    torch.testing.assert_close(trainer.compute_loss(model, batch.tensors()), expected)
