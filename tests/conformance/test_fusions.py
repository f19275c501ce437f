"""Every registered fusion, because it is registered."""

from dataclasses import replace

import pytest
import torch

from cinefuse.encoders import Encoded
from cinefuse.errors import SettingsError
from cinefuse.fusion import FUSIONS, FusionSettings

GENRES = 4
WIDTHS = {"text": 16, "vision": 12}
# one modality alone, modalities that meet as logits, and attention, which has norms of its own
NOTHING_TO_DROWN = {"single", "late", "late-genre", "experts", "centralnet", "attention"}


def make_encoded(
    movies: int = 3, length: int = 5, *, padding: int = 0, grad: bool = False
) -> dict[str, Encoded]:
    generator = torch.Generator().manual_seed(1)
    made = {}
    for modality, width in WIDTHS.items():
        tokens = torch.randn(movies, length, width, generator=generator)
        mask = torch.ones(movies, length, dtype=torch.bool)
        if modality == "text" and padding:
            tokens = torch.cat([tokens, 100 * torch.ones(movies, padding, width)], dim=1)
            mask = torch.cat([mask, torch.zeros(movies, padding, dtype=torch.bool)], dim=1)
        pooled = torch.randn(movies, width, generator=generator)
        made[modality] = Encoded(tokens.requires_grad_(grad), mask, pooled.requires_grad_(grad), {})
    return made


def build(name: str, **settings):
    torch.manual_seed(0)
    chosen = FusionSettings(
        fusion=name,
        early_width=8,
        early_layers=(10, 6),
        head_width=7,
        attention_hidden=9,
        joint_width=8,
        maxout_width=6,
        central_layers=(8, 7),
        low_rank_width=5,
    )
    chosen = chosen.model_copy(update=settings)
    widths = {"text": WIDTHS["text"]} if name == "single" else WIDTHS
    fusion = FUSIONS[name].build(widths, GENRES, chosen)
    if fusion.runs is not None:
        fusion.take(pool)
    return fusion, fusion.head(GENRES)


def pool(vectors: torch.Tensor, mask: torch.Tensor, first: int) -> torch.Tensor:
    """Layers of an encoder, of the plainest kind: the mean of what may be read."""
    assert first <= vectors.shape[1] == mask.shape[1]
    kept = mask[..., None].float()
    return (vectors * kept).sum(dim=1) / kept.sum(dim=1)


def inputs(name: str, **how) -> dict[str, Encoded]:
    encoded = make_encoded(**how)
    return {"text": encoded["text"]} if name == "single" else encoded


@pytest.fixture(params=list(FUSIONS))
def name(request):
    return request.param


def test_features_have_the_width_announced_and_the_head_takes_them(name):
    fusion, head = build(name)
    for movies in (1, 3):
        fused = fusion(inputs(name, movies=movies))
        assert fused.features.shape == (movies, fusion.out_features)
        logits = head(fused.features)
        assert logits.shape == (movies, GENRES)
        assert logits.dtype == torch.float32
        assert torch.isfinite(logits).all()


def test_gradients_reach_every_parameter_and_every_modality(name):
    fusion, head = build(name)
    encoded = inputs(name, grad=True)
    head(fusion.train()(encoded).features).pow(2).sum().backward()
    silent = [n for part in (fusion, head) for n, p in part.named_parameters() if p.grad is None]
    assert silent == []
    for modality, one in encoded.items():
        assert one.pooled.grad is not None or one.tokens.grad is not None, modality


def test_a_movie_that_lacks_a_part_is_told_by_its_stand_in_whoever_is_beside_it(name):
    fusion, head = build(name)
    fusion.eval()
    head.eval()
    encoded = inputs(name)
    here = {"text": torch.tensor([True, True, False]), "vision": torch.tensor([True, False, True])}
    for modality in encoded:
        present, one = here[modality], encoded[modality]
        tokens = torch.where(present[:, None, None], one.tokens, torch.zeros(()))
        pooled = torch.where(present[:, None], one.pooled, torch.zeros(()))
        encoded[modality] = replace(one, tokens=tokens, pooled=pooled, present=present)
    together = head(fusion(encoded).features)
    assert torch.isfinite(together).all()
    for row in range(3):
        alone = {
            modality: Encoded(
                one.tokens[row : row + 1],
                one.mask[row : row + 1],
                one.pooled[row : row + 1],
                {},
                present=one.present[row : row + 1],
            )
            for modality, one in encoded.items()
        }
        torch.testing.assert_close(head(fusion(alone).features)[0], together[row])


