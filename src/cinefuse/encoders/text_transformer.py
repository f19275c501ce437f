"""Any text transformer that AutoModel loads: DistilBERT, BERT, MiniLM, RoBERTa and their kin."""

import inspect
from collections.abc import Iterable
from typing import ClassVar, Literal, Self

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoTokenizer, PreTrainedModel

from cinefuse.encoders.attention import attend_quickly
from cinefuse.encoders.backbone import (
    backbone_config,
    build_backbone,
    freeze,
    is_small,
    learns_words,
    load_backbone,
)
from cinefuse.encoders.dropout import drop_quickly
from cinefuse.encoders.encoder import ENCODERS, Blueprint, Encoded, Encoder, Modality
from cinefuse.encoders.like_length import read_by_length
from cinefuse.encoders.settings import EncoderSettings, Freeze
from cinefuse.errors import EncoderError, SettingsError
from cinefuse.features.batch import Batch
from cinefuse.features.plots import PlotSettings


@ENCODERS.register("transformer", "a transformer from a folder or the hub; DistilBERT unless told otherwise")
class TextTransformer(Encoder):
    """Tokens (B, L) -> tokens (B, L, D); the first of them, or their mean, is the pooled vector.

    Attributes:
        quick: on a processor, batches are trained on in groups of like length. False for a batch as it comes;
            `cinefuse bench` measures against it.
    """

    quick = True

    modality: ClassVar[Modality] = "text"

    def __init__(self, backbone: PreTrainedModel, pooling: Literal["cls", "mean"], frozen: Freeze) -> None:
        super().__init__(out_features=backbone.config.hidden_size)
        self.backbone = backbone
        self.pooling = pooling
        self._freeze = frozen
        self._prepare()

    @classmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """See `Encoder.blueprint`; where the words are learned, the shape takes their number.

        Raises:
            SettingsError: if plots may be longer than the encoder reads.
        """
        config = backbone_config(settings.text_encoder, "text") | _attention_dropout(settings)
        if tokenizer is not None and learns_words(settings.text_encoder, pretrained=settings.pretrained):
            config |= {"vocab_size": tokenizer.get_vocab_size(), "pad_token_id": 0}
        if isinstance(settings, PlotSettings):  # in training, before hours of it
            with torch.device("meta"):
                _check_length(build_backbone(config, "text"), settings.max_tokens)
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
        try:
            tokenizer = AutoTokenizer.from_pretrained(settings.text_encoder, trust_remote_code=False)
            backend: Tokenizer = tokenizer.backend_tokenizer
        except Exception as error:  # tokenizers raises Exception itself on a damaged file
            raise _no_tokenizer(settings.text_encoder, str(error)) from error
        # from a folder without a tokeniser's files, transformers makes one of special tokens alone
        if set(backend.get_vocab()) <= set(tokenizer.all_special_tokens):
            raise _no_tokenizer(settings.text_encoder, "it knows no words.")
        return backend

    def load_pretrained(self, settings: EncoderSettings, tokenizer: Tokenizer | None) -> str | None:
        """See `Encoder.load_pretrained`."""
        del tokenizer
        if is_small(settings.text_encoder) or not settings.pretrained:
            return None
        self.backbone = load_backbone(settings.text_encoder, "text", _attention_dropout(settings))
        self._prepare()
        return f"text encoder: {settings.text_encoder}"

    def _prepare(self) -> None:
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
        _check_length(self.backbone, batch.plot_tokens.shape[1])
        if self.quick and self.training and batch.plot_tokens.device.type == "cpu":
            embed = self.word_embedding() if _takes_vectors(self.backbone) else None
            tokens = read_by_length(self._read, batch.plot_tokens, batch.plot_mask, embed)
        else:
            tokens = self._read(batch.plot_tokens, batch.plot_mask)
        return Encoded(tokens, batch.plot_mask, self._pool(tokens, batch.plot_mask), {})

    def _read(self, plots: Tensor, mask: Tensor) -> Tensor:
        """(B, L) token numbers, or (B, L, D) their vectors, -> (B, L, D)."""
        name = "inputs_embeds" if plots.is_floating_point() else "input_ids"
        read: Tensor = self.backbone(**{name: plots}, attention_mask=mask.long()).last_hidden_state
        return read

    def _pool(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """(B, L, D) -> (B, D)."""
        if self.pooling == "cls":
            return tokens[:, 0]
        weights = mask.to(tokens.dtype)
        # (B, 1, L) @ (B, L, D) -> (B, D)
        summed = torch.bmm(weights[:, None], tokens).squeeze(1)
        return summed / weights.sum(dim=1, keepdim=True).clamp(min=1)


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
    for name, module in backbone.named_modules():
        if name.endswith(("position_embeddings", "position_embedding")) and isinstance(module, nn.Embedding):
            # RoBERTa's kin begin to count behind the padding's own number
            unused = 0 if module.padding_idx is None else module.padding_idx + 1
            return module.num_embeddings - unused
    return None


def _no_tokenizer(name: str, why: str) -> EncoderError:
    first_line = (why.strip().splitlines() or ["it cannot be read."])[0]
    return EncoderError(
        f"text encoder '{name}' has no tokeniser that can be loaded: {first_line} "
        "Allowed is a folder with tokenizer.json, or a hub id that can be reached. "
        "Give --set text_encoder=FOLDER."
    )


def _attention_dropout(settings: EncoderSettings) -> dict[str, float]:
    """The setting under the names that transformers' configurations have for it; each takes its own."""
    if settings.text_attention_dropout is None:
        return {}
    own = backbone_config(settings.text_encoder, "text")
    names = ("attention_probs_dropout_prob", "attention_dropout")
    return {name: settings.text_attention_dropout for name in names if name in own}
