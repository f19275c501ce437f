"""Profiles: how large the recipes are trained. `--set profile=NAME` takes one, other `--set`s go on top.

A profile may say something for every recipe ("") and more for some.
"""

from typing import Any

from cinefuse.recipes.recipe import Recipe

DEFAULT_PROFILE = "report"

TWO_CORES: dict[str, dict[str, Any]] = {
    "": {
        "threshold": "global",
        "text_pooling": "mean",
        "max_tokens": 128,
        "poster_height": 224,
        "poster_width": 160,
        "rotation": 0.0,
        "brightness": 0.0,
        "contrast": 0.0,
        "saturation": 0.0,
        "hue": 0.0,
        "vision_fixed_statistics": True,
        "text_attention_dropout": 0.0,
        "dropout": 0.1,
        "early_layers": (512,),
        "layer_norm": True,
        "auxiliary_loss": 0.5,
        "learning_rate": 1e-3,
        "pretrained_learning_rate": 5e-5,
        "vision_learning_rate": 1e-4,
        "schedule": "linear",
        "warmup": 0.1,
        "class_weights": "sqrt",
        "select_by": "average_precision_macro",
        "max_epochs": 6,
    },
    "bert-text": {"dropout": 0.3, "text_attention_dropout": None},
    "lstm-text": {
        "minimum_word_count": 2,
        "lstm_width": 128,
        "lstm_layers": 1,
        "dropout": 0.3,
        "precision": "float32",
        "max_epochs": 12,
    },
    "cnn-vision": {"dropout": 0.3, "poster_height": 72, "poster_width": 48, "max_epochs": 8},
    "resnet-vision": {"max_epochs": 8, "dropout": 0.2},
    "late-fusion": {"alpha": 0.7},
    "late-genre": {"alpha": 0.7},
    "attention-fusion": {"max_epochs": 4},
}

PROFILES: dict[str, dict[str, dict[str, Any]]] = {
    "report": {},
    "small": {
        "": {
            "threshold": "global",
            "text_encoder": "small",
            "vision_encoder": "small",
            "text_pooling": "mean",
            "vision_freeze": "none",
            "max_tokens": 96,
            "minimum_word_count": 2,
            "poster_height": 72,
            "poster_width": 48,
            "rotation": 0.0,
            "brightness": 0.0,
            "contrast": 0.0,
            "saturation": 0.0,
            "hue": 0.0,
            "embedding_width": 64,
            "lstm_width": 64,
            "lstm_layers": 1,
            "cnn_widths": (16, 32, 64, 96),
            "early_width": 96,
            "early_layers": (128,),
            "layer_norm": True,
            "auxiliary_loss": 0.5,
            "attention_heads": 4,
            "attention_hidden": 96,
            "head_width": 96,
            "joint_width": 96,
            "maxout_width": 96,
            "central_layers": (96, 96),
            "low_rank_width": 64,
            "learning_rate": 2e-3,
            "schedule": "cosine",
            "warmup": 0.1,
            "class_weights": "sqrt",
            "precision": "float32",  # small matrices gain nothing by less, and machines agree
            "max_epochs": 12,
        },
        "cnn-vision": {"dropout": 0.3},
    },
    "two-cores": TWO_CORES,
    "frozen": TWO_CORES
    | {
        "": TWO_CORES[""]
        | {
            "text_freeze": "all",
            "vision_freeze": "all",
            "flip": 0.0,  # a poster that stays the same is read once
            "dropout": 0.5,
            "max_epochs": 12,
        },
        "bert-text": {},
        "resnet-vision": {},
        "attention-fusion": {},
    },
}

PROFILE_DESCRIPTIONS = {
    "report": "the original report's sizes and training: DistilBERT, ResNet-18, at most 50 epochs",
    "two-cores": "pretrained encoders fine-tuned in minutes a model: few epochs, short plots",
    "frozen": "two-cores with pretrained encoders frozen and posters unvaried: seconds an epoch",
    "small": "small shapes from scratch, no download, under a minute a model on two cores",
}


def profile_overrides(profile: str, recipe: Recipe) -> dict[str, Any]:
    """What the profile sets for the recipe.

    Raises:
        KeyError: if there is no such profile.
    """
    if not recipe.profiled:
        return {}
    return PROFILES[profile].get("", {}) | PROFILES[profile].get(recipe.base or recipe.name, {})
