"""Tables for people, programs and terminals."""

import csv
import io

import pytest
from rich.console import Console

from cinefuse.reports.tables import (
    UNDEFINED,
    Table,
    genre_csv,
    genre_table,
    millions,
    overall_csv,
    overall_table,
    seconds,
    to_markdown,
    to_terminal,
)
from cinefuse.results import METRICS


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def printed(table, width):
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(to_terminal(table, width))
    return console.file.getvalue()


def test_the_overall_row_is_the_result_in_percent(comparison):
    table = overall_table(comparison)
    row = dict(zip(table.columns, next(row for row in table.rows if row[0] == "bert-text"), strict=True))
    result = next(result for result in comparison.models if result.model == "bert-text")
    low, high = result.intervals["f1_macro"]
    assert row == {
        "model": "bert-text",
        "macro F1": f"{100 * result.metrics['f1_macro']:.1f}",
        "95 % interval": f"{100 * low:.1f} to {100 * high:.1f}",
        "micro F1": f"{100 * result.metrics['f1_micro']:.1f}",
        "weighted F1": f"{100 * result.metrics['f1_weighted']:.1f}",
        "samples F1": f"{100 * result.metrics['f1_samples']:.1f}",
        "mAP": f"{100 * result.metrics['average_precision_macro']:.1f}",
        "ROC-AUC": f"{100 * result.metrics['roc_auc_macro']:.1f}",
        "Hamming": f"{100 * result.metrics['hamming_loss']:.1f}",
        "threshold": "0.72 global",
        "params (M)": "66.6",
        "train (s)": "1,341",
    }


def test_csv_has_every_metric_as_a_fraction_that_reads_back(comparison):
    rows = {row["model"]: row for row in read(overall_csv(comparison))}
    for result in comparison.models:
        row = rows[result.model]
        for metric in METRICS:
            assert float(row[metric]) == result.metrics[metric]
            assert (float(row[f"{metric}_low"]), float(row[f"{metric}_high"])) == result.intervals[metric]
            assert row[f"{metric}_sd"] == ""
        assert int(row["parameters_total"]) == result.parameters.total


def test_several_seeds_are_one_row_with_their_spread(three_seeds):
    rows = read(overall_csv(three_seeds[0]))
    assert len(rows) == 7
    assert rows[0]["seeds"] == "1 2 3"
    assert 0 < float(rows[0]["f1_macro_sd"]) < 0.2
    assert overall_table(three_seeds[0]).rows[0][1] == (
        f"{100 * float(rows[0]['f1_macro']):.1f} ± {100 * float(rows[0]['f1_macro_sd']):.1f}"
    )


def test_undefined_is_a_dash_for_people_and_empty_for_programs(comparison):
    shown = next(row for row in genre_table(comparison).rows if row[0] == "Western")
    assert shown == ("Western", "0", *[UNDEFINED] * 7)
    written = next(row for row in read(genre_csv(comparison)) if row["genre"] == "Western")
    assert written.pop("support") == "0"
    assert set(written.values()) == {"Western", ""}


def test_genre_csv_reads_back(comparison):
    drama = read(genre_csv(comparison))[0]
    for result in comparison.models:
        assert float(drama[result.model]) == result.per_genre["Drama"].f1


def test_markdown_is_a_table_and_bars_are_escaped():
    table = Table(("model", "films"), [("a|b", "12")], frozenset({"films"}))
    assert to_markdown(table) == "| model | films |\n| --- | ---: |\n| a\\|b | 12 |\n"


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
    narrow = printed(overall_table(comparison), 80)
    assert "not shown for want of room: Hamming" in narrow


def test_a_genre_is_no_markup_on_a_terminal():
    assert "[bold]Drama" in printed(Table(("genre",), [("[bold]Drama",)]), 80)


def test_numbers_as_people_read_them():
    assert [millions(83_800_000), millions(350_000), seconds(1234.5), seconds(None)] == [
        "83.8",
        "0.35",
        "1,234",
        UNDEFINED,
    ]


def test_thresholds_of_every_rule(comparison):
    def shown(*thresholds):
        first = comparison.models[0]
        models = [
            first.model_copy(update={"threshold": first.threshold.model_copy(update=each)})
            for each in thresholds
        ]
        return dict(zip(*_columns_and_row(comparison.model_copy(update={"models": models})), strict=True))[
            "threshold"
        ]

    assert shown({"rule": "per-genre", "value": None}) == "per genre"
    assert shown({"rule": "fixed", "value": 0.5}) == "0.50 fixed"
    assert shown({"value": 0.36}, {"value": 0.3}) == "0.30 to 0.36 global"


def _columns_and_row(comparison):
    table = overall_table(comparison)
    return table.columns, table.rows[0]
