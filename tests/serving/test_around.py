"""What is around the films: state, metrics, log, headers, pages, the OpenAPI page."""

import json
import logging
import re

import pytest

from cinefuse.serving.app import create_app
from cinefuse.serving.limits import Limits
from cinefuse.serving.logs import JsonLines

GET, JSON = "GET", {"Content-Type": "application/json"}


def get(path, **options):
    return GET, path, options


def predict(plot="drama", **options):
    return "POST", "/v1/predict", {"json": {"plot": plot}, **options}


def test_genres_with_thresholds_and_limits(make_fake, explained, ask):
    app = create_app(make_fake(), Limits(plot_characters=77), explained)
    assert ask(app, get("/v1/genres")).json() == {
        "model": "late-fusion",
        "reads": ["plot", "poster"],
        "knows_people": False,
        "explains": True,
        "genres": [{"name": name, "threshold": 0.5} for name in ("Drama", "Comedy", "Horror")],
        "limits": {
            "body_bytes": 16 * 2**20,
            "poster_bytes": 10 * 2**20,
            "poster_pixels": 25_000_000,
            "plot_characters": 77,
            "people": 100,
            "name_characters": 200,
            "batch_films": 64,
            "batch_pixels": 400_000_000,
        },
    }


def test_examples_can_be_sent_as_they_are(make_fake, ask):
    app = create_app(make_fake())
    examples = ask(app, get("/v1/examples")).json()["examples"]
    assert len(examples) == 6
    assert len({example["title"] for example in examples}) == 6
    answers = ask(
        create_app(make_fake()),
        *[
            ("POST", "/v1/predict", {"json": {"plot": one["plot"], "poster": one["poster"]}})
            for one in examples
        ],
    )
    assert {answer.status_code for answer in answers} == {200}


def test_alive_before_ready_and_not_ready_while_stopping(make_fake, ask):
    fake = make_fake()
    app = create_app(fake)
    service = app.state.service
    fake.going.clear()
    alive, waiting = ask_while_warming(ask, app, fake)
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (waiting.status_code, waiting.json()["error"]["code"]) == (503, "not_ready")
    assert "retry-after" in waiting.headers
    assert service.batcher.ready
    service.stopping = True
    alive, ready, refused = ask(app, get("/healthz"), get("/readyz"), predict())
    assert (alive.status_code, ready.status_code, refused.status_code) == (200, 503, 503)
    assert refused.json()["error"]["code"] == "stopping"
    assert refused.headers["connection"] == "close"


def ask_while_warming(ask, app, fake):
    """Asks before the model has scored anything, and lets it go on afterwards."""
    import threading

    release = threading.Timer(0.2, fake.going.set)
    release.start()
    return ask(app, get("/healthz"), get("/readyz"))


def test_ready_once_a_film_is_scored(make_fake, ask):
    app = create_app(make_fake())
    ask(app, get("/v1/genres"))
    assert app.state.service.batcher.ready


def test_genres_are_told_once_a_model_comes_to_itself(make_fake, ask):
    fake = make_fake()
    works, fake.predict = fake.predict, lambda _movies: 1 / 0
    app = create_app(fake)
    service = app.state.service
    service.batcher.start()
    assert service.batcher.warmed.exception(10)
    fake.predict = works
    genres, ready = ask(app, get("/v1/genres"), get("/readyz"))
    assert genres.status_code == 200
    assert genres.json()["genres"][0] == {"name": "Drama", "threshold": 0.5}
    assert ask(create_app(fake), get("/readyz")).status_code in {200, 503}
    assert service.ready or service.stopping
    assert ready.status_code in {200, 503}  # both were asked at once


def test_a_model_that_cannot_score_is_alive_and_never_ready(make_fake, ask):
    fake = make_fake()
    fake.predict = lambda _movies: 1 / 0
    genres, alive, ready = ask(create_app(fake), get("/v1/genres"), get("/healthz"), get("/readyz"))
    assert genres.status_code == 500
    assert (alive.status_code, ready.status_code) == (200, 503)


def test_metrics_count_what_happened(make_fake, ask):
    app = create_app(make_fake(), Limits(plot_characters=10))
    ask(app, predict(), predict("comedy"), predict("x" * 11), get("/nowhere"), get("/healthz"))
    answer = ask(app, get("/metrics"))
    assert answer.headers["content-type"].startswith("text/plain; version=")
    counts = dict(re.findall(r"^(\w+(?:\{[^}]*\})?) ([\d.]+)$", answer.text, re.MULTILINE))
    route = 'method="POST",route="/v1/predict"'
    assert counts[f'cinefuse_requests_total{{{route},status="200"}}'] == "2.0"
    assert counts[f'cinefuse_requests_total{{{route},status="422"}}'] == "1.0"
    assert counts['cinefuse_requests_total{method="GET",route="other",status="404"}'] == "1.0"
    assert counts['cinefuse_refused_total{code="plot_too_long"}'] == "1.0"
    assert counts["cinefuse_films_scored_total"] == "2.0"
    assert counts["cinefuse_batch_films_sum"] == "2.0"
    assert counts["cinefuse_queue_films"] == "0.0"
    assert counts['cinefuse_request_seconds_count{route="/v1/predict"}'] == "3.0"


