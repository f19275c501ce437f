"""Heads: the papers' arithmetic by hand and beside others', and that only the train split has a say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import ClassifierChain

from cinefuse.bundle import load_bundle
from cinefuse.encoders import Encoded
from cinefuse.experiment import run
from cinefuse.features.table import genre_matrix
from cinefuse.fusion import FUSIONS, FusionOutput
from cinefuse.heads import HEADS
from cinefuse.heads.head import HeadedSettings
from cinefuse.heads.label_graph import genre_ties
from cinefuse.inference import Predictor

# six films of four genres, which 5, 2, 1 and 0 of them have
FILMS = torch.tensor([[1.0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0]])


def build(name, n_genres=4, **settings):
    torch.manual_seed(0)
    chosen = HeadedSettings(
        **{
            "fusion": "early",
            "head": name,
            "early_layers": (8,),
            "label_graph_widths": (5, 7),
            "label_width": 6,
        }
        | settings
    )
    widths = {"text": 6, "vision": 5}
    fusion = FUSIONS[chosen.fusion].build(widths, n_genres, chosen)
    return HEADS[name].build(fusion, widths, n_genres, chosen).eval()


def test_genre_ties_by_hand():
    ties = genre_ties(FILMS, threshold=0.4, share=0.2)
    # of the 5 films of the first 2 have the second: 0.4, and 1 the third: 0.2
    # both films of the second have the first, one has the third; the film of the third has both
    expected = [[0.8, 0.2, 0, 0], [0.1, 0.8, 0.1, 0], [0.1, 0.1, 0.8, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(ties, expected, atol=1e-6)
    np.testing.assert_allclose(
        genre_ties(FILMS, 0.9, 0.5)[:3, :3], [[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.25, 0.5]]
    )


@pytest.mark.parametrize(("threshold", "share"), [(0.1, 0.2), (0.4, 0.2), (0.7, 0.35)])
def test_genre_ties_are_the_papers_equations_in_numpy(threshold, share):
    films = (np.random.default_rng(3).random((60, 7)) < np.linspace(0.6, 0.1, 7)).astype(float)
    n_genres = films.shape[1]
    expected = np.zeros((n_genres, n_genres))
    for i in range(n_genres):
        of_i = films[films[:, i] == 1]
        tied = [j for j in range(n_genres) if j != i and of_i[:, j].mean() >= threshold]
        for j in tied:
            expected[i, j] = share / len(tied)
        expected[i, i] = 1 - share if tied else 1
    assert 0 < (expected > 0).mean() < 1
    found = genre_ties(torch.from_numpy(films).float(), threshold, share)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_label_graph_is_two_convolutions_in_numpy():
    head = build("label-graph").fit(FILMS)
    ties = genre_ties(FILMS, 0.4, 0.2).numpy()
    first, second = (layer.weight.detach().numpy().T for layer in (head.first, head.second))
    hidden = ties @ head.genres.detach().numpy() @ first
    classifiers = ties @ np.where(hidden > 0, hidden, 0.2 * hidden) @ second
    features = torch.randn(3, 8)
    found = head(FusionOutput(features), {}).detach().numpy()
    np.testing.assert_allclose(found, features.numpy() @ classifiers.T, rtol=1e-4, atol=1e-5)


def test_a_chain_goes_from_the_commonest_genre_to_the_rarest():
    head = build("classifier-chain").fit(FILMS[:, [3, 1, 0, 2]])
    assert head.order.tolist() == [2, 1, 3, 0]


def fitted_chain():
    """scikit-learn's chain on four genres, and ours with its weights."""
    random = np.random.default_rng(5)
    features = random.normal(size=(200, 8))
    truth = features[:, :4] + random.normal(size=(200, 4)) > [1.0, -1.0, 0.0, 0.5]
    truth[:, 2] |= truth[:, 0]
    order = [int(genre) for genre in np.argsort(-truth.sum(axis=0))]
    chain = ClassifierChain(LogisticRegression(), order=order, chain_method="predict_proba")
    chain.fit(features, truth.astype(int))
    head = build("classifier-chain").fit(torch.from_numpy(truth).float())
    assert head.order.tolist() == order != [0, 1, 2, 3]
    with torch.no_grad():
        links = []
        for genre, one in zip(order, chain.estimators_, strict=True):
            head.layers.weight[genre] = torch.from_numpy(one.coef_[0, :8])
            head.layers.bias[genre] = one.intercept_[0]
            links += one.coef_[0, 8:].tolist()
        head.links.copy_(torch.tensor(links))
    return chain, head, features, truth


def test_a_chain_scores_as_scikit_learns_does_with_its_own_probabilities():
    chain, head, features, _ = fitted_chain()
    found = head(FusionOutput(torch.from_numpy(features).float()), {}).sigmoid().detach().numpy()
    np.testing.assert_allclose(found, chain.predict_proba(features), atol=1e-5)


