"""POST /v1/explain: one at a time, beside the genres that go on being told."""

import threading

import pytest

from cinefuse.corpus.movie import Movie
from cinefuse.errors import UserError
from cinefuse.explanation import explain
from cinefuse.inference import Predictor
from cinefuse.serving import service as service_module
from cinefuse.serving.app import create_app
from cinefuse.serving.explaining import explain_by
from cinefuse.serving.limits import Limits


def request(**body):
    return "POST", "/v1/explain", {"json": body}


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_the_real_one_is_what_python_gives(tiny_run, tiny_corpus, ask):
    predictor = Predictor.load(tiny_run)
    movie = tiny_corpus.splits["test"][0]
    body = {"id": "x", "plot": movie.plot, "genre": "Horror"}
    answer, by_form, told = ask(
        create_app(predictor),
        request(**body),
        ("POST", "/v1/explain", {"data": body, "files": []}),
        ("POST", "/v1/predict", {"json": {"plot": movie.plot}}),
    )
    assert answer.status_code == 200
    explanation = explain(predictor, type(movie)("x", movie.plot), "Horror")
    found = answer.json()
    assert found.keys() == explanation.model_dump().keys()
    assert [word["text"] for word in found["words"]] == [word.text for word in explanation.words]
    assert found["probability"] == pytest.approx(explanation.probability, abs=1e-6)
    assert found["modalities"]["plot"] == pytest.approx(told.json()["probabilities"]["Horror"], abs=1e-6)
    assert code(by_form) == (415, "media_type")  # without a file httpx sends no multipart


def test_it_is_made_by_a_model_of_its_own(tiny_run):
    predictor = Predictor.load(tiny_run)
    own = explain_by(predictor).__closure__[0].cell_contents
    assert own is not predictor
    assert own.bundle.model is not predictor.bundle.model
    assert own.bundle.tokenizer is not predictor.bundle.tokenizer


def test_the_most_probable_genre_is_explained_where_none_is_named(make_fake, explained, ask):
    asked = []

    def watched(movie, genre):
        asked.append((movie.id, movie.plot, genre))
        return explained(movie, genre)

    app = create_app(make_fake(), explain=watched)
    answers = ask(
        app,
        request(id="a", plot="drama"),
        request(id="b", plot="drama", genre=None),
        ("POST", "/v1/explain", {"files": {"plot": (None, "drama"), "genre": (None, "Horror")}}),
    )
    assert [answer.json()["genre"] for answer in answers] == ["Drama", "Drama", "Horror"]
    assert sorted(asked) == [("", "drama", "Horror"), ("a", "drama", None), ("b", "drama", None)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"plot": "drama", "genre": "Polka"}, (422, "unknown_genre")),
        ({"plot": "drama", "genre": 1}, (422, "film_invalid")),
        ({"plot": "drama", "poster": "eA=="}, (422, "poster_unreadable")),
        ({"genre": "Drama"}, (422, "nothing_to_read")),
    ],
)
def test_what_cannot_be_explained(make_fake, explained, ask, body, expected):
    assert code(ask(create_app(make_fake(), explain=explained), request(**body))) == expected


def test_a_runtime_without_gradients_says_so(make_fake, ask):
    answer = ask(create_app(make_fake()), request(plot="drama"))
    assert code(answer) == (501, "cannot_explain")
    assert "--runtime torch" in answer.json()["error"]["message"]


def test_what_the_explanation_refuses_is_the_clients_and_what_fails_is_ours(make_fake, ask, caplog):
    def fails(movie, _genre):
        raise UserError("no words") if movie.plot == "odd" else RuntimeError("secret plot")

    odd, failed = ask(create_app(make_fake(), explain=fails), request(plot="odd"), request(plot="other"))
    assert code(odd) == (422, "cannot_explain")
    assert code(failed) == (500, "prediction_failed")
    assert "secret" not in failed.text + caplog.text


def test_one_at_a_time_a_few_wait_and_genres_are_told_meanwhile(make_fake, explained, ask):
    at_once, most, lock = 0, 0, threading.Lock()
    done = threading.Event()

    def slow(movie, genre):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        done.wait(0.1)
        with lock:
            at_once -= 1
        return explained(movie, genre)

    app = create_app(make_fake(), Limits(explain_queue=3), slow)
    *explaining, told = ask(
        app, *[request(plot="drama")] * 6, ("POST", "/v1/predict", {"json": {"plot": "a"}})
    )
    assert most == 1
    assert sorted(answer.status_code for answer in explaining) == [200] * 3 + [503] * 3
    refused = next(answer for answer in explaining if answer.status_code == 503)
    assert int(refused.headers["retry-after"]) >= 1
    assert told.status_code == 200
    assert app.state.service.explainer.taken == 0


def test_an_explanation_that_takes_too_long_is_given_up(make_fake, explained, ask):
    release = threading.Event()

    def stuck(movie, genre):
        release.wait(10)
        return explained(movie, genre)

    app = create_app(make_fake(), Limits(explain_seconds=0.1), stuck)
    answers = ask(app, request(plot="drama"), request(plot="drama"))
    release.set()
    assert {code(answer) for answer in answers} == {(503, "too_slow")}


def test_a_place_is_kept_from_before_the_poster_is_read(make_fake, explained, ask, picture, monkeypatch):
    read, release = [], threading.Event()

    def slowly(film, *_):
        read.append(film)
        release.wait(5)
        return Movie(film.id, film.plot)

    monkeypatch.setattr(service_module, "to_movie", slowly)
    app = create_app(make_fake(), Limits(explain_queue=3, poster_threads=16), explained)
    threading.Timer(0.5, release.set).start()
    film = ("POST", "/v1/explain", {"data": {"plot": "drama"}, "files": {"poster": picture()}})
    answers = ask(app, *[film] * 10)
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 7
    assert len(read) == 3
    assert app.state.service.explainer.taken == 0
