"""What an ensemble is worth, in a table and in a sentence."""

import pytest

from cinefuse.ensembles.record import EnsembleRecord, Member, OnDev, SplitScores
from cinefuse.reports.ensemble_table import on_dev_table, verdict


def worth(held_out, fitted=0.7):
    return OnDev(
        in_sample=SplitScores(f1_macro=fitted, average_precision_macro=0.72),
        cross_validated=SplitScores(f1_macro=held_out, average_precision_macro=0.5),
    )


def record(own, *members):
    listed = tuple(
        Member(
            folder=f"{number}",
            origin=origin,
            model="bert-text",
            seed=42 + number,
            digest=str(number),
            weight=1 / len(members),
            on_dev=worth(score),
        )
        for number, (origin, score) in enumerate(members)
    )
    return EnsembleRecord.model_construct(members=listed, on_dev=worth(own), equal_weights=worth(0.5))


def test_fitted_and_held_out_stand_apart():
    table = on_dev_table(record(0.62, ("runs/a", 0.6), ("runs/b", 0.61)))
    assert [row[0] for row in table.rows] == ["a", "b", "all, weighing the same", "ensemble"]
    assert table.rows[-1][2:4] == (0.7, 0.62)
    assert [column.title for column in table.columns][2:4] == ["F1 fitted", "held out"]


def test_runs_that_are_called_alike_are_told_by_their_paths():
    table = on_dev_table(record(0.62, ("one/run", 0.6), ("two/run", 0.61)))
    assert [row[0] for row in table.rows][:2] == ["one/run", "two/run"]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (0.62, "macro F1 62.0, 1.0 points better than its best member (bert-text, seed 43: 61.0)"),
        (0.6104, "macro F1 61.0, no better than its best member"),
        (0.58, "macro F1 58.0, no better than its best member"),
        (None, "macro F1 is undefined"),
    ],
)
def test_the_sentence_is_about_films_that_had_no_say(own, told):
    assert told in verdict(record(own, ("runs/a", 0.6), ("runs/b", 0.61)))
