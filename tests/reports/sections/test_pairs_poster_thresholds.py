"""Numbers of three sections against other ways to get them."""

from statistics import fmean

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cinefuse.metrics.pairs import compare_pairs, spread
from cinefuse.metrics.thresholds import GlobalThreshold
from cinefuse.reports.sections.pairs import pairs
from cinefuse.reports.sections.poster import poster
from cinefuse.reports.sections.thresholds import thresholds


def test_every_pair_is_in_the_table_with_its_test(material, rows):
    found = rows(pairs(material), "pairs")
    assert len(found) == 21
    models = {model.name: model.predictions() for model in material.tested}
    for row, expected in zip(found, compare_pairs(models, material.tested[0].scored[0].targets), strict=True):
        assert (row["first"], row["second"]) == (expected.first, expected.second)
        assert float(row["p_holm"]) == expected.p_holm
        assert float(row["difference_low"]) == expected.low


def test_seeds_and_films_are_told_apart(material_of_three_seeds, rows, prose, material):
    found = {row["model"]: row for row in rows(pairs(material_of_three_seeds), "spread")}
    models = {model.name: model.predictions() for model in material_of_three_seeds.tested}
    expected = spread(models, material_of_three_seeds.tested[0].scored[0].targets)
    for name, row in found.items():
        scores = material_of_three_seeds.models
        (of_seeds,) = (model.summary.values("f1_macro") for model in scores if model.name == name)
        assert float(row["seeds_sd"]) == pytest.approx(np.std(of_seeds, ddof=1))
        assert float(row["both_sd"]) == expected[name].both_sd
        assert row["seeds"] == "3"
    assert "trained once" in prose(pairs(material))


def test_where_the_poster_helps(material, rows, prose):
    section = poster(material)
    found = rows(section, "poster_gain")
    gains = [float(row["gain"]) for row in found]
    assert gains == sorted(gains, reverse=True)
    assert len(found) == 20  # Western has no film
    best = {kind: material.best(kind) for kind in ("text", "fusion")}
    for row in found:
        expected = best["fusion"].summary.genre_f1(row["genre"]) - best["text"].summary.genre_f1(row["genre"])
        assert float(row["gain"]) == pytest.approx(expected)
    helped = sum(gain > 0 for gain in gains)
    assert f"in {helped} of 20 genres" in prose(section)
    assert f"{100 * fmean(gains):+.1f}".replace("-", "\N{MINUS SIGN}") in prose(section)


def test_each_rule_is_fitted_on_dev_and_scored_here(material, rows):
    found = {row["model"]: row for row in rows(thresholds(material), "thresholds")}
    for model in material.tested:
        scored, dev = model.scored[0], model.dev[0]
        value = GlobalThreshold().fit(dev.probabilities, dev.targets).value_
        defined = scored.targets.any(axis=0)
        expected = f1_score(
            scored.targets[:, defined],
            scored.probabilities[:, defined] >= value,
            average="macro",
            zero_division=0,
        )
        assert float(found[model.name]["global"]) == pytest.approx(expected)


def test_without_dev_thresholds_are_not_compared(make_material, prose):
    def lose(directory):
        for path in directory.glob("*/dev.npz"):
            path.unlink()

    assert "no predictions on dev" in prose(thresholds(make_material(lose, n_films=30)))
