"""Any vision model that AutoModel loads: ResNet, MobileNet, ViT and their kin."""

import inspect
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.image_processing_base import ImageProcessingMixin

from cinefuse.encoders.backbone import (
    backbone_config,
    build_backbone,
    freeze,
    is_small,
    load_backbone,
    needs_no_download,
)
from cinefuse.encoders.encoder import ENCODERS, Blueprint, Encoded, Encoder, Modality
from cinefuse.encoders.pixels import IMAGENET_MEAN, IMAGENET_STANDARD_DEVIATION, PixelNorm
from cinefuse.encoders.settings import EncoderSettings
from cinefuse.errors import EncoderError
from cinefuse.features.batch import Batch


@ENCODERS.register("backbone", "a vision model from a folder or the hub; ResNet-18 unless told otherwise")
class VisionBackbone(Encoder):
    """(B, 3, H, W) -> tokens (B, h * w, D), one a place of the poster; their mean is the pooled vector."""

    modality: ClassVar[Modality] = "vision"

    def __init__(self, backbone: PreTrainedModel, norm: PixelNorm, settings: EncoderSettings) -> None:
        super().__init__(out_features=_width(backbone))
        self.backbone = backbone
        self.norm = norm
        self._still: list[nn.Module] = []
        self._freeze(settings)

    @classmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """See `Encoder.blueprint`; pixel constants are the encoder's own where its folder has them."""
        del tokenizer
        mean, deviation = _pixel_constants(settings.vision_encoder)
        config = backbone_config(settings.vision_encoder, "vision")
        return {"config": config, "mean": mean, "deviation": deviation}

    @classmethod
    def from_blueprint(cls, settings: EncoderSettings, blueprint: Blueprint) -> Self:
        """See `Encoder.from_blueprint`."""
        norm = PixelNorm(blueprint["mean"], blueprint["deviation"])
        return cls(build_backbone(blueprint["config"], "vision"), norm, settings)

    def load_pretrained(self, settings: EncoderSettings, tokenizer: Tokenizer | None) -> str | None:
        """See `Encoder.load_pretrained`."""
        del tokenizer
        if is_small(settings.vision_encoder) or not settings.pretrained:
            return None
        self.backbone = load_backbone(settings.vision_encoder, "vision")
        self._freeze(settings)
        return f"vision encoder: {settings.vision_encoder}"

    def pretrainable(self) -> list[nn.Module]:
        """The vision model."""
        return [self.backbone]

    def train(self, mode: bool = True) -> Self:
        """Frozen stages, and statistics that are to stay, remain in evaluation mode."""
        super().train(mode)
        for module in self._still:
            module.eval()
        return self

    def _freeze(self, settings: EncoderSettings) -> None:
        self._still = freeze(self.backbone, settings.vision_freeze)
        if settings.vision_fixed_statistics:
            self._still += [part for part in self.backbone.modules() if isinstance(part, nn.BatchNorm2d)]

    def encode(self, batch: Batch) -> Encoded:
        """See `Encoder.encode`."""
        assert batch.posters is not None, "the batch has no posters"
        seen: Tensor = self.backbone(
            pixel_values=self.norm(batch.posters), **_any_size(self.backbone)
        ).last_hidden_state
        # a convolution net gives (B, D, h, w), a transformer (B, h * w + 1, D) with a class token first
        tokens = seen.flatten(2).transpose(1, 2) if seen.dim() == 4 else seen
        mask = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        grid = (seen.shape[2], seen.shape[3]) if seen.dim() == 4 else None
        return Encoded(tokens, mask, tokens.mean(dim=1), {}, grid)


def _width(backbone: PreTrainedModel) -> int:
    """D, read from the configuration, or from a look at one small picture where it does not say."""
    config = backbone.config
    if getattr(config, "hidden_sizes", None):
        return int(config.hidden_sizes[-1])
    if getattr(config, "hidden_size", None):
        return int(config.hidden_size)
    # MobileNet and others say it only by what they do
    device = next(backbone.parameters()).device
    with torch.no_grad():
        training = backbone.training
        seen: Tensor = backbone.train(mode=False)(
            pixel_values=torch.zeros(1, 3, 64, 64, device=device), **_any_size(backbone)
        ).last_hidden_state
        backbone.train(training)
    return seen.shape[1] if seen.dim() == 4 else seen.shape[2]


def _any_size(backbone: PreTrainedModel) -> dict[str, Any]:
    """What lets a vision transformer take posters of another size than it was trained on."""
    takes_it = "interpolate_pos_encoding" in inspect.signature(backbone.forward).parameters
    return {"interpolate_pos_encoding": True} if takes_it else {}


def _pixel_constants(name: str) -> tuple[list[float], list[float]]:
    """Mean and standard deviation a channel: the folder's own, or ImageNet's."""
    if not needs_no_download(name):
        try:
            own, _ = ImageProcessingMixin.get_image_processor_dict(name)
        except OSError as error:
            if (Path(name) / "preprocessor_config.json").exists():
                raise EncoderError(
                    f"vision encoder '{name}': its preprocessor_config.json cannot be read: {error}; mend "
                    "it, or take it away for ImageNet's mean and deviation"
                ) from error
            own = {}  # a folder without that file is allowed: most were trained on ImageNet's
        if own.get("do_normalize") is False:
            return [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]
        if own.get("image_mean") and own.get("image_std"):
            return own["image_mean"], own["image_std"]
    return list(IMAGENET_MEAN), list(IMAGENET_STANDARD_DEVIATION)
