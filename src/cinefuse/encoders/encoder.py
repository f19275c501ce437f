"""What every encoder keeps to.

An encoder is built in four steps, each usable without the next:

1. `blueprint(settings, tokenizer)` says as plain JSON what shape it has; nothing is built yet.
2. `from_blueprint(settings, blueprint)` builds it with random weights (on the meta device too).
3. `load_pretrained(settings, tokenizer)` fills in what was learned elsewhere.
4. `adapt(tokenizer, train)` fills in what is counted in the training films before anything is trained.

A run keeps the blueprint, so that it opens without the encoder's original folder.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Protocol, Self

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cinefuse.encoders.settings import EncoderSettings
from cinefuse.features.batch import Batch
from cinefuse.features.table import FeatureTable
from cinefuse.registry import Registry

Modality = Literal["text", "vision"]
Blueprint = dict[str, Any]
FEWEST = 2  # movies that make a batch in training


class Layers(Protocol):
    """An encoder's own, for a fusion to run on word vectors (B, L, D), their mask (B, L) and how many of them
    are the first segment's.
    """

    def __call__(self, vectors: Tensor, mask: Tensor, first: int) -> Tensor:
        """All of it, pooled (B, D)."""
        ...

    def attention(self, vectors: Tensor, mask: Tensor, first: int) -> Tensor:
        """(B, L) how much of what is pooled looks where: the mean over layers and heads; sums to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """One modality of B movies.

    Attributes:
        tokens: (B, L, D), one row a word or a place of the poster.
        mask: (B, L) bool, True where `tokens` counts.
        pooled: (B, D), the whole plot or poster.
        weights: how the tokens were weighted to make `pooled`, by name, for reports; (B, L) each.
        grid: rows and columns that the tokens of a poster form; None where they form none.
        present: (B,) bool, False for movies that have only the stand-in; None where all are there.
    """

    tokens: Tensor
    mask: Tensor
    pooled: Tensor
    weights: dict[str, Tensor]
    grid: tuple[int, int] | None = None
    present: Tensor | None = None

    @classmethod
    def of_one(cls, pooled: Tensor) -> Self:
        """What has no words or places: its vector (B, D) is its one token."""
        mask = torch.ones((len(pooled), 1), dtype=torch.bool, device=pooled.device)
        return cls(pooled[:, None], mask, pooled, {})


ENCODERS: Registry[type["Encoder"]] = Registry("encoder")


class Recalled(nn.Module):
    """One modality, of which a batch holds what was made beforehand; what is absent has a learned stand-in.

    All that is left of a frozen encoder while a head is trained on what it made.

    Attributes:
        out_features: D, the width of tokens and pooled vector.
    """

    modality: ClassVar[Modality]

    def __init__(self, out_features: int) -> None:
        super().__init__()
        self.out_features = out_features
        self.absent = nn.Parameter(torch.zeros(out_features))

    def forward(self, batch: Batch) -> Encoded:
        """Takes what was made of the batch's plots or posters; movies that lack one get the stand-in."""
        return self._stand_in(self._found(batch), self._present(batch))

    def hidden(self, encoded: Encoded) -> Encoded:
        """The same movies as if none had this modality."""
        return self._stand_in(encoded, encoded.pooled.new_zeros(len(encoded.pooled), dtype=torch.bool))

    def pretrainable(self) -> list[nn.Module]:
        """The parts whose weights are, or could be, learned elsewhere: the backbone."""
        return []

    def _found(self, batch: Batch) -> Encoded:
        encoded = self._made_beforehand(batch)
        assert encoded is not None, f"the batch has nothing that was made of its {self.modality} beforehand"
        return encoded

    def _present(self, batch: Batch) -> Tensor:
        present = batch.has_plot if self.modality == "text" else batch.has_poster
        assert present is not None, f"the batch has no {self.modality}"
        return present

    def _stand_in(self, encoded: Encoded, present: Tensor) -> Encoded:
        absent = self.absent.to(encoded.pooled.dtype)
        # (B,) -> (B, 1) and (B, 1, 1), against (B, D) and (B, L, D)
        pooled = torch.where(present[:, None], encoded.pooled, absent)
        tokens = torch.where(present[:, None, None], encoded.tokens, absent)
        return Encoded(tokens, encoded.mask, pooled, encoded.weights, encoded.grid, present)

    def _made_beforehand(self, batch: Batch) -> Encoded | None:
        if self.modality == "text":
            made = (batch.text_tokens, batch.text_mask, batch.text_pooled)
        else:
            made = (batch.vision_tokens, batch.vision_mask, batch.vision_pooled)
        tokens, mask, pooled = made
        if tokens is None or mask is None or pooled is None:
            return None
        return Encoded(tokens, mask, pooled, {})


