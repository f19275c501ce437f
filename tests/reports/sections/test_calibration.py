"""Errors before and after, against the metrics themselves."""

import pytest

from cinefuse.metrics.calibration import PlattScaling
from cinefuse.metrics.reliability import brier_score, expected_calibration_error
from cinefuse.reports.sections.calibration import calibration


def test_the_table_is_the_metrics_of_what_was_fitted_on_dev(material, rows):
    found = {row["model"]: row for row in rows(calibration(material), "calibration")}
    for model in material.tested:
        scored, dev = model.scored[0], model.dev[0]
        scaled = PlattScaling().fit(dev.probabilities, dev.targets).transform(scored.probabilities)
        row = found[model.name]
        before = expected_calibration_error(scored.probabilities, scored.targets)
        assert float(row["expected_calibration_error_as_trained"]) == pytest.approx(before)
        after = expected_calibration_error(scaled, scored.targets)
        assert float(row["expected_calibration_error_platt"]) == pytest.approx(after)
        assert after < before
        assert float(row["brier_score_platt"]) == pytest.approx(brier_score(scaled, scored.targets))


def test_several_seeds_are_averaged(material_of_three_seeds, rows):
    model = material_of_three_seeds.tested[0]
    errors = [expected_calibration_error(one.probabilities, one.targets) for one in model.scored]
    found = {row["model"]: row for row in rows(calibration(material_of_three_seeds), "calibration")}
    row = found[model.name]
    assert float(row["expected_calibration_error_as_trained"]) == pytest.approx(sum(errors) / 3)


def test_without_dev_it_is_not_measured(make_material, prose):
    def lose(directory):
        for path in directory.glob("*/dev.npz"):
            path.unlink()

    assert "no predictions on dev" in prose(calibration(make_material(lose, n_films=30)))
