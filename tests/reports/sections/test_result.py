"""The result says what the records say."""

import pytest

from cinefuse.reports.drawing import svg
from cinefuse.reports.palette import LIGHT
from cinefuse.reports.section import Verdict
from cinefuse.reports.sections.result import interval_figure, result
from cinefuse.reports.table import UNDEFINED
from cinefuse.results import METRICS, Comparison, Failure


def test_every_model_is_drawn_with_its_value_and_interval(comparison, written):
    shown = written(interval_figure(comparison))
    for one in comparison.models:
        low, high = one.intervals["f1_macro"]
        assert one.model in shown
        assert f"{100 * one.metrics['f1_macro']:.1f}" in shown
        assert f"{100 * low:.1f} to {100 * high:.1f}" in shown
    assert {"text", "vision", "fusion"} <= set(shown)


def test_kinds_differ_in_colour(comparison):
    drawing = svg(interval_figure(comparison))
    assert all(LIGHT[kind] in drawing for kind in ("text", "vision", "fusion"))


def test_what_is_undefined_is_a_dash(comparison, written):
    nothing = [
        one.model_copy(update={"metrics": one.metrics | {"f1_macro": None}, "intervals": {}})
        for one in comparison.models
    ]
    empty = Comparison(corpus=comparison.corpus, models=nothing)
    assert written(interval_figure(empty)).count(UNDEFINED) == 7


def test_seeds_are_drawn_and_explained(three_seeds, written):
    shown = written(interval_figure(three_seeds[0]))
    assert "one seed" in shown
    assert sum("±" in text for text in shown) == 7


def test_one_model_can_be_drawn(comparison, written):
    alone = Comparison(corpus=comparison.corpus, models=comparison.models[:1])
    assert comparison.models[0].model in written(interval_figure(alone))


def test_a_name_is_never_read_as_mathematics(comparison, written):
    models = [one.model_copy(update={"model": "$x^2$-text"}) for one in comparison.models[:1]]
    odd = Comparison(corpus=comparison.corpus, models=models)
    assert "$x^2$-text" in written(interval_figure(odd))


def test_every_metric_is_in_the_tables_with_its_interval(material, rows):
    section = result(material)
    by_model = {row["model"]: row for row in rows(section, "scores")}
    for row in rows(section, "more_scores"):
        by_model[row["model"]] |= row
    for one in material.comparison.models:
        for metric in METRICS:
            row = by_model[one.model]
            assert float(row[metric]) == pytest.approx(one.metrics[metric])
            low, high = one.intervals[metric]
            assert (float(row[f"{metric}_low"]), float(row[f"{metric}_high"])) == pytest.approx((low, high))


def test_the_best_comes_first(material, rows):
    scores = [float(row["f1_macro"]) for row in rows(result(material), "scores")]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 7


def test_a_model_that_failed_is_named_with_why(make_material):
    def fail(directory):
        path = directory / "comparison.json"
        comparison = Comparison.model_validate_json(path.read_text())
        failed = Failure(model="mmbt-fusion", seed=42, error="out of memory")
        path.write_text(comparison.model_copy(update={"failed": [failed]}).model_dump_json())

    section = result(make_material(fail, n_films=20))
    verdicts = [block for block in section.blocks if isinstance(block, Verdict)]
    assert [(one.question, one.numbers) for one in verdicts] == [("mmbt-fusion, seed 42", "out of memory")]
