"""From token numbers back to words as people read them; punctuation and special tokens are none."""

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MARKED = 0.01  # a sign that fewer of the vocabulary's tokens bear is no mark of the tokeniser's


class Words:
    """Groups the tokens of a plot into words, however its tokeniser marks where one begins.

    BERT continues a word with "##", GPT and RoBERTa begin one with "Ġ", T5 with "▁", CLIP ends one with
    "</w>"; a word list learned from the plots has whole words only. Punctuation, special tokens and unknown
    words are groups by themselves, and no words.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        vocabulary = tokenizer.get_vocab(with_added_tokens=True)
        tokens = np.array(list(vocabulary))
        numbers = np.array(list(vocabulary.values()))
        special = [number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special]
        # each (size of the vocabulary,), by token number
        self._begins, self._ends, self._in_word = np.zeros((3, numbers.max() + 1), dtype=np.bool_)
        begun = [np.char.startswith(tokens, mark) for mark in ("Ġ", "▁")]
        ended = np.char.endswith(tokens, "</w>")
        used = [marked for marked in begun if marked.mean() > MARKED]
        if used:
            self._begins[numbers] = np.any(used, axis=0)
        elif ended.mean() > MARKED:
            self._ends[numbers] = ended
        else:
            self._begins[numbers] = ~np.char.startswith(tokens, "##")
        texts = tokenizer.decode_batch([[number] for number in numbers.tolist()], skip_special_tokens=False)
        self._in_word[numbers] = [any(map(str.isalnum, text)) for text in texts]
        self._in_word[special] = False

    def group(self, tokens: Numbers) -> tuple[Numbers, Flags]:
        """(T,) tokens -> (W + 1,) where each group begins and the last ends, (W,) which of them are words."""
        in_word = self._in_word[tokens]
        begins = self._begins[tokens] | ~in_word
        begins[1:] |= self._ends[tokens[:-1]] | ~in_word[:-1]
        begins[:1] = True
        starts = np.flatnonzero(begins)
        return np.append(starts, len(tokens)), in_word[starts]

    def text(self, tokens: tuple[int, ...]) -> str:
        """One group as it is read."""
        return self._tokenizer.decode(list(tokens), skip_special_tokens=False).strip()
