"""Every recipe that is registered becomes a graph that says what the model says, for any batch and length."""

import numpy as np
import onnxruntime
import pytest
import torch

from cinefuse.experiment import make_tokenizer
from cinefuse.export.graph import input_names, write_graph
from cinefuse.exported.record import ReadingSettings
from cinefuse.features.batch import Batch
from cinefuse.fusion import PEOPLE
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import RECIPES

N_GENRES, N_FILMS = 3, 6


def build(settings, tokenizer):
    """A model whose stand-ins and biases are not zero, so that a graph that lost them says something else."""
    torch.manual_seed(0)
    blueprints = make_blueprints(settings, tokenizer) | {PEOPLE: {"films": N_FILMS}}
    model = GenreModel.from_blueprints(settings, blueprints, N_GENRES).eval()
    if model.graph and model.graph.remembers:
        model.graph.remember(torch.randn(N_FILMS, model.fusion.out_features))
    for parameter in model.parameters():
        if parameter.dim() == 1 or not parameter.any():
            parameter.data += 0.3 * torch.randn_like(parameter)
    return model


def inputs(settings, n_movies, n_tokens, n_words):
    """Movies of different lengths; the second lacks its poster, the third its plot."""
    random = np.random.default_rng(n_movies * 100 + n_tokens)
    lengths = random.integers(1, n_tokens + 1, size=n_movies)
    lengths[0] = n_tokens
    has_plot, has_poster = np.ones(n_movies, bool), np.ones(n_movies, bool)
    has_poster[1:2], has_plot[2:3], lengths[2:3] = False, False, 1
    mask = np.arange(n_tokens)[None, :] < lengths[:, None]
    tokens = np.where(mask & has_plot[:, None], random.integers(2, n_words, size=mask.shape), 0)
    size = (n_movies, 3, settings.poster_height, settings.poster_width)
    posters = random.integers(0, 256, size=size) * has_poster[:, None, None, None]
    return {
        "plot_tokens": tokens.astype(np.int64),
        "plot_mask": mask,
        "has_plot": has_plot,
        "posters": posters.astype(np.uint8),
        "has_poster": has_poster,
        **people(n_movies, n_links=1 + n_tokens % 3, random=random),
    }


def people(n_movies, n_links, random):
    """Of every kind of links; the first movie has nobody."""
    known = np.arange(n_links)[None, :] < np.arange(n_movies)[:, None]
    profiles = random.normal(size=(n_movies, n_links, N_GENRES)).astype(np.float32)
    return {
        "neighbours": np.where(known, random.integers(0, N_FILMS, size=known.shape), -1),
        "people": profiles * known[..., None],
        "people_roles": np.where(known, random.integers(1, 3, size=known.shape), 0),
    }


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_graph_says_what_the_model_says(recipe, tiny_settings, tiny_corpus, tmp_path):
    settings = tiny_settings(recipe)
    tokenizer = make_tokenizer(settings, tiny_corpus)
    model = build(settings, tokenizer)
    reads = ("plot",) * (settings.text is not None) + ("poster",) * (settings.vision is not None)
    reading = ReadingSettings.model_validate(settings.model_dump(include=set(ReadingSettings.model_fields)))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    write_graph(model, reads, reading, tmp_path / "model.onnx")

    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    names = input_names(reads, model.graph and model.graph.links)
    n_words = tokenizer.get_vocab_size() if tokenizer else 3
    for n_movies, n_tokens in ((1, 1), (1, 9), (5, 2), (5, 30), (2, 17)):
        given = inputs(settings, n_movies, n_tokens, n_words)
        kept = {name: given[name] for name in names}
        with torch.inference_mode():
            expected = model(Batch(**{name: torch.tensor(array) for name, array in kept.items()})).logits
        (logits,) = session.run(["logits"], kept)
        assert logits.shape == (n_movies, N_GENRES)
        np.testing.assert_allclose(logits, expected.numpy(), atol=1e-4)
        if model.graph and n_movies == 5:
            nobody = kept | {name: kept[name][:, :1] * 0 for name in names if name.startswith("people")}
            nobody |= {name: kept[name][:, :1] * 0 - 1 for name in names if name == "neighbours"}
            (by_fusion,) = session.run(["logits"], nobody)
            moved = np.abs(by_fusion - logits).max(axis=1)
            assert moved[0] < 1e-4
            assert moved[1:].min() > 1e-2
        if n_movies == 5:
            # a movie that lacks a part is told from its own stand-in, whatever the others of the batch have
            for row in range(n_movies):
                (alone,) = session.run(
                    ["logits"], {name: array[row : row + 1] for name, array in kept.items()}
                )
                np.testing.assert_allclose(alone[0], logits[row], atol=1e-4)

    # exporting changed nothing of the model: the part that a graph cannot hold is replaced in a copy
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
