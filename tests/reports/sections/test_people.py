"""Films with and without known people."""

import json

import pytest

from cinefuse.reports.sections.people import people


def test_every_model_is_told_on_both_kinds_of_films(make_material, rows, prose):
    def tell(directory):
        path = directory / "comparison.json"
        comparison = json.loads(path.read_text())
        for number, result in enumerate(comparison["models"]):
            known = {"f1_macro": 0.5 + number / 100, "average_precision_macro": 0.6}
            unknown = {"f1_macro": 0.4 + number / 100, "average_precision_macro": None}
            result["people"] = {
                "known": {"movies": 9, "metrics": known, "intervals": {"f1_macro": [0.4, 0.7]}},
                "unknown": {"movies": 6, "metrics": unknown, "intervals": {}},
            }
        path.write_text(json.dumps(comparison))

    material = make_material(tell)
    section = people(material)
    found = {row["model"]: row for row in rows(section, "people")}
    assert len(found) == len(material.summaries)
    for result in material.comparison.models:
        row = found[result.model]
        for kind, told in result.people.items():
            assert float(row[f"{kind}_f1_macro"]) == pytest.approx(told.metrics["f1_macro"])
        assert not row["unknown_average_precision_macro"]
    assert "of 9 films whose director or cast is known, and of 6 of which neither is" in prose(section)


def test_it_is_not_there_where_all_films_are_of_one_kind(material):
    assert people(material) is None
