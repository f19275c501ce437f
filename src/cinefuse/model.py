"""A model: encoders + a fusion (+ a graph) + a head -> logits (B, G)."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Self

from tokenizers import Tokenizer
from torch import Tensor, nn

from cinefuse.encoders import (
    ENCODERS,
    Encoded,
    Encoder,
    EncoderSettings,
    Recalled,
    RecalledPlots,
    RecalledPosters,
)
from cinefuse.features.batch import Batch
from cinefuse.features.table import FeatureTable
from cinefuse.fusion import FUSIONS, GRAPHS, PEOPLE, GraphSettings, GraphSize
from cinefuse.fusion.fusion import single_head
from cinefuse.heads import HEADS
from cinefuse.heads.head import HeadedSettings
from cinefuse.results import ParameterCounts

Blueprints = dict[str, dict[str, Any]]  # modality -> what its encoder needs to be built again


class ModelSettings(EncoderSettings, HeadedSettings, GraphSettings):
    """All that decides a model's shape, but for the number of genres."""


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """What a model says of B movies.

    Attributes:
        logits: (B, G), before the sigmoid.
        weights: what the fusion weighted, by name, and what the encoders did, by modality and name
            ("text.word_attention"), where it is asked for also graph and head; see `FusionOutput`,
            `Encoded`, `Graph.weigh`, `Fusion.weigh` and `Head.weigh`.
        alone: modality -> logits that it gives without the other; empty where no head makes them.
        grid: rows and columns of the places of a poster that attention may go to; None where there are none.
        anchored: (B, G) similarity to the genres of a graph; see `Graph.anchored`.
    """

    logits: Tensor
    weights: dict[str, Tensor]
    alone: dict[str, Tensor]
    grid: tuple[int, int] | None = None
    anchored: Tensor | None = None


