"""Every registered graph, because it is registered."""

import pytest
import torch

from cinefuse.errors import SettingsError
from cinefuse.features.batch import Batch
from cinefuse.fusion import GRAPHS, GraphSettings, GraphSize

FEATURES, GENRES, FILMS = 12, 4, 6


def build(name: str, **settings):
    torch.manual_seed(0)
    chosen = GraphSettings(graph=name, graph_width=8, graph_heads=2).model_copy(update=settings)
    graph = GRAPHS[name].build(GraphSize(FEATURES, GENRES, FILMS), chosen)
    if graph.remembers:
        graph.remember(torch.randn(FILMS, FEATURES))
    with torch.no_grad():
        for parameter in graph.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return graph


def films(padding: int = 0) -> tuple[torch.Tensor, Batch]:
    """Three films, the last of which has nobody."""
    generator = torch.Generator().manual_seed(1)
    rows = torch.tensor([[0, 3], [5, -1], [-1, -1]])
    people = torch.randn(3, 2, GENRES, generator=generator)
    known = torch.tensor([[1, 2], [2, 0], [0, 0]])
    batch = Batch(
        neighbours=torch.cat([rows, -torch.ones(3, padding, dtype=torch.int64)], 1),
        people=torch.cat([people, 9 * torch.ones(3, padding, GENRES)], 1),
        people_roles=torch.cat([known, torch.zeros(3, padding, dtype=torch.int64)], 1),
    )
    return torch.randn(3, FEATURES, generator=generator), batch


@pytest.fixture(params=list(GRAPHS))
def name(request):
    return request.param


def test_a_film_without_people_keeps_exactly_the_features_of_its_fusion(name):
    graph = build(name).eval()
    features, batch = films()
    told = graph(features, graph.look_up(batch))
    assert told.shape == features.shape
    assert torch.equal(told[2], features[2])
    assert ((told - features)[:2].abs().amax(dim=1) > 1e-3).all()


def test_it_says_how_much_people_are_looked_at(name):
    graph = build(name).eval()
    features, batch = films()
    share = graph.weigh(features, graph.look_up(batch))["people_share"]
    assert share.shape == (3, 1)
    assert share.isnan().flatten().tolist() == [False, False, True]
    assert ((share[:2] > 0) & (share[:2] < 1)).all()
    padded = graph.weigh(features, graph.look_up(films(padding=3)[1]))["people_share"]
    torch.testing.assert_close(padded, share, equal_nan=True)
    with torch.no_grad():
        for parameter in graph.parameters():
            parameter.zero_()
    # where it prefers nobody, each of two people, and the film itself or somebody unknown, gets as much
    even = graph.weigh(features, graph.look_up(batch))["people_share"]
    torch.testing.assert_close(even[:2, 0], torch.tensor([2 / 3, 1 / 2]))


def test_at_first_it_adds_nothing(name):
    torch.manual_seed(0)
    graph = GRAPHS[name].build(GraphSize(FEATURES, GENRES, FILMS), GraphSettings(graph=name)).eval()
    features, batch = films()
    assert torch.equal(graph(features, graph.look_up(batch)), features)


def test_padding_and_other_films_change_nothing(name):
    graph = build(name).eval()
    features, batch = films()
    together = graph(features, graph.look_up(batch))
    padded = graph(features, graph.look_up(films(padding=3)[1]))
    torch.testing.assert_close(padded, together)
    for row in range(3):
        alone = graph(features[row : row + 1], graph.look_up(batch.at(torch.tensor([row]))))
        torch.testing.assert_close(alone[0], together[row])


def test_gradients_reach_every_parameter_and_are_finite(name):
    graph = build(name, graph_dropout=0.0).train()
    features, batch = films()
    features.requires_grad_()
    told = graph(features, graph.look_up(batch))
    anchored = graph.anchored(told)
    (told.pow(2).sum() + (anchored.sum() if anchored is not None else 0)).backward()
    assert [n for n, p in graph.named_parameters() if p.grad is None or not p.grad.isfinite().all()] == []
    assert features.grad.isfinite().all()


def test_in_training_films_lose_their_people_now_and_then(name):
    graph = build(name, graph_dropout=0.5).train()
    features, batch = films()
    found = graph.look_up(batch)
    lost = [torch.equal(graph(features, found)[0], features[0]) for _ in range(200)]
    assert 60 < sum(lost) < 140
    graph.eval()
    assert not any(torch.equal(graph(features, found)[0], features[0]) for _ in range(20))


def test_where_nobody_looked_there_is_nobody(name):
    assert build(name).look_up(Batch(has_plot=torch.tensor([True]))) is None


def test_heads_must_divide_the_width(name):
    with pytest.raises(SettingsError, match="graph_heads=3 does not divide graph_width=8"):
        build(name, graph_heads=3)
