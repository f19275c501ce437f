"""The journey on real films with real pretrained encoders, in small: it learns, it keeps, it predicts."""

from dataclasses import replace

import numpy as np
import pytest

from cinefuse import Predictor, compose, evaluate, find_recipe, open_corpus, run

FAST = (
    "profile=two-cores",
    "max_tokens=48",
    "poster_height=96",
    "poster_width=64",
    "max_epochs=2",
    "precision=float32",
)


@pytest.fixture(scope="module")
def some_films(shared):
    corpus = open_corpus(shared / "corpus" / "open")
    sizes = {"train": 160, "dev": 60, "test": 60}
    return replace(corpus, splits={name: list(corpus.split(name))[:size] for name, size in sizes.items()})


@pytest.fixture(scope="module")
def fused(shared, some_films, tmp_path_factory):
    encoders = (
        f"text_encoder={shared / 'models' / 'minilm_l6'}",
        f"vision_encoder={shared / 'models' / 'mobilenet_v1_0.75_224'}",
    )
    directory = tmp_path_factory.mktemp("real") / "early-fusion"
    record = run(
        "early-fusion", compose(find_recipe("early-fusion"), [*FAST, *encoders]), some_films, directory
    )
    return record, directory


@pytest.mark.slow
def test_pretrained_encoders_are_loaded_and_learn(fused, some_films):
    record, directory = fused
    # 22.7 M of MiniLM and 2.6 M of MobileNet, less MiniLM's pooler and MobileNet's classifier
    assert record.parameters.backbone == pytest.approx(22_565_376 + 1_832_976, rel=0.01)
    evaluation = evaluate(Predictor.load(directory), some_films, "test")
    prevalence = evaluation.targets.mean(axis=0)[evaluation.targets.any(axis=0)].mean()
    # random ranking gives an average precision near the genres' share of the films
    assert evaluation.result.metrics["average_precision_macro"] > 1.3 * prevalence
    assert evaluation.result.corpus.skipped["genre not used: News"] == 3


@pytest.mark.slow
def test_a_run_needs_the_encoders_folder_no_more(fused, some_films, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    _, directory = fused
    assert (directory / "tokenizer.json").exists()
    movies = list(some_films.split("test"))[:4]
    predictor = Predictor.load(directory)
    whole = predictor.probabilities(movies)
    alone = np.concatenate([predictor.probabilities([movie]) for movie in movies])
    np.testing.assert_allclose(whole, alone, atol=2e-4)
    without = predictor.predict([replace(movies[0], poster=None)])[0]
    assert without.lacking == ("poster",)
