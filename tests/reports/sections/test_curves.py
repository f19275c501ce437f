"""ROC and precision-recall curves, checked against scikit-learn's areas."""

import pytest
from sklearn.metrics import auc, average_precision_score, roc_auc_score

from cinefuse.reports.drawing import svg
from cinefuse.reports.sections.curves import KINDS, MOST_PANELS, curves
from cinefuse.reports.thinning import thinned


@pytest.mark.parametrize(
    ("kind", "expected"), [*zip(KINDS, (roc_auc_score, average_precision_score), strict=True)]
)
def test_a_curve_has_the_area_that_is_written_beside_it(kind, expected, material):
    films = material.best("fusion").scored[0]
    for genre in (0, 5, 15):
        targets, probabilities = films.targets[:, genre], films.probabilities[:, genre]
        across, up = kind.points(targets, probabilities)
        assert auc(across, up) == pytest.approx(expected(targets, probabilities))
        few = thinned(across, up)
        assert len(few) <= 60
        assert auc(across[few], up[few]) == pytest.approx(expected(targets, probabilities), abs=0.01)


def test_every_genre_has_a_panel_with_the_areas_of_the_three(material, written, rows):
    section = curves(material)
    models = {model.kind: model for model in material.best_of_each_kind()}
    assert set(models) == {"text", "vision", "fusion"}
    table = {row["genre"]: row for row in rows(section, "curves")}
    for name, area in (("roc", "roc_auc"), ("precision_recall", "average_precision")):
        shown = written(section, name)
        assert {model.name for model in models.values()} <= set(shown)
        for genre in material.comparison.corpus.genres:
            assert genre in shown
        for model in models.values():
            scores = model.summary.results[0].per_genre["Drama"]
            assert f"{100 * getattr(scores, area):.1f}" in shown
            assert float(table["Drama"][f"{area}_{model.name}"]) == pytest.approx(getattr(scores, area))
    assert table["Western"]["roc_auc_" + models["text"].name] == ""
    assert written(section, "roc").count("no film has it") == 1


def test_most_films_come_first(material, rows):
    supports = [int(row["support"]) for row in rows(curves(material), "curves")]
    assert supports == sorted(supports, reverse=True)


def test_a_genre_that_every_film_has(make_material, written):
    section = curves(make_material(n_films=1))
    shown = written(section, "precision_recall")
    assert {"every film has it", "no film has it"} <= set(shown)
    assert sum(text.endswith("film has it") for text in shown) == 21


def test_panels_have_a_limit_and_the_table_none(make_material, written, rows, prose):
    names = [f"genre {number}" for number in range(30)]
    section = curves(make_material(genres=names, n_films=40))
    for figure in ("roc", "precision_recall"):
        assert len(set(written(section, figure)) & set(names)) == MOST_PANELS
    assert len(rows(section, "curves")) == 30
    assert f"The figures show the {MOST_PANELS} genres of most films, of 30." in prose(section)


def test_several_seeds_are_drawn_at_their_first(material_of_three_seeds, prose):
    said = prose(curves(material_of_three_seeds))
    for model in material_of_three_seeds.best_of_each_kind():
        assert f"{model.name} 1" in said


def test_one_model_is_enough(make_material, written):
    section = curves(make_material(skills={"bert-text": (0.2, 1.0, 1.0)}, n_films=20))
    assert "bert-text" in written(section, "roc")


def test_drawings_of_many_films_stay_small(make_material, figures):
    section = curves(make_material(n_films=3000, without=()))
    for figure in figures(section).values():
        assert len(svg(figure)) < 300_000


def test_without_predictions_it_says_so(make_material, prose):
    def lose(directory):
        for path in directory.glob("*/predictions.npz"):
            path.unlink()

    section = curves(make_material(lose, n_films=20))
    assert len(section.blocks) == 1
    assert "predictions.npz: no such file" in prose(section)
    assert "weights.json" not in prose(section)
