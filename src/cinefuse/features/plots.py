"""Plots to token numbers: a word list learned from the training plots, or an encoder's own tokeniser.

Either is a `tokenizers.Tokenizer`, so that a run keeps one file, `tokenizer.json`, whatever it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.trainers import WordLevelTrainer

from cinefuse.errors import SettingsError

PADDING_NAMES = ("[PAD]", "<pad>", "<|endoftext|>", "</s>")  # as BERT, RoBERTa and T5, GPT and CLIP call it


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


@dataclass(frozen=True, slots=True)
class EncodedPlots:
    """The plots of N movies as token numbers.

    Attributes:
        tokens: N lists; an absent plot is one padding token.
        present: N flags.
        padding: the number of the padding token.
    """

    tokens: list[list[int]]
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


def encode_plots(plots: Sequence[str | None], tokenizer: Tokenizer, max_tokens: int) -> EncodedPlots:
    """Token numbers of every plot, cut at `max_tokens`, special tokens included, not padded.

    Raises:
        SettingsError: if `max_tokens` leaves no room for a word.
    """
    n_special = tokenizer.num_special_tokens_to_add(is_pair=False)
    if max_tokens <= n_special:
        raise SettingsError(
            f"max_tokens={max_tokens} leaves no room for words: the text encoder adds {n_special} tokens "
            f"of its own; allowed is {n_special + 1} or more"
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    padding = padding_token(tokenizer)
    encodings = tokenizer.encode_batch([plot or "" for plot in plots])
    # a plot of nothing but control characters comes back without a word of its own: as absent as none
    present = [
        plot is not None and 0 in one.special_tokens_mask for plot, one in zip(plots, encodings, strict=True)
    ]
    tokens = [one.ids if here else [padding] for one, here in zip(encodings, present, strict=True)]
    return EncodedPlots(tokens, present, padding)
