"""What the OpenAPI page says of bodies and answers, beyond what FastAPI finds out by itself.

Bodies come as JSON or as a form on the same path, and what a film needs depends on what the model reads, so
their schemas are written here, for the limits that hold.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from cinefuse.corpus.poster import FORMATS
from cinefuse.serving.films import FORM, JSON, MAX_ID
from cinefuse.serving.limits import Limits
from cinefuse.serving.people import most_text
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
EXAMPLE = {
    "id": "tt0084058",
    "plot": "A widow opens the cellar door.",
    # a GIF of one pixel
    "poster": "R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=",
    "director": "Ada Sample",
    "cast": ["Bea Nobody", "Cy Extra"],
}
A_KNOWN_ID = "A model that knows people takes a film with a training film's id for that film."
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
    """The schemas that `asks` names, each with an example."""
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
        "FilmAndGenre": _with(film, genre=nullable, example=genres[0]),
        "FilmAndGenreForm": _with(form, genre=genre, example=genres[0]),
        "Films": {
            "type": "object",
            "properties": {
                "films": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": limits.batch_films,
                    "items": {"$ref": "#/components/schemas/Film"},
                    "description": "One that cannot be told has its error in its place. Their posters have "
                    f"at most {limits.batch_pixels:,} pixels in all.",
                }
            },
            "required": ["films"],
            "additionalProperties": False,
            "examples": [{"films": [EXAMPLE, {"id": 2, "plot": "Two clowns share a taxi."}]}],
        },
    }


def _film(reads: Sequence[str], limits: Limits, *, as_form: bool) -> Schema:
    text = {"type": "string"} if as_form else {"type": ["string", "null"]}
    image = {"format": "binary"} if as_form else {"format": "byte", "contentEncoding": "base64"}
    most = limits.poster_bytes if as_form else 4 * -(-limits.poster_bytes // 3)
    return {
        "type": "object",
        "properties": {
            "id": {
                "type": "string" if as_form else ["string", "integer"],
                "maxLength": MAX_ID,
                "description": f"Comes back with the answer{'' if as_form else ', as text'}. {A_KNOWN_ID}",
            },
            "plot": {**text, "maxLength": limits.plot_characters, "description": "What happens."},
            "poster": {
                **text,
                **image,
                "maxLength": most,
                "description": f"An image file ({', '.join(FORMATS)}) of at most "
                f"{limits.poster_pixels:,} pixels{'' if as_form else ', in base64'}.",
            },
            "director": _names("Who directed it", limits, as_form=as_form),
            "cast": _names("Who plays in it", limits, as_form=as_form),
        },
        # it needs one part that the model reads: not all of them are left out, null or blank
        "not": {"properties": {part: _lacking(part) for part in reads}},
        "additionalProperties": False,
        "examples": [_as_form(EXAMPLE) if as_form else EXAMPLE],
    }


def _names(who: str, limits: Limits, *, as_form: bool) -> Schema:
    """Names in a list or in a text; a form has only the text."""
    most = f"at most {limits.people:,} of at most {limits.name_characters:,} characters each"
    text = {"type": "string", "maxLength": most_text(limits)}
    if as_form:
        return {**text, "description": f"{who}, with | ; or commas between the names: {most}."}
    return {
        **text,
        "type": ["array", "string", "null"],
        "items": {"type": "string", "maxLength": limits.name_characters},
        "maxItems": limits.people,
        "description": f"{who}: a list of names, or a text with | ; or commas between them, {most}. A model "
        "that knows people reads it (see `knows_people` of /v1/genres).",
    }


def _lacking(part: str) -> Schema:
    """What a film gives in place of that part where it has none; blank is what Python calls so."""
    written = {"type": "string", "pattern": r"[^\s\x1c-\x1f\x85]"}
    return {"not": written} if part == "plot" else {"type": "null"}


def _with(film: Schema, genre: Schema, example: str) -> Schema:
    (given,) = film["examples"]
    return {
        **film,
        "properties": {**film["properties"], "genre": genre},
        "examples": [{**given, "genre": example}],
    }


def _as_form(given: dict[str, Any]) -> dict[str, Any]:
    """The same film in texts; its poster would be a file."""
    texts = {key: ", ".join(value) if isinstance(value, list) else value for key, value in given.items()}
    return {key: value for key, value in texts.items() if key != "poster"}
