"""POST /v1/predict and /v1/predict/batch, from the bytes that come to those that go."""

import json

import numpy as np
import pytest

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import BytesPoster
from cinefuse.inference import Predictor
from cinefuse.serving.app import create_app
from cinefuse.serving.limits import Limits
from cinefuse.serving.records import Film, FilmAndGenre, Films

JSON = {"Content-Type": "application/json"}


def predict(body=None, **options):
    return "POST", "/v1/predict", options if body is None else {"json": body, **options}


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_json(make_fake, ask):
    answer = ask(create_app(make_fake()), predict({"id": "tt1", "plot": "drama of old "}))
    assert answer.status_code == 200
    assert answer.json() == {
        "id": "tt1",
        "model": "late-fusion",
        "genres": ["Drama"],
        "probabilities": {"Drama": 0.9, "Comedy": 0.1, "Horror": 0.1},
        "thresholds": {"Drama": 0.5, "Comedy": 0.5, "Horror": 0.5},
        "lacking": ["poster"],
    }


def test_a_form_says_the_same_as_json(make_fake, ask, picture, base64_of):
    fake, poster = make_fake(), picture((1000, 1500))
    as_json, as_form = ask(
        create_app(fake),
        predict({"id": "1", "plot": "horror: ö", "poster": base64_of(poster)}),
        predict(data={"id": "1", "plot": "horror: ö"}, files={"poster": ("p.png", poster)}),
    )
    assert as_json.json() == as_form.json()
    assert as_form.json()["lacking"] == []
    assert as_form.json()["genres"] == ["Horror"]
    # shrunk before it queued: this model does not say what it looks at
    assert fake.posters[-2:] == [(1024, 683, 3)] * 2


def test_a_form_without_a_file_name_and_one_with_an_empty_file_field(make_fake, ask, picture):
    head = '--b\r\nContent-Disposition: form-data; name="poster"'
    end = b'\r\n--b\r\nContent-Disposition: form-data; name="plot"\r\n\r\ndrama\r\n--b--\r\n'
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    nameless, empty = ask(
        create_app(make_fake()),
        predict(content=head.encode() + b"\r\n\r\n" + picture() + end, headers=form),
        predict(content=head.encode() + b'; filename=""\r\n\r\n' + end, headers=form),
    )
    assert nameless.json()["lacking"] == []
    assert empty.json()["lacking"] == ["poster"]


def test_real_answers_are_the_predictors_own(tiny_run, tiny_corpus, ask, picture, base64_of):
    predictor = Predictor.load(tiny_run)
    poster = picture((300, 500), "JPEG")
    plots = [movie.plot for movie in tiny_corpus.splits["test"]]
    movies = [Movie(str(number), plot, BytesPoster(poster)) for number, plot in enumerate(plots)]
    movies += [Movie("no poster", plots[0]), Movie("no plot", None, BytesPoster(poster))]
    bodies = [
        {"id": one.id, "plot": one.plot, "poster": one.poster and base64_of(one.poster.data)}
        for one in movies
    ]
    answers = ask(create_app(predictor), *map(predict, bodies))
    for answer, expected in zip(answers, predictor.predict(movies), strict=True):
        told = answer.json()
        assert (told["id"], tuple(told["genres"])) == (expected.id, expected.genres)
        assert told["lacking"] == list(expected.lacking)
        for field in ("probabilities", "thresholds"):
            assert told[field].keys() == getattr(expected, field).keys()
            np.testing.assert_allclose(
                list(told[field].values()), list(getattr(expected, field).values()), atol=1e-5
            )


def test_a_film_of_nothing_that_counts_as_a_word_is_refused(tiny_run, ask):
    app = create_app(Predictor.load(tiny_run))
    assert code(ask(app, predict({"plot": "\u0001\u0002"}))) == (422, "nothing_to_read")


