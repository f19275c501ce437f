"""Encoders as transformers folders, tiny and with random weights, and no way to the hub."""

from copy import deepcopy

import pytest
import torch
from huggingface_hub import constants
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    CLIPConfig,
    ConvNextConfig,
    Dinov2WithRegistersConfig,
    DistilBertConfig,
    EfficientNetConfig,
    GPT2Config,
    MobileNetV1Config,
    ModernBertConfig,
    PreTrainedTokenizerFast,
    ResNetConfig,
    RobertaConfig,
    Siglip2Config,
    SiglipConfig,
    SwinConfig,
    T5Config,
    ViTConfig,
)
from transformers.models.auto import AutoModel
from transformers.utils import logging

from cinefuse.features.plots import PlotSettings, fit_tokenizer

WORDS = "a quiet letter from an old house by the sea [CLS] [SEP]"  # 12 words; with [PAD] and [UNK] 14
TEXT = {
    "hidden_size": 8,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "vocab_size": 20,
    "max_position_embeddings": 24,
    "pad_token_id": 0,
}
TOWER = {name: TEXT[name] for name in list(TEXT)[:4]} | {"image_size": 32, "patch_size": 16}
# what `encoder_folder` and `tests/encoders/test_architectures.py` know by name: a new one is a line
CONFIGS = {
    "bert": BertConfig(**TEXT),
    "distilbert": DistilBertConfig(
        dim=8, hidden_dim=12, n_layers=4, n_heads=2, vocab_size=20, max_position_embeddings=24
    ),
    "roberta": RobertaConfig(**TEXT | {"pad_token_id": 1}),
    "modernbert": ModernBertConfig(**TEXT, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3),
    # of 8 channels or more: with fewer, channels last, the gradients of torch 2.13's 1 x 1 convolutions in
    # strides write where they must not, on a processor that has AVX2 and no more
    "resnet": ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 8, 10], depths=[1, 2, 1, 1], layer_type="basic"
    ),
    "mobilenet": MobileNetV1Config(depth_multiplier=0.01, min_depth=4, initializer_range=0.5),
    "vit": ViTConfig(
        hidden_size=8,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=12,
        image_size=32,
        patch_size=16,
        hidden_dropout_prob=0.5,
        attention_probs_dropout_prob=0.5,
    ),
    "clip": CLIPConfig(
        text_config=TEXT | {"eos_token_id": 15},
        vision_config=TOWER | {"num_hidden_layers": 5},
        projection_dim=6,
    ),
    "siglip": SiglipConfig(text_config=TEXT | {"pad_token_id": 1}, vision_config=TOWER),
    "siglip-projecting": SiglipConfig(
        text_config=TEXT | {"pad_token_id": 1, "projection_size": 6}, vision_config=TOWER
    ),
    "siglip2": Siglip2Config(text_config=TEXT, vision_config=TOWER | {"num_patches": 4}),
    "dinov2": Dinov2WithRegistersConfig(**TOWER | {"num_register_tokens": 3}),
    "swin": SwinConfig(image_size=64, embed_dim=4, depths=[1, 1, 1], num_heads=[1, 2, 2], window_size=2),
    "convnext": ConvNextConfig(hidden_sizes=[4, 6, 8, 10], depths=[1, 1, 1, 1]),
    "efficientnet": EfficientNetConfig(
        width_coefficient=0.1, depth_coefficient=0.5, hidden_dim=128, initializer_range=0.5
    ),
    "gpt2": GPT2Config(
        n_embd=8, n_layer=2, n_head=2, vocab_size=20, n_positions=24, bos_token_id=1, eos_token_id=1
    ),
    "t5": T5Config(d_model=8, d_kv=4, d_ff=12, num_layers=4, num_heads=2, vocab_size=20),
}


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch):
    """What asks the hub fails at once instead of waiting for a network."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory):
    """Writes an encoder of a kind (`CONFIGS`) as transformers does; without a tokeniser and preprocessing."""

    def make(kind, *, half=False):
        torch.manual_seed(5)
        model = AutoModel.from_config(deepcopy(CONFIGS[kind]))  # saving writes into it
        for name, statistics in model.named_buffers():
            # so that statistics which are loaded differ from fresh ones, and no ReLU falls silent for it
            if "running" in name:
                statistics.add_(torch.rand_like(statistics) * (0.5 if "var" in name else -0.5))
        folder = tmp_path_factory.mktemp("encoders") / kind
        logging.disable_progress_bar()
        (model.half() if half else model).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def add_tokenizer():
    """Puts a tokeniser into a folder: the 14 words of `WORDS`, [CLS] before and [SEP] after them."""

    def add(folder):
        tokenizer = fit_tokenizer([WORDS.replace("[", "").replace("]", "")], PlotSettings())
        tokenizer.add_special_tokens(["[CLS]", "[SEP]"])
        numbers = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
        tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=numbers)
        names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
        return folder

    return add
