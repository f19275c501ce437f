"""Which way a text transformer reads: it decides whether its first token can stand for the plot."""

from copy import deepcopy
from typing import Any

import torch

from cinefuse.encoders.backbone import build_backbone, own_part
from cinefuse.encoders.text_shape import LAYERS, keep_layers

WORDS = 10  # of a tiny vocabulary, for a tiny model


def first_token_is_blind(config: dict[str, Any]) -> bool:
    """Whether what follows changes nothing of the first token, as in GPT-2.

    It is asked of one layer with random weights: what a token may look at is the architecture's. False where
    the model says itself what stands for all.
    """
    shape = deepcopy(config)
    own = own_part(shape, "text")
    own |= {"vocab_size": WORDS, "pad_token_id": 0}
    if own.keys() & set(LAYERS):
        keep_layers(own, 1)
    # whoever asks may be building shapes alone, on the meta device
    with torch.random.fork_rng(devices=[]), torch.device("cpu"), torch.no_grad():
        model = build_backbone(shape, "text").eval()
        pairs = torch.tensor([[1, other] for other in range(2, WORDS)])
        found = model(input_ids=pairs, attention_mask=torch.ones_like(pairs))
    if getattr(found, "pooler_output", None) is not None:
        return False
    firsts = found.last_hidden_state[:, 0]
    return bool((firsts == firsts[0]).all())