@pytest.mark.parametrize(
    ("reads", "body"),
    [
        (("plot", "poster"), {}),
        (("plot", "poster"), {"plot": None, "poster": None}),
        (("plot", "poster"), {"plot": " \n\t"}),
        (("plot",), {"poster": "R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs="}),
        (("poster",), {"plot": "drama"}),
    ],
)
def test_a_film_without_what_the_model_reads_is_refused(make_fake, ask, reads, body):
    fake = make_fake(reads=reads)
    answer = ask(create_app(fake), predict(body))
    assert code(answer) == (422, "nothing_to_read")
    assert len(fake.batches) <= 2  # the film that warms up


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (400, "json_invalid")),
        (b"{", (400, "json_invalid")),
        (b"\xff\xfe", (400, "json_invalid")),
        (b'{"plot": "\xff"}', (400, "json_invalid")),
        (b'{"plot": "\\ud800"}', (400, "json_invalid")),
        (b'{"plot": ' + b"[" * 50, (400, "json_invalid")),
        (b'{"plot": ' + b"[" * 100_000, (422, "body_too_complex")),
        (b"NaN", (422, "film_invalid")),
        (b'{"plot": NaN}', (422, "film_invalid")),
        (b'{"plot": 1e999}', (422, "film_invalid")),
        (b'{"plot": 1}', (422, "film_invalid")),
        (b'{"plot": {"a": [1]}}', (422, "film_invalid")),
        (b"[]", (422, "film_invalid")),
        (b"null", (422, "film_invalid")),
        (b'"drama"', (422, "film_invalid")),
        (b'{"plot": "drama", "genre": "Drama"}', (422, "film_invalid")),
        (b'{"plot": "drama", "title": "x"}', (422, "film_invalid")),
        (b'{"plot": "drama", "id": null}', (422, "film_invalid")),
        (json.dumps({"plot": "drama", "id": "i" * 201}).encode(), (422, "film_invalid")),
        (b'{"poster": "not base64!"}', (422, "poster_not_base64")),
        ('{"poster": "Gemälde="}'.encode(), (422, "poster_not_base64")),
        (b'{"poster": ""}', (422, "poster_unreadable")),
        (json.dumps({"plot": "word " * 100_000}).encode(), (422, "plot_too_long")),
    ],
)
def test_json_that_is_no_film(make_fake, ask, content, expected):
    answer = ask(create_app(make_fake()), predict(content=content, headers=JSON))
    assert code(answer) == expected
    assert set(answer.json()) == {"error"}


HUGE = 2_000_000  # of whatever a body is made of


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/predict/batch", "/v1/explain"])
@pytest.mark.parametrize(
    "content",
    [
        b'{"films": [' + b"[]," * HUGE + b"[]]}",
        b'{"films": [' + b"{}," * HUGE + b"{}]}",
        b'{"plot": [' + b"[[[[]]]]," * (HUGE // 4) + b"[]]}",
        b"{" + b'"a":1,' * HUGE + b'"a":1}',
        b'{"films": [' + b"1," * HUGE + b"1]}",
        b'"' + b'\\"' * HUGE + b'",' * HUGE,
        b'"",' * HUGE,
    ],
)
def test_a_body_of_millions_of_parts_is_refused_before_it_is_parsed(
    make_fake, explained, ask, monkeypatch, path, content
):
    for kind in (Film, FilmAndGenre, Films):
        monkeypatch.setattr(kind, "model_validate_json", None)
    app = create_app(make_fake(), explain=explained)
    answer = ask(app, ("POST", path, {"content": content, "headers": JSON}))
    assert code(answer) == (422, "body_too_complex")
    assert "allowed is a" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "[{,]}" * 10_000,
        'a "quoted, [word]" ' * 2_000,
        "\\" * 10_001,
        '\\" , [' * 5_000,
        "ends in \\",
    ],
)
def test_what_is_inside_a_text_is_not_counted(make_fake, ask, text):
    film = {"id": 7, "plot": f"drama {text}"[:50_000], "poster": None}
    one, several = ask(create_app(make_fake()), predict(film), batch(*[film] * 64))
    assert one.status_code == several.status_code == 200
    assert one.json()["genres"] == ["Drama"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"plots": "x"}, "plots: a field that is not known; allowed: id, plot, poster, director, cast"),
        ({"plot": 1}, "plot: a number is given; allowed: a text, or null"),
        ({"poster": ["x"]}, "poster: a list is given; allowed: an image file in base64, or null"),
        (
            {"id": True, "plot": {}},
            "id: true or false is given; allowed: a text, or a whole number; plot: an",
        ),
        ({"id": 1.5}, "id: a number is given; allowed: a text, or a whole number"),
        ([], "body: a list is given; allowed: an object of id, plot, poster, director, cast"),
        (None, "body: null is given; allowed: an object of id, plot, poster, director, cast"),
        ({str(n): 1 for n in range(9)}, "; and 4 more"),
    ],
)
def test_a_wrong_body_is_told_what_is_allowed(make_fake, ask, body, says):
    answer = ask(create_app(make_fake()), predict(content=json.dumps(body).encode(), headers=JSON))
    assert code(answer) == (422, "film_invalid")
    assert says in answer.json()["error"]["message"]


