"""Answers that follow from the numbers."""

import numpy as np
import pytest

from cinefuse.metrics.pairs import PairedComparison, compare_pairs, holm
from cinefuse.reports.section import Verdict
from cinefuse.reports.sections.questions import is_pretrained, questions, verdict


def verdicts(section):
    return {block.question: block for block in section.blocks if isinstance(block, Verdict)}


def pair(difference, p, low=-0.02, high=0.03):
    return PairedComparison("late-fusion", "bert-text", difference, low, high, p, p)


def test_a_difference_in_words():
    said = verdict(pair(-0.0134, 0.2), 0.5)
    assert said.question == "late-fusion against bert-text"
    assert said.finding == (
        "late-fusion and bert-text are not distinguishable on this test set (1.3 points of macro F1 apart)."
    )
    assert said.numbers.replace("\N{NO-BREAK SPACE}", " ") == (
        "-1.3 points (-2.7 % relative), 95 % interval -2.0 to +3.0, p = 0.200".replace("-", "\N{MINUS SIGN}")
    )
    assert (
        verdict(pair(0.0134, 0.01, low=0.002), 0.5).finding
        == "late-fusion is 1.3 points of macro F1 ahead of bert-text."
    )
    assert (
        verdict(pair(-0.0134, 0.01, high=-0.002), 0.5).finding
        == "bert-text is 1.3 points of macro F1 ahead of late-fusion."
    )


def test_a_test_that_its_interval_contradicts_tells_nothing_apart():
    assert "not distinguishable" in verdict(pair(0.0134, 0.01, low=-0.001), 0.5).finding


def test_all_four_are_answered_from_the_stored_predictions(material):
    found = verdicts(questions(material))
    best = {kind: material.best(kind).name for kind in ("text", "vision", "fusion")}
    assert f"{best['fusion']} against {best['text']}" in found
    assert f"{best['text']} against {best['vision']}" in found
    assert {"bert-text against lstm-text", "resnet-vision against cnn-vision"} <= set(found)
    assert sum("fusion against" in name and name.endswith("fusion") for name in found) == 3


def test_a_single_model_that_dev_passed_over_is_held_against_the_fusion_too(make_material):
    def swap(directory):
        paths = [directory / name / "dev.npz" for name in ("bert-text", "cnn-vision")]
        first, second = (path.read_bytes() for path in paths)
        paths[0].write_bytes(second)
        paths[1].write_bytes(first)

    material = make_material(swap, n_films=60)
    ahead = next(model.name for model in material.tested if model.kind != "fusion")
    found = verdicts(questions(material))
    fusion = material.best("fusion").name
    singles = {name.partition(" against ")[2] for name in found if name.startswith(f"{fusion} against ")}
    assert {ahead, "cnn-vision"} <= singles


def test_p_is_corrected_for_the_pairs_of_its_own_question(material):
    fusions = [model for model in material.tested if model.kind == "fusion"]
    models = {model.name: model.predictions() for model in fusions}
    alone = compare_pairs(models, fusions[0].scored[0].targets)
    found = verdicts(questions(material))
    for one, p in zip(alone, holm([one.p for one in alone]), strict=True):
        assert (
            f"p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{p:.3f}"[:7]
            in found[f"{one.first} against {one.second}"].numbers
        )


def test_what_cannot_be_asked_is_said(make_material, prose):
    def lose(directory):
        for name in ("bert-text", "lstm-text"):
            (directory / name / "predictions.npz").unlink()

    section = questions(make_material(lose, n_films=60))
    assert "Not asked here: it takes a model that reads plots and one that reads posters." in prose(section)
    assert any(name.startswith("resnet-vision against cnn") for name in verdicts(section))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, None),
        ({"text": "bilstm", "pretrained": True}, False),
        ({"text": "bilstm", "word_vectors": "glove.txt"}, True),
        ({"text": "transformer", "text_encoder": "small"}, False),
        ({"text": "transformer", "text_encoder": "distilbert", "pretrained": False}, False),
        ({"text": "transformer", "text_encoder": "distilbert"}, True),
        ({"vision": "backbone", "vision_encoder": "small"}, False),
        ({"vision": "cnn"}, False),
    ],
)
def test_what_pretrained_means(material, settings, expected):
    from dataclasses import replace

    assert is_pretrained(replace(material.models[0], settings=settings)) is expected


def test_who_stands_for_a_group_is_picked_on_dev(make_material):
    """Swap the dev predictions of two models: the other one stands for text, whatever test says."""
    before = make_material(n_films=60)

    def swap(directory):
        paths = [directory / name / "dev.npz" for name in ("bert-text", "lstm-text")]
        first, second = (path.read_bytes() for path in paths)
        paths[0].write_bytes(second)
        paths[1].write_bytes(first)

    after = make_material(swap, n_films=60)
    assert before.best("text").name != after.best("text").name
    assert np.array_equal(before.tested[0].scored[0].targets, after.tested[0].scored[0].targets)
