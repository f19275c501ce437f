"""What each word of a plot adds to a genre's logit: integrated gradients (Sundararajan et al. 2017).

The gradient is followed from a plot of nothing but padding to the plot itself, so that the words' shares
add up to how far the plot moves the logit.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from captum.attr import LayerIntegratedGradients
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn

from cinefuse.errors import UserError
from cinefuse.explanation.probe import Probe
from cinefuse.explanation.spans import Span
from cinefuse.features.plots import padding_token

STEPS = (16, 32, 64, 128)  # on the way from padding to plot; more of them where fewer do not add up
AT_ONCE = 8  # steps held in memory at a time
NEAR_SHARE, NEAR_LOGIT = 0.05, 0.02  # how far from adding up is near enough, of the whole and at least


@runtime_checkable
class ReadsWords(Protocol):
    """A text encoder whose words can be told apart."""

    def word_embedding(self) -> nn.Module:
        """The module that turns token numbers (B, L) into vectors (B, L, D)."""
        ...


@dataclass(frozen=True, slots=True)
class TokenWeights:
    """What each token adds.

    Attributes:
        encoding: T tokens of the plot, cut where the model's reading is.
        spans: of the tokens in the plot, in characters; empty for special tokens.
        weights: T numbers on the logit scale.
        moved: logit of the plot less logit of the padding; what the weights add up to, nearly.
    """

    encoding: Encoding
    spans: list[Span]
    weights: list[float]
    moved: float


def weigh_tokens(probe: Probe, plot: str, tokenizer: Tokenizer) -> TokenWeights:
    """Integrated gradients of the probe's genre over the tokens of its plot.

    Raises:
        UserError: if the text encoder has no word embedding.
    """
    encoder, tokens = probe.encoder("text"), probe.batch.plot_tokens
    assert tokens is not None, "the movie has no plot"
    if not isinstance(encoder, ReadsWords):
        raise UserError(
            f"words cannot be weighed in a text encoder of kind {type(encoder).__name__}: it has no "
            "word_embedding; allowed is a model whose text encoder has one"
        )
    encoding = tokenizer.encode(plot)  # cut where the features cut it: they set the tokeniser's length
    assert encoding.ids == tokens[0].tolist(), "the tokeniser reads the plot in two ways"
    special = torch.tensor(encoding.special_tokens_mask, dtype=torch.bool, device=tokens.device)
    without = torch.where(special[None], tokens, padding_token(tokenizer))
    weights, moved = _integrate(probe, encoder.word_embedding(), tokens, without)
    spans = [
        (0, 0) if is_special else span
        for span, is_special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
    ]
    return TokenWeights(encoding, spans, weights, moved)


def _integrate(
    probe: Probe, embedding: nn.Module, tokens: Tensor, without: Tensor
) -> tuple[list[float], float]:
    """Weights of the tokens (1, L), and how far they move the logit in all."""
    with torch.no_grad():
        moved = float(probe.logits(tokens) - probe.logits(without))
    gradients = LayerIntegratedGradients(probe.logits, embedding)
    weights: list[float] = []
    for steps in STEPS:
        found = gradients.attribute(
            tokens, baselines=without, n_steps=steps, internal_batch_size=min(AT_ONCE, steps)
        )
        # (1, L, D) -> L numbers; SigLIP embeds padding too, which adds nothing
        weights = found.detach().cpu().double().sum(dim=2)[0, : tokens.shape[1]].tolist()
        if abs(sum(weights) - moved) <= max(NEAR_SHARE * abs(moved), NEAR_LOGIT):
            break
    return weights, moved
