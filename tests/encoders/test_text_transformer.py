"""Text transformers from a folder: their tokeniser, their pooling, what of them stands still."""

import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from cinefuse.encoders import EncoderSettings
from cinefuse.encoders.backbone import backbone_config
from cinefuse.encoders.direction import first_token_is_blind
from cinefuse.encoders.text_transformer import TextTransformer
from cinefuse.errors import EncoderError, SettingsError
from cinefuse.features.batch import Batch
from cinefuse.features.plots import PlotSettings, encode_plots, fit_tokenizer, padding_token
from cinefuse.recipes import Settings

KINDS = ("bert", "distilbert", "roberta", "modernbert")
TOWERS = ("clip", "t5")  # a text encoder is part of them


def build(folder, **settings):
    chosen = EncoderSettings(text="transformer", text_encoder=str(folder), **settings)
    torch.manual_seed(0)
    encoder = TextTransformer.from_blueprint(chosen, TextTransformer.blueprint(chosen, None))
    return encoder, chosen


def make_batch(movies=2, length=5):
    tokens = (torch.arange(movies * length) % 12 + 2).view(movies, length)
    return Batch(tokens, torch.ones_like(tokens, dtype=torch.bool), torch.ones(movies, dtype=torch.bool))


class Stub(nn.Module):
    """A backbone that always says the same."""

    config = SimpleNamespace(hidden_size=2, _attn_implementation="its own")
    said = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [100.0, 100.0]], [[5.0, 5.0], [1.0, 3.0], [0.0, 1.0]]])

    def forward(self, input_ids, attention_mask):
        assert input_ids.shape == attention_mask.shape
        assert attention_mask.dtype == torch.int64
        return SimpleNamespace(last_hidden_state=self.said)


@pytest.mark.parametrize(("pooling", "pooled"), [("cls", [[1, 2], [5, 5]]), ("mean", [[2, 4], [2, 3]])])
def test_pooling_by_hand(pooling, pooled):
    encoder = TextTransformer(Stub(), pooling, "none").eval()
    mask = torch.tensor([[True, True, False], [True, True, True]])
    encoded = encoder(Batch(torch.ones(2, 3, dtype=torch.long), mask, torch.tensor([True, True])))
    assert encoded.pooled.tolist() == pooled
    assert torch.equal(encoded.tokens, Stub.said)
    assert torch.equal(encoded.mask, mask)


@pytest.mark.parametrize("kind", KINDS + TOWERS)
def test_weights_are_loaded_and_said(encoder_folder, kind):
    folder = encoder_folder(kind, half=True)
    encoder, settings = build(folder)
    random = encoder.eval()(make_batch()).pooled
    assert encoder.load_pretrained(settings, None) == f"text encoder: {folder}"
    loaded = encoder.eval()(make_batch()).pooled
    assert loaded.shape == (2, encoder.out_features) == (2, 8)
    assert loaded.dtype == torch.float32
    assert not torch.allclose(random, loaded)


def test_a_first_token_that_knows_nothing_of_the_plot_does_not_stand_for_it(encoder_folder):
    folder = encoder_folder("gpt2")
    for pretrained in (True, False):
        asked = Settings(
            text="transformer",
            text_encoder=str(folder),
            pretrained=pretrained,
            max_tokens=9,
            text_pooling="cls",
        )
        with pytest.raises(
            SettingsError, match=r"gpt2 reads from left to right.*give --set text_pooling=mean"
        ):
            TextTransformer.blueprint(asked, None)
    TextTransformer.blueprint(asked.model_copy(update={"text_pooling": "mean"}), None)
    encoder, settings = build(folder, text_pooling="mean")
    assert encoder.load_pretrained(settings, None) == f"text encoder: {folder}"
    short, long = make_batch(length=2), make_batch(length=5)
    assert not torch.allclose(encoder.eval()(short).pooled, encoder(long).pooled)


@pytest.mark.parametrize("kind", [*KINDS, "clip", "siglip", "siglip2", "t5"])
def test_others_know_what_follows_or_pool_themselves(encoder_folder, kind):
    folder = str(encoder_folder(kind))
    before = torch.random.get_rng_state()
    with torch.device("meta"):  # as shapes are built
        assert not first_token_is_blind(backbone_config(folder, "text"))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_pretrained_false_takes_the_shape_alone(encoder_folder):
    folder = encoder_folder("bert")
    encoder, settings = build(folder, pretrained=False)
    before = encoder.backbone
    assert encoder.load_pretrained(settings, None) is None
    assert encoder.backbone is before


