"""What the OpenAPI page says of bodies and answers, beyond what FastAPI finds out by itself.

Bodies come as JSON or as a form on the same path, and what a film needs depends on what the model reads, so
their schemas are written here, for the limits that hold.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from cinefuse.serving.films import FORM, JSON, MAX_ID
from cinefuse.serving.limits import Limits
from cinefuse.serving.records import Error

Schema = dict[str, Any]

MEANINGS = {
    400: "The body cannot be read.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is of a type that is not read here.",
    422: "The film cannot be taken; the code says why.",
    500: "The model failed; the log of the service says why.",
    503: "Too much at once; Retry-After says when to try again.",
}
RETRY = {
    "headers": {
        "Retry-After": {
            "description": "Seconds after which to try again.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    }
}


def answers(kind: type[BaseModel], *statuses: int) -> dict[str, Any]:
    """A route's answers: `kind`, and an error for each of those statuses."""
    errors: dict[int | str, dict[str, Any]] = {
        status: {"model": Error, "description": MEANINGS[status]} | (RETRY if status == 503 else {})
        for status in statuses
    }
    return {"responses": {200: {"model": kind, "description": "What was asked for."}, **errors}}


def asks(name: str, *kinds: str) -> dict[str, Any]:
    """A route's body: the schema of that name, as JSON and, under `name` + "Form", as a form."""
    content = {JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    if FORM in kinds:
        content[FORM] = {"schema": {"$ref": f"#/components/schemas/{name}Form"}}
    return {"openapi_extra": {"requestBody": {"required": True, "content": content}}}


def body_schemas(reads: Sequence[str], genres: Sequence[str], limits: Limits) -> dict[str, Schema]:
    """The schemas that `asks` names."""
    genre = {
        "type": "string",
        "enum": list(genres),
        "description": "The genre to explain; left out: the most probable.",
    }
    film, form = _film(reads, limits, as_form=False), _film(reads, limits, as_form=True)
    nullable = {**genre, "type": ["string", "null"], "enum": [*genres, None]}
    return {
        "Film": film,
        "FilmForm": form,
        "FilmAndGenre": _with(film, genre=nullable),
        "FilmAndGenreForm": _with(form, genre=genre),
        "Films": {
            "type": "object",
            "properties": {
                "films": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": limits.batch_films,
                    "items": {"description": "A `Film`. One that is not has its error in its place."},
                    "examples": [[{"id": "1", "plot": "A widow opens the cellar door."}]],
                }
            },
            "required": ["films"],
            "additionalProperties": False,
        },
    }


def _film(reads: Sequence[str], limits: Limits, *, as_form: bool) -> Schema:
    text = {"type": "string"} if as_form else {"type": ["string", "null"]}
    image = {"format": "binary"} if as_form else {"format": "byte", "contentEncoding": "base64"}
    most = limits.poster_bytes if as_form else 4 * -(-limits.poster_bytes // 3)
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "maxLength": MAX_ID, "description": "Comes back with the answer."},
            "plot": {**text, "maxLength": limits.plot_characters, "description": "What happens."},
            "poster": {
                **text,
                **image,
                "maxLength": most,
                "description": f"An image file of at most {limits.poster_pixels:,} pixels"
                + ("." if as_form else ", in base64."),
            },
        },
        # it needs one part that the model reads: not all of them are left out, null or blank
        "not": {"properties": {part: _lacking(part) for part in reads}},
        "additionalProperties": False,
        "examples": [{"id": "tt0084058", "plot": "A widow opens the cellar door."}],
    }


def _lacking(part: str) -> Schema:
    """What a film gives in place of that part where it has none."""
    return {"not": {"type": "string", "pattern": r"\S"}} if part == "plot" else {"type": "null"}


def _with(film: Schema, **properties: Schema) -> Schema:
    return {**film, "properties": {**film["properties"], **properties}}