class RecalledPlots(Recalled):
    """What was made of the plots."""

    modality: ClassVar[Modality] = "text"


class RecalledPosters(Recalled):
    """What was made of the posters."""

    modality: ClassVar[Modality] = "vision"


class Encoder(Recalled, ABC):
    """One modality to tokens and a pooled vector; an absent plot or poster to a learned stand-in.

    Attributes:
        out_features: D, the width of tokens and pooled vector.
        hands_over: whether a fusion can run its layers, on more than it reads itself.
        learns: whether training changes what it makes of a film, or could; False where all is counted.
    """

    hands_over: ClassVar[bool] = False
    learns: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """The shape as JSON. Without a tokenizer: the shape at full size, for counting parameters."""

    @classmethod
    @abstractmethod
    def from_blueprint(cls, settings: EncoderSettings, blueprint: Blueprint) -> Self:
        """Builds it with random weights."""

    @classmethod
    def tokenizer(cls, settings: EncoderSettings, plots: Iterable[str]) -> Tokenizer | None:
        """The tokeniser that comes with the pretrained weights, or one of its own kind from training plots.

        None where it is to read the words that are learned from them.
        """
        del settings, plots
        return None

    def load_pretrained(self, settings: EncoderSettings, tokenizer: Tokenizer | None) -> str | None:
        """Fills in pretrained weights where the settings name any; says in a line what was loaded."""
        del settings, tokenizer
        return None

    def adapt(self, tokenizer: Tokenizer | None, train: FeatureTable) -> None:
        """Counts in the training films what it needs to know of them; most encoders need nothing."""
        del tokenizer, train

    @abstractmethod
    def encode(self, batch: Batch) -> Encoded:
        """Encodes every movie of the batch as if it had the modality; see `forward`."""

    def hand_over(self) -> Layers:
        """Its layers, for a fusion to run: from now on it gives what they read, not what they make of it."""
        raise NotImplementedError(f"{type(self).__name__} has no layers that a fusion could run")

    @property
    def is_frozen(self) -> bool:
        """Whether training changes nothing in it but its stand-in."""
        learned = [one for name, one in self.named_parameters() if name != "absent"]
        return bool(learned) and not any(one.requires_grad for one in learned)

    def _found(self, batch: Batch) -> Encoded:
        """Takes what was made beforehand, or encodes the batch's plots or posters.

        In training those that are absent are not encoded at all: a black poster would have its say in the
        statistics of a batch norm.
        """
        present = self._present(batch)
        encoded = self._made_beforehand(batch)
        if encoded is None and self.training and not present.all():
            encoded = self._encode_present(batch, present)
        return encoded or self.encode(batch)

    def _encode_present(self, batch: Batch, present: Tensor) -> Encoded:
        """Encodes the movies that have the modality; the rows of the others are zero."""
        rows = present.nonzero().flatten()
        if len(rows) < FEWEST:  # of so few a batch norm has no statistics: the running ones are taken
            self.eval()
            encoded = self.encode(batch)
            self.train()
            return encoded
        found = self.encode(batch.at(rows))
        n_movies = len(present)
        return replace(
            found,
            tokens=_spread(found.tokens, rows, n_movies),
            mask=_spread(found.mask, rows, n_movies).logical_or(~present[:, None]),
            pooled=_spread(found.pooled, rows, n_movies),
            weights={name: _spread(one, rows, n_movies) for name, one in found.weights.items()},
        )


def _spread(found: Tensor, rows: Tensor, n_movies: int) -> Tensor:
    """(len(rows), ...) -> (n_movies, ...), zero elsewhere."""
    return found.new_zeros(n_movies, *found.shape[1:]).index_copy(0, rows, found)
