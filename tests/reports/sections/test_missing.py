"""What is told from one part alone."""

import pytest

from cinefuse.reports.sections.missing import missing


def test_every_fusion_is_told_with_both_and_with_one_part_alone(material, rows):
    section = missing(material)
    found = {row["model"]: row for row in rows(section, "missing")}
    assert set(found) == {"early-fusion", "late-fusion", "attention-fusion"}
    for result in material.comparison.models:
        if result.model in found:
            row = found[result.model]
            assert float(row["f1_macro"]) == pytest.approx(result.metrics["f1_macro"])
            for name, told in result.conditions.items():
                assert float(row[f"{name}_f1_macro"]) == pytest.approx(told.metrics["f1_macro"])


def test_the_best_stands_beside_the_model_that_reads_that_part_alone(material, prose):
    said = prose(missing(material))
    assert f"From the plot alone {material.summaries[0].model} has a macro F1 of" in said
    assert f"where {material.best('vision').name}, trained on nothing else, has" in said


def test_it_is_not_there_without_a_model_that_was_told_so(make_material):
    def forget(directory):
        import json

        path = directory / "comparison.json"
        comparison = json.loads(path.read_text())
        for result in comparison["models"]:
            result["conditions"] = {}
        path.write_text(json.dumps(comparison))

    assert missing(make_material(forget)) is None
