"""Runs that know who made a film: what they may not learn, and films of which nobody is known."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cinefuse.bundle import load_bundle
from cinefuse.comparison import compare
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.errors import CorpusError, RunError
from cinefuse.evaluation import WeightSummary, evaluate
from cinefuse.experiment import run
from cinefuse.explanation import explain
from cinefuse.export import ExportOptions, export_run
from cinefuse.exported import OnnxPredictor
from cinefuse.exported.record import digest
from cinefuse.fusion import FusionOutput
from cinefuse.inference import Predictor
from cinefuse.recipes.graph import GRAPH_RECIPES

RECIPES = [recipe.name for recipe in GRAPH_RECIPES]
# weights zero at first add nothing: a high rate moves them far enough to be seen
QUICKLY = ("max_epochs=1", "learning_rate=0.02", "batch_size=4", "warmup=0", "schedule=constant")


@pytest.fixture(scope="module", params=RECIPES)
def trained(request, tiny_settings, people_corpus, tmp_path_factory):
    """A run of one epoch: dev's genres, by which the best epoch is chosen, have no choice."""
    directory = tmp_path_factory.mktemp("people") / request.param
    run(request.param, tiny_settings(request.param, *QUICKLY), people_corpus, directory)
    return directory


@pytest.fixture
def predictor(trained):
    return Predictor(load_bundle(trained), torch.device("cpu"))


def score(predictor: Predictor, movies: list[Movie]) -> np.ndarray:
    return predictor.score(predictor.features(movies))


def without_people(movies) -> list[Movie]:
    return [replace(movie, director=(), cast=()) for movie in movies]


def with_other_genres(corpus: Corpus, *splits: str) -> Corpus:
    """The corpus with the genres of those splits dealt anew."""
    dealt = {}
    for name in splits:
        movies = list(corpus.split(name))
        turned = [*movies[1:], movies[0]]
        dealt[name] = [replace(one, genres=other.genres) for one, other in zip(movies, turned, strict=True)]
        assert [one.genres for one in dealt[name]] != [one.genres for one in movies]
    return replace(corpus, splits=dict(corpus.splits) | dealt)


def test_genres_of_dev_and_test_reach_no_weight_and_no_score(
    trained, predictor, tiny_settings, people_corpus, tmp_path
):
    settings = tiny_settings(predictor.name, *QUICKLY)
    run(predictor.name, settings, with_other_genres(people_corpus, "dev", "test"), tmp_path / "run")
    before, after = (load_file(one / "model.safetensors") for one in (trained, tmp_path / "run"))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert (trained / "people.json").read_bytes() == (tmp_path / "run" / "people.json").read_bytes()
    other = Predictor(load_bundle(tmp_path / "run"), torch.device("cpu"))
    whole = [movie for movie in people_corpus.split("test") if movie.plot and movie.poster]
    assert np.array_equal(score(predictor, whole), score(other, whole))


def test_genres_of_train_do(trained, predictor, tiny_settings, people_corpus, tmp_path):
    """So that the test above could fail."""
    settings = tiny_settings(predictor.name, *QUICKLY)
    run(predictor.name, settings, with_other_genres(people_corpus, "train"), tmp_path / "run")
    other = Predictor(load_bundle(tmp_path / "run"), torch.device("cpu"))
    movies = people_corpus.split("test")
    assert not np.allclose(score(predictor, movies), score(other, movies), atol=1e-3)


def test_the_graph_holds_training_films_alone(trained, people_corpus):
    known = json.loads((trained / "people.json").read_text())
    assert known["films"] == [movie.id for movie in people_corpus.split("train")]


def test_people_are_read(predictor, people_corpus):
    movies = people_corpus.split("test")
    known = np.array([bool(movie.director) for movie in movies])
    moved = np.abs(score(predictor, movies) - score(predictor, without_people(movies))).max(axis=1)
    assert known.sum() == 9
    assert (moved[known] > 1e-4).all()
    assert (moved[~known] < 1e-6).all()


def test_other_films_in_a_batch_change_nothing(predictor, people_corpus):
    movies = list(people_corpus.split("test"))
    alone = np.concatenate([score(predictor, [movie]) for movie in movies])
    np.testing.assert_allclose(score(predictor, movies), alone, atol=1e-6)
    # others that share its people, and bear genres
    crowd = [replace(movie, id=f"x{n}", genres=("Horror",)) for n, movie in enumerate(movies)]
    np.testing.assert_allclose(score(predictor, movies + crowd)[: len(movies)], alone, atol=1e-6)


def test_genres_of_the_film_itself_change_nothing(predictor, people_corpus):
    movies = people_corpus.split("test")
    bare = [replace(movie, genres=()) for movie in movies]
    assert np.array_equal(score(predictor, movies), score(predictor, bare))


def test_a_film_without_people_is_told_by_its_fusion_alone(predictor, people_corpus):
    model = predictor.bundle.model
    movies = without_people(people_corpus.split("test"))
    batch = predictor.features(movies).batch(range(len(movies)))
    with torch.inference_mode():
        assert torch.equal(model(batch).logits, model.head(FusionOutput(model.fused(batch)), {}))
    unknown = [replace(movie, director=("Nobody Known",)) for movie in movies]
    batch = predictor.features(unknown).batch(range(len(movies)))
    with torch.inference_mode():
        assert torch.equal(model(batch).logits, model.head(FusionOutput(model.fused(batch)), {}))


def test_a_training_film_is_known_by_its_id_and_does_not_see_itself(predictor, people_corpus):
    known = next(iter(people_corpus.split("train")))
    itself, another = (predictor.features([one]).batch([0]) for one in (known, replace(known, id="new")))
    if itself.neighbours is not None:
        assert 0 not in itself.neighbours[0]
        assert 0 in another.neighbours[0]
    else:
        assert not torch.equal(itself.people, another.people)