def test_a_wrong_batch_is_told_what_is_allowed(make_fake, ask):
    def post(body):
        return "POST", "/v1/predict/batch", {"json": body}

    other, text, listed, inside = ask(
        create_app(make_fake()),
        post({"movies": []}),
        post({"films": "x"}),
        post([]),
        batch("x", {"plot": []}),
    )
    films = "a list of films, each an object of id, plot, poster, director, cast"
    assert other.json()["error"]["message"] == (
        f"films: missing; allowed: {films}; movies: a field that is not known; allowed: films"
    )
    assert text.json()["error"]["message"] == f"films: a text is given; allowed: {films}"
    assert listed.json()["error"]["message"] == "body: a list is given; allowed: an object of films"
    assert [one["error"]["message"] for one in inside.json()["predictions"]] == [
        "film: a text is given; allowed: an object of id, plot, poster, director, cast",
        "plot: a list is given; allowed: a text, or null",
    ]


def test_what_is_no_json_is_said_once(make_fake, ask):
    answer = ask(create_app(make_fake()), predict(content=b"{", headers=JSON))
    assert answer.json()["error"]["message"].startswith("the body is not JSON: EOF while")


def test_a_number_is_an_id_and_comes_back_as_text(make_fake, ask):
    one, several, huge = ask(
        create_app(make_fake()),
        predict({"id": 7, "plot": "drama"}),
        batch({"id": 8, "plot": "drama"}, {"id": 9, "plot": 1}),
        predict(content=b'{"plot": "drama", "id": 1%s}' % (b"0" * 300), headers=JSON),
    )
    assert one.json()["id"] == "7"
    assert [film["id"] for film in several.json()["predictions"]] == ["8", "9"]
    assert code(huge) == (422, "film_invalid")


FORM = "multipart/form-data; boundary=b"
PLOT = b'--b\r\nContent-Disposition: form-data; name="plot"\r\n\r\ndrama\r\n'


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"", FORM, (400, "form_invalid")),
        (b"{}", FORM, (400, "form_invalid")),
        (PLOT, FORM, (400, "form_invalid")),  # its end is missing
        (PLOT[:30], FORM, (400, "form_invalid")),
        (PLOT + b"--b--", "multipart/form-data", (400, "form_invalid")),
        (PLOT + b"--b--", f"multipart/form-data; boundary={'b' * 71}", (400, "form_invalid")),
        (PLOT * 2 + b"--b--", FORM, (422, "film_invalid")),
        (PLOT.replace(b"plot", b"title") + b"--b--", FORM, (422, "film_invalid")),
        (PLOT.replace(b'; name="plot"', b"") + b"--b--", FORM, (422, "film_invalid")),
        (PLOT.replace(b"drama", b"\xff") + b"--b--", FORM, (422, "film_invalid")),
        (PLOT.replace(b"drama", b" ") + b"--b--", FORM, (422, "nothing_to_read")),
        (b"plot=drama", "application/x-www-form-urlencoded", (415, "media_type")),
        (b"drama", "text/plain", (415, "media_type")),
        (b'{"plot": "drama"}', "", (415, "media_type")),
    ],
)
def test_forms_that_are_none(make_fake, ask, content, content_type, expected):
    app = create_app(make_fake())
    assert code(ask(app, predict(content=content, headers={"Content-Type": content_type}))) == expected


def test_a_json_type_may_say_its_encoding(make_fake, ask):
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = ask(create_app(make_fake()), predict(content=b'{"plot": "drama"}', headers=headers))
    assert answer.status_code == 200


