"""Plots as weighted terms: words, and words in a row (Salton and Buckley 1988, the weighting `ltc`).

The same numbers as scikit-learn's TfidfVectorizer gives with its own words, `sublinear_tf=True` and length 1.
The vocabulary is a tokeniser like any other, with entries of several words besides. A plot's tokens are
words; which of them in a row are a term is looked up here.
"""

from collections.abc import Iterable
from typing import ClassVar, Self

import torch
from sklearn.feature_extraction.text import CountVectorizer
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Split
from torch import Tensor, nn

from cinefuse.encoders.bilstm import REPORT_VOCABULARY
from cinefuse.encoders.encoder import ENCODERS, Blueprint, Encoded, Encoder, Modality
from cinefuse.encoders.settings import EncoderSettings
from cinefuse.errors import SettingsError
from cinefuse.features.batch import Batch
from cinefuse.features.table import FeatureTable

SPECIAL = ("[PAD]", "[UNK]")  # no terms: the column of a term is its number less two
NONE_KNOWN = 1e-12  # length of a plot without a known word


@ENCODERS.register("tfidf", "TF-IDF of words and of words in a row")
class TfIdf(Encoder):
    """Token numbers (B, L) -> one vector (B, D) of D terms, of length 1; of length 0 where it knows no word.

    Attributes:
        idf: (D,), ln((1 + plots) / (1 + plots with the term)) + 1, of the training plots.
        keys: (K,) int64, ascending, of the terms of several words: see `_key`.
    """

    modality: ClassVar[Modality] = "text"
    learns: ClassVar[bool] = False
    idf: Tensor
    keys: Tensor

    def __init__(self, n_words: int, n_terms: int, longest: int) -> None:
        super().__init__(out_features=n_terms - len(SPECIAL))
        # where no words in a row are a term, there is nothing to look up
        self._n_words, self._longest = n_words, longest if n_terms > n_words else 1
        self.presence = Presence()
        self.register_buffer("idf", torch.ones(self.out_features))
        # until it knows them, no two words are a term
        self.register_buffer("keys", torch.full((n_terms - n_words,), -1, dtype=torch.int64))

    @classmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """See `Encoder.blueprint`; the full size is the report's words, without terms of several."""
        del settings
        if tokenizer is None:
            return {"words": REPORT_VOCABULARY, "terms": REPORT_VOCABULARY}
        vocabulary = tokenizer.get_vocab()
        return {"words": sum(" " not in term for term in vocabulary), "terms": len(vocabulary)}

    @classmethod
    def from_blueprint(cls, settings: EncoderSettings, blueprint: Blueprint) -> Self:
        """See `Encoder.from_blueprint`."""
        return cls(blueprint["words"], blueprint["terms"], settings.longest_term)

    @classmethod
    def tokenizer(cls, settings: EncoderSettings, plots: Iterable[str]) -> Tokenizer:
        """The terms of the training plots; a word is two letters or digits or more, in lower case.

        Raises:
            SettingsError: if no word is in `minimum_plots` of them.
        """
        words = _tokenizer([])
        counter = CountVectorizer(
            tokenizer=lambda plot: [word for word, _ in words.pre_tokenizer.pre_tokenize_str(plot)],
            preprocessor=words.normalizer.normalize_str,
            token_pattern=None,
            ngram_range=(1, settings.longest_term),
            min_df=settings.minimum_plots,
        )
        try:
            terms = counter.fit(plots).vocabulary_
        except ValueError as error:  # there is none
            raise SettingsError(
                f"minimum_plots={settings.minimum_plots}: no word is in so many training plots; "
                "allowed is a number that some word reaches"
            ) from error
        return _tokenizer(terms)

    def adapt(self, tokenizer: Tokenizer | None, train: FeatureTable) -> None:
        """See `Encoder.adapt`: finds the terms of several words, and in how many plots each term is."""
        assert tokenizer is not None, "TF-IDF reads plots"
        vocabulary = tokenizer.get_vocab()
        keys = [self._key(term, vocabulary) for term in vocabulary if " " in term]
        self.keys.copy_(torch.tensor(sorted(keys), dtype=torch.int64))
        n_plots, n_with_term = 0, torch.zeros_like(self.idf)
        for batch in train.batches():
            assert batch.has_plot is not None, "the batch has no plots"
            terms = self._terms(_words(batch))
            n_plots += int(batch.has_plot.sum())
            n_with_term += (self._counts(terms, terms > 0) > 0).sum(dim=0)
        self.idf.copy_(((1 + n_plots) / (1 + n_with_term)).log() + 1)

    def encode(self, batch: Batch) -> Encoded:
        """See `Encoder.encode`; the vector is its one token."""
        words = _words(batch)
        terms = self._terms(words)
        # whole plots' lengths, so that a word that is half there has half a say
        length = self._weights(self._counts(terms, terms > 0)).norm(dim=1, keepdim=True)
        weights = self._weights(self._counts(terms, self._there(self.presence(words)[..., 0])))
        return Encoded.of_one(weights / length.clamp(min=NONE_KNOWN))

    def word_embedding(self) -> nn.Module:
        """What says of each word that it is there: see `Presence`."""
        return self.presence

    def _terms(self, words: Tensor) -> Tensor:
        """(B, L) words -> (B, T) terms, of one word, of two, and so on; 0 where there is none."""
        found = [words]
        for length in range(2, self._longest + 1):
            # the terms one word shorter (B, L - 1), each with the word behind it
            keys = found[-1][:, :-1] * self._n_words + words[:, length - 1 :]
            places = _places(self.keys, keys).clamp(max=len(self.keys) - 1)
            found.append(torch.where(self.keys[places] == keys, places + self._n_words, 0))
        return torch.cat(found, dim=1)

    def _there(self, words: Tensor) -> Tensor:
        """(B, L), how far each word is there -> (B, T), how far each term is: by the product of its words."""
        found = [words]
        for length in range(2, self._longest + 1):
            found.append(found[-1][:, :-1] * words[:, length - 1 :])
        return torch.cat(found, dim=1)

    def _counts(self, terms: Tensor, present: Tensor) -> Tensor:
        """(B, T), and how far each is there -> (B, D), how often each term is in each plot."""
        counts = self.idf.new_zeros(len(terms), self.out_features + len(SPECIAL))
        return counts.scatter_add(1, terms, present.to(counts.dtype))[:, len(SPECIAL) :]

    def _weights(self, counts: Tensor) -> Tensor:
        """(B, D): 1 + the logarithm of how often; of less than once, which is while words fade, just that."""
        return torch.where(counts < 1, counts, 1 + counts.clamp(min=1).log()) * self.idf

    def _key(self, term: str, vocabulary: dict[str, int]) -> int:
        """The number of all its words but the last, times the number of words, plus that of the last."""
        before, _, last = term.rpartition(" ")
        return vocabulary[before] * self._n_words + vocabulary[last]


