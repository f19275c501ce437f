"""Learning curves, and which epoch was kept."""

import json
from dataclasses import replace

import pytest

from cinefuse.reports.drawing import svg
from cinefuse.reports.sections.learning import MOST_PANELS, best_epoch, learning

ROWS = [
    {"epoch": 1, "loss": 0.9, "f1_macro": 0.30, "average_precision_macro": 0.35},
    {"epoch": 2, "loss": 0.6, "f1_macro": 0.42, "average_precision_macro": 0.41},
    {"epoch": 3, "loss": 0.5, "f1_macro": 0.42, "average_precision_macro": 0.44},
]


def histories(of, model="*"):
    def change(directory):
        for path in directory.glob(f"{model}/history.json"):
            path.write_text(json.dumps(of))

    return change


def test_the_first_of_equal_epochs_is_the_best():
    assert best_epoch(ROWS, "f1_macro") == 2
    assert best_epoch(ROWS, "average_precision_macro") == 3
    assert best_epoch([{"epoch": 1, "loss": 1.0}], "f1_macro") == 0


def test_the_table_has_the_epoch_that_was_kept(make_material, rows):
    section = learning(make_material(histories(ROWS), n_films=20))
    for row in rows(section, "learning"):
        assert row.pop("model")
        assert row == {
            "seed": "42",
            "best_epoch": "3",
            "epochs": "3",
            "selected_by": "mAP",
            "dev_f1_macro": "0.42",
            "dev_average_precision_macro": "0.44",
            "train_loss": "0.5",
        }


def test_every_model_is_drawn_and_every_seed_listed(material_of_three_seeds, written, rows):
    section = learning(material_of_three_seeds)
    shown = written(section, "learning")
    for model in material_of_three_seeds.models:
        assert model.name in shown
    assert {"dev macro F1", "dev mAP", "training loss", "epoch kept", "epoch"} <= set(shown)
    assert len(rows(section, "learning")) == 21


@pytest.mark.parametrize("history", [ROWS[:1], [{"epoch": 1, "loss": 0.5}], [{"epoch": 4, "f1_macro": 0.1}]])
def test_short_or_broken_off_histories_can_be_drawn(make_material, figures, rows, history):
    section = learning(make_material(histories(history), n_films=20))
    assert "NaN" not in svg(figures(section)["learning"])
    assert {row["epochs"] for row in rows(section, "learning")} == {"1"}


def test_a_run_without_a_history_is_named(make_material, written, prose):
    def lose(directory):
        (directory / "bert-text" / "history.json").unlink()

    section = learning(make_material(lose, n_films=20))
    assert "Without a history: bert-text." in prose(section)
    assert "bert-text" not in written(section, "learning")


def test_no_history_at_all(make_material, prose):
    def lose(directory):
        for path in directory.glob("*/history.json"):
            path.unlink()

    section = learning(make_material(lose, n_films=20))
    assert len(section.blocks) == 1
    assert "history.json: no such file" in prose(section)
    assert prose(learning(make_material(histories([]), n_films=20))) == "Not drawn: the runs left no history."


def test_more_models_than_panels(material, written, rows, prose):
    copies = [
        replace(material.models[0], summary=replace(material.models[0].summary, model=f"copy {number}"))
        for number in range(MOST_PANELS + 2)
    ]
    section = learning(replace(material, models=tuple(copies)))
    assert len({text for text in written(section, "learning") if text.startswith("copy")}) == MOST_PANELS
    assert len(rows(section, "learning")) == MOST_PANELS + 2
    assert f"The figure shows {MOST_PANELS} of {MOST_PANELS + 2} models" in prose(section)