def test_a_small_shape_takes_the_size_of_the_words_learned():
    tokenizer = fit_tokenizer(["a quiet letter"], PlotSettings())
    settings = EncoderSettings(text="transformer", text_encoder="small")
    blueprint = json.loads(json.dumps(TextTransformer.blueprint(settings, tokenizer)))
    encoder = TextTransformer.from_blueprint(settings, blueprint)
    assert encoder.backbone.get_input_embeddings().num_embeddings == 5
    assert encoder.load_pretrained(settings, tokenizer) is None
    assert TextTransformer.tokenizer(settings) is None


def test_the_folders_own_tokeniser(encoder_folder, add_tokenizer):
    folder = add_tokenizer(encoder_folder("distilbert"))
    tokenizer = TextTransformer.tokenizer(EncoderSettings(text_encoder=str(folder)))
    assert tokenizer.encode("A quiet horse").tokens == ["[CLS]", "a", "quiet", "[UNK]", "[SEP]"]
    assert padding_token(tokenizer) == 0
    encoded = encode_plots(["a quiet letter from the sea", "☃", "\x00", None], tokenizer, 4)
    assert [len(tokens) for tokens in encoded.tokens] == [4, 3, 1, 1]
    assert encoded.tokens[0][-1] == tokenizer.token_to_id("[SEP]")  # cut, and still ended as BERT wants it
    assert encoded.present == [True, True, False, False]


