"""What a model read of a plot: how far, and which of its words it has no token for."""

from tokenizers import Encoding, Tokenizer

from cinefuse.explanation.gradients import TokenWeights
from cinefuse.explanation.spans import find_words, weigh_words
from cinefuse.explanation.words import FAINT, full_weight, strongest
from cinefuse.results.explanation import ExplainedWord, PlotReading

UNKNOWN_NAMES = ("[UNK]", "<unk>")


def read_plot(
    plot: str, tokenizer: Tokenizer, weighed: TokenWeights, words: list[ExplainedWord]
) -> PlotReading:
    """Puts together what is known of a plot.

    Args:
        plot: the text.
        tokenizer: cuts where the model does.
        weighed: its tokens.
        words: its words, whose weights are sums of the tokens'.
    """
    full = full_weight(words)
    speak_for, against = strongest(words)
    by_tokens, by_words = sum(weighed.weights), sum(word.weight for word in words)
    return PlotReading(
        read_to=read_to(plot, weighed.encoding),
        unknown=count_unknown(plot, tokenizer, weighed),
        full=full,
        faint=FAINT * full,
        speak_for=speak_for,
        speak_against=against,
        moved=weighed.moved,
        punctuation=by_tokens - by_words,
        missed=weighed.moved - by_tokens,
    )


def read_to(plot: str, encoding: Encoding) -> int:
    """Where the first word begins of which nothing was read; the plot's length where there is none."""
    if not encoding.overflowing:
        return len(plot)
    end = max((end for _, end in encoding.offsets), default=0)
    return next((start for start, _ in find_words(plot) if start >= end), len(plot))


def count_unknown(plot: str, tokenizer: Tokenizer, weighed: TokenWeights) -> int | None:
    """How many words are, for the most part of their letters, the unknown token; None where there is none."""
    names = (getattr(tokenizer.model, "unk_token", None), *UNKNOWN_NAMES)
    numbers = (tokenizer.token_to_id(name) for name in names if name)
    unknown = next((number for number in numbers if number is not None), None)
    if unknown is None:
        return None
    # a piece is shared out by letters: so many letters of each word are unknown
    letters = [
        float(end - start) if number == unknown else 0.0
        for number, (start, end) in zip(weighed.encoding.ids, weighed.spans, strict=True)
    ]
    words = weigh_words(plot, weighed.spans, letters)
    return sum(word.weight > (word.end - word.start) / 2 for word in words)