def test_two_services_count_for_themselves(make_fake, ask):
    ask(create_app(make_fake()), predict())
    assert "cinefuse_films_scored_total 0.0" in ask(create_app(make_fake()), get("/metrics")).text


def logged(caplog):
    """The lines of the log, as they are written."""
    return [json.loads(JsonLines().format(record)) for record in caplog.records]


def test_the_log_has_a_line_a_request_and_nothing_of_what_users_wrote(make_fake, ask, caplog, picture):
    caplog.set_level(logging.DEBUG)
    secret = "sesame"  # noqa: S105 -- of a tale
    ask(
        create_app(make_fake()),
        predict(f"drama {secret}", headers={"X-Request-ID": "mine-1"}),
        predict(f"poison {secret}"),
        ("POST", f"/v1/predict?{secret}=1", {"content": f'{{"{secret}', "headers": JSON}),
        ("POST", "/v1/predict", {"json": {secret: secret}}),
        ("POST", "/v1/predict", {"data": {"plot": secret}, "files": {secret: (secret, picture())}}),
        get(f"/{secret}"),
        (secret.upper(), "/v1/predict", {}),
        get("/", headers={"X-Request-ID": f"{secret} with spaces"}),
    )
    lines = [line for line in logged(caplog) if line["message"] == "request"]
    assert len(lines) == 8
    ours = [line for line in logged(caplog) if line["message"] != "request"]
    assert secret not in json.dumps(lines + [line for line in ours if "http" not in line["message"]])
    first = next(line for line in lines if line["id"] == "mine-1")
    assert (first["method"], first["route"], first["status"]) == ("POST", "/v1/predict", 200)
    assert first["films"] == 1
    assert first["batch_size"] >= 1
    assert first["milliseconds"] > 0
    assert first["time"].endswith("+00:00")
    assert {line.get("code") for line in lines} >= {"json_invalid", "film_invalid", "not_found"}
    assert {line["method"] for line in lines} == {"GET", "POST", "OTHER"}


def test_the_id_comes_back(make_fake, ask):
    own, made, odd = ask(
        create_app(make_fake()),
        get("/healthz", headers={"X-Request-ID": "a.b-c_1"}),
        get("/healthz"),
        get("/healthz", headers={"X-Request-ID": "x" * 65}),
    )
    assert own.headers["x-request-id"] == "a.b-c_1"
    assert re.fullmatch("[0-9a-f]{32}", made.headers["x-request-id"])
    assert re.fullmatch("[0-9a-f]{32}", odd.headers["x-request-id"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/predict", 405),
        ("HEAD", "/v1/predict", 405),
        ("OPTIONS", "/v1/predict", 405),
        ("PUT", "/v1/explain", 405),
        ("BREW", "/v1/predict", 405),
        ("POST", "/v1/genres", 405),
        ("POST", "/", 405),
        ("POST", "/docs", 405),
        ("GET", "/v1/predict/", 404),
        ("GET", "/v1", 404),
        ("GET", "/page/", 404),
        ("GET", "/page/nothing.js", 404),
        ("GET", "/page/..%2fapp.py", 404),
        ("GET", "/page/%00", 404),
        ("GET", "/redoc", 404),
    ],
)
def test_paths_and_methods_that_are_not_there(make_fake, ask, method, path, status):
    answer = ask(create_app(make_fake()), (method, path, {}))
    assert answer.status_code == status
    if method != "HEAD":
        assert answer.json()["error"]["code"] == {404: "not_found", 405: "method_not_allowed"}[status]
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/v1/genres", "/v1/examples"])
def test_head_wherever_there_is_get(make_fake, ask, path):
    app = create_app(make_fake())
    _, answer = ask(app, get("/v1/genres"), ("HEAD", path, {}))
    assert answer.status_code in {200} | ({503} if path == "/readyz" else set())
    assert answer.content == b""
    assert "head" not in app.openapi()["paths"][path]


def test_what_is_not_there_says_where_to_look(make_fake, ask):
    nowhere, method = ask(create_app(make_fake()), get("/nowhere"), get("/v1/predict"))
    assert "/docs" in nowhere.json()["error"]["message"]
    assert method.headers["allow"] == "POST"
    assert "Allow" in method.json()["error"]["message"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1", 200),
        ("127.0.0.1:8000", 200),
        ("127.0.0.5", 200),
        ("[::1]", 200),
        ("[::1]:8000", 200),
        ("films.example", 421),
        ("localhost.films.example:8000", 421),
        ("127.0.0.1.films.example", 421),
        ("192.168.0.7", 421),
        ("[2001:db8::1]", 421),
        ("", 421),
    ],
)
def test_at_an_address_of_this_machine_alone_only_its_names_are_answered(make_fake, ask, host, status):
    app = create_app(make_fake())
    behind_a_proxy = ask(app, get("/healthz", headers={"Host": host}))
    assert behind_a_proxy.status_code == 200
    app = create_app(make_fake())
    app.state.service.local = True
    answer = ask(app, get("/healthz", headers={"Host": host}))
    assert answer.status_code == status
    if status == 421:
        assert answer.json()["error"]["code"] == "host_not_served"
        assert "allowed: localhost, 127.0.0.1 and [::1]" in answer.json()["error"]["message"]


