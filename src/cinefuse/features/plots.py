"""Plots to token numbers: a word list learned from the training plots, or an encoder's own tokeniser.

Either is a `tokenizers.Tokenizer`, so that a run keeps one file, `tokenizer.json`, whatever it was.
"""

import mmap
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.trainers import WordLevelTrainer

from cinefuse.errors import SettingsError
from cinefuse.mapped import let_go

PLOTS_AT_ONCE = 4096  # that are encoded, side by side on all cores
PADDING_NAMES = ("[PAD]", "<pad>", "</s>")  # as BERT calls it, RoBERTa and T5; CLIP has none, and pads with 0


class PlotSettings(BaseModel):
    """How plots become tokens.

    Attributes:
        max_tokens: longer plots lose their end. The report: 128 words for the LSTM, 512 WordPieces for BERT.
        vocabulary_size: the most words that a word list learned from the training plots may hold.
        minimum_word_count: words that occur less often in the training plots become [UNK].
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_tokens: int = Field(512, ge=1)
    vocabulary_size: int = Field(69_980, ge=3)
    minimum_word_count: int = Field(1, ge=1)


class TokenRows:
    """N rows of token numbers behind each other, four bytes a token.

    Args:
        numbers: (all tokens,), of the rows in turn.
        lengths: (N,) how many each row has.
        file: that the numbers are mapped from; None where they are in memory.
    """

    def __init__(
        self, numbers: NDArray[np.int32], lengths: NDArray[np.int32], file: mmap.mmap | None = None
    ) -> None:
        self.lengths, self.file = lengths, file
        self._numbers = numbers
        self._ends = np.cumsum(lengths, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> NDArray[np.int64]:
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        end = self._ends[index]
        row = self._numbers[end - self.lengths[index] : end]
        return row.astype(np.int64)  # what tensors of tokens are of

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        for start in range(0, len(self), PLOTS_AT_ONCE):
            yield from self.at(range(start, min(start + PLOTS_AT_ONCE, len(self))))

    def at(self, indices: Iterable[int]) -> list[NDArray[np.int64]]:
        """Those rows, copies; what was read of the file for them leaves the process."""
        chosen = [self[index] for index in indices]
        if self.file is not None:
            let_go(self.file)
        return chosen


@dataclass(frozen=True, slots=True)
class EncodedPlots:
    """The plots of N movies as token numbers.

    Attributes:
        tokens: N rows; an absent plot is one padding token.
        present: N flags.
        padding: the number of the padding token.
    """

    tokens: TokenRows
    present: list[bool]
    padding: int


def fit_tokenizer(plots: Iterable[str], settings: PlotSettings) -> Tokenizer:
    """Learns a word list from the training plots, most frequent first; lower case, accents stripped."""
    tokenizer = Tokenizer(WordLevel(unk_token="[UNK]"))  # noqa: S106 -- a token of text, not a secret
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    trainer = WordLevelTrainer(
        vocab_size=settings.vocabulary_size,
        min_frequency=settings.minimum_word_count,
        special_tokens=["[PAD]", "[UNK]"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(plots, trainer)
    return tokenizer


def padding_token(tokenizer: Tokenizer) -> int:
    """The number of the token that fills short plots up; 0 where the tokeniser names none."""
    numbers = (tokenizer.token_to_id(name) for name in PADDING_NAMES)
    return next((number for number in numbers if number is not None), 0)


def encode_plots(plots: Iterable[str | None], tokenizer: Tokenizer, max_tokens: int) -> EncodedPlots:
    """Token numbers of every plot, cut at `max_tokens`, special tokens included, not padded.

    Raises:
        SettingsError: if `max_tokens` leaves no room for a word.
    """
    set_to_cut(tokenizer, max_tokens)
    numbers, lengths, present = array("i"), array("i"), list[bool]()
    for row, here in encoded_one_by_one(plots, tokenizer):
        numbers.extend(row)
        lengths.append(len(row))
        present.append(here)
    rows = TokenRows(np.asarray(numbers, dtype=np.int32), np.asarray(lengths, dtype=np.int32))
    return EncodedPlots(rows, present, padding_token(tokenizer))


def set_to_cut(tokenizer: Tokenizer, max_tokens: int) -> None:
    """Has the tokeniser cut what is longer, and pad nothing; for errors see `encode_plots`."""
    n_special = tokenizer.num_special_tokens_to_add(is_pair=False)
    if max_tokens <= n_special:
        raise SettingsError(
            f"max_tokens={max_tokens} leaves no room for words: the text encoder adds {n_special} tokens "
            f"of its own; allowed is {n_special + 1} or more"
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)


def encoded_one_by_one(plots: Iterable[str | None], tokenizer: Tokenizer) -> Iterator[tuple[list[int], bool]]:
    """Of each plot its token numbers, as the tokeniser cuts them, and whether it is there."""
    absent = [padding_token(tokenizer)]
    coming = iter(plots)
    while some := list(islice(coming, PLOTS_AT_ONCE)):
        encodings = tokenizer.encode_batch_fast([plot or "" for plot in some])
        for plot, one in zip(some, encodings, strict=True):
            # a plot of nothing but control characters comes back without a word of its own: as absent as none
            here = plot is not None and 0 in one.special_tokens_mask
            yield (one.ids if here else absent), here
