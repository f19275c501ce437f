"""Attention in training is transformers' own but for what it draws."""

from types import SimpleNamespace

import pytest
import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from cinefuse.encoders import EncoderSettings, attention
from cinefuse.encoders.text_transformer import TextTransformer

MODULE = SimpleNamespace(is_causal=False)


def words(length=5):
    torch.manual_seed(0)
    mask = torch.ones(2, 1, length, length, dtype=torch.bool)
    mask[0, ..., 3:] = False
    return *(torch.randn(2, 3, length, 4, requires_grad=True) for _ in range(3)), mask


@pytest.mark.parametrize("masked", [True, False])
def test_without_what_it_drops_it_is_transformers_own(monkeypatch, masked):
    monkeypatch.setattr(attention, "drop", lambda values, _: values)
    found = []
    for attend, dropout in ((sdpa_attention_forward, 0.0), (attention.attention, 0.1)):
        *parts, mask = words()
        out, _ = attend(MODULE, *parts, mask if masked else None, dropout=dropout, scaling=0.3)
        out.sin().sum().backward()
        found.append([out, *(part.grad for part in parts)])
    for theirs, ours in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_on_average_it_changes_nothing():
    query, key, value, mask = words()
    expected, _ = sdpa_attention_forward(MODULE, query, key, value, mask, scaling=0.5)
    drawn = [attention.attention(MODULE, query, key, value, mask, 0.2, 0.5)[0] for _ in range(4000)]
    torch.testing.assert_close(torch.stack(drawn).mean(dim=0), expected, rtol=0, atol=0.05)


@pytest.mark.parametrize(
    "case", [{"dropout": 0.0}, {"position_bias": torch.zeros(1, 3, 5, 5)}, {"scaling": None}]
)
def test_what_is_not_its_case_is_transformers(monkeypatch, case):
    asked = []
    monkeypatch.setattr(
        attention, "sdpa_attention_forward", lambda *_, **given: asked.append(given) or (None, None)
    )
    attention.attention(MODULE, *words(), **{"dropout": 0.1, "scaling": 0.5} | case)
    assert asked[0].items() >= case.items()


def test_in_bfloat16_it_is_transformers_own_and_takes_the_way_back_alone(monkeypatch):
    """Whose results are those of float32, as near as bfloat16's eight bits are."""
    query, key, value, mask = words()
    exact, _ = sdpa_attention_forward(MODULE, query, key, value, mask, scaling=0.3)
    exact.sin().sum().backward()
    asked = []
    monkeypatch.setattr(
        attention, "sdpa_attention_forward", lambda *_, **given: asked.append(given) or (None, None)
    )
    rounded = [one.detach().bfloat16().requires_grad_() for one in (query, key, value)]
    found, _ = attention.attention(MODULE, *rounded, mask, scaling=0.3)
    found.float().sin().sum().backward()
    assert not asked
    torch.testing.assert_close(found.float(), exact, rtol=0.02, atol=0.02)
    for ours, theirs in zip(rounded, (query, key, value), strict=True):
        torch.testing.assert_close(ours.grad.float(), theirs.grad, rtol=0.05, atol=0.02)
    attention.attention(MODULE, *(one.detach() for one in rounded), mask, scaling=0.3)
    assert len(asked) == 1


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta", "siglip"])
def test_encoders_take_it_and_give_it_back(encoder_folder, kind, monkeypatch):
    def build(dropout):
        settings = EncoderSettings(
            text="transformer", text_encoder=str(encoder_folder(kind)), text_attention_dropout=dropout
        )
        blueprint = TextTransformer.blueprint(settings, None)
        return TextTransformer.from_blueprint(settings, blueprint).backbone.train()

    asked = []
    tokens, mask = torch.randint(3, 12, (2, 5)), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with monkeypatch.context() as patched:
        patched.setattr(attention, "sdpa_attention_forward", lambda *_, **given: asked.append(given))
        build(0.1)(input_ids=tokens, attention_mask=mask)
        with torch.autocast("cpu", torch.bfloat16):
            build(0.0)(input_ids=tokens, attention_mask=mask)
    assert not asked  # else it is torch's slow way that trains
    backbone = build(0.1)
    assert backbone.config._attn_implementation == attention.NAME
    attention.attend_quickly(backbone, quickly=False)
    assert backbone.config._attn_implementation == "sdpa"
