"""Fields that somebody else wrote: what is nothing, and what no function of Python would bear."""

import pytest

from cinefuse.corpus.readers.fields import FieldError, names, number, parse_json, several, text

NAN = float("nan")


@pytest.mark.parametrize("nothing", [None, NAN])
def test_none_and_what_pandas_writes_for_it_are_nothing(nothing):
    record = {"x": nothing}
    assert (text(record, "x"), names(record, "x"), number(record, "x")) == ("", (), None)
    assert names({"x": ["a", nothing, {"name": nothing}]}, "x") == ("a",)


def test_several_names_in_one_text():
    for written in ('["Ada", "Bea, the Second"]', "Ada|Bea, the Second", ["Ada", "Bea, the Second"]):
        assert several({"x": written}, "x") == ("Ada", "Bea, the Second")
    assert several({"x": " Ada ; Bea;; "}, "x") == ("Ada", "Bea")
    assert several({"x": None}, "x") == ()
    allowed = "allowed: a list in JSON, or names with | ; or commas between them"
    with pytest.raises(FieldError) as told:  # as pandas writes a list
        several({"x": "['Ada', 'Bea']"}, "x")
    assert str(told.value).endswith(allowed)
    assert str(told.value).startswith("field of a wrong type: x: ")


@pytest.mark.parametrize("value", [1.5, 0, False])
def test_numbers_are_no_text(value):
    for read in (text, names):
        with pytest.raises(FieldError, match="field of a wrong type: x: "):
            read({"x": value}, "x")


@pytest.mark.parametrize("depth", [101, 900, 985, 5000])
def test_json_nested_too_deeply(depth):
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        with pytest.raises(FieldError, match="record is not JSON: nested too deeply; allowed: 100 levels"):
            parse_json((opened * depth + "1" + closed * depth).encode())


def test_json_nested_as_deeply_as_allowed():
    value = parse_json(b"[" * 100 + b"]" * 100)
    for _ in range(99):
        (value,) = value
    assert value == []
    assert parse_json(b"[" + b"[]," * 500 + b"[]]") == [[]] * 501


def test_json_with_a_number_of_too_many_digits():
    with pytest.raises(FieldError, match="record is not JSON: a number of too many digits"):
        parse_json(b"9" * 5000)
