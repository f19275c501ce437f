"""One table for people, programs and terminals."""

import csv
import io

import pytest
from rich.console import Console

from cinefuse.reports.table import (
    UNDEFINED,
    Cell,
    Column,
    Estimate,
    Table,
    estimate,
    millions,
    p_value,
    percent,
    percent_interval,
    signed_interval,
    signed_percent,
    to_csv,
    to_markdown,
    to_terminal,
    whole,
)

MINUS = "\N{MINUS SIGN}"
TABLE = Table(
    (
        Column("model", numeric=False),
        Column("macro F1", estimate, name="f1_macro"),
        Column("95 % interval", percent_interval, name="films"),
        Column("films", whole),
    ),
    [
        ("one", Estimate(0.54321, (0.52, 0.571), 0.006), (0.1, 0.2), 1234),
        ("two", Estimate(None), None, None),
    ],
    dispensable=("films", "95 % interval"),
)


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def printed(table, width):
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(to_terminal(table, width))
    return console.file.getvalue()


def test_people_read_rounded_percent_and_a_dash():
    assert TABLE.cells() == [
        [Cell("one"), Cell("54.3 ± 0.6", "52.0 to 57.1"), Cell("10.0 to 20.0"), Cell("1,234")],
        [Cell("two"), Cell(UNDEFINED), Cell(UNDEFINED), Cell(UNDEFINED)],
    ]


def test_programs_read_fractions_in_full_and_nothing_where_there_is_nothing():
    first, second = read(to_csv(TABLE))
    assert first == {
        "model": "one",
        "f1_macro": "0.54321",
        "f1_macro_low": "0.52",
        "f1_macro_high": "0.571",
        "f1_macro_sd": "0.006",
        "films_low": "0.1",
        "films_high": "0.2",
        "films": "1234",
    }
    assert second.pop("model") == "two"
    assert set(second.values()) == {""}


def test_csv_quotes_what_must_be():
    odd = Table((Column("a, b"), Column("c")), [('"quoted"', "two\nlines")])
    assert read(to_csv(odd)) == [{"a, b": '"quoted"', "c": "two\nlines"}]


def test_markdown_is_a_table():
    assert to_markdown(Table(TABLE.columns[::3], [("one", 12), ("two", None)])) == (
        f"| model | films |\n| --- | ---: |\n| one | 12 |\n| two | {UNDEFINED} |\n"
    )


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("a|b", "a\\|b"),
        ("<b>bold</b>", "\\<b\\>bold\\</b\\>"),
        ("*star* _under_", "\\*star\\* \\_under\\_"),
        ("[x](y)", "\\[x\\](y)"),
        ("two\nlines", "two lines"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_no_name_is_markup_in_markdown(name, escaped):
    assert to_markdown(Table((Column("genre"),), [(name,)])).splitlines()[2] == f"| {escaped} |"


def test_small_print_stands_in_brackets():
    assert "54.3 ± 0.6 (52.0 to 57.1)" in to_markdown(TABLE)
    assert "54.3 ± 0.6 (52.0 to 57.1)" in printed(TABLE, 200)


def test_a_narrow_terminal_goes_without_columns_and_says_so():
    wide, narrow = printed(TABLE, 200), " ".join(printed(TABLE, 51).split())
    assert "1,234" in wide
    assert "not shown" not in wide
    assert "1,234" not in narrow
    assert "54.3" in narrow
    assert narrow.endswith("not shown for want of room: films")


def test_no_name_is_markup_on_a_terminal():
    assert "[bold]Drama" in printed(Table((Column("genre"),), [("[bold]Drama",)]), 80)


def test_a_table_without_rows():
    empty = Table((Column("genre"),), [])
    assert to_csv(empty) == "genre\n"
    assert to_markdown(empty) == "| genre |\n| ---: |\n"
    assert "genre" in printed(empty, 80)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (percent(0.5479), "54.8"),
        (percent(0.5479, 0), "55"),
        (signed_percent(0.0123), "+1.2"),
        (signed_percent(-0.0123), f"{MINUS}1.2"),
        (percent_interval((0.52, 0.571)), "52.0 to 57.1"),
        (signed_interval((-0.012, 0.03)), f"{MINUS}1.2 to +3.0"),
        (p_value(0.0312), "0.031"),
        (p_value(0.00012), "0.0001"),
        (millions(83_800_000), "83.8"),
        (millions(350_000), "0.35"),
        (whole(1234.5), "1,234"),
        (estimate(Estimate(0.5)), Cell("50.0")),
    ],
)
def test_numbers_as_people_read_them(shown, expected):
    assert shown == expected
