"""Fields of a record that somebody else wrote: the types that we allow, and a fault that says where."""

import json
from collections.abc import Mapping


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
    try:
        value: object = json.loads(decoded)
    except json.JSONDecodeError as error:
        raise FieldError(
            "record is not JSON", f"line {error.lineno} column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise FieldError("record is not JSON", "nested too deeply") from error
    return value


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
    return "" if value is None else _string(value, name)


def number(record: Mapping[str, object], name: str) -> int | None:
    """A whole number, also as digits or, as pandas writes it, with ".0"; None where absent or empty."""
    value = record.get(name)
    if value is None or value == "" or value != value:  # noqa: PLR0124 -- NaN is how pandas writes "none"
        return None
    digits = str(value).strip().removesuffix(".0")
    # the store keeps years in 32 bits
    if isinstance(value, bool) or not digits.removeprefix("-").isdecimal() or len(digits) > 9:
        raise FieldError("field of a wrong type", f"{name}: {_show(value)}; allowed: a whole number or null")
    return int(digits)


def names(record: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Strings, from a list of strings or of records with a `name`, or from one string."""
    value = record.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        return (_string(value, name),)
    if not isinstance(value, list):
        raise FieldError(
            "field of a wrong type", f"{name}: {_show(value)}; allowed: a string or a list of them"
        )
    plain = [item.get("name") if isinstance(item, dict) else item for item in value]
    return tuple(_string(item, name) for item in plain if item is not None)


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