def test_a_proxy_may_ask_by_a_name_that_was_given(make_fake, ask):
    app = create_app(make_fake())
    app.state.service.local, app.state.service.names = True, frozenset({"films.example"})
    for host, status in (("Films.example:443", 200), ("other.example", 421)):
        assert ask(app, get("/healthz", headers={"Host": host})).status_code == status


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-origin", 200), ("none", 200)])
def test_no_page_of_another_site_may_send_films_to_this_machine(make_fake, ask, site, status):
    app = create_app(make_fake())
    app.state.service.local = True
    headers = {"Host": "localhost", "Sec-Fetch-Site": site}
    posted, got = ask(app, predict(headers=headers), get("/healthz", headers=headers))
    assert (posted.status_code, got.status_code) == (status, 200)
    if status == 403:
        assert posted.json()["error"]["code"] == "cross_site"


def test_no_other_site_may_ask_and_headers_say_so(make_fake, ask):
    answer = ask(create_app(make_fake()), predict(headers={"Origin": "https://elsewhere.example"}))
    assert "access-control-allow-origin" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"


def test_the_page_and_all_that_it_names_are_there(make_fake, ask):
    page = ask(create_app(make_fake()), get("/"))
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    assert "content-security-policy" in page.headers
    named = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert len(named) > 2
    assert not any(path.startswith(("http", "//")) for path in named)
    answers = ask(create_app(make_fake()), *[get(f"/{path}") for path in named])
    assert {answer.status_code for answer in answers} == {200}
    head = ask(create_app(make_fake()), ("HEAD", "/", {}))
    assert (head.status_code, head.content) == (200, b"")


def test_the_api_page_needs_no_network(make_fake, explained, ask):
    answer = ask(create_app(make_fake(), explain=explained), get("/docs"))
    assert answer.status_code == 200
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
    assert "<script" not in answer.text
    for path in ("/v1/predict", "/v1/predict/batch", "/v1/explain", "/v1/genres", "/readyz", "/metrics"):
        assert path in answer.text
    assert "sha256-" in answer.headers["content-security-policy"]


def test_openapi_tells_of_both_bodies_and_every_error(make_fake, explained, ask):
    schema = ask(create_app(make_fake(), explain=explained), get("/openapi.json")).json()
    route = schema["paths"]["/v1/predict"]["post"]
    assert set(route["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert set(route["responses"]) == {"200", "400", "408", "413", "415", "422", "500", "503"}
    for status, answer in route["responses"].items():
        kind = answer["content"]["application/json"]["schema"]["$ref"]
        assert kind == "#/components/schemas/" + ("Told" if status == "200" else "Error")
    film = schema["components"]["schemas"]["Film"]
    assert film["properties"]["plot"]["maxLength"] == 50_000
    assert film["additionalProperties"] is False
    schemas = schema["components"]["schemas"]
    films = schemas["Films"]["properties"]["films"]
    assert films["items"] == {"$ref": "#/components/schemas/Film"}
    assert film["properties"]["id"]["type"] == ["string", "integer"]
    assert "/v1/explain" not in ask(create_app(make_fake()), get("/openapi.json")).json()["paths"]


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/predict/batch", "/v1/explain"])
def test_the_example_of_every_body_is_taken_as_it_is(make_fake, explained, ask, path):
    app = create_app(make_fake(), explain=explained)
    schema = app.openapi()
    for kind, content in schema["paths"][path]["post"]["requestBody"]["content"].items():
        name = content["schema"]["$ref"].rpartition("/")[2]
        (example,) = schema["components"]["schemas"][name]["examples"]
        as_form = {"files": {key: (None, value) for key, value in example.items()}}
        answer = ask(app, ("POST", path, {"json": example} if kind == "application/json" else as_form))
        assert answer.status_code == 200
        assert '"error":{' not in answer.text
        app = create_app(make_fake(), explain=explained)


def test_a_fault_of_ours_is_a_clean_500(make_fake, ask, monkeypatch, caplog):
    app = create_app(make_fake())
    monkeypatch.setattr(app.state.service, "predict", None)
    answer, after = ask(app, predict(), get("/healthz"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert answer.headers["x-request-id"] in caplog.text or any(
        answer.headers["x-request-id"] == getattr(record, "told", {}).get("id") for record in caplog.records
    )
    assert after.status_code == 200
