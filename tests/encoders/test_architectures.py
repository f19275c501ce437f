"""What the field encodes with: our tokens and pooled vectors are those of transformers' own models.

A new architecture is a line in `CONFIGS` (conftest.py) and one in a table here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from tokenizers.processors import TemplateProcessing
from transformers import CLIPTokenizer, PreTrainedTokenizerFast, TimmWrapperConfig
from transformers.models.auto import AutoModel

from cinefuse import experiment, explain
from cinefuse.corpus.movie import Movie
from cinefuse.encoders.like_length import like_length
from cinefuse.encoders.text_transformer import TextTransformer
from cinefuse.encoders.vision_backbone import VisionBackbone
from cinefuse.errors import EncoderError, SettingsError
from cinefuse.export.graph import write_graph
from cinefuse.exported.record import ReadingSettings
from cinefuse.features.batch import Batch
from cinefuse.features.plots import encode_plots
from cinefuse.inference import Predictor
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import Settings, compose, find_recipe

from .conftest import CONFIGS

LENGTHS = [3, 9, 2, 8, 9]
PLACES = 24  # that every text transformer here has, RoBERTa two fewer


def first(found):
    return found.last_hidden_state[:, 0]


def own(found):
    return found.pooler_output.flatten(1)


def mean(found):
    return found.last_hidden_state.flatten(2).mean(dim=2)


@dataclass(frozen=True)
class Text:
    """A text transformer: what stands for the plot, how much it reads, whether it reads its padding."""

    pooled: Callable
    most: int | None = PLACES
    full_length: bool = False


@dataclass(frozen=True)
class Vision:
    """A vision model: what stands for the poster, pixels a place, tokens that are no places; which way."""

    pooled: Callable
    step: int = 16
    no_places: int = 0


TEXTS = {
    "bert": Text(first),
    "distilbert": Text(first),
    "roberta": Text(first, most=PLACES - 2),
    "modernbert": Text(first, most=None),
    "clip": Text(own),
    "siglip": Text(own, full_length=True),
    "siglip2": Text(own, full_length=True),
}
VISIONS = {
    "resnet": Vision(mean, step=32),
    "mobilenet": Vision(mean, step=32),
    "efficientnet": Vision(mean, step=32),
    "convnext": Vision(own, step=32),
    "vit": Vision(first, no_places=1),
    "clip": Vision(own, no_places=1),
    "siglip": Vision(own),
    "dinov2": Vision(own, no_places=4),
    "swin": Vision(own),
}


def original(folder, modality):
    """transformers' own model of the folder, or its tower, as whoever uses it alone has it."""
    whole = AutoModel.from_pretrained(folder).eval()
    return getattr(whole, f"{modality}_model", whole)


def text_settings(folder, **settings):
    return Settings(text="transformer", text_encoder=str(folder), **{"max_tokens": 9} | settings)


def loaded(entry, settings, tokenizer=None):
    encoder = entry.from_blueprint(settings, json.loads(json.dumps(entry.blueprint(settings, tokenizer))))
    encoder.load_pretrained(settings, tokenizer)
    return encoder


def plots():
    generator = torch.Generator().manual_seed(1)
    mask = torch.arange(max(LENGTHS))[None] < torch.tensor(LENGTHS)[:, None]
    tokens = torch.randint(4, 15, mask.shape, generator=generator)
    tokens[torch.arange(len(LENGTHS)), torch.tensor(LENGTHS) - 1] = 15  # CLIP's end of text
    return Batch(tokens * mask, mask, torch.ones(len(LENGTHS), dtype=torch.bool))


def posters(height, width, movies=2):
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (movies, 3, height, width), generator=generator, dtype=torch.uint8)
    return Batch(posters=pixels, has_poster=torch.ones(movies, dtype=torch.bool))


def without_dropout(encoder):
    for part in encoder.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return encoder


