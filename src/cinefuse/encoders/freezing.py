"""Layers of a backbone that stand still while the rest is trained."""

from torch import nn
from transformers import PreTrainedModel

from cinefuse.encoders.settings import Freeze
from cinefuse.errors import EncoderError


def freeze(backbone: PreTrainedModel, how: Freeze) -> list[nn.Module]:
    """Stops the training of the whole backbone or of its first half; returns the modules that stand still.

    The first half is everything before the middle of its longest list of layers or stages: the
    embedding and stages 1-2 of ResNet's four, the embedding and layers 1-3 of DistilBERT's six.

    Raises:
        EncoderError: if it has no such list.
    """
    if how == "none":
        return []
    middle: nn.Module | None = None
    if how == "first-half":
        lists = [module for module in backbone.modules() if isinstance(module, nn.ModuleList)]
        if not any(len(stages) for stages in lists):
            raise EncoderError(
                f"a model of type '{backbone.config.model_type}' has no list of layers, and so no first half "
                "to freeze; allowed is none or all: give --set vision_freeze=none (or text_freeze=none)"
            )
        stages = max(lists, key=len)  # the first of equals, which is the outermost
        middle = stages[len(stages) // 2]
    frozen = []
    for module in backbone.modules():  # parents before children, in the order of the forward pass
        if module is middle:
            break
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad = False
        # not leaves alone: attention asks itself whether it is training before it drops anything
        if all(part is not middle for part in module.modules()):
            frozen.append(module)
    return frozen
