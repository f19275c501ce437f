"""What an ensemble is worth, in a table and in a sentence."""

import pytest

from cinefuse.ensembles.record import EnsembleRecord, Member, SplitScores, Worth
from cinefuse.reports.ensemble_table import verdict, worth_table


def worth(held_out, fitted=0.7):
    return Worth(
        in_sample=SplitScores(f1_macro=fitted, average_precision_macro=0.72),
        held_out=SplitScores(f1_macro=held_out, average_precision_macro=0.5),
    )


def record(own, *members):
    listed = tuple(
        Member(
            folder=f"{number}",
            origin=origin,
            model="bert-text",
            seed=42 + number,
            digest=str(number),
            fold=None,
            voice=number,
            weight=1 / len(members),
            worth=worth(score),
        )
        for number, (origin, score) in enumerate(members)
    )
    return EnsembleRecord.model_construct(members=listed, worth=worth(own), equal_weights=worth(0.5))


def test_fitted_and_held_out_stand_apart():
    table = worth_table(record(0.62, ("runs/a", 0.6), ("runs/b", 0.61)))
    assert [row[0] for row in table.rows] == ["a", "b", "all, weighing the same", "ensemble"]
    assert table.rows[-1][2:4] == (0.7, 0.62)
    assert [column.title for column in table.columns][2:4] == ["F1 fitted", "held out"]


def test_runs_that_are_called_alike_are_told_by_their_paths():
    table = worth_table(record(0.62, ("one/run", 0.6), ("two/run", 0.61)))
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


def test_runs_that_speak_with_one_voice_are_one_row():
    two = record(0.62, ("runs/a", 0.6), ("runs/b", 0.61))
    one_voice = [
        one.model_copy(update={"voice": 0, "fold": f"{part}/2"}) for part, one in enumerate(two.members, 1)
    ]
    together = two.model_copy(update={"members": tuple(one_voice)})
    table = worth_table(together)
    assert [row[0] for row in table.rows] == ["bert-text x 2", "all, weighing the same", "ensemble"]
    assert table.rows[0][1] == pytest.approx(1)
    assert "2.0 points better than its best member (bert-text x 2: 60.0)" in verdict(together)
