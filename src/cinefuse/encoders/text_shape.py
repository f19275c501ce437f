"""A text encoder before its weights: its configuration and its tokeniser."""

from contextlib import suppress
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from cinefuse.encoders.backbone import backbone_config, own_part
from cinefuse.encoders.settings import EncoderSettings
from cinefuse.errors import EncoderError, SettingsError

# trained on plots padded to their full length, padding read, as transformers' SigLIP page says too
READS_PADDING = ("siglip_text_model", "siglip2_text_model")
LAYERS = ("num_hidden_layers", "n_layers", "n_layer", "num_layers")  # each configuration has one of them


def no_tokenizer(name: str, why: str) -> EncoderError:
    """What to say of an encoder without one."""
    first_line = (why.strip().splitlines() or ["it cannot be read."])[0]
    return EncoderError(
        f"text encoder '{name}' has no tokeniser that can be loaded: {first_line} "
        "Allowed is a folder with tokenizer.json, or a hub id that can be reached. "
        "Give --set text_encoder=FOLDER."
    )


def own_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The folder's or hub's tokeniser, with what transformers knows of it: its padding."""
    try:
        with suppress(ImportError):  # SigLIP's class reads SentencePiece's files alone, by that package
            found: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
            if hasattr(found, "backend_tokenizer"):
                return found
        found = PreTrainedTokenizerFast.from_pretrained(name)
    except Exception as error:  # tokenizers raises Exception itself on a damaged file
        raise no_tokenizer(name, str(error)) from error
    return found


def text_shape(settings: EncoderSettings, tokenizer: Tokenizer | None) -> dict[str, Any]:
    """The encoder's configuration with what the settings, or its tokeniser, know better."""
    config = backbone_config(settings.text_encoder, "text")
    own = own_part(config, "text")
    for name in ("attention_probs_dropout_prob", "attention_dropout"):  # each model has one of them
        if name in own and settings.text_attention_dropout is not None:
            own[name] = settings.text_attention_dropout
    if settings.text_layers is not None:
        keep_layers(own, settings.text_layers)
    if tokenizer is not None and own.get("model_type") in READS_PADDING:
        # SigLIP 2's configuration has SigLIP's number for it, and another tokeniser
        own["pad_token_id"] = own_tokenizer(settings.text_encoder).pad_token_id
    return config


def keep_layers(config: dict[str, Any], layers: int) -> None:
    """The shape without the layers above; their weights are then not read.

    Raises:
        SettingsError: if it does not say how many it has.
    """
    name = next((name for name in LAYERS if name in config), None)
    if name is None:
        raise SettingsError(
            f"text_layers={layers}: an encoder of type '{config.get('model_type')}' does not say how many it "
            "has; allowed is none, which keeps it whole"
        )
    config[name] = min(layers, config[name])
    if isinstance(config.get("layer_types"), list):
        config["layer_types"] = config["layer_types"][:layers]