def test_markup_is_data(make_fake, ask):
    film = {"id": "<script>alert(1)</script>", "plot": "<script>alert(1)</script>"}
    answer = ask(create_app(make_fake()), predict(film))
    assert answer.json()["id"] == film["id"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_requests_at_once_are_scored_together(make_fake, ask):
    fake = make_fake(seconds=0.05)
    answers = ask(create_app(fake, Limits(max_batch=16)), *[predict({"plot": "drama"})] * 40)
    assert {answer.status_code for answer in answers} == {200}
    assert max(map(len, fake.batches)) == 16
    assert sum(map(len, fake.batches[2:])) == 40


def test_overload_is_refused_at_once_and_the_rest_is_answered(make_fake, ask):
    fake = make_fake(seconds=0.05)
    app = create_app(fake, Limits(queue_films=8, batch_films=8, max_batch=4))
    answers = ask(app, *[predict({"plot": "drama"})] * 30)
    taken = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert (len(taken), len(refused)) == (8, 22)
    for answer in refused:
        assert code(answer) == (503, "busy")
        assert int(answer.headers["retry-after"]) >= 1
    assert sum(map(len, fake.batches[2:])) == 8


def test_an_answer_that_takes_too_long_is_given_up(make_fake, ask):
    fake = make_fake(seconds=0.4)
    app = create_app(fake, Limits(answer_seconds=0.1, max_batch=1))
    answers = ask(app, *[predict({"plot": "drama"})] * 3)
    assert {code(answer) for answer in answers} == {(503, "too_slow")}
    assert len(fake.batches) < 5  # those that were given up are not scored
    assert app.state.service.batcher.admitted == 0


def test_a_model_that_fails_is_a_clean_500_and_the_next_is_answered(make_fake, ask):
    app = create_app(make_fake())
    poisoned, fine = ask(app, predict({"plot": "poison"}), predict({"plot": "comedy"}))
    assert code(poisoned) == (500, "prediction_failed")
    assert "secret" not in poisoned.text
    assert fine.json()["genres"] == ["Comedy"]


def batch(*films):
    return "POST", "/v1/predict/batch", {"json": {"films": list(films)}}


def test_a_batch_has_an_entry_for_each_film_in_order(make_fake, ask, picture, base64_of):
    films = [
        {"id": "a", "plot": "comedy"},
        {"id": "b"},
        {"id": "c", "plot": 7},
        {"id": "d", "poster": base64_of(b"none")},
        {"id": "e", "plot": "poison"},
        {"id": "f", "poster": base64_of(picture())},
        "no film",
        {"plot": "word " * 100_000},
    ]
    answer = ask(create_app(make_fake()), batch(*films))
    assert answer.status_code == 200
    told = answer.json()["predictions"]
    assert [one["id"] for one in told] == ["a", "b", "c", "d", "e", "f", "", ""]
    assert [one["error"] and one["error"]["code"] for one in told] == [
        None,
        "nothing_to_read",
        "film_invalid",
        "poster_unreadable",
        "prediction_failed",
        None,
        "film_invalid",
        "plot_too_long",
    ]
    assert told[0]["genres"] == ["Comedy"]
    assert set(told[1]) == {"id", "error"}


@pytest.mark.parametrize(
    ("films", "expected"),
    [([], (422, "no_films")), ([{"plot": "x"}] * 5, (422, "too_many_films")), (None, (422, "film_invalid"))],
)
def test_a_batch_of_no_films_or_too_many(make_fake, ask, films, expected):
    app = create_app(make_fake(), Limits(batch_films=4))
    assert code(ask(app, ("POST", "/v1/predict/batch", {"json": {"films": films}}))) == expected


def test_a_batch_takes_json_alone(make_fake, ask):
    request = ("POST", "/v1/predict/batch", {"data": {"plot": "x"}, "files": {"poster": b"x"}})
    assert code(ask(create_app(make_fake()), request)) == (415, "media_type")


def test_a_batch_that_finds_no_room_is_refused_whole(make_fake, ask):
    fake = make_fake(seconds=0.1)
    app = create_app(fake, Limits(queue_films=6, batch_films=4))
    films = [{"plot": "drama"}] * 4
    assert sorted(one.status_code for one in ask(app, batch(*films), batch(*films))) == [200, 503]
