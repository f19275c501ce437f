"""Who made a film: names in, however they are written, and what is said of those that are not taken."""

import json

import pytest
import torch

from cinefuse.bundle import load_bundle
from cinefuse.corpus.movie import Movie
from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.serving.app import create_app
from cinefuse.serving.limits import Limits
from cinefuse.serving.people import most_text
from cinefuse.serving.structure import A_FILM

MOST = Limits()
PATHS = ["/v1/predict", "/v1/predict/batch", "/v1/explain"]


def film(**body):
    return {"plot": "drama", **body}


def post(path, body):
    return "POST", path, {"json": {"films": [body]} if path.endswith("batch") else body}


def form(**fields):
    return "POST", "/v1/predict", {"files": {name: (None, value) for name, value in film(**fields).items()}}


def error(answer):
    """Status, code and message of a film that was not taken, also where it is one of a batch."""
    told = answer.json()
    found = told["predictions"][0]["error"] if "predictions" in told else told["error"]
    return found["code"], found["message"]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["Ada Sample", "Bea Nobody"], ("Ada Sample", "Bea Nobody")),
        (["  Ada Sample\t", "", " "], ("Ada Sample",)),
        (["Sample, Ada"], ("Sample, Ada",)),
        ([], ()),
        (None, ()),
        ("", ()),
        ("Ada Sample", ("Ada Sample",)),
        ("Ada Sample, Bea Nobody,", ("Ada Sample", "Bea Nobody")),
        ("Sample, Ada; Nobody, Bea", ("Sample, Ada", "Nobody, Bea")),
        ("Ada Sample|Bea; and Nobody", ("Ada Sample", "Bea; and Nobody")),
        ('["Sample, Ada", "Bea Nobody"]', ("Sample, Ada", "Bea Nobody")),
        ('[{"name": "Ada Sample"}]', ("Ada Sample",)),
        ("Zoë Ümlaut, 李 某", ("Zoë Ümlaut", "李 某")),
    ],
)
def test_names_reach_the_model_however_they_are_written(make_fake, ask, given, read):
    fake = make_fake(knows_people=True)
    several = "POST", "/v1/predict/batch", {"json": {"films": [film(director=given), film(cast=given)]}}
    requests = [post("/v1/predict", film(director=given)), post("/v1/predict", film(cast=given)), several]
    expected = [(read, ()), ((), read)] * 2
    if isinstance(given, str):
        requests += [form(director=given), form(cast=given)]
        expected += [(read, ()), ((), read)]
    for answer in ask(create_app(fake), *requests):
        assert answer.status_code == 200
        assert "error" not in answer.json()
    # the film that warms up names nobody
    assert sorted(filter(any, fake.people)) == sorted(filter(any, expected))


def test_they_reach_the_explanation(make_fake, explained, ask):
    asked = []

    def watched(movie, genre):
        asked.append((movie.director, movie.cast))
        return explained(movie, genre)

    app = create_app(make_fake(knows_people=True), explain=watched)
    fields = {"plot": "drama", "director": "Ada Sample", "cast": "Bea Nobody|Cy Extra", "genre": "Drama"}
    answers = ask(
        app,
        post("/v1/explain", fields | {"cast": ["Bea Nobody", "Cy Extra"]}),
        ("POST", "/v1/explain", {"files": {name: (None, value) for name, value in fields.items()}}),
    )
    assert {answer.status_code for answer in answers} == {200}
    assert asked == [(("Ada Sample",), ("Bea Nobody", "Cy Extra"))] * 2


def test_a_model_that_knows_nobody_takes_them_and_says_the_same(tiny_run, ask):
    app = create_app(Predictor.load(tiny_run))
    model, with_names, without = ask(
        app, ("GET", "/v1/genres", {}), post("/v1/predict", film(cast="Ada")), post("/v1/predict", film())
    )
    assert model.json()["knows_people"] is False
    assert with_names.status_code == 200
    assert with_names.json()["probabilities"] == pytest.approx(without.json()["probabilities"], abs=1e-6)


def test_a_model_that_knows_them_is_told(tiny_settings, people_corpus, tmp_path, ask):
    quickly = ("max_epochs=1", "learning_rate=0.02", "batch_size=4", "warmup=0", "schedule=constant")
    run("knowledge-graph", tiny_settings("knowledge-graph", *quickly), people_corpus, tmp_path / "run")
    predictor = Predictor(load_bundle(tmp_path / "run"), torch.device("cpu"))
    names = {"director": ("horror director 0",), "cast": ("Horror  Star",)}
    movies = [Movie("a", "a letter"), Movie("b", "a letter", **names)]
    bare, named = predictor.predict(movies)
    assert bare.probabilities != named.probabilities
    body = {"plot": "a letter", "director": ["horror director 0"], "cast": "Horror  Star"}
    model, without, by_names = ask(
        create_app(predictor),
        ("GET", "/v1/genres", {}),
        post("/v1/predict", {"plot": "a letter"}),
        post("/v1/predict", body),
    )
    assert model.json()["knows_people"] is True
    assert without.json()["probabilities"] == pytest.approx(bare.probabilities, abs=1e-5)
    assert by_names.json()["probabilities"] == pytest.approx(named.probabilities, abs=1e-5)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("field", ["director", "cast"])
