"""Groups of like length give what the whole batch gives."""

import pytest
import torch

from cinefuse.encoders import EncoderSettings, like_length
from cinefuse.encoders.like_length import read_by_length
from cinefuse.encoders.text_transformer import TextTransformer
from cinefuse.features.batch import Batch

LENGTHS = [3, 9, 2, 8, 9]


def make_batch():
    torch.manual_seed(1)
    mask = torch.arange(max(LENGTHS))[None] < torch.tensor(LENGTHS)[:, None]
    tokens = torch.randint(4, 20, mask.shape) * mask
    return Batch(tokens, mask, torch.ones(len(LENGTHS), dtype=torch.bool))


def test_groups_by_hand():
    assert like_length.like_length(LENGTHS, most=18) == [[1, 4], [3, 0], [2]]
    assert like_length.like_length([40, 2], most=18) == [[0], [1]], "a plot longer than that is read alone"
    assert like_length.like_length([5] * 4, most=20) == [[0, 1, 2, 3]]


def test_rows_come_back_where_they_were(monkeypatch):
    monkeypatch.setattr(like_length.like_length, "__defaults__", (18,))
    seen, batch = [], make_batch()

    def read(tokens, mask):
        seen.append(tuple(tokens.shape))
        return (tokens * mask)[..., None].float()

    found = read_by_length(read, batch.plot_tokens, batch.plot_mask)
    assert seen == [(2, 9), (2, 8), (1, 2)]
    assert torch.equal(found[..., 0], batch.plot_tokens.float())


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta", "modernbert", "clip", "t5"])
def test_gradients_are_those_of_the_whole_batch(encoder_folder, monkeypatch, kind):
    monkeypatch.setattr(like_length.like_length, "__defaults__", (18,))
    settings = EncoderSettings(
        text="transformer",
        text_encoder=str(encoder_folder(kind)),
        text_pooling="mean",
        text_attention_dropout=0,
    )
    encoder = TextTransformer.from_blueprint(settings, TextTransformer.blueprint(settings, None))
    for part in encoder.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
        if isinstance(getattr(part, "dropout", None), float):  # T5's attention
            part.dropout = 0.0
    batch, both = make_batch(), []
    direction = torch.randn(len(LENGTHS), encoder.out_features)
    for encoder.quick in (False, True):
        encoder.zero_grad()
        pooled = encoder.train()(batch).pooled
        (pooled * direction).sum().backward()
        both.append([pooled] + [one.grad for one in encoder.parameters() if one.grad is not None])
    for whole, grouped in zip(*both, strict=True):
        torch.testing.assert_close(grouped, whole, rtol=1e-4, atol=1e-5)
