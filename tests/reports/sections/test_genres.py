"""F1 genre by genre, drawn and written."""

import pytest
from sklearn.metrics import f1_score

from cinefuse.reports.sections.genres import MOST_ROWS, genre_figure, genres, tier
from cinefuse.reports.table import UNDEFINED
from cinefuse.results import Comparison


def test_every_genre_is_drawn_with_its_score_and_support(comparison, written):
    shown = written(genre_figure(comparison))
    for genre, scores in comparison.models[0].per_genre.items():
        assert genre in shown
        assert str(scores.support) in shown
        if scores.f1 is not None:
            assert f"{100 * scores.f1:.1f}" in shown


def test_what_is_undefined_is_drawn_as_a_dash(comparison, written):
    nothing = [
        one.model_copy(
            update={
                "per_genre": {
                    genre: scores.model_copy(update={"f1": None}) for genre, scores in one.per_genre.items()
                }
            }
        )
        for one in comparison.models
    ]
    empty = Comparison(corpus=comparison.corpus, models=nothing)
    assert written(genre_figure(empty)).count(UNDEFINED) == 7 * 21


def test_one_model_can_be_drawn(comparison, written):
    alone = Comparison(corpus=comparison.corpus, models=comparison.models[:1])
    assert "Drama" in written(genre_figure(alone))


def test_the_best_model_is_told_genre_by_genre(material, rows, prose):
    section = genres(material)
    best = material.best()
    films = best.scored[0]
    given = films.probabilities >= films.thresholds
    by_genre = {row["genre"]: row for row in rows(section, "best_model_by_genre")}
    assert len(by_genre) == 21
    for column, genre in enumerate(films.genres.tolist()):
        row = by_genre[genre]
        assert int(row["support"]) == films.targets[:, column].sum()
        if genre == "Western":
            assert (row["f1"], row["tier"]) == ("", "")
            continue
        f1 = f1_score(films.targets[:, column], given[:, column])
        assert float(row["f1"]) == pytest.approx(f1)
        assert float(row["f1_low"]) <= f1 <= float(row["f1_high"])
        assert row["tier"] == tier(f1)
    first = rows(section, "best_model_by_genre")[0]["genre"]
    assert f"Best told: {first} (" in prose(section)


@pytest.mark.parametrize(
    ("f1", "name"),
    [(0.7, "strong"), (0.69, "fair"), (0.5, "fair"), (0.49, "weak"), (0.29, "poor"), (0, "poor")],
)
def test_tiers(f1, name):
    assert tier(f1) == name


def test_the_figure_has_a_limit_and_the_table_none(make_material, written, rows, prose):
    names = [f"genre {number}" for number in range(MOST_ROWS + 5)]
    skills = {"bert-text": (0.2, 1.0, 1.0)}
    section = genres(make_material(genres=names, skills=skills, n_films=40))
    assert len(set(written(section, "per_genre_f1")) & set(names)) == MOST_ROWS
    assert len(rows(section, "per_genre")) == MOST_ROWS + 5
    assert f"The figure shows {MOST_ROWS} of {MOST_ROWS + 5} genres" in prose(section)
