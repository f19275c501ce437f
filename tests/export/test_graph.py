"""Every recipe that is registered becomes a graph that says what the model says, for any batch and length."""

import numpy as np
import onnxruntime
import pytest
import torch

from cinefuse.experiment import make_tokenizer
from cinefuse.export.graph import input_names, write_graph
from cinefuse.exported.record import ReadingSettings
from cinefuse.features.batch import Batch
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import RECIPES

N_GENRES = 3


def build(settings, tokenizer):
    """A model whose stand-ins and biases are not zero, so that a graph that lost them says something else."""
    torch.manual_seed(0)
    model = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), N_GENRES).eval()
    for parameter in model.parameters():
        if parameter.dim() == 1:
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
    n_words = tokenizer.get_vocab_size() if tokenizer else 3
    for n_movies, n_tokens in ((1, 1), (1, 9), (5, 2), (5, 30), (2, 17)):
        given = inputs(settings, n_movies, n_tokens, n_words)
        kept = {name: given[name] for name in input_names(reads)}
        with torch.inference_mode():
            expected = model(Batch(**{name: torch.tensor(array) for name, array in kept.items()})).logits
        (logits,) = session.run(["logits"], kept)
        assert logits.shape == (n_movies, N_GENRES)
        np.testing.assert_allclose(logits, expected.numpy(), atol=1e-4)
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
