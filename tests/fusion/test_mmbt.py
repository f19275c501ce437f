"""The bitransformer: what the text encoder is given to read, and what it makes of it."""

import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel

from cinefuse.encoders import Encoded, EncoderSettings
from cinefuse.encoders.encoder import ENCODERS
from cinefuse.encoders.segments import segments
from cinefuse.encoders.text_transformer import TextTransformer
from cinefuse.errors import SettingsError
from cinefuse.experiment import make_tokenizer
from cinefuse.features.batch import Batch
from cinefuse.features.table import encode_movies
from cinefuse.fusion import FUSIONS, FusionSettings
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import compose, find_recipe

SIZES = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
BERT = BertModel(
    BertConfig(vocab_size=20, max_position_embeddings=12, **SIZES), add_pooling_layer=False
).eval()


def test_the_poster_stands_between_the_first_word_and_the_others():
    torch.manual_seed(0)
    fusion = FUSIONS["mmbt"].build({"text": 3, "vision": 2}, 4, FusionSettings(dropout=0, image_tokens=2))
    given = {}

    def layers(vectors, mask, first):
        given.update(vectors=vectors, mask=mask, first=first)
        return vectors[:, 0]

    fusion.take(layers)
    words, places = torch.randn(2, 3, 3), torch.randn(2, 4, 2)
    mask = torch.tensor([[True, True, False], [True, True, True]])
    present = torch.tensor([True, False])
    fusion(
        {
            "text": Encoded(words, mask, words[:, 0], {}, present=present),
            "vision": Encoded(places, torch.ones(2, 4, dtype=torch.bool), places.mean(dim=1), {}),
        }
    )
    bands = places.reshape(2, 2, 2, 2).mean(dim=2)  # of two places each
    expected = [words[:, :1], fusion.image(bands), fusion.separator.expand(2, 1, 3), words[:, 1:]]
    torch.testing.assert_close(given["vectors"], torch.cat(expected, dim=1))
    assert given["first"] == 4
    # padding is not read, and the stand-in of an absent plot is one word
    assert given["mask"].tolist() == [[True] * 4 + [True, False], [True] * 4 + [False, False]]


def test_segments_are_numbered_and_count_from_zero():
    told = segments(BERT, torch.zeros(2, 5, 8), first=3)
    assert told["token_type_ids"].tolist() == [[0, 0, 0, 1, 1]] * 2
    assert told["position_ids"].tolist() == [[0, 1, 2, 0, 1]]
    roberta = RobertaModel(RobertaConfig(vocab_size=20, type_vocab_size=1, **SIZES))
    told = segments(roberta, torch.zeros(2, 3, 8), first=2)
    assert told.keys() == {"position_ids"}  # it has one segment
    assert told["position_ids"].tolist() == [[2, 3, 2]]  # behind the padding's own number
    distilled = DistilBertModel(DistilBertConfig(vocab_size=20, dim=8, hidden_dim=8, n_layers=1, n_heads=2))
    assert segments(distilled, torch.zeros(2, 3, 8), first=2).keys() == {"position_ids"}


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_a_plot_alone_is_read_as_the_encoder_reads_it(pooling):
    encoder = TextTransformer(BERT, pooling, "none").eval()
    tokens = torch.tensor([[2, 5, 7, 0], [2, 9, 8, 6]])
    batch = Batch(tokens, tokens > 0, torch.ones(2, dtype=torch.bool))
    usual = encoder(batch).pooled
    layers = encoder.hand_over()
    words = encoder(batch)
    torch.testing.assert_close(words.tokens, BERT.get_input_embeddings()(tokens))
    # all of it one segment: nothing is different
    torch.testing.assert_close(layers(words.tokens, words.mask, 4), usual)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_what_it_attends_to_is_what_transformers_says(pooling):
    config = BertConfig(vocab_size=20, max_position_embeddings=12, **SIZES | {"num_hidden_layers": 3})
    encoder = TextTransformer(BertModel(config, add_pooling_layer=False).eval(), pooling, "none").eval()
    tokens = torch.tensor([[2, 5, 7, 0], [2, 9, 8, 6]])
    vectors, mask = encoder.word_embedding()(tokens), tokens > 0
    layers = encoder.hand_over()
    usual = layers(vectors, mask, 4)
    found = layers.attention(vectors, mask, 4)
    torch.testing.assert_close(layers(vectors, mask, 4), usual)  # its own attention is in place again
    told = BertModel.from_pretrained(None, config=config, state_dict=encoder.backbone.state_dict())
    told.set_attn_implementation("eager")
    of_layers = told.eval()(tokens, mask.long(), output_attentions=True).attentions
    for film, length in enumerate([3, 4]):
        looks = torch.stack([layer[film].mean(dim=0) for layer in of_layers]).mean(dim=0)
        own = looks[0] if pooling == "cls" else looks[:length].mean(dim=0)
        torch.testing.assert_close(found[film], own)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2))


