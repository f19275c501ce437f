"""A knowledge graph of people and genres, attended by the film; its genres are anchors of a contrastive loss.

In the manner of Li et al. 2023 (https://arxiv.org/abs/2310.08032). Followed: directors, actors and genres are
entities, joined where a training film says so; people are embedded by translation; the film attends to its
people; fused features are drawn to their genres' entities by a contrastive loss. Not followed: the paper
trains TransE on all triples, titles too, beforehand, and has a teacher for its attention. Here a person is
where TransE's error |person + role - genre|^2 is least, the mean of their genres less the role, computed from
their other films: so no training film meets its own genres in its people, which a table of trained embeddings
could not undo. The attention has no teacher.
"""

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from cinefuse.encoders.encoder import Encoded
from cinefuse.features.batch import Batch
from cinefuse.features.people import CAST
from cinefuse.fusion.graph import GRAPHS, Graph, GraphSettings, GraphSize, silent


@GRAPHS.register("knowledge", "attention over a film's people, embedded by the genres of their other films")
class KnowledgeGraph(Graph):
    """Entities of G genres and 2 roles; a film's people as keys and values beside somebody unknown."""

    links = "profiles"

    def __init__(self, size: GraphSize, settings: GraphSettings) -> None:
        super().__init__(settings)
        width = settings.graph_width
        self.genres = nn.Parameter(torch.empty(size.genres, width))
        nn.init.xavier_normal_(self.genres)
        self.roles = nn.Embedding(CAST + 1, width)
        self.nobody = nn.Parameter(
            torch.zeros(width)
        )  # whom a film may look at where its people tell nothing
        self.query = nn.Linear(size.features, width)
        self.attention = nn.MultiheadAttention(width, settings.graph_heads, batch_first=True)
        self.out = silent(width, size.features)
        self.projected = nn.Linear(size.features, width) if settings.contrastive else None
        self.temperature = settings.contrastive_temperature

    @classmethod
    def build(cls, size: GraphSize, settings: GraphSettings) -> Self:
        """See `Graph.build`."""
        return cls(size, settings)

    def look_up(self, batch: Batch) -> Encoded | None:
        """See `Graph.look_up`: each person as an entity."""
        if batch.people is None or batch.people_roles is None:
            return None
        # (B, P, G) of (G, D) -> (B, P, D)
        tokens = batch.people @ self.genres - self.roles(batch.people_roles)
        return Encoded(tokens, batch.people_roles > 0, tokens.mean(dim=1), {})

    def attend(self, features: Tensor, found: Encoded) -> Tensor:
        """See `Graph.attend`."""
        told, _ = self._look(features, found, with_weights=False)
        added: Tensor = self.out(told[:, 0])
        return added

    def attention_to_others(self, features: Tensor, found: Encoded) -> Tensor:
        """See `Graph.attention_to_others`: all that somebody unknown does not get."""
        _, shares = self._look(features, found, with_weights=True)
        assert shares is not None, "they were asked for"
        return 1 - shares[:, 0, 0]

    def _look(self, features: Tensor, found: Encoded, *, with_weights: bool) -> tuple[Tensor, Tensor | None]:
        """(B, 1, D) what the film sees, and (B, 1, 1 + P) by which shares, the first of them nobody's."""
        nobody = self.nobody.to(found.tokens.dtype).expand(len(features), 1, -1)
        people = torch.cat([nobody, found.tokens], dim=1)
        passed_over = torch.cat([torch.zeros_like(found.mask[:, :1]), ~found.mask], dim=1)
        asked = self.query(features)[:, None]
        told, shares = self.attention(
            asked, people, people, key_padding_mask=passed_over, need_weights=with_weights
        )
        return told, shares

    def anchored(self, features: Tensor) -> Tensor | None:
        """See `Graph.anchored`: cosines over the temperature."""
        if self.projected is None:
            return None
        own = normalize(self.projected(features).float(), dim=1)
        return own @ normalize(self.genres.float(), dim=1).T / self.temperature
