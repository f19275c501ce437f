"""Any vision model that AutoModel loads: ResNet, EfficientNet, ViT, CLIP, SigLIP and their kin."""

import inspect
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.image_processing_base import ImageProcessingMixin
from transformers.utils.generic import ModelOutput

from cinefuse.encoders.backbone import (
    backbone_config,
    build_backbone,
    is_small,
    load_backbone,
    needs_no_download,
)
from cinefuse.encoders.encoder import ENCODERS, Blueprint, Encoded, Encoder, Modality
from cinefuse.encoders.freezing import freeze
from cinefuse.encoders.pixels import IMAGENET_MEAN, IMAGENET_STANDARD_DEVIATION, PixelNorm
from cinefuse.encoders.places import check_size, grid_of
from cinefuse.encoders.settings import EncoderSettings
from cinefuse.errors import EncoderError, SettingsError
from cinefuse.features.batch import Batch
from cinefuse.features.posters import PosterSettings


@ENCODERS.register("backbone", "a vision model from a folder or the hub; ResNet-18 unless told otherwise")
class VisionBackbone(Encoder):
    """(B, 3, H, W) -> tokens (B, h * w, D), one a place of the poster, and what the model says of the whole.

    That is the pooled vector by which the model was trained: the mean over the places (ResNet, EfficientNet),
    the class token (ViT), that token through the last normalisation, before CLIP's projection (as Radford et
    al. 2021 probe it), or what a head of attention makes of the places (SigLIP).
    """

    modality: ClassVar[Modality] = "vision"

    def __init__(self, backbone: PreTrainedModel, norm: PixelNorm, settings: EncoderSettings) -> None:
        super().__init__(out_features=_width(backbone))
        self.backbone = backbone
        self.norm = norm
        self._still: list[nn.Module] = []
        self._freeze(settings)

    @classmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """See `Encoder.blueprint`; pixel constants are the encoder's own where its folder has them.

        Raises:
            SettingsError: if posters do not divide into the encoder's patches.
        """
        del tokenizer
        mean, deviation = _pixel_constants(settings.vision_encoder)
        config = backbone_config(settings.vision_encoder, "vision")
        if isinstance(settings, PosterSettings):  # in training, before hours of it
            with torch.device("meta"):
                check_size(
                    build_backbone(config, "vision").config, (settings.poster_height, settings.poster_width)
                )
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
        size = batch.posters.shape[2:]
        check_size(self.backbone.config, size)
        try:
            found = self.backbone(pixel_values=self.norm(batch.posters), **_any_size(self.backbone))
        except ValueError as error:  # of transformers, where positions cannot be interpolated
            raise SettingsError(
                f"the vision encoder takes no posters of {size[0]} x {size[1]} pixels: {error}; "
                "give --set poster_height and poster_width as it was trained, or another vision_encoder"
            ) from error
        seen: Tensor = found.last_hidden_state
        # a convolution net gives (B, D, h, w), a transformer (B, n + h * w, D): n tokens are no places
        grid = (seen.shape[2], seen.shape[3]) if seen.dim() == 4 else None
        tokens = seen.flatten(2).transpose(1, 2) if seen.dim() == 4 else seen
        if grid is None and (grid := grid_of(self.backbone.config, size, seen.shape[1])):
            tokens = seen[:, seen.shape[1] - grid[0] * grid[1] :]
        mask = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        return Encoded(tokens, mask, self._pool(found, tokens), {}, grid)

    def _pool(self, found: ModelOutput, tokens: Tensor) -> Tensor:
        """(B, D) of what the backbone gave, of which `tokens` are the places."""
        own: Tensor | None = found.get("pooler_output")
        # a `pooler` is the mean, or was taken off: trained with another task, if at all
        if own is not None and not hasattr(self.backbone, "pooler"):
            return own
        seen: Tensor = found["last_hidden_state"]
        has_class_token = seen.dim() == 3 and seen.shape[1] > tokens.shape[1]
        return seen[:, 0] if has_class_token else tokens.mean(dim=1)


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
            return _of_shares(own)
    return list(IMAGENET_MEAN), list(IMAGENET_STANDARD_DEVIATION)


def _of_shares(own: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Mean and deviation of values from 0 to 1, whatever scale the folder's are on."""
    scale = 255 * float(own.get("rescale_factor") or 1 / 255)
    offset = 1.0 if own.get("rescale_offset") else 0.0
    # EfficientNet's are divided by the deviation twice, where the last layer is told so ("include_top")
    power = 2 if own.get("include_top") else 1
    mean = [(value + offset) / scale for value in own["image_mean"]]
    return mean, [value**power / scale for value in own["image_std"]]
