"""Word vectors in GloVe's or word2vec's text format: a word and its numbers a line."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cinefuse.errors import EncoderError


def read_word_vectors(path: Path, words: set[str], width: int) -> dict[str, NDArray[np.float32]]:
    """The vectors of those `words` that the file has. word2vec's first line (count, width) is passed over.

    Raises:
        EncoderError: if the file is missing, is not text, or a line has not `width` numbers.
    """
    found: dict[str, NDArray[np.float32]] = {}
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                if number == 1 and len(line.split()) == 2:
                    continue
                # some of GloVe 840B's words hold spaces: count the numbers from the right
                word, *numbers = line.rstrip().rsplit(" ", width)
                if len(numbers) != width or _ends_in_a_number(word):
                    raise EncoderError(
                        f"{path}, line {number}: {len(line.split()) - 1} numbers; "
                        f"embedding_width={width} allows {width} (set embedding_width to the file's)"
                    )
                if word in words:
                    found[word] = np.array(numbers, dtype=np.float32)
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"word vectors {path} cannot be read: {error}; allowed is text, a word a line"
        ) from error
    return found


def _ends_in_a_number(word: str) -> bool:
    """Whether a word with spaces is rather a word and some of its numbers, in a file wider than expected."""
    _, space, end = word.rpartition(" ")
    try:
        float(end)
    except ValueError:
        return False
    return bool(space)