@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (["a"] * 101, "too_many", "101 names; allowed are 100: leave out the last"),
        ("a," * 101, "too_many", "101 names; allowed are 100: leave out the last"),
        (json.dumps(["a"] * 101), "too_many", "101 names; allowed are 100: leave out the last"),
        ([" "] * 101, "too_many", "101 names; allowed are 100: leave out the last"),
        (["a", "b" * 201], "too_long", "a name of 201 characters; allowed are 200"),
        (["a", " " * 201], "too_long", "a name of 201 characters; allowed are 200"),
        ("a; " + "b" * 201, "too_long", "a name of 201 characters; allowed are 200"),
        ("[" * 20_401, "too_long", "20,401 characters; allowed are 20,400"),
        (
            "[" * 20_400,
            "unreadable",
            "it begins with [ and is no list of names in JSON; allowed: a list of names",
        ),
        ("[1]", "unreadable", "it begins with [ and is no list of names in JSON; allowed: a list of names"),
        (
            '["\\ud800"]',
            "unreadable",
            "it begins with [ and is no list of names in JSON; allowed: a list of names",
        ),
    ],
)
def test_names_that_are_not_taken(make_fake, explained, ask, path, field, given, code, says):
    fake = make_fake()
    answer = ask(create_app(fake, explain=explained), post(path, film(**{field: given})))
    assert answer.status_code == (200 if path.endswith("batch") else 422)
    found = error(answer)
    assert found[0] == f"{field}_{code}"
    assert found[1].startswith(f"{field}: {says}")
    assert not [plots for plots in fake.batches if "drama" in plots]


def test_a_form_is_told_the_same(make_fake, ask):
    many, long, broken = ask(
        create_app(make_fake()), form(cast="a," * 101), form(director="a" * 201), form(cast="[a]")
    )
    assert error(many) == ("cast_too_many", "cast: 101 names; allowed are 100: leave out the last")
    assert error(long) == ("director_too_long", "director: a name of 201 characters; allowed are 200")
    assert error(broken)[0] == "cast_unreadable"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (7, "a number is given"),
        (True, "true or false is given"),
        ({"name": "Ada"}, "an object is given"),
        (["Ada", None], "null is given inside its list"),
        ([1, 2, {}, "Ada"], "a number is given inside its list"),
        ([{"name": "Ada"}], "an object is given inside its list"),
    ],
)
def test_what_is_no_name_is_told_what_is_allowed(make_fake, explained, ask, path, given, kind):
    app = create_app(make_fake(), explain=explained)
    code, message = error(ask(app, post(path, film(director=given, cast=given))))
    assert code == "film_invalid"
    allowed = "allowed: a list of names, one text with | ; or commas between them, or null"
    assert message == f"director: {kind}; {allowed}; cast: {kind}; {allowed}"


def test_the_limits_are_those_that_were_given(make_fake, ask):
    app = create_app(make_fake(), Limits(people=2, name_characters=3))
    fine, many, long, model = ask(
        app,
        post("/v1/predict", film(director=["abc", "abc"], cast='["abc", "abc"]')),
        post("/v1/predict", film(cast=["a", "b", "c"])),
        post("/v1/predict", film(cast="abcd")),
        ("GET", "/v1/genres", {}),
    )
    assert fine.status_code == 200
    assert error(many)[1] == "cast: 3 names; allowed are 2: leave out the last"
    assert error(long)[1] == "cast: a name of 4 characters; allowed are 3"
    assert model.json()["limits"].items() >= {"people": 2, "name_characters": 3}.items()
    schema = app.openapi()["components"]["schemas"]
    cast = schema["Film"]["properties"]["cast"]
    assert (cast["maxItems"], cast["items"]["maxLength"], cast["maxLength"]) == (2, 3, 14)
    assert schema["FilmForm"]["properties"]["cast"]["maxLength"] == 14
    assert "at most 2 of at most 3 characters" in cast["description"]


def test_as_many_and_as_long_as_may_be_are_taken_by_every_path(make_fake, explained, ask):
    """Together with all else that a film may have: what is counted before it is parsed leaves room for it."""
    fake = make_fake(knows_people=True)
    listed = ["n" * MOST.name_characters] * MOST.people
    text = json.dumps(listed)
    assert len(text) == most_text(MOST)
    full = film(id=1, poster=None, director=listed, cast=listed)
    app = create_app(fake, explain=explained)
    one, why, written, several = ask(
        app,
        post("/v1/predict", full),
        post("/v1/explain", full | {"genre": "Drama"}),
        post("/v1/predict", full | {"director": text, "cast": text}),
        ("POST", "/v1/predict/batch", {"json": {"films": [full] * MOST.batch_films}}),
    )
    assert {one.status_code, why.status_code, written.status_code, several.status_code} == {200}
    assert not any(entry["error"] for entry in several.json()["predictions"])
    assert fake.people.count((tuple(listed), tuple(listed))) == MOST.batch_films + 2


def test_a_film_of_more_than_it_may_have_is_refused_before_it_is_parsed(make_fake, ask):
    most = A_FILM + 4 * MOST.people
    answer = ask(create_app(make_fake()), post("/v1/predict", film(cast=["a"] * most)))
    code, message = error(answer)
    assert code == "body_too_complex"
    assert f"more than {most} texts" in message
    assert message.endswith(
        "an object of id, plot, poster, director, cast, with at most 100 names in each list"
    )


def test_names_alone_are_no_film(make_fake, ask):
    answer = ask(
        create_app(make_fake(knows_people=True)), post("/v1/predict", {"director": "Ada", "cast": ["Bea"]})
    )
    assert error(answer)[0] == "nothing_to_read"


def test_examples_name_who_made_them(make_fake, ask):
    app = create_app(make_fake(knows_people=True))
    for example in ask(app, ("GET", "/v1/examples", {})).json()["examples"]:
        assert example["director"]
        assert example["cast"]
        assert all("," not in name for name in example["director"] + example["cast"]), (
            "the page writes commas"
        )
