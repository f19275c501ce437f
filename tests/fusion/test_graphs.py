"""What graphs compute, against arithmetic that is not ours."""

import pytest
import torch
from torch.nn.functional import cosine_similarity, leaky_relu

from cinefuse.features.batch import Batch
from cinefuse.fusion import GRAPHS, GraphSettings, GraphSize

FEATURES, FILMS, HEADS, WIDTH = 5, 4, 2, 6
# films 0 and 2 of three are joined to training films; each is its own neighbour besides
EDGES = {0: (1, 3), 1: (), 2: (0,)}


@pytest.fixture
def stars():
    """A graph attention with random weights, the features of films, and what it makes of them."""
    torch.manual_seed(3)
    settings = GraphSettings(graph="neighbours", graph_width=WIDTH, graph_heads=HEADS)
    graph = GRAPHS["neighbours"].build(GraphSize(FEATURES, 3, FILMS), settings).eval()
    graph.remember(torch.randn(FILMS, FEATURES))
    features = torch.randn(len(EDGES), FEATURES)
    rows = torch.tensor([[*near, -1, -1][:2] for near in EDGES.values()])
    with torch.no_grad():
        told = graph.convolve(features, graph.look_up(Batch(neighbours=rows)))
    return graph, features, told


def test_graph_attention_is_the_papers_equation_film_by_film(stars):
    graph, features, told = stars
    for film, near in EDGES.items():
        sources = [features[film], *graph.nodes[list(near)]]
        for head in range(HEADS):
            own = slice(head * WIDTH // HEADS, (head + 1) * WIDTH // HEADS)
            values = [graph.source(one)[own] for one in sources]
            target = graph.target(features[film])[own]
            scores = torch.stack([graph.attention[head] @ leaky_relu(target + v, 0.2) for v in values])
            shares = scores.exp() / scores.exp().sum()
            expected = sum(share * value for share, value in zip(shares, values, strict=True))
            torch.testing.assert_close(told[film, own], expected)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_graph_attention_is_torch_geometrics(stars):
    from torch_geometric.nn import GATv2Conv

    graph, features, told = stars
    theirs = GATv2Conv((FEATURES, FEATURES), WIDTH // HEADS, HEADS, add_self_loops=False, bias=False)
    with torch.no_grad():
        theirs.lin_l.load_state_dict(graph.source.state_dict(), strict=False)
        theirs.lin_r.load_state_dict(graph.target.state_dict(), strict=False)
        theirs.lin_l.bias, theirs.lin_r.bias = graph.source.bias, graph.target.bias
        theirs.att.copy_(graph.attention[None])
        # their sources: the training films, then the scored ones themselves
        edges = [(row, film) for film, near in EDGES.items() for row in (*near, FILMS + film)]
        sources = torch.cat([graph.nodes, features])
        expected = theirs((sources, features), torch.tensor(edges).T)
    torch.testing.assert_close(told, expected)


def test_a_person_is_where_the_error_of_translation_is_least():
    """Least squares over |person + role - genre|^2 gives the mean of the genres, less the role."""
    torch.manual_seed(0)
    graph = GRAPHS["knowledge"].build(GraphSize(FEATURES, 3, 0), GraphSettings(graph="knowledge"))
    genres, role = graph.genres.detach().double(), graph.roles.weight[1].detach().double()
    theirs = [0, 0, 2]  # the genres of somebody's films
    equations = torch.eye(genres.shape[1], dtype=torch.float64).repeat(len(theirs), 1)
    least = torch.linalg.lstsq(equations, torch.cat([genres[g] - role for g in theirs])).solution
    profile = torch.tensor([[[2 / 3, 0.0, 1 / 3]]])
    found = graph.look_up(Batch(people=profile, people_roles=torch.tensor([[1]])))
    torch.testing.assert_close(found.tokens[0, 0], least.float(), rtol=1e-4, atol=1e-5)


def test_films_are_held_against_genres_by_their_cosine():
    torch.manual_seed(0)
    settings = GraphSettings(graph="knowledge", contrastive_temperature=0.5)
    graph = GRAPHS["knowledge"].build(GraphSize(FEATURES, 3, 0), settings)
    features = torch.randn(2, FEATURES)
    own = graph.projected(features)
    expected = torch.stack([cosine_similarity(own, genre[None]) for genre in graph.genres], 1) / 0.5
    torch.testing.assert_close(graph.anchored(features), expected)


def test_without_the_loss_there_is_nothing_to_hold_against():
    settings = GraphSettings(graph="knowledge", contrastive=0.0)
    graph = GRAPHS["knowledge"].build(GraphSize(FEATURES, 3, 0), settings)
    assert graph.anchored(torch.zeros(1, FEATURES)) is None