@pytest.mark.parametrize("name", [name for name in FUSIONS if name not in NOTHING_TO_DROWN])
def test_large_numbers_of_one_modality_do_not_drown_the_other(name):
    fusion, _ = build(name, layer_norm=True)
    fusion.eval()
    encoded = inputs(name)
    scaled = {
        "text": encoded["text"],
        "vision": replace(
            encoded["vision"], tokens=1e4 * encoded["vision"].tokens, pooled=1e4 * encoded["vision"].pooled
        ),
    }
    # features of the same size, however large the poster's numbers are
    ordinary, large = fusion(encoded).features, fusion(scaled).features
    assert large.std() < 3 * ordinary.std()


def test_evaluation_is_deterministic(name):
    fusion, _ = build(name)
    fusion.eval()
    assert torch.equal(fusion(inputs(name)).features, fusion(inputs(name)).features)


def test_padding_changes_nothing(name):
    fusion, _ = build(name)
    fusion.eval()
    torch.testing.assert_close(
        fusion(inputs(name)).features, fusion(inputs(name, padding=3)).features, msg=f"{name} reads padding"
    )


def test_weights_need_no_gradient(name):
    fusion, _ = build(name)
    assert all(not weight.requires_grad for weight in fusion(inputs(name)).weights.values())


def test_what_each_modality_says_alone_is_logits(name):
    fusion, _ = build(name)
    assert all(logits.shape == (3, GENRES) for logits in fusion(inputs(name)).alone.values())


def test_late_fusion_mixes_probabilities():
    fusion, head = build("late", alpha=0.25)
    fusion.eval()
    encoded = inputs("late")
    text = torch.sigmoid(fusion.text(encoded["text"].pooled))
    vision = torch.sigmoid(fusion.vision(encoded["vision"].pooled))
    mixed = torch.sigmoid(head(fusion(encoded).features))
    torch.testing.assert_close(mixed, 0.25 * text + 0.75 * vision)
    torch.testing.assert_close(fusion(encoded).weights["alpha"], torch.tensor(0.25))


def test_attention_weights_sum_to_one_over_what_may_be_read():
    fusion, _ = build("attention", attention_heads=4)
    weights = fusion.eval()(inputs("attention", padding=3)).weights
    torch.testing.assert_close(weights["places_to_words"].sum(-1), torch.ones(3, 5))
    assert torch.all(weights["places_to_words"][..., 5:] == 0)


def test_the_reports_variant_attends_to_one_vector_and_reads_padding():
    fusion, _ = build("attention", attention_heads=4, attention_pooled=True)
    fusion.eval()
    fused = fusion(inputs("attention", padding=3))
    assert torch.all(fused.weights["words_to_places"] == 1)
    assert not torch.allclose(fused.features, fusion(inputs("attention")).features)


def test_heads_must_divide_the_width():
    with pytest.raises(SettingsError, match="attention_heads=5 does not divide the width 16"):
        build("attention", attention_heads=5)


def test_late_fusion_takes_the_other_modality_alone_where_one_is_absent():
    fusion, head = build("late", alpha=0.25)
    fusion.eval()
    encoded = inputs("late")
    has_text, has_vision = torch.tensor([True, True, False]), torch.tensor([True, False, True])
    for modality, present in (("text", has_text), ("vision", has_vision)):
        encoded[modality] = replace(encoded[modality], present=present)
    text = torch.sigmoid(fusion.text(encoded["text"].pooled))
    vision = torch.sigmoid(fusion.vision(encoded["vision"].pooled))
    mixed = torch.sigmoid(head(fusion(encoded).features))
    torch.testing.assert_close(mixed, torch.stack([0.25 * text[0] + 0.75 * vision[0], text[1], vision[2]]))