def test_it_comes_back_as_it_was_saved_and_people_belong_to_it(trained, tmp_path):
    bundle = load_bundle(trained)
    assert bundle.people is not None
    assert bundle.record.blueprints["people"] == {"films": 36}
    broken = tmp_path / "run"
    broken.mkdir()
    for path in trained.iterdir():
        if path.is_file() and path.name != "people.json":
            (broken / path.name).write_bytes(path.read_bytes())
    with pytest.raises(RunError, match=r"the run lacks people\.json; train it again"):
        load_bundle(broken)
    (broken / "people.json").write_text("{}")
    with pytest.raises(RunError, match="the run is damaged"):
        load_bundle(broken)


def test_predictions_read_the_names(predictor, people_corpus):
    named = next(iter(people_corpus.split("test")))
    told = [one.probabilities for one in predictor.predict([named, *without_people([named])])]
    assert told[0] != told[1]


def test_predictors_say_whether_they_know_people(trained, predictor, tiny_run):
    assert predictor.knows_people
    assert repr(predictor).endswith("reads plot and poster, and who made it>")
    assert not Predictor.load(tiny_run).knows_people


def test_it_is_evaluated_and_explained(predictor, people_corpus):
    watch = WeightSummary(predictor.genres, predictor.bundle.tokenizer)
    result = evaluate(predictor, people_corpus, watch=watch).result
    share = watch.record("test").weights["people_share"]
    assert share.films == 9
    assert 0 < share.overall.mean < 1
    assert {name: one.movies for name, one in result.people.items()} == {"known": 9, "unknown": 6}
    named = next(iter(people_corpus.split("test")))
    explanation = explain(predictor, named)
    genre = explanation.genre
    (bare,) = predictor.predict(without_people([named]))
    assert explanation.without_people == pytest.approx(bare.probabilities[genre], abs=1e-6)
    assert explanation.without_people != pytest.approx(explanation.probability, abs=1e-4)
    assert explanation.sentences.people.startswith(f"Without the names of who made it {genre} ")
    strangers = replace(named, director=("Nobody Known",), cast=())
    for film in (strangers, *without_people([named])):
        told = explain(predictor, film, genre)
        assert (told.without_people, told.sentences.people) == (None, "")


def test_an_export_says_what_the_run_says_with_people_and_without(
    trained, predictor, people_corpus, tmp_path
):
    export_run(trained, tmp_path / "export", people_corpus, ExportOptions(split="test", int8=False))
    exported = OnnxPredictor.load(tmp_path / "export")
    assert exported.record.links == predictor.bundle.model.graph.links
    movies = list(people_corpus.split("test"))
    movies += [next(iter(people_corpus.split("train"))), *without_people(movies)]
    for one, other in zip(predictor.predict(movies), exported.predict(movies), strict=True):
        assert list(other.probabilities.values()) == pytest.approx(list(one.probabilities.values()), abs=1e-4)
        assert one.genres == other.genres
    told = exported.predict([movies[0], *without_people(movies[:1])])
    assert told[0].probabilities != told[1].probabilities


def test_an_export_whose_people_were_changed_is_not_opened(trained, people_corpus, tmp_path):
    folder = tmp_path / "export"
    export_run(trained, folder, people_corpus, ExportOptions(split="test", int8=False, n_films=2))
    known = json.loads((folder / "people.json").read_text())
    (folder / "people.json").write_text(json.dumps(known | {"n_genres": 9}))
    with pytest.raises(RunError, match=r"people\.json: not the file that was exported"):
        OnnxPredictor.load(folder)
    record = json.loads((folder / "export.json").read_text())
    record["files"]["people.json"] = digest(folder / "people.json")
    (folder / "export.json").write_text(json.dumps(record))
    with pytest.raises(RunError, match=r"people\.json: people of films of 9 genres, and the export tells 3"):
        OnnxPredictor.load(folder)
    (folder / "people.json").write_text("{}")
    record["files"]["people.json"] = digest(folder / "people.json")
    (folder / "export.json").write_text(json.dumps(record))
    with pytest.raises(RunError, match=r"people\.json: not people that can be read: films: .*make it anew"):
        OnnxPredictor.load(folder)
    (folder / "people.json").unlink()
    with pytest.raises(RunError, match=r"the export lacks people\.json"):
        OnnxPredictor.load(folder)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_corpus_without_people_is_refused(recipe, tiny_settings, tiny_corpus, tmp_path):
    with pytest.raises(CorpusError, match="no training movie has a director or a cast"):
        run(recipe, tiny_settings(recipe), tiny_corpus, tmp_path / "run")


def test_other_people_make_another_corpus(trained, predictor, tiny_settings, people_corpus):
    settings = tiny_settings(predictor.name, *QUICKLY)
    with pytest.raises(RunError, match="the films of split train are others"):
        run(predictor.name, settings, without_people_at_all(people_corpus), trained, resume=True)


def without_people_at_all(corpus):
    splits = {name: without_people(movies) for name, movies in corpus.splits.items()}
    splits["train"][0] = replace(splits["train"][0], director=("Somebody Else",))
    return replace(corpus, splits=splits)


def test_a_comparison_with_a_graph_is_refused_before_anything_is_trained(
    tiny_settings, tiny_corpus, tmp_path
):
    models = {name: tiny_settings(name, "max_epochs=1") for name in ("lstm-text", "mm-gatbt")}
    with pytest.raises(CorpusError, match="no training movie has a director or a cast"):
        compare(models, tiny_corpus, tmp_path / "out")
    assert not list(tmp_path.rglob("model.safetensors"))