def test_a_chain_learns_from_the_truth():
    chain, head, features, truth = fitted_chain()
    told = head(FusionOutput(torch.from_numpy(features).float()), {}, torch.from_numpy(truth).float())
    for place, (genre, one) in enumerate(zip(chain.order_, chain.estimators_, strict=True)):
        before = truth[:, chain.order_[:place]]
        expected = one.decision_function(np.hstack([features, before]))
        np.testing.assert_allclose(told[:, genre].detach().numpy(), expected, rtol=1e-3, atol=1e-4)


def test_a_genre_that_stands_first_is_not_changed_by_the_others():
    _, head, features, truth = fitted_chain()
    fused, truth = FusionOutput(torch.from_numpy(features).float()), torch.from_numpy(truth).float()
    first, last = head.order[0], head.order[-1]
    one, other = head(fused, {}, truth), head(fused, {}, 1 - truth)
    assert torch.equal(one[:, first], other[:, first])
    assert not torch.equal(one[:, last], other[:, last])


def encoded(padding=0):
    generator = torch.Generator().manual_seed(2)
    made = {}
    for name, width, length in (("text", 6, 4), ("vision", 5, 3)):
        tokens = torch.randn(2, length, width, generator=generator)
        mask = torch.ones(2, length, dtype=torch.bool)
        if name == "text" and padding:
            tokens = torch.cat([tokens, 100 * torch.ones(2, padding, width)], dim=1)
            mask = torch.cat([mask, torch.zeros(2, padding, dtype=torch.bool)], dim=1)
        made[name] = Encoded(tokens, mask, torch.zeros(2, width), {})
    return made


def test_label_attention_is_torchs_own_without_padding():
    head, fused = build("label-attention"), FusionOutput(torch.randn(2, 8))
    found = head(fused, encoded(padding=3))
    one = encoded()
    tokens = torch.cat([head.tokens[name](one[name].tokens) for name in ("text", "vision")], dim=1)
    queries = head.queries.expand(2, -1, -1)
    seen = torch.nn.functional.scaled_dot_product_attention(queries, tokens, tokens)
    seen = seen + head.features(fused.features)[:, None]
    expected = torch.einsum("bgw,gw->bg", seen, head.classifiers) + head.bias
    torch.testing.assert_close(found, expected)


def test_a_genre_looks_where_its_query_points():
    head, one, fused = build("label-attention"), encoded(), FusionOutput(torch.randn(2, 8))
    tokens = torch.cat([head.tokens[name](one[name].tokens) for name in ("text", "vision")], dim=1)[0]
    with torch.no_grad():
        head.queries.zero_()  # looks everywhere alike
        head.queries[2] = 1e4 * tokens[1]
    seen = torch.stack([tokens.mean(dim=0)] * 4)
    seen[2] = tokens[1]
    expected = ((seen + head.features(fused.features)[0]) * head.classifiers).sum(dim=1) + head.bias
    torch.testing.assert_close(head(fused, one)[0], expected)
    # 4 words and 3 places, and one genre that looks at a word alone; padding is never looked at
    for made in (one, encoded(padding=3)):
        share = head.weigh(fused, made)["poster_attention"][0]
        torch.testing.assert_close(share, torch.tensor([3 / 7, 3 / 7, 0.0, 3 / 7]), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", list(HEADS))
def test_only_the_train_split_has_a_say(name, tiny_settings, tiny_corpus, tmp_path):
    """Dev and test with every genre turned round leave a head with the same order and ties."""
    settings = tiny_settings("early-fusion", f"head={name}", "max_epochs=1", "deterministic=true")
    genres = tiny_corpus.genres
    turned = {
        split: [replace(film, genres=tuple(set(genres) - set(film.genres))) for film in films]
        if split != "train"
        else films
        for split, films in tiny_corpus.splits.items()
    }
    learned = []
    for number, corpus in enumerate((tiny_corpus, replace(tiny_corpus, splits=turned))):
        run("early-fusion", settings, corpus, tmp_path / str(number))
        learned.append(dict(load_bundle(tmp_path / str(number)).model.head.named_buffers()))
    assert all(torch.equal(one, learned[1][buffer]) for buffer, one in learned[0].items())
    matrices = {split: genre_matrix(films, genres) for split, films in tiny_corpus.splits.items()}
    by_hand = {
        "classifier-chain": lambda films: {"order": films.sum(dim=0).argsort(descending=True, stable=True)},
        "label-graph": lambda films: {"ties": genre_ties(films, 0.4, 0.2)},
    }.get(name, lambda _: {})
    assert learned[0].keys() == by_hand(matrices["train"]).keys()
    for buffer, expected in by_hand(matrices["train"]).items():
        assert torch.equal(learned[0][buffer], expected)


def test_a_run_from_before_there_were_heads_opens(tiny_run, tiny_settings, tiny_corpus, tmp_path):
    run("bert-text", tiny_settings("bert-text", "max_epochs=1"), tiny_corpus, tmp_path / "run")
    movies = tiny_corpus.split("test")
    before = Predictor.load(tmp_path / "run").probabilities(movies)
    path = tmp_path / "run" / "model.safetensors"
    weights = {name.replace("head.layers.", "head."): one for name, one in load_file(path).items()}
    assert "head.1.weight" in weights
    save_file(weights, path)
    assert np.array_equal(Predictor.load(tmp_path / "run").probabilities(movies), before)
