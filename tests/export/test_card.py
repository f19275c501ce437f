"""The model card: what the hub reads of it, and what people do; every figure is the run's own."""

import pytest
from huggingface_hub import EvalResult, ModelCard

from cinefuse.corpus.corpus import open_corpus
from cinefuse.errors import RunError
from cinefuse.evaluation import evaluate
from cinefuse.export.card import NO_LICENSE, CardMaterial, card
from cinefuse.export.hub import push
from cinefuse.exported import read_export_record
from cinefuse.inference import Predictor


@pytest.fixture(scope="module")
def record(tiny_export):
    return read_export_record(tiny_export)


@pytest.fixture(scope="module")
def result(tiny_run, tiny_corpus):
    return evaluate(Predictor.load(tiny_run), tiny_corpus, "test").result


def test_the_hub_reads_it(record, result, tmp_path):
    path = tmp_path / "README.md"
    path.write_text(card(CardMaterial(record, result, {"plots": "some/encoder"}, "apache-2.0")))
    data = ModelCard.load(path).data
    assert (data.library_name, data.license, data.pipeline_tag) == (
        "cinefuse",
        "apache-2.0",
        "text-classification",
    )
    assert {"multimodal", "onnx", "genres"} <= set(data.tags)
    assert data.model_name == "cinefuse late-fusion"
    assert all(isinstance(one, EvalResult) for one in data.eval_results)
    found = {
        one.metric_name: (one.metric_type, one.metric_value, one.dataset_split) for one in data.eval_results
    }
    macro = round(result.metrics["f1_macro"], 4)
    assert found["F1 averaged over genres"] == ("f1", macro, "test")


def test_scores_have_intervals_and_conditions(record, result):
    text = card(CardMaterial(record, result, {}))
    low, high = result.intervals["f1_macro"]
    macro = f"{100 * result.metrics['f1_macro']:.1f} ({100 * low:.1f} to {100 * high:.1f})"
    alone = result.conditions["plot_only"]
    assert f"| macro F1 | {macro} | {100 * alone.metrics['f1_macro']:.1f} (" in text
    assert "| metric | as they are (15) | plot only (14) | poster only (14) |" in text
    assert "on 15 test films of tiny" in text
    for genre, scores in result.per_genre.items():
        assert f"| {genre} | " in text
        assert f"| {scores.support} | " in text


def test_the_films_that_it_decides_by_are_told(record, result):
    ours = "on training films, each told by a run that had not seen it"
    for learned_from, told, not_told in (
        ("dev", "on the dev split", ours),
        ("unseen", ours, "on the dev split"),
    ):
        text = card(CardMaterial(record.model_copy(update={"learned_from": learned_from}), result, {}))
        assert f"Probabilities are calibrated {told}" in text
        assert not_told not in text


def test_that_it_knows_people_is_told(record, result):
    text = card(CardMaterial(record, result, {}))
    assert "people.json" not in text
    assert "director" not in text
    text = card(CardMaterial(record.model_copy(update={"links": "profiles"}), result, {}))
    assert "those of the training films, which are in `people.json`" in text
    assert 'director=("Ada Sample",), cast=("Bea Nobody",))' in text


def test_a_model_without_conditions_has_one_column(record, result):
    text = card(CardMaterial(record, result.model_copy(update={"conditions": {}}), {}))
    assert "| metric | as they are (15) |\n" in text


def test_what_was_not_measured_is_said(record, tmp_path):
    path = tmp_path / "README.md"
    path.write_text(card(CardMaterial(record, None, {})))
    loaded = ModelCard.load(path)
    assert "Not measured: there was no result beside the run" in loaded.text
    assert loaded.data.eval_results is None
    assert "| genre | given from |\n" in loaded.text


def test_dev_scores_are_marked(record, result):
    on_dev = result.model_copy(update={"corpus": result.corpus.model_copy(update={"split": "dev"})})
    assert "were chosen on these films: on others expect less" in card(CardMaterial(record, on_dev, {}))
    assert "were chosen on these films" not in card(CardMaterial(record, result, {}))


def test_the_licence_is_the_users(record):
    without = card(CardMaterial(record, None, {}))
    assert NO_LICENSE in without
    assert "\nlicense:" not in without
    given = card(CardMaterial(record, None, {}, "mit"))
    assert NO_LICENSE not in given
    assert "\nlicense: mit\n" in given


def test_what_it_reads_and_how_it_is_used(record):
    text = card(CardMaterial(record, None, {}))
    assert 'Movie("1", plot="A widow opens the cellar door.", poster=FilePoster("poster.png"))' in text
    assert "Posters are scaled to 32 x 32 pixels" in text
    posters_alone = record.model_copy(update={"reads": ("poster",), "without": {}})
    text = card(CardMaterial(posters_alone, None, {}))
    assert 'Movie("1", poster=FilePoster("poster.png"))' in text
    assert "pipeline_tag: image-classification" in text
    assert "tokens" not in text


def test_invented_films_are_named_as_such(record):
    verification = record.verification.model_copy(update={"corpus": "embedded"})
    text = card(CardMaterial(record.model_copy(update={"verification": verification}), None, {}))
    assert "These are invented films" in text
    assert "These are invented films" not in card(CardMaterial(record, None, {}))
    assert open_corpus("embedded").name == "embedded"


class StubApi:
    def __init__(self):
        self.calls = []

    def create_repo(self, repo_id, **arguments):
        self.calls.append(("create_repo", repo_id, arguments))

    def upload_folder(self, **arguments):
        self.calls.append(("upload_folder", arguments))
        return "https://hub/owner/name"


def test_pushing(tiny_export, tmp_path):
    api = StubApi()
    assert push(tiny_export, "owner/name", api=api) == "https://hub/owner/name"
    assert api.calls[0] == ("create_repo", "owner/name", {"private": True, "exist_ok": True})
    assert api.calls[1][1]["folder_path"] == tiny_export
    assert api.calls[1][1]["repo_id"] == "owner/name"
    with pytest.raises(RunError, match="not an export"):
        push(tmp_path, "owner/name", api=api)
    assert len(api.calls) == 2
