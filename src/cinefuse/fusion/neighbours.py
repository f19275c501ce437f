"""Graph attention over the training films that share a director or a cast member with a film.

In the manner of Seo et al. 2022 (MM-GATBT, https://aclanthology.org/2022.naacl-srw.14). Followed: films are
nodes, joined where they share people; what a film's neighbours look like reaches it by graph attention, and
is read together with the film's own features. Not followed: its authors' code joins films of all splits, by
director, writer, producer and others of the crew, gives nodes a frozen EfficientNet's features of posters,
trains a graph of several layers first, and hands its nodes to MMBT's transformer as image tokens. Here nodes
are training films alone, joined by director and cast; a node is what the fusion makes of plot and poster,
taken anew before every epoch; there is one layer, trained with all else.
"""

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, leaky_relu

from cinefuse.encoders.encoder import Encoded
from cinefuse.features.batch import Batch
from cinefuse.fusion.graph import GRAPHS, Graph, GraphSettings, GraphSize, silent

SLOPE = 0.2  # of the leaky ReLU, in both papers on graph attention


@GRAPHS.register("neighbours", "graph attention over training films with the same director or cast")
class NeighbourGraph(Graph):
    """GATv2 (Brody et al. 2022, https://arxiv.org/abs/2105.14491, eq. 7) on stars: a film and its neighbours.

    The film is among its own neighbours, as in every graph attention: it may look at nobody but itself.
    """

    links = "neighbours"
    remembers = True
    nodes: Tensor

    def __init__(self, size: GraphSize, settings: GraphSettings) -> None:
        super().__init__(settings)
        width, heads = settings.graph_width, settings.graph_heads
        self.heads = heads
        self.source, self.target = nn.Linear(size.features, width), nn.Linear(size.features, width)
        self.attention = nn.Parameter(torch.empty(heads, width // heads))
        nn.init.xavier_uniform_(self.attention)
        self.out = silent(width, size.features)
        # (T, D), what the fusion made of the training films: saved with the weights that made it
        self.register_buffer("nodes", torch.zeros(size.films, size.features))

    @classmethod
    def build(cls, size: GraphSize, settings: GraphSettings) -> Self:
        """See `Graph.build`."""
        return cls(size, settings)

    def look_up(self, batch: Batch) -> Encoded | None:
        """See `Graph.look_up`: the neighbours' features."""
        rows = batch.neighbours
        if rows is None or not len(self.nodes):
            return None
        mask = rows >= 0
        tokens = self.nodes[rows.clamp(min=0)]
        return Encoded(tokens, mask, tokens.mean(dim=1), {})

    def attend(self, features: Tensor, found: Encoded) -> Tensor:
        """See `Graph.attend`."""
        added: Tensor = self.out(elu(self.convolve(features, found)))
        return added

    def convolve(self, features: Tensor, found: Encoded) -> Tensor:
        """(B, D) films and their neighbours -> (B, width), the heads side by side: GATv2 as published."""
        source, shares = self._look(features, found)
        # (B, L, heads, width of one) -> (B, width)
        return (shares[..., None] * source).sum(dim=1).flatten(1)

    def attention_to_others(self, features: Tensor, found: Encoded) -> Tensor:
        """See `Graph.attention_to_others`: all that the film itself does not get, mean over heads."""
        _, shares = self._look(features, found)
        return 1 - shares[:, 0].mean(dim=1)

    def _look(self, features: Tensor, found: Encoded) -> tuple[Tensor, Tensor]:
        """(B, 1 + L, heads, width of one) what may be seen, and (B, 1 + L, heads) shares; first the film."""
        near = torch.cat([features[:, None], found.tokens.to(features.dtype)], dim=1)
        mask = torch.cat([torch.ones_like(found.mask[:, :1]), found.mask], dim=1)
        # (B, L, width) -> (B, L, heads, width of one)
        source: Tensor = self.source(near).unflatten(-1, (self.heads, -1))
        target = self.target(features).unflatten(-1, (self.heads, -1))[:, None]
        scores = (leaky_relu(source + target, SLOPE) * self.attention).sum(dim=-1)
        return source, scores.masked_fill(~mask[..., None], -torch.inf).softmax(dim=1)

    @torch.no_grad()
    def remember(self, rows: Tensor) -> None:
        """See `Graph.remember`."""
        self.nodes.copy_(rows)
