"""Fields of a record that somebody else wrote: the types that we allow, and a fault that says where."""

import json
import math
from collections.abc import Mapping

SEPARATORS = "|;,"  # the first of these that occurs divides
DEEPEST = 100  # lists and objects within each other: far less than what Python's own functions bear
TOO_DEEP = f"nested too deeply; allowed: {DEEPEST} levels"


class FieldError(Exception):
    """A field, or a whole record, that is not as it should be. `reason` is a phrase that can be counted."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def parse_json(data: bytes) -> object:
    """The JSON value in `data`.

    Raises:
        FieldError: if it is not UTF-8 or not JSON, with the place.
    """
    try:
        decoded = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FieldError("record is not UTF-8", f"byte {error.start}: {error.reason}") from error
    return load_json(decoded)


def load_json(written: str) -> object:
    """The JSON value that is `written`.

    Raises:
        FieldError: if it is none, or one that Python's own functions would not bear.
    """
    try:
        value: object = json.loads(written)
    except json.JSONDecodeError as error:
        raise FieldError(
            "record is not JSON", f"line {error.lineno} column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise FieldError("record is not JSON", TOO_DEEP) from error
    except ValueError as error:  # how Python refuses numbers of thousands of digits
        raise FieldError("record is not JSON", "a number of too many digits") from error
    # nearly nothing has as many brackets
    if written.count("[") + written.count("{") > DEEPEST and _is_deeper(value, DEEPEST):
        raise FieldError("record is not JSON", TOO_DEEP)
    return value


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return not levels or any(_is_deeper(item, levels - 1) for item in inside)


def parse_object(data: bytes) -> dict[str, object]:
    """The JSON object in `data`.

    Raises:
        FieldError: if it is not UTF-8, not JSON, or another kind of value.
    """
    value = parse_json(data)
    if not isinstance(value, dict):
        raise FieldError("record is not an object", f"given: {_show(value)}")
    return value


def text(record: Mapping[str, object], name: str) -> str:
    """A string; empty where absent or null."""
    value = record.get(name)
    return "" if _is_nothing(value) else _string(value, name)


def number(record: Mapping[str, object], name: str) -> int | None:
    """A whole number, also as digits or, as pandas writes it, with ".0"; None where absent or empty."""
    value = record.get(name)
    if _is_nothing(value) or value == "":
        return None
    digits = str(value).strip().removesuffix(".0")
    # the store keeps years in 32 bits
    if isinstance(value, bool) or not digits.removeprefix("-").isdecimal() or len(digits) > 9:
        raise FieldError("field of a wrong type", f"{name}: {_show(value)}; allowed: a whole number or null")
    return int(digits)


def names(record: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Strings, from a list of strings or of records with a `name`, or from one string."""
    value = record.get(name)
    if _is_nothing(value):
        return ()
    if isinstance(value, str):
        return (_string(value, name),)
    if not isinstance(value, list):
        raise FieldError(
            "field of a wrong type", f"{name}: {_show(value)}; allowed: a string or a list of them"
        )
    plain = [item.get("name") if isinstance(item, dict) else item for item in value]
    return tuple(_string(item, name) for item in plain if not _is_nothing(item))


def several(record: Mapping[str, object], name: str) -> tuple[str, ...]:
    """As `names`, also from one string that holds several: a JSON list, or parts between | ; or commas."""
    value = record.get(name)
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            value = _list(value, name)
        else:
            separator = next((mark for mark in SEPARATORS if mark in value), None)
            value = value.split(separator) if separator else [value]
    return tuple(stripped for part in names({name: value}, name) if (stripped := part.strip()))


def _list(written: str, name: str) -> object:
    try:
        return parse_json(written.encode("utf-8", "surrogatepass"))
    except FieldError as error:
        allowed = "a list in JSON, or names with | ; or commas between them"
        raise FieldError("field of a wrong type", f"{name}: {_show(written)}; allowed: {allowed}") from error


def _is_nothing(value: object) -> bool:
    """None, or NaN, which is how pandas writes it."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _string(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise FieldError("field of a wrong type", f"{name}: {_show(value)}; allowed: a string")
    try:
        value.encode("utf-8")  # JSON's \ud800 is half a character, which no store can hold
    except UnicodeEncodeError as error:
        raise FieldError("record is not UTF-8", f"{name}, character {error.start}: {error.reason}") from error
    return value


def _show(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
