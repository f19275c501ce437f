"""Word vectors in GloVe's text format, out of a text encoder's own embedding: WORDS_OF_ENCODER -> FILE.

    .venv/bin/python docs/results/ablations/word_vectors.py TEXT_ENCODER FILE

Only pieces that are whole words are written; there is no need of a download where the encoder is a folder.
"""

import sys
from pathlib import Path

from transformers import AutoModel, AutoTokenizer

encoder, file = sys.argv[1], Path(sys.argv[2])
vocabulary = AutoTokenizer.from_pretrained(encoder).get_vocab()
embedding = AutoModel.from_pretrained(encoder).get_input_embeddings().weight.detach().float()
words = {word: number for word, number in vocabulary.items() if word.isalpha()}
with file.open("w", encoding="utf-8") as lines:
    for word, number in sorted(words.items()):
        lines.write(f"{word} {' '.join(f'{value:.5f}' for value in embedding[number].tolist())}\n")
print(f"{file}: {len(words):,} words, {embedding.shape[1]} numbers each")  # noqa: T201
