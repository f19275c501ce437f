"""What is wrong with a film's JSON, field by field, in the words of the record that it was to be."""

from typing import Any

from pydantic import BaseModel, ValidationError

from cinefuse.serving.refusal import Refusal

MOST_TOLD, MOST_NAMED = 5, 50  # faults; characters of a field's name
KINDS = {
    bool: "true or false",
    dict: "an object",
    float: "a number",
    int: "a number",
    list: "a list",
    str: "a text",
    type(None): "null",
}


def refusal_of(error: ValidationError, kind: type[BaseModel], what: str) -> Refusal:
    """400 for what is no JSON, else 422 with every field's fault; values are not repeated.

    Args:
        error: of what was to be a `kind`. It was made of little, or its list of faults is long.
        kind: whose fields are described as "a text, or null".
        what: the whole, where no field is at fault.
    """
    faults = error.errors(include_url=False, include_context=False)
    if faults[0]["type"] == "json_invalid":
        why = faults[0]["msg"].removeprefix("Invalid JSON: ")
        return Refusal(400, "json_invalid", f"the body is not JSON: {why}")
    # names in a list that is wrong are at fault one by one, and it as a text as well: the first says enough
    firsts: dict[tuple[int | str, ...], dict[str, Any]] = {}
    for one in faults:
        firsts.setdefault(one["loc"][:1], dict(one))
    told = [_told(one, kind, what) for one in list(firsts.values())[:MOST_TOLD]]
    more = f"; and {len(firsts) - MOST_TOLD} more" if len(firsts) > MOST_TOLD else ""
    return Refusal(422, "film_invalid", "; ".join(told) + more)


def _told(fault: dict[str, Any], kind: type[BaseModel], what: str) -> str:
    names = ", ".join(kind.model_fields)
    given = KINDS.get(type(fault["input"]), "something else")
    if not fault["loc"]:
        return f"{what}: {given} is given; allowed: an object of {names}"
    name = str(fault["loc"][0])
    if name not in kind.model_fields:
        return f"{name[:MOST_NAMED]}: a field that is not known; allowed: {names}"
    allowed = f"allowed: {kind.model_fields[name].description}"
    if fault["type"] == "missing":
        return f"{name}: missing; {allowed}"
    inside = " inside its list" if isinstance(fault["loc"][-1], int) else ""
    return f"{name}: {given} is given{inside}; {allowed}"
