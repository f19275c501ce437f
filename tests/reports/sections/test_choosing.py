"""Dev against the films scored, by somebody else's rank correlation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from cinefuse.reports.sections.choosing import choosing


def test_orders_are_compared(material, rows, prose):
    section = choosing(material)
    found = rows(section, "choosing")
    assert {row["model"] for row in found} == {model.name for model in material.tested}
    dev, here = (np.array([float(row[name]) for row in found]) for name in ("dev", "here"))
    agreement = np.corrcoef(rankdata(dev), rankdata(here))[0, 1]
    assert f"rank correlation {agreement:.2f}" in prose(section)
    assert [row["place_here"] for row in found] == [str(place) for place in range(1, 8)]
    assert [int(row["place_on_dev"]) for row in found] == rankdata(-dev).tolist()
    chosen = material.best()
    assert f"Dev chooses {chosen.name}, " in prose(section)
    best = max(material.tested, key=lambda model: model.summary.mean("f1_macro"))
    lost = best.summary.mean("f1_macro") - chosen.summary.mean("f1_macro")
    said = f"{100 * lost:.1f} points behind {best.name}" if lost else "which is the best here too"
    assert said in prose(section)


def test_two_models_have_no_order_worth_telling(material):
    assert choosing(replace(material, models=material.models[:2])) is None


def test_scored_on_dev_there_is_nothing_to_compare(material):
    on_dev = [replace(model, dev=model.scored) for model in material.models]
    assert choosing(replace(material, models=tuple(on_dev))) is None


@pytest.mark.parametrize("count", [3, 7])
def test_a_mark_a_model(material, count):
    section = choosing(replace(material, models=material.models[:count]))
    (axes,) = section.blocks[1].figure.axes
    assert len(axes.lines) == 1 + count