class GenreModel(nn.Module):
    """Reads a batch, says how likely each genre is.

    Attributes:
        auxiliary_loss: what a loss on each modality's own logits counts in training; 0 for none.
        contrastive: likewise a loss on `ModelOutput.anchored`.
        graph: None for a model that knows no people.
        n_genres: G.
    """

    def __init__(
        self, encoders: dict[str, Encoder], n_genres: int, settings: ModelSettings, n_films: int = 0
    ) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict(encoders)
        self.n_genres = n_genres
        self._loaded: list[str] = []
        widths = {modality: encoder.out_features for modality, encoder in encoders.items()}
        self.fusion = FUSIONS[settings.fusion].build(widths, n_genres, settings)
        self.head = HEADS[settings.head].build(self.fusion, widths, n_genres, settings)
        size = GraphSize(self.fusion.out_features, n_genres, n_films)
        self.graph = GRAPHS[settings.graph].build(size, settings) if settings.graph else None
        self.auxiliary_loss, self.contrastive = settings.auxiliary_loss, settings.contrastive
        beside = self.fusion.heads_beside if settings.auxiliary_loss else ()
        self.heads_alone = nn.ModuleDict(
            {name: single_head(widths[name], n_genres, settings) for name in beside}
        )
        if self.fusion.runs is not None:
            self.fusion.take(encoders[self.fusion.runs].hand_over())

    @classmethod
    def from_blueprints(cls, settings: ModelSettings, blueprints: Blueprints, n_genres: int) -> Self:
        """Builds it with random weights."""
        encoders = {
            modality: ENCODERS[name].from_blueprint(settings, blueprints[modality])
            for modality, name in encoder_names(settings).items()
        }
        return cls(encoders, n_genres, settings, blueprints.get(PEOPLE, {}).get("films", 0))

    def forward(self, batch: Batch, hidden: Sequence[str] = ()) -> ModelOutput:
        """Logits for every genre, with the weights that fusion and encoders gave.

        Args:
            batch: the movies.
            hidden: modalities to pass over, as if no movie had them.
        """
        return self.join(self.encode(batch), hidden, batch.genres if self.training else None)

    def encode(self, batch: Batch) -> dict[str, Encoded]:
        """What each encoder makes of the movies, by modality; beside them, where known, their people."""
        encoded = {modality: encoder(batch) for modality, encoder in self._encoders().items()}
        found = self.graph.look_up(batch) if self.graph else None
        return encoded | {PEOPLE: found} if found else encoded

    def join(
        self,
        encoded: Mapping[str, Encoded],
        hidden: Sequence[str] = (),
        genres: Tensor | None = None,
        *,
        weigh: bool = False,
    ) -> ModelOutput:
        """From what the encoders made of the movies to logits; see `forward`.

        Args:
            encoded: by modality.
            hidden: see `forward`.
            genres: (B, G), the truth, for heads that learn from it; None wherever genres are to be told.
            weigh: say also what costs a graph, a head or a fusion its attention once more.
        """
        encoders = self._encoders()
        people = encoded.get(PEOPLE)
        encoded = {
            name: encoders[name].hidden(one) if name in hidden else one
            for name, one in encoded.items()
            if name in encoders
        }
        fused = self.fusion(encoded)
        anchored = None
        if self.graph:
            if people:
                seen = self.graph.weigh(fused.features, people) if weigh else {}
                features = self.graph(fused.features, people)
                fused = replace(fused, features=features, weights=fused.weights | seen)
            anchored = self.graph.anchored(fused.features)
        alone = {name: head(encoded[name].pooled) for name, head in self.heads_alone.items()}
        own = {
            f"{modality}.{name}": weights.detach()
            for modality, one in encoded.items()
            for name, weights in one.weights.items()
        }
        grid = encoded["vision"].grid if "vision" in encoded else None
        logits = self.head(fused, encoded, genres)
        own |= self.fusion.weigh(encoded) | self.head.weigh(fused, encoded) if weigh else {}
        return ModelOutput(logits, fused.weights | own, fused.alone | alone, grid, anchored)

    def fused(self, batch: Batch) -> Tensor:
        """(B, D) what the fusion makes of the movies, before any graph."""
        features: Tensor = self.fusion(
            {modality: encoder(batch) for modality, encoder in self._encoders().items()}
        ).features
        return features

    def load_pretrained(self, settings: EncoderSettings, tokenizer: Tokenizer | None) -> list[str]:
        """Fills in every encoder's pretrained weights; says in a line each what was loaded."""
        lines = {
            name: encoder.load_pretrained(settings, tokenizer)
            for name, encoder in self._encoders().items()
            if isinstance(encoder, Encoder)
        }
        self._loaded = [name for name, line in lines.items() if line]
        return [line for line in lines.values() if line]

    def adapt(self, tokenizer: Tokenizer | None, train: FeatureTable) -> None:
        """Lets encoders and head count in the training films what they need to know of them."""
        for encoder in self._encoders().values():
            if isinstance(encoder, Encoder):
                encoder.adapt(tokenizer, train)
        self.head.fit(train.genres)

    def pretrainable(self) -> dict[str, list[nn.Parameter]]:
        """Modality -> the parameters of its backbone."""
        return {
            name: [parameter for part in encoder.pretrainable() for parameter in part.parameters()]
            for name, encoder in self._encoders().items()
        }

    def pretrained(self) -> dict[str, list[nn.Parameter]]:
        """Modality -> the parameters that `load_pretrained` filled in: they learn at a lower rate."""
        return {name: own for name, own in self.pretrainable().items() if name in self._loaded}

    def frozen_encoders(self) -> dict[str, Encoder]:
        """Modality -> encoder, of those that training does not change; not one that the fusion runs."""
        return {
            name: encoder
            for name, encoder in self._encoders().items()
            if isinstance(encoder, Encoder) and encoder.is_frozen and name != self.fusion.runs
        }

    def recalling(self, modalities: Iterable[str]) -> Self:
        """The same model, its weights shared, for batches that hold what those frozen encoders made.

        What happens at every step to all modules and weights passes over an encoder that is not there.
        """
        encoders = dict(self._encoders())
        for name in modalities:
            own = encoders[name]
            kind = RecalledPlots if own.modality == "text" else RecalledPosters
            encoders[name] = kind(own.out_features)
            encoders[name].absent = own.absent
        model = copy(self)
        model._modules = self._modules | {"encoders": nn.ModuleDict(encoders)}
        return model

    @property
    def reads_tokens(self) -> bool:
        """Whether fusion or head read words and places; False where pooled vectors are enough."""
        return self.fusion.reads_tokens or self.head.reads_tokens

    @property
    def is_head(self) -> bool:
        """Whether it reads nothing but what encoders made beforehand."""
        return not any(isinstance(one, Encoder) for one in self._encoders().values())

    def parameter_counts(self) -> ParameterCounts:
        """Numbers of parameters; works on the meta device."""
        total = sum(parameter.numel() for parameter in self.parameters())
        backbone = sum(one.numel() for parameters in self.pretrainable().values() for one in parameters)
        trainable = sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)
        return ParameterCounts(backbone=backbone, head=total - backbone, total=total, trainable=trainable)

    def _encoders(self) -> dict[str, Recalled]:
        return {name: encoder for name, encoder in self.encoders.items() if isinstance(encoder, Recalled)}


def encoder_names(settings: EncoderSettings) -> dict[str, str]:
    """Modality -> name of its registered encoder, for the modalities that the model reads."""
    named = {"text": settings.text, "vision": settings.vision}
    return {modality: name for modality, name in named.items() if name is not None}


def make_blueprints(settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprints:
    """What each encoder needs to be built; without a tokeniser at full size, for counting parameters."""
    return {
        modality: ENCODERS[name].blueprint(settings, tokenizer)
        for modality, name in encoder_names(settings).items()
    }
