"""Sums over the films of a split that come batch by batch, and the two plainest: a share and a gate."""

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from cinefuse.results import Gate, Share, Spread, Trained, Weighed

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Plots:
    """What some films' plots are to the model, on the CPU.

    Attributes:
        tokens: (B, L) int64.
        mask: (B, L) bool, True where a token is read.
    """

    tokens: Tensor
    mask: Tensor


class Tally(Protocol):
    """Sums of one of a model's weights."""

    def add(self, weights: Tensor, plots: Plots | None) -> None:
        """Adds the weights of some films, on the CPU in single precision, one film a row."""
        ...

    def end(self) -> Weighed | None:
        """The sums as means; None where there was no film."""
        ...


class Moments:
    """Mean and standard deviation of numbers that come in parts."""

    def __init__(self) -> None:
        self.count, self._sum, self._squares = 0, 0.0, 0.0

    def add(self, values: Tensor) -> None:
        """Adds numbers, whatever their shape."""
        self.count += values.numel()
        self._sum += values.double().sum().item()
        self._squares += values.double().square().sum().item()

    def spread(self) -> Spread | None:
        """None where there was no number."""
        if not self.count:
            return None
        mean = self._sum / self.count
        variance = max(0.0, self._squares / self.count - mean**2)
        return Spread(mean=round(mean, DIGITS), sd=round(math.sqrt(variance), DIGITS))


class ShareTally:
    """() -> itself: the same for every film."""

    def __init__(self) -> None:
        self._value: float | None = None

    def add(self, weights: Tensor, plots: Plots | None) -> None:
        """See `Tally.add`."""
        del plots
        self._value = weights.item()

    def end(self) -> Share | None:
        """See `Tally.end`."""
        return None if self._value is None else Share(value=round(self._value, DIGITS))


class TrainedTally:
    """(K,), a genre or a layer each -> itself: the same for every film.

    Args:
        genres: of which they are; None for layers.
    """

    def __init__(self, genres: tuple[str, ...] | None) -> None:
        self._genres = genres
        self._values: list[float] = []

    def add(self, weights: Tensor, plots: Plots | None) -> None:
        """See `Tally.add`."""
        del plots
        self._values = [round(value, DIGITS) for value in weights.tolist()]

    def end(self) -> Trained | None:
        """See `Tally.end`."""
        if not self._values:
            return None
        names = self._genres or [str(number + 1) for number in range(len(self._values))]
        by: Literal["genre", "layer"] = "genre" if self._genres else "layer"
        return Trained(by=by, values=dict(zip(names, self._values, strict=True)))


class GateTally:
    """(B, G) or (B, D) -> mean of each genre, mean and spread of the films' own means.

    Films whose weights are NaN had nothing to weigh, and do not count.
    """

    def __init__(self, genres: tuple[str, ...]) -> None:
        self._genres = genres
        self._films, self._sums = Moments(), torch.zeros(())

    def add(self, weights: Tensor, plots: Plots | None) -> None:
        """See `Tally.add`."""
        del plots
        weights = weights[~weights.isnan().any(dim=1)]
        self._films.add(weights.mean(dim=1))
        self._sums = self._sums + weights.double().sum(dim=0)

    def end(self) -> Gate | None:
        """See `Tally.end`."""
        overall = self._films.spread()
        if overall is None:
            return None
        means = (self._sums / self._films.count).tolist()
        of_genres = zip(self._genres, means, strict=True) if len(means) == len(self._genres) else ()
        return Gate(
            films=self._films.count,
            overall=overall,
            per_genre={genre: round(mean, DIGITS) for genre, mean in of_genres},
        )