@pytest.mark.parametrize("kind", TEXTS)
def test_plots_are_read_as_the_original_reads_them(encoder_folder, kind):
    folder, batch = encoder_folder(kind), plots()
    model = original(folder, "text")
    pad = model.config.pad_token_id
    given, mask = batch.plot_tokens.masked_fill(~batch.plot_mask, pad), batch.plot_mask
    if TEXTS[kind].full_length:
        given = torch.nn.functional.pad(given, (0, PLACES - given.shape[1]), value=pad)
        found = model(input_ids=given)
    else:
        found = model(input_ids=given, attention_mask=mask.long())
    encoded = loaded(TextTransformer, text_settings(folder)).eval()(batch)
    assert encoded.tokens.shape == (5, 9, 8)
    torch.testing.assert_close(
        encoded.tokens[mask], found.last_hidden_state[:, :9][mask], rtol=1e-5, atol=1e-5
    )
    torch.testing.assert_close(encoded.pooled, TEXTS[kind].pooled(found), rtol=1e-5, atol=1e-5)
    # no vector stands for two plots: a causal reader's first token would, which has read nothing of them
    assert len(encoded.pooled.round(decimals=4).unique(dim=0)) == len(LENGTHS)

    averaged = loaded(TextTransformer, text_settings(folder, text_pooling="mean")).eval()(batch).pooled
    expected = torch.stack(
        [row[:length].mean(dim=0) for row, length in zip(encoded.tokens, LENGTHS, strict=True)]
    )
    torch.testing.assert_close(averaged, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
@pytest.mark.parametrize("kind", TEXTS)
def test_in_groups_of_like_length_plots_are_read_alike(encoder_folder, monkeypatch, kind, pooling):
    monkeypatch.setattr(like_length, "__defaults__", (18,))
    settings = text_settings(encoder_folder(kind), text_pooling=pooling, text_attention_dropout=0)
    encoder, found = without_dropout(loaded(TextTransformer, settings)).train(), []
    for encoder.quick in (True, False):
        encoded = encoder(plots())
        found.append((encoded.pooled, encoded.tokens * encoded.mask[..., None]))
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", TEXTS)
def test_dropout_in_training_leaves_numbers(encoder_folder, kind):
    settings = text_settings(encoder_folder(kind), text_attention_dropout=0.3)
    encoder = loaded(TextTransformer, settings)
    torch.manual_seed(0)
    once, again = (encoder.train()(plots()).pooled for _ in range(2))
    assert torch.isfinite(once).all()
    assert not torch.equal(once, again), "attention dropout of 0.3 dropped nothing"


@pytest.mark.parametrize("kind", TEXTS)
def test_more_tokens_than_it_reads_are_refused(encoder_folder, kind):
    folder, most = encoder_folder(kind), TEXTS[kind].most
    if most is None:
        TextTransformer.blueprint(text_settings(folder, max_tokens=8_000), None)
        return
    TextTransformer.blueprint(text_settings(folder, max_tokens=most), None)
    with pytest.raises(SettingsError, match=f"at most {most}; give --set max_tokens={most} or less"):
        TextTransformer.blueprint(text_settings(folder, max_tokens=most + 1), None)


@pytest.mark.parametrize("kind", VISIONS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 64), (96, 64)])
def test_posters_are_seen_as_the_original_sees_them(encoder_folder, kind, height, width):
    folder, table = encoder_folder(kind), VISIONS[kind]
    encoder = loaded(VisionBackbone, Settings(vision="backbone", vision_encoder=str(folder))).eval()
    batch = posters(height, width)
    any_size = (
        {"interpolate_pos_encoding": True} if kind in {"vit", "clip", "siglip", "dinov2", "swin"} else {}
    )
    found = original(folder, "vision")(pixel_values=encoder.norm(batch.posters), **any_size)
    encoded = encoder(batch)
    rows, columns = height // table.step, width // table.step
    assert encoded.grid == (rows, columns)
    assert encoded.tokens.shape == (2, rows * columns, encoder.out_features)
    assert encoded.mask.shape == (2, rows * columns)
    assert encoded.mask.all()
    seen = found.last_hidden_state
    places = seen.flatten(2).transpose(1, 2) if seen.dim() == 4 else seen[:, table.no_places :]
    torch.testing.assert_close(encoded.tokens, places, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(encoded.pooled, table.pooled(found), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["vit", "clip", "siglip", "dinov2"])
def test_posters_that_do_not_divide_into_patches_are_refused(encoder_folder, kind):
    settings = Settings(
        vision="backbone", vision_encoder=str(encoder_folder(kind)), poster_height=64, poster_width=42
    )
    with pytest.raises(SettingsError, match=r"posters of 64 x 42 .* 16 x 16.*poster_height=64 .*_width=48"):
        VisionBackbone.blueprint(settings, None)
    encoder = loaded(VisionBackbone, settings.model_copy(update={"poster_width": 48}))
    with pytest.raises(SettingsError, match="posters of 64 x 42 pixels do not divide"):
        encoder(posters(64, 42))


@pytest.mark.parametrize(("kind", "grid"), [("resnet", (3, 2)), ("efficientnet", (2, 1))])
def test_where_nothing_is_cut_into_patches_any_size_will_do(encoder_folder, kind, grid):
    settings = Settings(vision="backbone", vision_encoder=str(encoder_folder(kind)), poster_width=45)
    assert loaded(VisionBackbone, settings).eval()(posters(70, 45)).grid == grid


@pytest.mark.parametrize("kind", VISIONS)
@pytest.mark.parametrize("how", ["none", "first-half", "all"])
def test_what_is_frozen_keeps_still_and_the_rest_learns(encoder_folder, kind, how):
    settings = Settings(
        vision="backbone",
        vision_encoder=str(encoder_folder(kind)),
        vision_freeze=how,
        vision_fixed_statistics=True,  # which a model without batch norms does not notice
    )
    encoder = loaded(VisionBackbone, settings).train()
    assert encoder.is_frozen == (how == "all")
    encoded = encoder.encode(posters(64, 64, movies=4))
    if how == "all":
        assert not encoded.pooled.requires_grad
        return
    (encoded.pooled.pow(2).sum() + encoded.tokens.pow(3).sum()).backward()
    learning = {name for name, one in encoder.named_parameters() if one.grad is not None}
    asked = {name for name, one in encoder.backbone.named_parameters("backbone") if one.requires_grad}
    unseen = {name for name in asked - learning if "mask_token" not in name}  # DINO's and Swin's own training
    assert not unseen
    assert (len(asked) < len(list(encoder.backbone.parameters()))) == (how == "first-half")


@pytest.mark.parametrize("kind", ["clip", "siglip", "siglip2"])
@pytest.mark.parametrize("modality", ["text", "vision"])
def test_of_two_towers_the_other_is_neither_there_nor_missed(encoder_folder, kind, modality):
    if (kind, modality) == ("siglip2", "vision"):
        pytest.skip("refused, see below")
    folder = encoder_folder(kind)
    expected = original(folder, modality)
    weights = load_file(folder / "model.safetensors")
    mine = {name: one for name, one in weights.items() if name.startswith(f"{modality}_model.")}
    assert len(mine) < len(weights)
    save_file(mine, folder / "model.safetensors", metadata={"format": "pt"})  # the folder is this test's own
    if modality == "text":
        encoder = loaded(TextTransformer, text_settings(folder))
    else:
        encoder = loaded(VisionBackbone, Settings(vision="backbone", vision_encoder=str(folder)))
    assert type(encoder.backbone) is type(expected)
    found = encoder.backbone.state_dict()
    assert found.keys() == expected.state_dict().keys()
    assert all(torch.equal(found[name], one) for name, one in expected.state_dict().items())
    assert sum(map(torch.numel, found.values())) == sum(map(torch.numel, mine.values()))


def test_a_tower_that_lacks_weights_is_refused(encoder_folder):
    folder = encoder_folder("clip")
    weights = load_file(folder / "model.safetensors")
    del weights["text_model.final_layer_norm.bias"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"lacks 1 of its weights.*final_layer_norm\.bias"):
        loaded(TextTransformer, text_settings(folder))
    loaded(VisionBackbone, Settings(vision="backbone", vision_encoder=str(folder)))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            CONFIGS["siglip2"],
            "type 'siglip2' reads pixel_values and pixel_attention_mask and spatial_shapes; allowed is",
        ),
        (
            TimmWrapperConfig(architecture="resnet18"),
            "type 'timm_wrapper' cannot be built: .* requires the timm library.* Give --set vision_encoder",
        ),
    ],
)
def test_what_sees_no_plain_posters_is_refused(tmp_path, config, message):
    config.save_pretrained(tmp_path)
    settings = Settings(vision="backbone", vision_encoder=str(tmp_path))
    with pytest.raises(EncoderError, match=message):
        VisionBackbone.blueprint(settings, None)


