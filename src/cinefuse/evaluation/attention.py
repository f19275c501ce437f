"""Attention over the places of a poster and over the words of a plot, summed up over films."""

import math

import torch
from torch import Tensor

from cinefuse.evaluation.tally import DIGITS, Moments, Plots
from cinefuse.evaluation.words import Words
from cinefuse.results import AttendedWord, PlaceAttention, WordAttention

MOST_WORDS = 15
FEWEST_FILMS, FEWEST_SHARE = 3, 0.005  # a word that is listed is in at least so many films, and such a share
EVEN = 1e-4  # attention that is nowhere further than this above an even share is even


class PlaceTally:
    """(B, L, P), of each token over the places, or (B, 1, P), of all -> the mean share of each place.

    Args:
        grid: rows and columns of the places; None where they form none.
    """

    def __init__(self, grid: tuple[int, int] | None) -> None:
        self._grid = grid if grid != (1, 1) else None
        self._films, self._constant = 0, True
        self._shares, self._evenness = torch.zeros(()), Moments()

    def add(self, weights: Tensor, plots: Plots | None) -> None:
        """See `Tally.add`."""
        assert plots is not None, "the words look at the poster, and there are none"
        # what looks: a film's own tokens, or all that it is at once
        looks = plots.mask if weights.shape[1] == plots.mask.shape[1] else plots.mask[:, :1]
        # (B, 1, L): a film's own mean is over the tokens that it has
        reading = (looks / looks.sum(dim=1, keepdim=True))[:, None]
        n_films, _, n_places = weights.shape
        self._films += n_films
        # (B, 1, L) @ (B, L, P) -> (B, P)
        self._shares = self._shares + (reading @ weights).squeeze(1).double().sum(dim=0)
        if n_places > 1:
            entropy = torch.special.entr(weights).sum(dim=2, keepdim=True) / math.log(n_places)
            self._evenness.add(reading @ entropy)
        self._constant &= bool((weights[looks] * n_places <= 1 + EVEN).all())

    def end(self) -> PlaceAttention | None:
        """See `Tally.end`."""
        if not self._films:
            return None
        return PlaceAttention(
            films=self._films,
            shares=[round(share, DIGITS) for share in (self._shares / self._films).tolist()],
            grid=self._grid,
            evenness=self._evenness.spread(),
            constant=self._constant,
        )


class WordTally:
    """(B, L), or (B, P, L) of each place, over the tokens -> the words that get most."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._films, self._constant, self._beside = 0, True, 0.0
        self._evenness = Moments()
        self._ratios: dict[tuple[int, ...], tuple[float, int]] = {}  # word -> sum over films, films

    def add(self, weights: Tensor, plots: Plots | None) -> None:
        """See `Tally.add`."""
        assert plots is not None, "words are attended to, and there are none"
        # (B, P or 1, L), shares of what is read: the report's own variant gives some to padding
        each = weights.reshape(len(weights), -1, weights.shape[-1]) * plots.mask[:, None]
        read = each.sum(dim=2, keepdim=True)
        told = (read > 0).all(dim=1).flatten()  # that variant may give padding all there is
        each, tokens_of, mask_of = (each / read)[told], plots.tokens[told], plots.mask[told]
        lengths = mask_of.sum(dim=1)
        several = lengths > 1
        entropy = torch.special.entr(each).sum(dim=2).mean(dim=1)
        self._evenness.add(entropy[several] / lengths[several].log())
        self._films += len(each)
        self._constant &= bool((each * lengths[:, None, None] <= 1 + EVEN).all())
        for tokens, mask, shares in zip(tokens_of, mask_of, each.mean(dim=1), strict=True):
            self._add_film(tokens[mask], shares[mask].double())

    def _add_film(self, tokens: Tensor, shares: Tensor) -> None:
        """One film's tokens (T,) and their shares (T,), which add up to 1."""
        numbers, places, is_word = tokens.tolist(), *self._words.group(tokens.numpy())
        up_to = [0.0, *shares.cumsum(dim=0).tolist()]
        found: dict[tuple[int, ...], list[float]] = {}
        beside = 1.0
        for start, end, counts in zip(places[:-1].tolist(), places[1:].tolist(), is_word, strict=True):
            if counts:
                share = up_to[end] - up_to[start]
                beside -= share
                even = (end - start) / len(numbers)
                found.setdefault(tuple(numbers[start:end]), []).append(share / even)
        self._beside += max(0.0, beside)
        for word, ratios in found.items():
            total, films = self._ratios.get(word, (0.0, 0))
            self._ratios[word] = total + sum(ratios) / len(ratios), films + 1

    def end(self) -> WordAttention | None:
        """See `Tally.end`."""
        if not self._films:
            return None
        minimum = max(FEWEST_FILMS, math.ceil(FEWEST_SHARE * self._films))
        common = [
            AttendedWord(word=self._words.text(word), ratio=round(total / films, DIGITS), films=films)
            for word, (total, films) in self._ratios.items()
            if films >= minimum
        ]
        common.sort(key=lambda one: (-one.ratio, one.word))
        return WordAttention(
            films=self._films,
            words=[] if self._constant else common[:MOST_WORDS],
            minimum_films=minimum,
            beside_words=round(self._beside / self._films, DIGITS),
            evenness=self._evenness.spread(),
            constant=self._constant,
        )