class Presence(nn.Module):
    """(B, L) words -> (B, L, 1), 1 where there is one: what explanations let fade to learn what each adds."""

    def forward(self, words: Tensor) -> Tensor:
        """See above."""
        return (words > 0).float()[..., None]


def _words(batch: Batch) -> Tensor:
    """(B, L), 0 for padding."""
    assert batch.plot_tokens is not None, "the batch has no plots"
    assert batch.plot_mask is not None, "the batch has no plots"
    return batch.plot_tokens * batch.plot_mask


def _places(ascending: Tensor, wanted: Tensor) -> Tensor:
    """How many of `ascending` (K,) are less than each that is wanted: searchsorted, in what ONNX has."""
    count, places = len(ascending), torch.zeros_like(wanted)
    for power in reversed(range(count.bit_length())):
        further = places + 2**power
        less = (further <= count) & (ascending[further.clamp(max=count) - 1] < wanted)
        places = torch.where(less, further, places)
    return places


def _tokenizer(terms: Iterable[str]) -> Tokenizer:
    """Words first, then terms of two words by the numbers of those, and so on: in the order of their keys."""
    numbers = {special: number for number, special in enumerate(SPECIAL)}
    by_length: dict[int, list[str]] = {}
    for term in sorted(terms):
        by_length.setdefault(term.count(" "), []).append(term)
    for _, alike in sorted(by_length.items()):
        parts = [term.rpartition(" ") for term in alike]
        # what is before the last word is a term too: it is in no fewer plots
        order = sorted(
            (numbers.get(before, 0), numbers.get(last, 0), last, before) for before, _, last in parts
        )
        for _, _, last, before in order:
            numbers[f"{before} {last}".strip()] = len(numbers)
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="[UNK]"))  # noqa: S106 -- a token of text, not a secret
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Split(Regex(r"\w\w+"), "removed", invert=True)
    return tokenizer