def test_siglips_projection_of_another_width_and_of_the_mean_is_left_out(encoder_folder):
    folder = encoder_folder("siglip-projecting")
    encoder = loaded(TextTransformer, text_settings(folder)).eval()
    given = plots()
    padded = torch.nn.functional.pad(given.plot_tokens.masked_fill(~given.plot_mask, 1), (0, 15), value=1)
    expected = original(folder, "text")(input_ids=padded).last_hidden_state[:, -1]
    torch.testing.assert_close(encoder(given).pooled, expected, rtol=1e-5, atol=1e-5)
    averaging = loaded(TextTransformer, text_settings(encoder_folder("siglip"), text_pooling="mean"))
    assert not any("head" in name for name, _ in averaging.backbone.named_parameters())


def add_clip_tokenizer(folder):
    words = [
        "a",
        "b",
        "c",
        "d",
        "e",
        "x",
        *(f"{word}</w>" for word in ("a", "b", "c", "ab", "d", "e", "x")),
        ",",
    ]
    vocabulary = {word: number for number, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    CLIPTokenizer(vocab=vocabulary, merges=[("a", "b</w>")]).save_pretrained(folder)
    return folder


def add_siglip_tokenizer(folder):
    """As Google's folders: `</s>` ends and pads a text, and the class that is named reads other files."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    words = [
        f"▁{word}"
        for word in ("mother", "letter", "silence", "wedding", "joke", "cellar", "blood", "scream", "house")
    ]
    tokenizer = Tokenizer(Unigram([*pieces, *((word, -1.0) for word in words)], unk_id=2))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    names = {"pad_token": "</s>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tokenizer_class": "SiglipTokenizer"}))
    return folder


def test_clips_tokeniser_writes_small_and_ends_what_is_cut(encoder_folder):
    settings = text_settings(add_clip_tokenizer(encoder_folder("clip")))
    tokenizer = TextTransformer.tokenizer(settings)
    assert tokenizer.encode("AB c").tokens == ["<|startoftext|>", "ab</w>", "c</w>", "<|endoftext|>"]
    (row,) = encode_plots(["a b c d e " * 20], tokenizer, 9).tokens
    assert len(row) == 9
    assert row[-1] == 15
    (given,) = (torch.tensor(row)[None],)
    encoded = loaded(TextTransformer, settings, tokenizer).eval()(
        Batch(given, given >= 0, torch.tensor([True]))
    )
    torch.testing.assert_close(encoded.pooled, encoded.tokens[:, -1])


def test_siglip_pads_with_what_its_tokeniser_pads_with(encoder_folder):
    """SigLIP 2's configuration says SigLIP's number, and its tokeniser another."""
    folder = add_siglip_tokenizer(encoder_folder("siglip"))
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["pad_token_id"] = 0
    (folder / "config.json").write_text(json.dumps(config))
    settings = text_settings(folder)
    tokenizer = TextTransformer.tokenizer(settings)
    assert tokenizer.encode("Mother HOUSE").ids == [3, 11, 1]
    encoder, batch = loaded(TextTransformer, settings, tokenizer).eval(), plots()
    assert original(folder, "text").config.pad_token_id == 0
    padded = torch.nn.functional.pad(batch.plot_tokens.masked_fill(~batch.plot_mask, 1), (0, 15), value=1)
    expected = original(folder, "text")(input_ids=padded).pooler_output
    torch.testing.assert_close(encoder(batch).pooled, expected, rtol=1e-5, atol=1e-5)


# the others do as well, all but ModernBERT and Swin (docs/encoders.md); each takes half a minute
@pytest.mark.parametrize(("text", "vision"), [("siglip", "clip"), ("clip", "siglip")])
def test_their_graph_says_what_they_say(encoder_folder, tmp_path, text, vision):
    names = [f"text_encoder={encoder_folder(text)}", f"vision_encoder={encoder_folder(vision)}"]
    sizes = ["max_tokens=20", "poster_height=64", "poster_width=32", "vision_freeze=none"]
    settings = compose(find_recipe("attention-fusion"), [*names, *sizes])
    torch.manual_seed(0)
    model = GenreModel.from_blueprints(settings, make_blueprints(settings, None), 3).eval()
    reading = ReadingSettings.model_validate(settings.model_dump(include=set(ReadingSettings.model_fields)))
    write_graph(model, ("plot", "poster"), reading, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    given = (plots().tensors() | posters(64, 32, movies=5).tensors()).items()
    with torch.inference_mode():
        expected = model(Batch(**dict(given))).logits
    (logits,) = session.run(["logits"], {name: one.numpy() for name, one in given})
    np.testing.assert_allclose(logits, expected.numpy(), atol=1e-4)


@pytest.mark.parametrize(("kind", "add"), [("clip", add_clip_tokenizer), ("siglip", add_siglip_tokenizer)])
def test_a_film_from_both_towers_of_one_folder(
    encoder_folder, tiny_corpus, tiny_settings, tmp_path, kind, add
):
    """From training to an explanation, by `--set text_encoder=FOLDER` and `vision_encoder=FOLDER`."""
    folder = add(encoder_folder(kind))
    settings = tiny_settings(
        "early-fusion", f"text_encoder={folder}", f"vision_encoder={folder}", "max_tokens=24", "max_epochs=1"
    )
    experiment.run("early-fusion", settings, tiny_corpus, tmp_path / "run")
    predictor = Predictor.load(tmp_path / "run")
    movie = next(one for one in tiny_corpus.split("test") if one.plot and one.poster)
    assert isinstance(movie, Movie)
    explained = explain(predictor, movie)
    assert explained
