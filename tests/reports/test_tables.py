"""The tables of a comparison that the terminal shows too."""

import csv
import io

import pytest
from rich.console import Console

from cinefuse.reports.summary import summarise
from cinefuse.reports.table import UNDEFINED, to_csv, to_terminal
from cinefuse.reports.tables import OVERALL_METRICS, genre_table, overall_table, threshold


def read(table):
    return list(csv.DictReader(io.StringIO(to_csv(table))))


def printed(table, width):
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(to_terminal(table, width))
    return console.file.getvalue()


def test_the_overall_row_is_the_result_in_percent(comparison):
    table = overall_table(comparison)
    cells = next(row for row in table.cells() if row[0].text == "bert-text")
    shown = {column.title: cell.text for column, cell in zip(table.columns, cells, strict=True)}
    result = next(result for result in comparison.models if result.model == "bert-text")
    low, high = result.intervals["f1_macro"]
    metrics = {title: f"{100 * result.metrics[metric]:.1f}" for title, metric in OVERALL_METRICS.items()}
    assert shown == metrics | {
        "model": "bert-text",
        "macro F1": f"{100 * result.metrics['f1_macro']:.1f}",
        "95 % interval": f"{100 * low:.1f} to {100 * high:.1f}",
        "threshold": "0.72 global",
        "params (M)": "66.6",
        "train (s)": "1,341",
    }


def test_the_overall_table_reads_back(comparison):
    rows = {row["model"]: row for row in read(overall_table(comparison))}
    for result in comparison.models:
        row = rows[result.model]
        for metric in ("f1_macro", *OVERALL_METRICS.values()):
            assert float(row[metric]) == result.metrics[metric]
        assert int(row["parameters_total"]) == result.parameters.total
        low, high = (float(row[f"f1_macro_interval_{end}"]) for end in ("low", "high"))
        assert (low, high) == result.intervals["f1_macro"]


def test_several_seeds_are_one_row_with_their_spread(three_seeds):
    table = overall_table(three_seeds[0])
    row = read(table)[0]
    assert len(table.rows) == 7
    assert 0 < float(row["f1_macro_sd"]) < 0.2
    assert table.cells()[0][1].text == (
        f"{100 * float(row['f1_macro']):.1f} ± {100 * float(row['f1_macro_sd']):.1f}"
    )


def test_undefined_is_a_dash_for_people_and_empty_for_programs(comparison):
    table = genre_table(comparison)
    shown = next(row for row in table.cells() if row[0].text == "Western")
    assert [cell.text for cell in shown] == ["Western", "0", *[UNDEFINED] * 7]
    written = next(row for row in read(table) if row["genre"] == "Western")
    assert written.pop("support") == "0"
    assert set(written.values()) == {"Western", ""}


def test_genres_come_by_number_of_films_and_read_back(comparison):
    rows = read(genre_table(comparison))
    supports = [int(row["support"]) for row in rows]
    assert supports == sorted(supports, reverse=True)
    for result in comparison.models:
        assert float(rows[0][result.model]) == result.per_genre[rows[0]["genre"]].f1


@pytest.mark.parametrize("width", [70, 80, 100, 200])
def test_a_terminal_never_cuts_a_cell(comparison, width):
    text = printed(overall_table(comparison), width)
    assert "…" not in text
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    for result in comparison.models:
        assert f"{100 * result.metrics['f1_macro']:.1f}" in text
        assert result.model in text


def test_a_terminal_says_what_it_left_out(comparison):
    assert "not shown" not in printed(overall_table(comparison), 200)
    assert "not shown for want of room: Hamming" in printed(overall_table(comparison), 80)


@pytest.mark.parametrize(
    ("thresholds", "shown"),
    [
        ([{"rule": "per-genre", "value": None}], "per genre"),
        ([{"rule": "fixed", "value": 0.5}], "0.50 fixed"),
        ([{"value": 0.36}, {"value": 0.3}], "0.30 to 0.36 global"),
    ],
)
def test_thresholds_of_every_rule(comparison, thresholds, shown):
    first = comparison.models[0]
    models = [
        first.model_copy(update={"threshold": first.threshold.model_copy(update=each)}) for each in thresholds
    ]
    assert threshold(summarise(comparison.model_copy(update={"models": models}))[0]) == shown
