"""What the OpenAPI page promises holds for whatever schemathesis thinks of, by all of its checks.

More of it, when there is time (some minutes):

    CINEFUSE_SCHEMATHESIS_EXAMPLES=2000 .venv/bin/python -m pytest tests/serving/test_schemathesis.py
"""

import base64
import os

import pytest
from hypothesis import strategies

from cinefuse.serving.app import create_app
from cinefuse.serving.limits import Limits

schemathesis = pytest.importorskip("schemathesis")

EXAMPLES = int(os.environ.get("CINEFUSE_SCHEMATHESIS_EXAMPLES", "25"))
NAMES = ("director", "cast")
PICTURE = base64.b64decode("R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=")  # a GIF of one pixel

# a film that is none has its error in its place, and the batch as a whole is answered
IN_ITS_PLACE = {
    "include-path": "/v1/predict/batch",
    "checks": {"negative_data_rejection": {"enabled": False}},
}

# a schema can say that a poster is base64, and not that an image is in it
schemathesis.openapi.format("byte", strategies.just(base64.b64encode(PICTURE).decode("ascii")))
schemathesis.openapi.format("binary", strategies.just(PICTURE))


def find(app, *, coverage):
    """Runs schemathesis; number of cases, and what it found."""
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import from_schema

    config = SchemathesisConfig.from_dict(
        {
            "seed": 42,
            "generation": {"max-examples": EXAMPLES, "database": "none"},
            "phases": {"coverage": {"enabled": coverage}},
            "operations": [IN_ITS_PLACE],
        }
    )
    cases, found = 0, []
    for event in from_schema(schemathesis.openapi.from_asgi("/openapi.json", app, config=config)).execute():
        kind = type(event).__name__
        if kind in {"NonFatalError", "FatalError"}:
            found.append(str(getattr(event, "info", None) or getattr(event, "exception", event)))
        if kind == "ScenarioFinished":
            cases += len(event.recorder.cases)
            found += failures(event.recorder)
    return cases, found


def failures(recorder):
    """What its checks found in one scenario."""
    found = []
    for identity, checks in recorder.checks.items():
        case, answer = recorder.cases[identity].value, recorder.find_response(case_id=identity)
        found += [
            f"{recorder.label}: {check.failure_info.failure} {check.failure_info.code_sample}"
            for check in checks
            if check.failure_info is not None and not is_mistaken(check.name, case, answer)
        ]
    return found


def is_mistaken(check, case, answer):
    """What a schema cannot say: what is an image, which names a text holds, that all of a form is text."""
    body = case.body if isinstance(case.body, dict) else {}
    if check == "positive_data_acceptance":  # at its edges a format is a string like any other
        texts = [name for name in NAMES if isinstance(body.get(name), str)]
        return any(f'"{name}_'.encode() in answer.content for name in ["poster", *texts])
    if check == "negative_data_rejection" and case.media_type == "multipart/form-data":
        # `false` for a plot comes as the word "false", which is one
        return any(not isinstance(body.get(name, ""), str) for name in ("id", "plot", *NAMES))
    return False


@pytest.fixture
def app(make_fake, explained):
    limits = Limits(plot_characters=500, poster_bytes=600, people=3, name_characters=12)
    return create_app(make_fake(), limits, explained)


def test_nothing_is_found_in_json_and_forms(app):
    cases, found = find(app, coverage=False)
    assert cases > 30  # how many there are hangs on how long examples take to be drawn
    assert found == []


def test_nothing_is_found_at_the_edges_of_json(app):
    """Schemathesis' phase of edge cases cannot make forms with files: it fails at its own bytes."""
    for methods in app.openapi()["paths"].values():
        for route in methods.values():
            route.get("requestBody", {}).get("content", {}).pop("multipart/form-data", None)
    cases, found = find(app, coverage=True)
    assert cases > 100
    assert found == []


def test_it_would_find_something(app):
    """The tests above can fail."""
    app.openapi()["paths"]["/healthz"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {
        "type": "integer"
    }
    _, found = find(app, coverage=False)
    assert found
