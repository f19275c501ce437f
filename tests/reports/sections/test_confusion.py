"""What is missed and what is told instead, checked against scikit-learn and by hand."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from cinefuse.reports.heat import MOST_GENRES
from cinefuse.reports.sections.confusion import MOST_PAIRS, MOST_SENTENCES, confusion
from cinefuse.results import StoredPredictions


def told(material, genres, targets, decisions):
    """The section, of one model that decided so."""
    films = StoredPredictions(
        ids=np.array([f"{film:07d}" for film in range(len(targets))]),
        genres=np.array(genres),
        probabilities=decisions.astype(np.float32),
        targets=targets,
        thresholds=np.full(len(genres), 0.5),
    )
    best = replace(material.best(), scored=(films,), dev=())
    return confusion(replace(material, models=(best,)))


def test_rates_are_those_of_scikit_learn(material, rows):
    films = material.best().scored[0]
    by_genre = {row["genre"]: row for row in rows(confusion(material), "confusion")}
    for column, genre in enumerate(films.genres.tolist()):
        given = films.probabilities[:, column] >= films.thresholds[column]
        matrix = confusion_matrix(films.targets[:, column], given, labels=[False, True])
        (_, false_alarms), (missed, found) = matrix
        row = by_genre[genre]
        counts = [int(row[name]) for name in ("support", "missed", "false_alarms")]
        assert counts == [missed + found, missed, false_alarms]
        if genre == "Western":
            assert row["recall"] == row["miss_rate"] == ""
            continue
        assert float(row["recall"]) == pytest.approx(found / (missed + found))
        assert float(row["miss_rate"]) == pytest.approx(missed / (missed + found))
        assert float(row["false_alarm_rate"]) == pytest.approx(false_alarms / (400 - missed - found))
        assert float(row["precision"]) == pytest.approx(found / (found + false_alarms))


def mysteries():
    """Of 20 Mystery films, 10 are missed: 6 of these are told as Thriller, 1 as War; War is missed twice."""
    genres = ("Mystery", "Thriller", "War")
    targets = np.zeros((40, 3), dtype=bool)
    targets[:20, 0], targets[20:22, 2] = True, True
    decisions = np.zeros((40, 3), dtype=bool)
    decisions[10:20, 0], decisions[:6, 1], decisions[6, 2], decisions[20:22, 1] = True, True, True, True
    return genres, targets, decisions


def test_stand_ins_counted_by_hand(material, rows, prose, written):
    section = told(material, *mysteries())
    assert (
        "Mystery, missed in 10 of 20 films, is told as Thriller in 60 % of those that are no Thriller (20 "
        "% of all "
        "such films are)." in prose(section)
    )
    found = rows(section, "stand_ins")
    assert [list(row.values())[:5] for row in found] == [
        ["Mystery", "Thriller", "10", "6", "0.6"],
        ["Mystery", "War", "10", "1", "0.1"],
    ]
    assert [float(row["usual"]) for row in found] == [8 / 40, 1 / 38]
    shown = written(section, "stand_ins")
    assert "60" in shown
    assert shown.count("fewer than 5 films missed") == 2, "Thriller and War"
    assert "War, missed" not in prose(section)


def test_one_genre_has_no_other_to_stand_in(material, figures, prose):
    section = told(material, ("Drama",), np.ones((9, 1), dtype=bool), np.zeros((9, 1), dtype=bool))
    assert figures(section) == {}
    assert "There is nothing to tell" in prose(section)


def test_many_genres_are_cut_where_it_is_said(material, rows, prose, written):
    generator = np.random.default_rng(1)
    names = [f"genre {number}" for number in range(500)]
    targets, decisions = generator.random((2, 60, 500)) < 0.3
    section = told(material, names, targets, decisions)
    assert len(set(written(section, "stand_ins")) & set(names)) == MOST_GENRES
    assert len(rows(section, "confusion")) == 500
    assert len(rows(section, "stand_ins")) == MOST_PAIRS
    assert f"The figure shows {MOST_GENRES} of 500 genres; the table goes on." in prose(section)
    assert prose(section).count("is told as") == MOST_SENTENCES


def test_several_seeds_are_told_at_their_first(material_of_three_seeds, prose):
    best = material_of_three_seeds.best()
    assert f"By {best.name}, seed 1, the best on dev" in prose(confusion(material_of_three_seeds))


def test_without_predictions_it_says_so(make_material, prose):
    def lose(directory):
        for path in directory.glob("*/predictions.npz"):
            path.unlink()

    section = confusion(make_material(lose, n_films=20))
    assert len(section.blocks) == 1
    assert prose(section).startswith("Not counted: ")
    assert "predictions.npz: no such file" in prose(section)
