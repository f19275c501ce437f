"""Any text transformer that AutoModel loads: DistilBERT, BERT, RoBERTa, ModernBERT, CLIP, SigLIP and such."""

import inspect
from collections.abc import Iterable
from typing import ClassVar, Literal, Self

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import PreTrainedModel

from cinefuse.encoders.attention import attend_quickly
from cinefuse.encoders.backbone import (
    build_backbone,
    is_small,
    learns_words,
    load_backbone,
    needs_no_download,
)
from cinefuse.encoders.direction import first_token_is_blind
from cinefuse.encoders.dropout import drop_quickly
from cinefuse.encoders.encoder import ENCODERS, Blueprint, Encoded, Encoder, Layers, Modality
from cinefuse.encoders.freezing import freeze
from cinefuse.encoders.like_length import read_by_length
from cinefuse.encoders.running import TransformerLayers, mean_of_words
from cinefuse.encoders.segments import first_place, position_table
from cinefuse.encoders.settings import EncoderSettings, Freeze
from cinefuse.encoders.text_shape import READS_PADDING, no_tokenizer, own_tokenizer, text_shape
from cinefuse.errors import SettingsError
from cinefuse.features.batch import Batch
from cinefuse.features.plots import PlotSettings


@ENCODERS.register("transformer", "a transformer from a folder or the hub; DistilBERT unless told otherwise")
class TextTransformer(Encoder):
    """Tokens (B, L) -> tokens (B, L, D); the one that stands for all, or their mean, is the pooled vector.

    Attributes:
        quick: on a processor, batches are trained on in groups of like length. False for a batch as it comes;
            `cinefuse bench` measures against it.
    """

    quick = True

    modality: ClassVar[Modality] = "text"
    hands_over: ClassVar[bool] = True

    def __init__(self, backbone: PreTrainedModel, pooling: Literal["cls", "mean"], frozen: Freeze) -> None:
        super().__init__(out_features=backbone.config.hidden_size)
        self.backbone = backbone
        self.pooling = pooling
        self._handed_over = False
        self._freeze = frozen
        self._prepare()

    @classmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """See `Encoder.blueprint`; where the words are learned, the shape takes their number.

        Raises:
            SettingsError: if plots may be longer than the encoder reads, or its first token is to stand for
                all and knows nothing of those after it.
        """
        config = text_shape(settings, tokenizer)
        if tokenizer is not None and learns_words(settings.text_encoder, pretrained=settings.pretrained):
            config |= {"vocab_size": tokenizer.get_vocab_size(), "pad_token_id": 0}
        if isinstance(settings, PlotSettings):  # in training, before hours of it
            with torch.device("meta"):
                _check_length(build_backbone(config, "text"), settings.max_tokens)
            known = needs_no_download(settings.text_encoder)
            if settings.text_pooling == "cls" and not known and first_token_is_blind(config):
                raise SettingsError(
                    f"text_pooling=cls: {settings.text_encoder} reads from left to right, and its first "
                    "token knows nothing of the plot; give --set text_pooling=mean"
                )
        return {"config": config}

    @classmethod
    def from_blueprint(cls, settings: EncoderSettings, blueprint: Blueprint) -> Self:
        """See `Encoder.from_blueprint`."""
        return cls(build_backbone(blueprint["config"], "text"), settings.text_pooling, settings.text_freeze)

    @classmethod
    def tokenizer(cls, settings: EncoderSettings, plots: Iterable[str] = ()) -> Tokenizer | None:
        """The tokeniser in the encoder's folder; None where the words are learned from the plots.

        Raises:
            EncoderError: if the folder has none.
        """
        del plots
        if learns_words(settings.text_encoder, pretrained=settings.pretrained):
            return None
        tokenizer = own_tokenizer(settings.text_encoder)
        backend: Tokenizer = tokenizer.backend_tokenizer
        # from a folder without a tokeniser's files, transformers makes one of special tokens alone
        if set(backend.get_vocab()) <= set(tokenizer.all_special_tokens):
            raise no_tokenizer(settings.text_encoder, "it knows no words.")
        return backend

    def load_pretrained(self, settings: EncoderSettings, tokenizer: Tokenizer | None) -> str | None:
        """See `Encoder.load_pretrained`."""
        if is_small(settings.text_encoder) or not settings.pretrained:
            return None
        self.backbone = load_backbone(settings.text_encoder, "text", text_shape(settings, tokenizer))
        self._prepare()
        return f"text encoder: {settings.text_encoder}"

    def _prepare(self) -> None:
        head = getattr(self.backbone, "head", None)  # SigLIP's, for the one token alone, and of its width
        if isinstance(head, nn.Linear) and (self.pooling == "mean" or head.out_features != self.out_features):
            self.backbone.head = nn.Identity()
        self._frozen = freeze(self.backbone, self._freeze)
        attend_quickly(self.backbone)
        drop_quickly(self.backbone)

    def pretrainable(self) -> list[nn.Module]:
        """The transformer."""
        return [self.backbone]

    def word_embedding(self) -> nn.Module:
        """What turns token numbers (B, L) into vectors (B, L, D), before places are added."""
        embedding: nn.Module = self.backbone.get_input_embeddings()
        return embedding

    def train(self, mode: bool = True) -> Self:
        """Frozen layers stay in evaluation mode."""
        super().train(mode)
        for module in self._frozen:
            module.eval()
        return self

    def encode(self, batch: Batch) -> Encoded:
        """See `Encoder.encode`."""
        assert batch.plot_tokens is not None, "the batch has no plots"
        assert batch.plot_mask is not None, "the batch has no plot mask"
        length = batch.plot_tokens.shape[1]
        _check_length(self.backbone, length)
        by_length = self.quick and self.training and batch.plot_tokens.device.type == "cpu"
        if self._handed_over:
            read = self.word_embedding()(batch.plot_tokens)
        elif by_length and not self._reads_padding:
            embed = self.word_embedding() if _takes_vectors(self.backbone) else None
            read = read_by_length(self._read, batch.plot_tokens, batch.plot_mask, embed)
        else:
            read = self._read(batch.plot_tokens, batch.plot_mask)
        tokens = read[:, read.shape[1] - length :]
        pooled = read[:, 0] if self.pooling == "cls" else mean_of_words(tokens, batch.plot_mask)
        return Encoded(tokens, batch.plot_mask, pooled, {})

    def hand_over(self) -> Layers:
        """See `Encoder.hand_over`.

        Raises:
            SettingsError: if it takes no word vectors.
        """
        if not _takes_vectors(self.backbone):
            raise SettingsError(
                f"text_encoder: {type(self.backbone).__name__} takes words alone, and this fusion gives it "
                "vectors; allowed is an encoder that takes `inputs_embeds`, as BERT and DistilBERT do"
            )
        self._handed_over = True
        return TransformerLayers(self)

    def _read(self, plots: Tensor, mask: Tensor) -> Tensor:
        """(B, L) token numbers, or (B, L, D) their vectors, -> (B, L, D).

        (B, 1 + L, D) where the transformer says itself what stands for all (CLIP's end of text, SigLIP's last
        place), which then comes first, where others have the token for that.
        """
        name = "inputs_embeds" if plots.is_floating_point() else "input_ids"
        length, seen = plots.shape[1], mask
        if self._reads_padding:
            filler = self.backbone.config.pad_token_id
            missing = (_places(self.backbone) or length) - length
            plots = pad(plots.masked_fill(~mask, filler), (0, missing), value=filler)
            seen = torch.ones_like(plots, dtype=torch.bool)
        found = self.backbone(**{name: plots}, attention_mask=seen.long())
        tokens: Tensor = found.last_hidden_state[:, :length]
        own = getattr(found, "pooler_output", None) if self.pooling == "cls" else None
        return tokens if own is None else torch.cat([own[:, None], tokens], dim=1)

    @property
    def _reads_padding(self) -> bool:
        return getattr(self.backbone.config, "model_type", None) in READS_PADDING


def _takes_vectors(backbone: nn.Module) -> bool:
    """Whether words may be embedded beforehand."""
    return "inputs_embeds" in inspect.signature(backbone.forward).parameters


def _check_length(backbone: PreTrainedModel, length: int) -> None:
    longest = _places(backbone)
    if longest is not None and length > longest:
        raise SettingsError(
            f"plots of up to {length} tokens, and the text encoder reads at most {longest}; "
            f"give --set max_tokens={longest} or less, or another text_encoder"
        )


def _places(backbone: PreTrainedModel) -> int | None:
    """How many tokens the backbone has a place for; None where it has no table of them."""
    table = position_table(backbone)
    return None if table is None else table.num_embeddings - first_place(table)
