"""Backbones: loaded whole and in float32, built without a download, frozen where the settings say so."""

import json
import shutil
import time

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import AutoModel

from cinefuse.encoders import ENCODERS, EncoderSettings
from cinefuse.encoders.backbone import backbone_config, build_backbone, load_backbone
from cinefuse.encoders.freezing import freeze
from cinefuse.errors import EncoderError

# kind -> what it reads
KINDS = {
    **dict.fromkeys(("bert", "distilbert", "roberta", "modernbert", "t5"), "text"),
    **dict.fromkeys(("resnet", "mobilenet", "vit", "clip"), "vision"),
}


@pytest.fixture
def folder(encoder_folder, tmp_path):
    """A BERT's folder that the test may damage."""
    return shutil.copytree(encoder_folder("bert"), tmp_path / "encoder")


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_stored_in_half_precision_become_float32(encoder_folder, kind):
    half, full = (encoder_folder(kind, half=halved) for halved in (True, False))
    stored = load_file(half / "model.safetensors")
    assert torch.float16 in {tensor.dtype for tensor in stored.values()}
    loaded, expected = (load_backbone(str(folder), KINDS[kind]) for folder in (half, full))
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    assert not any(name.startswith("pooler.") for name in loaded.state_dict())
    assert any(tensor.std() > 0.005 for tensor in expected.parameters())  # else anything would be close
    for name, tensor in loaded.state_dict().items():
        torch.testing.assert_close(tensor, expected.state_dict()[name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_shape_comes_back_from_json_alone(encoder_folder, kind):
    folder = str(encoder_folder(kind))
    config = json.loads(json.dumps(backbone_config(folder, KINDS[kind])))
    built = build_backbone(config, KINDS[kind]).state_dict()
    loaded = load_backbone(folder, KINDS[kind]).state_dict()
    assert {name: tensor.shape for name, tensor in built.items()} == {
        name: tensor.shape for name, tensor in loaded.items()
    }
    assert any(not torch.equal(built[name], loaded[name]) for name in built)


def test_the_shape_asks_for_float32_even_where_the_folder_says_half(encoder_folder):
    config = backbone_config(str(encoder_folder("bert", half=True)), "text")
    assert config["dtype"] == "float16"
    assert {p.dtype for p in build_backbone(config, "text").parameters()} == {torch.float32}


def test_a_folder_without_weights(folder):
    (folder / "model.safetensors").unlink()
    assert backbone_config(str(folder), "text")["hidden_size"] == 8
    with pytest.raises(
        EncoderError, match=r"text encoder '.*encoder' cannot be loaded: .*no file named.*--set"
    ):
        load_backbone(str(folder), "text")


def test_a_folder_without_config(folder):
    (folder / "config.json").unlink()
    with pytest.raises(
        EncoderError, match=r"vision encoder .* cannot be loaded.*--set vision_encoder=FOLDER"
    ):
        backbone_config(str(folder), "vision")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_backbone(str(folder), "vision")


@pytest.mark.parametrize("config", ["{no", "[]", '{"model_type": "nonsense"}', '{"hidden_size": 8}'])
def test_a_config_that_is_none(folder, config):
    (folder / "config.json").write_text(config)
    with pytest.raises(EncoderError, match="cannot be loaded"):
        backbone_config(str(folder), "text")


@pytest.mark.parametrize("name", ["/nowhere/at/all", "../models/nowhere", "models/text/nowhere"])
def test_a_folder_that_is_not_there_is_called_so(name):
    with pytest.raises(EncoderError, match=f"'{name}' cannot be loaded: there is no such folder"):
        backbone_config(name, "text")


@pytest.mark.parametrize("name", ["/nowhere/at/all", "no such thing", "somebody/some-encoder"])
def test_what_is_no_folder_and_not_to_be_had(name):
    began = time.monotonic()
    for ask in (backbone_config, load_backbone):
        with pytest.raises(EncoderError, match=f"'{name}' cannot be loaded.*Allowed is a folder"):
            ask(name, "text")
    assert time.monotonic() - began < 5


def test_a_known_shape_needs_no_hub_but_its_weights_do():
    assert backbone_config("distilbert/distilbert-base-uncased", "text")["dim"] == 768
    assert backbone_config("microsoft/resnet-18", "vision")["hidden_sizes"] == [64, 128, 256, 512]
    with pytest.raises(EncoderError, match="or --set pretrained=false for random weights"):
        load_backbone("distilbert/distilbert-base-uncased", "text")


@pytest.mark.parametrize("keep", [0, 50, -100])
def test_weights_that_are_damaged(folder, keep):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_backbone(str(folder), "text")


def test_weights_that_lack_a_layer(folder):
    change_config(folder, num_hidden_layers=5)
    with pytest.raises(EncoderError, match=r"lacks 16 of its weights.*encoder\.layer\.4\."):
        load_backbone(str(folder), "text")


def test_weights_of_another_shape(folder):
    change_config(folder, vocab_size=21)
    with pytest.raises(EncoderError, match=r"another shape \(embeddings\.word_embeddings\.weight\)"):
        load_backbone(str(folder), "text")


def test_weights_that_lack_only_the_pooler_are_whole(folder):
    from safetensors.torch import save_file

    weights = load_file(folder / "model.safetensors")
    bare = {name: tensor for name, tensor in weights.items() if not name.startswith("pooler.")}
    assert len(bare) == len(weights) - 2
    save_file(bare, folder / "model.safetensors", metadata={"format": "pt"})
    assert load_backbone(str(folder), "text").pooler is None


def test_a_folders_own_code_is_neither_run_nor_asked_for(folder, monkeypatch):
    change_config(
        folder, model_type="strange", auto_map={"AutoConfig": "own.Config", "AutoModel": "own.Model"}
    )
    (folder / "own.py").write_text("raise SystemExit('the code of the folder ran')")
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("somebody was asked"))
    for ask in (backbone_config, load_backbone):
        with pytest.raises(EncoderError, match="cannot be loaded"):
            ask(str(folder), "text")
    asked = []
    own = AutoModel.from_config
    monkeypatch.setattr(AutoModel, "from_config", lambda *a, **k: asked.append(k) or own(*a, **k))
    build_backbone(backbone_config("small", "text"), "text")
    assert asked[0]["trust_remote_code"] is False


@pytest.mark.parametrize(
    ("kind", "modality", "message"),
    [
        ("bert", "vision", "a model of type 'bert' reads input_ids; allowed is one that reads pixel_values"),
        (
            "resnet",
            "text",
            "a model of type 'resnet' reads pixel_values; allowed is one that reads input_ids",
        ),
        ("t5", "vision", "vision encoder: a model of type 't5' reads input_ids"),
    ],
)
def test_an_encoder_of_the_other_modality(encoder_folder, kind, modality, message):
    folder = str(encoder_folder(kind))
    with pytest.raises(EncoderError, match=message):
        load_backbone(folder, modality)
    with pytest.raises(EncoderError, match=message):
        build_backbone(backbone_config(folder, modality), modality)


def test_a_backbone_without_layers_has_no_half(encoder_folder):
    backbone = load_backbone(str(encoder_folder("bert")), "text")
    backbone.encoder = nn.Sequential(*backbone.encoder.layer)
    with pytest.raises(EncoderError, match=r"type 'bert' has no list of layers.*vision_freeze=none"):
        freeze(backbone, "first-half")
    assert freeze(backbone, "all")


def full_size(entry):
    with torch.device("meta"):
        return (
            ENCODERS[entry]
            .from_blueprint(
                EncoderSettings(vision_freeze="none"), ENCODERS[entry].blueprint(EncoderSettings(), None)
            )
            .backbone
        )


def frozen_names(backbone):
    return {name for name, parameter in backbone.named_parameters() if not parameter.requires_grad}


@pytest.mark.parametrize(
    ("entry", "first_half"),
    [
        ("backbone", ("embedder.", "encoder.stages.0.", "encoder.stages.1.")),
        (
            "transformer",
            ("embeddings.", "transformer.layer.0.", "transformer.layer.1.", "transformer.layer.2."),
        ),
    ],
)
def test_the_first_half_of_the_reports_encoders(entry, first_half):
    backbone = full_size(entry)
    freeze(backbone, "first-half")
    expected = {name for name, _ in backbone.named_parameters() if name.startswith(first_half)}
    assert all(any(name.startswith(part) for name in expected) for part in first_half)
    assert frozen_names(backbone) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_half_is_neither_nothing_nor_all(encoder_folder, kind):
    backbone = load_backbone(str(encoder_folder(kind)), KINDS[kind])
    everything = {name for name, _ in backbone.named_parameters()}
    assert freeze(backbone, "none") == []
    assert frozen_names(backbone) == set()
    still = freeze(backbone, "first-half")
    assert set() < frozen_names(backbone) < everything
    assert {id(p) for module in still for p in module.parameters()} == {
        id(p) for p in backbone.parameters() if not p.requires_grad
    }
    freeze(backbone, "all")
    assert frozen_names(backbone) == everything


def test_half_of_a_transformers_four_layers_are_two(encoder_folder):
    backbone = load_backbone(str(encoder_folder("vit")), "vision")
    freeze(backbone, "first-half")
    layers = [{int(part) for part in name.split(".") if part.isdigit()} for name in frozen_names(backbone)]
    assert set().union(*layers) == {0, 1}
    assert {"embeddings.cls_token", "embeddings.position_embeddings"} <= frozen_names(backbone)
    parameters = {name for name, _ in backbone.named_parameters() if ".0." in name or ".1." in name}
    assert parameters <= frozen_names(backbone)
