"""What every graph keeps to: a layer between fusion and head that adds what a film's people tell.

A film without people that the graph knows has exactly the features that the fusion gave it, and so has, in
training, one that loses its people now and then (`graph_dropout`): so the model learns to do without.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from cinefuse.encoders.encoder import Encoded
from cinefuse.errors import SettingsError
from cinefuse.features.batch import Batch
from cinefuse.registry import Registry

PEOPLE = "people"  # under this name a film's people stand beside its modalities


class GraphSettings(BaseModel):
    """Whether a graph of films and people is read, and how.

    Attributes:
        graph: name of a registered graph; None for a model that knows no people.
        graph_width: of its attention; `graph_heads` must divide it.
        graph_heads: of its attention.
        graph_dropout: chance that a film with known people loses them in a batch of training.
        contrastive: weight of the loss that draws a film to its genres in the knowledge graph (Li et al.
            2023); 0 for none.
        contrastive_temperature: similarities are divided by it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    graph: str | None = None
    graph_width: Annotated[int, Field(ge=1)] = 128
    graph_heads: Annotated[int, Field(ge=1)] = 4
    graph_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3
    contrastive: Annotated[float, Field(ge=0)] = 0.1
    contrastive_temperature: Annotated[float, Field(gt=0)] = 0.1


@dataclass(frozen=True, slots=True)
class GraphSize:
    """What a graph's layer is built for.

    Attributes:
        features: width of what the fusion gives.
        genres: G.
        films: T, of training.
    """

    features: int
    genres: int
    films: int


GRAPHS: Registry[type["Graph"]] = Registry("graph")


class Graph(nn.Module, ABC):
    """Adds to the features of films whose people are known.

    Attributes:
        links: name of the registered links (`features.links`) that it reads of a film's people.
        remembers: whether it reads what the fusion makes of the training films; see `remember`.
    """

    links: ClassVar[str]
    remembers: ClassVar[bool] = False

    def __init__(self, settings: GraphSettings) -> None:
        super().__init__()
        if settings.graph_width % settings.graph_heads:
            raise SettingsError(
                f"graph_heads={settings.graph_heads} does not divide graph_width={settings.graph_width}; "
                "allowed is a number of heads that does"
            )
        self.dropout = settings.graph_dropout

    @classmethod
    @abstractmethod
    def build(cls, size: GraphSize, settings: GraphSettings) -> Self:
        """Builds it with random weights; what it adds begins at 0."""

    @abstractmethod
    def look_up(self, batch: Batch) -> Encoded | None:
        """A film's people, or the films it is joined to, as tokens (B, L, D); None where nobody looked."""

    @abstractmethod
    def attend(self, features: Tensor, found: Encoded) -> Tensor:
        """(B, D) what is to be added to the features (B, D); finite also where the mask keeps nothing."""

    def forward(self, features: Tensor, found: Encoded) -> Tensor:
        """(B, D) features with what the graph adds; where nobody is known, the very same."""
        known = found.mask.any(dim=1)
        if self.training and self.dropout:
            # from the processor's generator, whose state a checkpoint keeps
            known = known & (torch.rand(len(known)) >= self.dropout).to(known.device)
        return torch.where(known[:, None], features + self.attend(features, found), features)

    @abstractmethod
    def attention_to_others(self, features: Tensor, found: Encoded) -> Tensor:
        """(B,) of a film's attention the share that its people or neighbours get, for all heads: 0 to 1."""

    @torch.no_grad()
    def weigh(self, features: Tensor, found: Encoded) -> dict[str, Tensor]:
        """What reports may show: (B, 1) how much a film is told by its people; NaN where nobody is known."""
        share = self.attention_to_others(features, found).float()
        return {"people_share": share.masked_fill(~found.mask.any(dim=1), torch.nan)[:, None]}

    def anchored(self, features: Tensor) -> Tensor | None:
        """(B, G) similarity to each genre of the graph, for a contrastive loss; None without one."""
        del features
        return None

    def remember(self, rows: Tensor) -> None:
        """Takes what the fusion makes of the training films (T, D), before every epoch."""
        raise NotImplementedError(f"{type(self).__name__} remembers nothing")


def silent(in_features: int, out_features: int) -> nn.Linear:
    """A layer that begins at 0: at first the model is its fusion alone."""
    layer = nn.Linear(in_features, out_features)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