def test_a_tokeniser_of_words_alone(encoder_folder, tmp_path):
    folder = shutil.copytree(encoder_folder("bert"), tmp_path / "bert")
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "house"]))
    tokenizer = TextTransformer.tokenizer(EncoderSettings(text_encoder=str(folder)))
    assert tokenizer.encode("a house").tokens == ["[CLS]", "a", "house", "[SEP]"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_without_tokeniser(encoder_folder, kind):
    # transformers makes one of special tokens alone, to which every word is unknown
    with pytest.raises(EncoderError, match=r"has no tokeniser that can be loaded.*Allowed is a folder with"):
        TextTransformer.tokenizer(EncoderSettings(text_encoder=str(encoder_folder(kind))))


@pytest.mark.parametrize("content", ["{no", "{}", '{"model": {"type": "WordLevel"}}'])
def test_a_damaged_tokeniser(encoder_folder, add_tokenizer, tmp_path, content):
    folder = add_tokenizer(shutil.copytree(encoder_folder("bert"), tmp_path / "bert"))
    (folder / "tokenizer.json").write_text(content)
    with pytest.raises(EncoderError, match=f"text encoder '{folder}' has no tokeniser that can be loaded"):
        TextTransformer.tokenizer(EncoderSettings(text_encoder=str(folder)))


@pytest.mark.parametrize("name", ["/nowhere/at/all", "somebody/some-encoder"])
def test_a_tokeniser_that_is_nowhere(name):
    with pytest.raises(EncoderError, match=f"'{name}' has no tokeniser"):
        TextTransformer.tokenizer(EncoderSettings(text_encoder=name))


@pytest.mark.parametrize(("kind", "places"), [("bert", 24), ("distilbert", 24), ("roberta", 22)])
def test_plots_longer_than_the_encoder_reads(encoder_folder, kind, places):
    encoder, _ = build(encoder_folder(kind))
    assert encoder.eval()(make_batch(1, places)).tokens.shape == (1, places, 8)
    with pytest.raises(
        SettingsError, match=f"up to {places + 1} tokens.* at most {places}; give --set max_tokens={places}"
    ):
        encoder(make_batch(1, places + 1))


@pytest.mark.parametrize(("kind", "places"), [("bert", 24), ("roberta", 22), ("clip", 24)])
def test_more_tokens_than_places_are_said_before_training(encoder_folder, kind, places):
    folder = str(encoder_folder(kind))
    enough = Settings(text="transformer", text_encoder=folder, max_tokens=places)
    TextTransformer.blueprint(enough, None)
    with pytest.raises(SettingsError, match=f"give --set max_tokens={places} or less"):
        TextTransformer.blueprint(enough.model_copy(update={"max_tokens": places + 1}), None)


def test_from_scratch_a_known_shape_asks_for_no_tokeniser():
    settings = EncoderSettings(text="transformer", pretrained=False)
    assert settings.text_encoder == "distilbert/distilbert-base-uncased"
    assert TextTransformer.tokenizer(settings) is None  # and not the hub, which is closed here
    learned = fit_tokenizer(["a quiet letter"], PlotSettings())
    assert TextTransformer.blueprint(settings, learned)["config"]["vocab_size"] == 5
    trained = settings.model_copy(update={"pretrained": True})
    assert TextTransformer.blueprint(trained, learned)["config"]["vocab_size"] == 30522
    with pytest.raises(EncoderError, match="has no tokeniser"):
        TextTransformer.tokenizer(trained)


def test_an_encoder_without_a_table_of_places_reads_on(encoder_folder):
    encoder, _ = build(encoder_folder("modernbert"))
    assert encoder.eval()(make_batch(1, 30)).tokens.shape == (1, 30, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_layers_drop_nothing_and_learn_nothing(encoder_folder, kind):
    encoder, settings = build(encoder_folder(kind), text_freeze="first-half", text_pooling="mean")
    encoder.load_pretrained(settings, None)
    before = {name: parameter.detach().clone() for name, parameter in encoder.named_parameters()}
    frozen = {name for name, parameter in encoder.named_parameters() if not parameter.requires_grad}
    assert any("layer.1." in name or "layers.1." in name for name in frozen)
    assert not any("layer.2." in name or "layers.2." in name for name in frozen)
    encoder.train()
    optimizer = torch.optim.SGD([p for p in encoder.parameters() if p.requires_grad], lr=1.0)
    encoder(make_batch()).tokens.pow(3).sum().backward()
    optimizer.step()
    changed = {
        name for name, parameter in encoder.named_parameters() if not torch.equal(parameter, before[name])
    }
    assert changed
    assert not changed & frozen


@pytest.mark.parametrize("kind", KINDS)
def test_an_encoder_frozen_whole_says_the_same_in_training(encoder_folder, kind):
    encoder, settings = build(encoder_folder(kind), text_freeze="all")
    encoder.load_pretrained(settings, None)
    expected = encoder.eval()(make_batch(8)).tokens
    assert torch.equal(encoder.train()(make_batch(8)).tokens, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_attention_dropout_is_the_settings_in_shape_and_weights(encoder_folder, kind):
    encoder, settings = build(encoder_folder(kind), text_attention_dropout=0.25)
    built = encoder.backbone.config.to_dict()
    encoder.load_pretrained(settings, None)
    for config in (built, encoder.backbone.config.to_dict()):
        found = [
            config[name] for name in ("attention_probs_dropout_prob", "attention_dropout") if name in config
        ]
        assert found == [0.25]


def test_an_encoder_that_is_trained_does_drop(encoder_folder):
    encoder, _ = build(encoder_folder("distilbert"))
    expected = encoder.eval()(make_batch(8)).tokens
    assert not torch.equal(encoder.train()(make_batch(8)).tokens, expected)


def test_minilm(shared):
    folder = shared / "models" / "minilm_l6"
    encoder, settings = build(folder, text_pooling="mean")
    encoder.load_pretrained(settings, None)
    pooler = 384 * 384 + 384
    assert sum(p.numel() for p in encoder.backbone.parameters()) == 22_713_216 - pooler
    assert {p.dtype for p in encoder.parameters()} == {torch.float32}
    assert encoder.out_features == 384
    plots = [
        "A cat sleeps on the roof.",
        "On the roof lies a sleeping cat.",
        "The bank robbers flee by train.",
    ]
    encoded = encode_plots(plots, TextTransformer.tokenizer(settings), 32)
    pooled = []
    with torch.inference_mode():
        for tokens in encoded.tokens:
            row = torch.tensor(tokens)[None]
            pooled.append(encoder.eval()(Batch(row, row > 0, torch.tensor([True]))).pooled[0])
    near = torch.cosine_similarity(pooled[0], pooled[1], dim=0)
    far = torch.cosine_similarity(pooled[0], pooled[2], dim=0)
    assert near > 0.8
    assert far < 0.4  # the weights are those of a sentence encoder, not random
