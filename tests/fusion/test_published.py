"""The published fusions' arithmetic, by hand or against the equation written out another way."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from cinefuse.encoders import Encoded
from cinefuse.fusion import FUSIONS, FusionSettings
from cinefuse.fusion.maxout import Maxout

GENRES = 3


def encode(text, vision, has_text=None, has_vision=None):
    """Pooled vectors as encoders give them, each its own one token."""
    return {
        name: Encoded(
            pooled[:, None],
            torch.ones(len(pooled), 1, dtype=torch.bool),
            pooled,
            {},
            present=present,
        )
        for name, pooled, present in (("text", text, has_text), ("vision", vision, has_vision))
    }


def build(name, text=5, vision=4, **settings):
    torch.manual_seed(0)
    chosen = FusionSettings(fusion=name, dropout=0.0, **settings)
    return FUSIONS[name].build({"text": text, "vision": vision}, GENRES, chosen).eval()


def movies(n_movies=6, text=5, vision=4):
    generator = torch.Generator().manual_seed(1)
    return (
        torch.randn(n_movies, text, generator=generator),
        torch.randn(n_movies, vision, generator=generator),
    )


def fill(linear, rows, bias=0.0):
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(rows))
        linear.bias.fill_(bias)


def test_a_sum_is_one_linear_layer_on_both():
    fusion = build("sum", joint_width=7)
    text, vision = movies()
    linears = fusion.text[0], fusion.vision[0]
    weight = torch.cat([one.weight for one in linears], dim=1)
    expected = torch.relu(torch.cat([text, vision], dim=1) @ weight.T + sum(one.bias for one in linears))
    torch.testing.assert_close(fusion(encode(text, vision)).features, expected)


def test_a_concatenation_adds_nothing():
    text, vision = movies()
    features = build("concat")(encode(text, vision)).features
    assert torch.equal(features, torch.cat([text, vision], dim=1))


def test_a_gated_unit_by_hand():
    # one number a modality: W_v = 2, W_t = -1, W_z = [0.5, 1]
    fusion = build("gmu", text=1, vision=1, joint_width=1)
    for part, weight in (("vision", 2.0), ("text", -1.0), ("gate_vision", 0.5), ("gate_text", 1.0)):
        fill(getattr(fusion, part)[0], [[weight]])
    found = fusion(encode(torch.tensor([[0.5]]), torch.tensor([[0.25]])))
    # z = sigmoid(0.125 + 0.5) = 0.651355, tanh(0.5) = 0.462117, tanh(-0.5) = -0.462117
    assert found.features.item() == pytest.approx(0.651355 * 0.462117 - 0.348645 * 0.462117, abs=1e-5)
    assert found.weights["text_gate"].item() == pytest.approx(0.348645, abs=1e-5)


def test_a_gated_units_gate_is_of_both_inputs_side_by_side():
    fusion = build("gmu", joint_width=6)
    text, vision = movies()
    weight = torch.cat([fusion.gate_vision[0].weight, fusion.gate_text[0].weight], dim=1)
    bias = fusion.gate_vision[0].bias + fusion.gate_text[0].bias
    z = torch.sigmoid(torch.cat([vision, text], dim=1) @ weight.T + bias)
    torch.testing.assert_close(fusion(encode(text, vision)).weights["text_gate"], 1 - z)


def test_maxout_by_hand():
    layer = Maxout(2, 2, pieces=2)
    # unit 0 is max(x, y), unit 1 is max(-x, x - y)
    fill(layer.linear, [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [1.0, -1.0]])
    assert layer(torch.tensor([[2.0, 3.0], [-4.0, -6.0]])).tolist() == [[3.0, -1.0], [-4.0, 4.0]]


@pytest.mark.parametrize("experts", [1, 3])
@pytest.mark.parametrize("per_genre", [True, False])
def test_experts_are_mixed_by_a_gate_that_sums_to_one(experts, per_genre):
    fusion = build("experts", maxout_width=6, experts=experts, gate_per_genre=per_genre)
    text, vision = movies()
    found = fusion(encode(text, vision))
    networks = [(network, text) for network in fusion.text] + [(one, vision) for one in fusion.vision]
    assert len(networks) == 2 * experts
    told = torch.stack([torch.sigmoid(network(inputs)) for network, inputs in networks], dim=1)
    scores = fusion.gate(torch.cat([text, vision], dim=1)).reshape(6, 2 * experts, -1)
    gate = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
    torch.testing.assert_close(gate.sum(dim=1), torch.ones(6, GENRES if per_genre else 1))
    torch.testing.assert_close(torch.sigmoid(found.features), (gate * told).sum(dim=1))
    torch.testing.assert_close(found.weights["text_gate"], gate[:, :experts].sum(dim=1))
    torch.testing.assert_close(torch.sigmoid(found.alone["vision"]), told[:, experts:].mean(dim=1))


def test_experts_of_what_is_absent_are_not_asked():
    fusion = build("experts", maxout_width=6)
    text, vision = movies(3)
    has_text, has_vision = torch.tensor([True, False, False]), torch.tensor([False, True, False])
    found = fusion(encode(text, vision, has_text, has_vision))
    assert found.weights["text_gate"][0].tolist() == [1.0] * GENRES
    assert found.weights["text_gate"][1].tolist() == [0.0] * GENRES
    torch.testing.assert_close(found.features[0], found.alone["text"][0])
    torch.testing.assert_close(found.features[1], found.alone["vision"][1])
    assert torch.isfinite(found.features).all()  # the last has neither


def test_centralnets_equation_layer_by_layer():
    fusion = build("centralnet", central_layers=(6, 7))
    for alpha in (fusion.text_alpha, fusion.vision_alpha, fusion.central_alpha):
        nn.init.uniform_(alpha)
    text, vision = movies()
    found = fusion(encode(text, vision))
    t, v, c = fusion.text_alpha, fusion.vision_alpha, fusion.central_alpha

    def layer(network, number, inputs):
        linear = network[number][0]
        return torch.relu(inputs @ linear.weight.T + linear.bias)

    t1, v1 = layer(fusion.text, 0, text), layer(fusion.vision, 0, vision)
    t2, v2 = layer(fusion.text, 1, t1), layer(fusion.vision, 1, v1)
    c2 = layer(fusion.central, 0, t[0] * t1 + v[0] * v1)
    joined = c[0] * c2 + t[1] * t2 + v[1] * v2
    logits = c[1] * fusion.central[1](joined) + t[2] * fusion.text[2](t2) + v[2] * fusion.vision[2](v2)
    torch.testing.assert_close(found.features, logits)
    torch.testing.assert_close(found.alone["text"], fusion.text[2](t2))
    torch.testing.assert_close(found.weights["central_alpha_by_layer"], torch.tensor([0.0, *c.tolist()]))
    torch.testing.assert_close(found.weights["vision_alpha_by_layer"], v.detach())


def test_centralnet_is_late_fusion_with_all_weight_on_the_last_layer():
    fusion = build("centralnet", central_layers=(6,))
    with torch.no_grad():
        fusion.central_alpha.zero_()
        fusion.text_alpha.copy_(torch.tensor([0.5, 0.25]))
        fusion.vision_alpha.copy_(torch.tensor([0.5, 0.75]))
    found = fusion(encode(*movies()))
    torch.testing.assert_close(found.features, 0.25 * found.alone["text"] + 0.75 * found.alone["vision"])


def test_low_rank_factors_are_a_layer_on_the_whole_outer_product():
    fusion = build("low-rank", joint_width=4, rank=3, low_rank_width=2)
    text, vision = movies(6, 4, 4)
    read, seen = (
        torch.cat([one.weight, one.bias[:, None]], dim=1).reshape(3, 2, 5)
        for one in (fusion.text_factors, fusion.vision_factors)
    )
    # (width, 5, 5): the tensor that is never made
    tensor = torch.einsum("rwi,rwj->wij", read, seen)
    ones = torch.ones(6, 1)
    outer = torch.einsum("bi,bj->bij", torch.cat([text, ones], 1), torch.cat([vision, ones], 1))
    expected = torch.einsum("wij,bij->bw", tensor, outer)
    torch.testing.assert_close(fusion.join(text, vision), expected)


def test_low_rank_fusion_has_a_network_of_its_own_a_modality():
    fusion = build("low-rank", joint_width=4, low_rank_width=2)
    text, vision = movies()
    expected = fusion.join(torch.relu(fusion.text[0](text)), torch.relu(fusion.vision[0](vision)))
    torch.testing.assert_close(fusion(encode(text, vision)).features, expected)


def test_a_share_a_genre():
    fusion = build("late-genre", head_width=6, alpha=0.25)
    with torch.no_grad():
        fusion.alpha_logit.copy_(torch.logit(torch.tensor([0.1, 0.5, 0.8])))
    text, vision = movies(3)
    has_text, has_vision = torch.tensor([True, True, False]), torch.tensor([True, False, True])
    found = fusion(encode(text, vision, has_text, has_vision))
    p_text, p_vision = (torch.sigmoid(found.alone[name]) for name in ("text", "vision"))
    alpha = torch.tensor([0.1, 0.5, 0.8])
    expected = torch.stack([alpha * p_text[0] + (1 - alpha) * p_vision[0], p_text[1], p_vision[2]])
    torch.testing.assert_close(torch.sigmoid(found.features), expected)
    torch.testing.assert_close(found.weights["alpha_by_genre"], alpha)


def test_a_share_a_genre_begins_where_alpha_says():
    alphas = build("late-genre", alpha=0.25)(encode(*movies())).weights["alpha_by_genre"]
    torch.testing.assert_close(alphas, torch.full((GENRES,), 0.25))


def test_activation_maps_attend_to_places_by_hand():
    fusion = build("braz", text=2, vision=2, joint_width=3)
    # genre 0 sees the first feature, genre 1 the second, genre 2 nothing: all told with their biases alone
    fill(fusion.maps, [[2.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    places = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [50.0, 50.0]]])
    mask = torch.tensor([[True, True, False]])
    encoded = encode(torch.zeros(1, 2), torch.zeros(1, 2))
    encoded["vision"] = replace(encoded["vision"], tokens=places, mask=mask)
    found = fusion(encoded)
    # the means of the maps are 1, 0.5 and 0
    torch.testing.assert_close(found.alone["vision"], torch.tensor([[1.0, 0.5, 0.0]]))
    p = torch.sigmoid(torch.tensor([1.0, 0.5]))
    attention = torch.softmax(torch.stack([2 * p[0], p[1]]), dim=0)
    torch.testing.assert_close(found.weights["maps_to_places"], torch.tensor([[[*attention, 0.0]]]))
    seen = torch.tensor([0.5, 0.5]) + torch.stack([attention[0], attention[1]])
    both = torch.cat([fusion.text(torch.zeros(1, 2)), fusion.vision(seen[None])], dim=1)
    torch.testing.assert_close(found.features, fusion.joint(both))


def test_no_plain_fusion_runs_an_encoder():
    with pytest.raises(NotImplementedError, match="Concatenation runs no encoder"):
        build("concat").take(torch.nn.Identity())
