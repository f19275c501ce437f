"""Backbones from transformers: their shape without a download, their weights from a folder or the hub."""

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModel,
    DistilBertConfig,
    PretrainedConfig,
    PreTrainedModel,
    ResNetConfig,
)
from transformers.utils import logging as transformers_logging

from cinefuse.errors import EncoderError

SMALL = "small"  # the name of the shapes below that train from scratch in seconds

# Shapes that need no download. The first two are those of the models that the hub keeps under that name.
_SHAPES: dict[str, PretrainedConfig] = {
    "distilbert/distilbert-base-uncased": DistilBertConfig(),
    "microsoft/resnet-18": ResNetConfig(
        embedding_size=64, hidden_sizes=[64, 128, 256, 512], depths=[2, 2, 2, 2], layer_type="basic"
    ),
}
_SMALL_SHAPES: dict[str, PretrainedConfig] = {
    "text": DistilBertConfig(dim=96, hidden_dim=192, n_layers=1, n_heads=4, max_position_embeddings=128),
    "vision": ResNetConfig(
        embedding_size=16, hidden_sizes=[16, 32, 64, 96], depths=[1, 1, 1, 1], layer_type="basic"
    ),
}


def is_small(name: str) -> bool:
    """Whether `name` means the built-in shape with random weights."""
    return name == SMALL


def needs_no_download(name: str) -> bool:
    """Whether the shape of `name` is known here, so that it builds with random weights anywhere."""
    return is_small(name) or (name in _SHAPES and not Path(name).is_dir())


def learns_words(name: str, *, pretrained: bool) -> bool:
    """Whether a text encoder has no tokeniser to come with it: its words are learned from the plots."""
    return is_small(name) if pretrained else needs_no_download(name)


def backbone_config(name: str, modality: str) -> dict[str, Any]:
    """The shape of an encoder as transformers' configuration, JSON-able.

    Raises:
        EncoderError: if it is neither known nor to be had.
    """
    if is_small(name):
        config = _SMALL_SHAPES[modality]
    elif needs_no_download(name):
        config = _SHAPES[name]
    else:
        try:
            config = AutoConfig.from_pretrained(name, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise _cannot_load(name, modality, error) from error
    as_json: dict[str, Any] = config.to_dict()
    return as_json


def own_part(config: dict[str, Any], modality: str) -> dict[str, Any]:
    """What of a configuration is about the modality: of CLIP's one of two towers, of BERT's all."""
    part = config.get(f"{modality}_config")
    return part if isinstance(part, dict) else config


def build_backbone(config: dict[str, Any], modality: str) -> PreTrainedModel:
    """The encoder of that shape, with random weights in float32.

    Raises:
        EncoderError: if a model of that type does not read the modality, or cannot be built here.
    """
    return without_pooler(tower(_build(config, modality), modality))


def load_backbone(name: str, modality: str, config: dict[str, Any] | None = None) -> PreTrainedModel:
    """The encoder with its pretrained weights, in float32 whatever they are stored in.

    Of a model with two towers the other is not loaded.

    Args:
        config: its shape, where that is to be other than the folder's own.

    Raises:
        EncoderError: if the folder has no weights, or not all of them, or the hub cannot be reached.
    """
    config = config or backbone_config(name, modality)
    with torch.device("meta"):
        whole = _build(config, modality)
        part = tower(whole, modality)
    try:
        found, lacking = _load(type(part), name, part.config)
        if lacking and part is not whole:  # some towers know their weights only as parts of the whole
            found, lacking = _load(AutoModel, name, _configuration(config))
    except (OSError, ValueError, ImportError, RuntimeError, SafetensorError) as error:
        raise _cannot_load(name, modality, error) from error
    found = tower(found, modality)
    if lacking:
        raise EncoderError(
            f"{modality} encoder '{name}' lacks {len(lacking)} of its weights, or has them in another shape "
            f"({', '.join(lacking[:3])}); "
            "allowed is a folder or hub id that transformers' AutoModel loads whole"
        )
    return without_pooler(found)


def _configuration(config: dict[str, Any]) -> PretrainedConfig:
    settings = {
        key: value for key, value in config.items() if key not in {"model_type", "dtype", "torch_dtype"}
    }
    return AutoConfig.for_model(config["model_type"], **settings)


def _build(config: dict[str, Any], modality: str) -> PreTrainedModel:
    """The model that AutoModel makes of the shape, which may read more than the modality."""
    try:
        model: PreTrainedModel = AutoModel.from_config(
            _configuration(config), dtype=torch.float32, trust_remote_code=False
        )
    except (ValueError, ImportError) as error:  # of a type that AutoModel or this machine lacks
        raise EncoderError(
            f"{modality} encoder: a model of type '{config['model_type']}' cannot be built: "
            f"{_first_line(error)} Allowed is one that transformers' AutoModel builds without another "
            f"package. Give --set {modality}_encoder=FOLDER."
        ) from error
    return model


def _load(loader: Any, name: str, config: PretrainedConfig) -> tuple[PreTrainedModel, list[str]]:
    """A model with its weights, and the names of those that it lacks or that have another shape."""
    with _quiet_transformers():  # what matters of the loading is checked by whoever asks
        model, report = loader.from_pretrained(
            name,
            config=config,
            dtype=torch.float32,
            output_loading_info=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
        )
    unfit = set(report["missing_keys"]) | {key for key, *_ in report["mismatched_keys"]}
    return model, sorted(key for key in unfit if "pooler" not in key)


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """No bars and no tables of its own while transformers loads."""
    level, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity(logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()


def tower(model: PreTrainedModel, modality: str) -> PreTrainedModel:
    """The part that reads the modality: CLIP's text or vision model, T5's encoder, BERT itself.

    Raises:
        EncoderError: if there is no such part.
    """
    part: Any = getattr(model, f"{modality}_model", model)
    if part is model and modality == "text" and model.config.is_encoder_decoder:
        part = model.get_encoder()
    inputs = {"text": "input_ids", "vision": "pixel_values"}
    takes = [
        name
        for name, one in inspect.signature(part.forward).parameters.items()
        if name in inputs.values() or (one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD)
    ]
    if takes != [inputs[modality]]:
        raise EncoderError(
            f"{modality} encoder: a model of type '{model.config.model_type}' reads "
            f"{' and '.join(takes) or 'something else'}; allowed is one that reads {inputs[modality]} alone, "
            f"or has a {modality}_model that does. Give --set {modality}_encoder=FOLDER."
        )
    chosen: PreTrainedModel = part
    return chosen


def without_pooler(backbone: PreTrainedModel) -> PreTrainedModel:
    """Takes off BERT's pooling layer, which we do not use; one without parameters may stay."""
    pooler = getattr(backbone, "pooler", None)
    if pooler is not None and any(True for _ in pooler.parameters()):
        setattr(backbone, "pooler", None)  # noqa: B010 -- typed as a module, read as optional
    return backbone


def _cannot_load(name: str, modality: str, error: Exception) -> EncoderError:
    why = "there is no such folder." if _is_missing_folder(name) else _first_line(error)
    return EncoderError(
        f"{modality} encoder '{name}' cannot be loaded: {why} "
        f"Allowed is a folder that transformers' AutoModel loads (config.json and weights), a hub id, or "
        f"'{SMALL}'. Give --set {modality}_encoder=FOLDER, --set profile=small to train small encoders from "
        "scratch, or --set pretrained=false for random weights."
    )


def _is_missing_folder(name: str) -> bool:
    """The hub's ids have one slash at most, and never begin with one or a dot."""
    return (name.startswith(("/", ".", "~")) or name.count("/") > 1) and not Path(name).is_dir()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
