"""A run on real encoders as ONNX: what it says of real films without torch, and what int8 makes of it."""

from dataclasses import replace

import numpy as np
import pytest

from cinefuse import Predictor, compose, find_recipe, open_corpus, run
from cinefuse.export import ExportOptions, export_run
from cinefuse.runtimes import open_predictor

FAST = (
    "profile=frozen",
    "max_tokens=48",
    "poster_height=96",
    "poster_width=64",
    "max_epochs=3",
    "precision=float32",
)


@pytest.mark.slow
def test_minilm_and_mobilenet_as_onnx(shared, tmp_path):
    corpus = open_corpus(shared / "corpus" / "open")
    sizes = {"train": 200, "dev": 60, "test": 60}
    films = replace(corpus, splits={name: list(corpus.split(name))[:size] for name, size in sizes.items()})
    encoders = (
        f"text_encoder={shared / 'models' / 'minilm_l6'}",
        f"vision_encoder={shared / 'models' / 'mobilenet_v1_0.75_224'}",
    )
    settings = compose(find_recipe("early-fusion"), [*FAST, *encoders])
    run("early-fusion", settings, films, tmp_path / "run")
    record = export_run(tmp_path / "run", tmp_path / "run" / "export", films, ExportOptions(split="test"))

    exact, rounded = (record.verification.agreement[precision] for precision in ("float32", "int8"))
    assert max(exact.largest_difference, exact.largest_difference_lacking) < 1e-4
    assert exact.same_labels == 1.0
    assert rounded.same_labels > 0.97
    sizes = [(tmp_path / "run" / "export" / record.models[name]).stat().st_size for name in record.models]
    # 21 of 25 million parameters are words and matrices of the text encoder
    assert sizes[1] < 0.4 * sizes[0]

    movies = list(films.split("test"))[:8]
    exported, whole = open_predictor(tmp_path / "run", "onnx"), Predictor.load(tmp_path / "run")
    for one, other in zip(whole.predict(movies), exported.predict(movies), strict=True):
        assert one.genres == other.genres
        assert list(other.probabilities.values()) == pytest.approx(list(one.probabilities.values()), abs=1e-4)
    # int8 says the same of a film whoever else is in its batch
    int8 = open_predictor(tmp_path / "run", "int8")
    together = [list(film.probabilities.values()) for film in int8.predict(movies)]
    alone = [list(int8.predict([movie])[0].probabilities.values()) for movie in movies]
    np.testing.assert_allclose(together, alone, atol=2e-3)
    # nothing in the export knows the folders that the encoders came from
    for name in ("export.json", "README.md"):
        assert str(shared) not in (tmp_path / "run" / "export" / name).read_text()
