"""The report's BiLSTM over word embeddings, with additive attention (Bahdanau et al. 2015)."""

from typing import ClassVar, Self

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cinefuse.encoders.dropout import QuickDropout
from cinefuse.encoders.encoder import ENCODERS, Blueprint, Encoded, Encoder, Modality
from cinefuse.encoders.settings import EncoderSettings
from cinefuse.encoders.word_lstm import WordLSTM
from cinefuse.encoders.word_vectors import read_word_vectors
from cinefuse.features.batch import Batch

REPORT_VOCABULARY = 69_980  # the words of MM-IMDb's plots, as the report counted them


@ENCODERS.register("bilstm", "a bidirectional LSTM over word embeddings, with additive attention")
class BiLSTM(Encoder):
    """Words -> embedding -> LSTM both ways -> tokens (B, L, 2 * width); attention pools them."""

    modality: ClassVar[Modality] = "text"

    def __init__(self, vocabulary_size: int, settings: EncoderSettings) -> None:
        super().__init__(out_features=2 * settings.lstm_width)
        self.embedding = nn.Embedding(vocabulary_size, settings.embedding_width, padding_idx=0)
        self.dropout = QuickDropout(settings.embedding_dropout)
        self.lstm = WordLSTM(
            settings.embedding_width,
            settings.lstm_width,
            num_layers=settings.lstm_layers,
            dropout=settings.embedding_dropout if settings.lstm_layers > 1 else 0.0,
            bidirectional=True,
            batch_first=True,
        )
        self.attention: nn.Module | None = None
        if settings.lstm_attention:
            width = self.out_features
            self.attention = nn.Sequential(
                nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1, bias=False)
            )

    @classmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """See `Encoder.blueprint`; the full size is the report's vocabulary."""
        del settings
        return {"vocabulary_size": tokenizer.get_vocab_size() if tokenizer else REPORT_VOCABULARY}

    @classmethod
    def from_blueprint(cls, settings: EncoderSettings, blueprint: Blueprint) -> Self:
        """See `Encoder.from_blueprint`."""
        return cls(blueprint["vocabulary_size"], settings)

    def load_pretrained(self, settings: EncoderSettings, tokenizer: Tokenizer | None) -> str | None:
        """Fills the embedding from `settings.word_vectors`, where one is named."""
        if settings.word_vectors is None or tokenizer is None:
            return None
        vocabulary = tokenizer.get_vocab()
        vectors = read_word_vectors(settings.word_vectors, set(vocabulary), settings.embedding_width)
        with torch.no_grad():
            for word, vector in vectors.items():
                self.embedding.weight[vocabulary[word]] = torch.from_numpy(vector)
        share = len(vectors) / max(1, len(vocabulary))
        return f"{settings.word_vectors}: {len(vectors):,} of {len(vocabulary):,} words found ({share:.1%})"

    def pretrainable(self) -> list[nn.Module]:
        """The embedding."""
        return [self.embedding]

    def word_embedding(self) -> nn.Module:
        """What turns token numbers (B, L) into vectors (B, L, D)."""
        return self.embedding

    def encode(self, batch: Batch) -> Encoded:
        """See `Encoder.encode`."""
        assert batch.plot_tokens is not None, "the batch has no plots"
        assert batch.plot_mask is not None, "the batch has no plot mask"
        embedded = self.dropout(self.embedding(batch.plot_tokens))
        # (B, L, 2 * width): both directions side by side
        tokens = self.lstm.read(embedded, batch.plot_mask.sum(dim=1))
        weights = self._attend(tokens, batch.plot_mask)
        # (B, 1, L) @ (B, L, D) -> (B, D)
        pooled = (weights[:, None] @ tokens).squeeze(1)
        return Encoded(tokens, batch.plot_mask, self.dropout(pooled), {"word_attention": weights})

    def _attend(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """(B, L) weights that sum to 1 over the words; without attention, an even mean."""
        scores = self.attention(tokens).squeeze(-1) if self.attention else torch.zeros_like(tokens[..., 0])
        return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