def test_the_share_of_the_poster_is_that_of_its_words():
    class Looks:
        def attention(self, vectors, mask, first):
            assert first == 4
            return torch.tensor([[0.1, 0.2, 0.3, 0.1, 0.3], [0.5, 0.0, 0.1, 0.2, 0.2]])

    fusion = FUSIONS["mmbt"].build({"text": 3, "vision": 2}, 4, FusionSettings(image_tokens=2))
    fusion.take(Looks())
    text = Encoded(torch.randn(2, 2, 3), torch.ones(2, 2, dtype=torch.bool), torch.randn(2, 3), {})
    places = torch.randn(2, 4, 2)
    vision = Encoded(places, torch.ones(2, 4, dtype=torch.bool), places.mean(dim=1), {})
    found = fusion.weigh({"text": text, "vision": vision})
    torch.testing.assert_close(found["poster_share"], torch.tensor([[0.5], [0.1]]))


def test_an_encoder_that_takes_words_alone_is_refused():
    class WordsAlone(BertModel):
        def forward(self, input_ids, attention_mask):
            return super().forward(input_ids, attention_mask)

    encoder = TextTransformer(WordsAlone(BERT.config), "cls", "none")
    with pytest.raises(SettingsError, match=r"WordsAlone takes words alone, .* takes `inputs_embeds`"):
        encoder.hand_over()


def test_other_encoders_have_nothing_to_hand_over():
    for name in ENCODERS:
        entry = ENCODERS[name]
        if not entry.hands_over:
            settings = EncoderSettings(vision_encoder="small", vision_freeze="none")
            encoder = entry.from_blueprint(settings, entry.blueprint(settings, None))
            with pytest.raises(NotImplementedError, match="has no layers that a fusion could run"):
                encoder.hand_over()
    with pytest.raises(SettingsError, match="text=bilstm has none to run; allowed is text=transformer"):
        compose(find_recipe("mmbt"), ["text=bilstm"])


def build(settings, corpus):
    torch.manual_seed(0)
    tokenizer = make_tokenizer(settings, corpus)
    model = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), len(corpus.genres))
    return model, encode_movies(corpus.split("train"), corpus.genres, settings, tokenizer, read_posters=True)


def test_gradients_reach_the_encoder_by_way_of_the_poster(tiny_settings, tiny_corpus):
    model, table = build(tiny_settings("mmbt", "modality_dropout=0"), tiny_corpus)
    model.train()(table.batch(range(6))).logits.sum().backward()
    for modality in ("text", "vision"):
        silent = [name for name, one in model.encoders[modality].named_parameters() if one.grad is None]
        assert set(silent) <= {"absent"}
    assert all(one.grad is not None for one in model.fusion.parameters())


def test_a_frozen_encoder_stays_as_it_is_and_is_run_all_the_same(tiny_settings, tiny_corpus):
    model, table = build(tiny_settings("mmbt", "text_freeze=all", "vision_freeze=all"), tiny_corpus)
    assert set(model.frozen_encoders()) == {"vision"}  # of the text nothing can be made beforehand
    assert model.encoders["text"].is_frozen
    model.train()(table.batch(range(6))).logits.sum().backward()
    assert all(one.grad is None for one in model.encoders["text"].backbone.parameters())
    assert model.fusion.image[-1].weight.grad.any()
    assert set(model.heads_alone) == {"vision"}  # word vectors by themselves tell no genres


def test_reports_are_told_what_the_poster_gets(tiny_settings, tiny_corpus):
    model, table = build(tiny_settings("mmbt"), tiny_corpus)
    encoded = model.eval().encode(table.batch(range(6)))
    shares = model.join(encoded, weigh=True).weights["poster_share"]
    assert shares.shape == (6, 1)
    assert ((shares > 0) & (shares < 1)).all()
    assert model.join(encoded).weights == {}  # it costs a second reading, and is told where it is asked for
