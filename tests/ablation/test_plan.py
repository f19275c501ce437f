"""What is planned: every registered ablation composes, whatever the profile; faults are told."""

import pytest

from cinefuse.ablation.catalogue import ABLATIONS
from cinefuse.ablation.plan import plan
from cinefuse.errors import SettingsError
from cinefuse.recipes import PROFILE_DESCRIPTIONS, RECIPES, compose, find_recipe
from cinefuse.run_folder import relevant_settings


def variants_of(name, *assignments):
    (planned,) = plan([name], assignments)
    return planned.variants


@pytest.mark.parametrize("profile", list(PROFILE_DESCRIPTIONS))
@pytest.mark.parametrize("name", list(ABLATIONS))
def test_every_variant_composes_and_differs_from_its_reference(name, profile):
    ablation = ABLATIONS[name]
    planned = variants_of(name, f"profile={profile}")
    assert [one.variant for one in planned] == list(ablation.variants)
    settings = {one.variant: one for one in planned}
    for variant, one in settings.items():
        # nothing that it sets is idle
        assert variant.varied <= set(relevant_settings(one.settings))
        reference = settings[ablation.reference(variant)]
        assert not reference.left_out
        if not one.left_out and one is not reference:
            assert one.trained != reference.trained
    for recipe in {variant.recipe for variant in ablation.variants}:
        assert sum(one.variant.recipe == recipe and not one.left_out for one in planned) > 1


@pytest.mark.parametrize("name", list(ABLATIONS))
def test_every_ablation_is_told_apart(name):
    ablation = ABLATIONS[name]
    assert ablation.name == name
    assert ablation.question.endswith("?")
    assert {variant.recipe for variant in ablation.variants} <= set(RECIPES)
    labels = [(variant.recipe, variant.label) for variant in ablation.variants]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", list(ABLATIONS))
def test_every_variant_is_run_in_some_profile(name):
    planned = [
        variants_of(name, f"profile={profile}", *["word_vectors=glove.txt"] * (name == "lstm"))
        for profile in PROFILE_DESCRIPTIONS
    ]
    for number, variant in enumerate(ABLATIONS[name].variants):
        assert any(not one[number].left_out for one in planned), variant


def test_a_reference_without_assignments_is_the_recipe_as_the_profile_has_it():
    reference = variants_of("dropout", "profile=two-cores")[0]
    assert reference.settings == compose(find_recipe("early-fusion"), ["profile=two-cores"])
    assert reference.settings.dropout == 0.1


@pytest.mark.parametrize("profile", list(PROFILE_DESCRIPTIONS))
def test_every_dropout_is_tried_whatever_the_profile_gives(profile):
    planned = variants_of("dropout", f"profile={profile}")
    assert [one.left_out for one in planned] == [""] * 12
    for recipe in {one.variant.recipe for one in planned}:
        tried = [one.settings.dropout for one in planned if one.variant.recipe == recipe]
        assert len(set(tried)) == len(tried) == 4


def test_all_are_planned_unless_some_are_named():
    assert [one.ablation.name for one in plan()] == list(ABLATIONS)
    assert [one.ablation.name for one in plan(["loss", "lstm"])] == ["loss", "lstm"]


def test_word_vectors_go_to_the_variant_that_wants_them():
    attention, none, vectors = variants_of("lstm")
    assert vectors.left_out == "needs a file of yours: give --set word_vectors=FILE"
    attention, none, vectors = variants_of("lstm", "word_vectors=glove.txt", "embedding_width=50")
    assert not vectors.left_out
    assert [one.settings.word_vectors for one in (attention, none)] == [None, None]
    assert str(vectors.settings.word_vectors) == "glove.txt"
    assert {one.settings.embedding_width for one in (attention, none, vectors)} == {50}


def test_what_comes_to_the_same_is_left_out():
    reasons = {one.variant.label: one.left_out for one in variants_of("augmentation")}
    assert reasons["all"] == "comes to the same as 'as in the recipe' here"
    assert not reasons["mirror only"]
    reasons = {one.variant.label: one.left_out for one in variants_of("augmentation", "profile=small")}
    assert reasons["mirror only"] == "comes to the same as 'as in the recipe' here"
    assert reasons["no mirror"] == "comes to the same as 'none' here"
    assert not reasons["all"]
    reasons = {one.variant.label: one.left_out for one in variants_of("augmentation", "profile=frozen")}
    assert reasons["none"] == reasons["no mirror"] == "comes to the same as 'as in the recipe' here"
    assert not reasons["mirror only"]
    assert not reasons["all"]


@pytest.mark.parametrize(
    ("names", "assignments", "message"),
    [
        (
            ["los"],
            [],
            r"no ablation is called 'los' \(did you mean 'loss'\?\); there are: lstm, vision-layers",
        ),
        (["loss", "loss"], [], "an ablation is named twice: loss, loss"),
        (
            ["dropout", "loss"],
            ["dropout=0.4"],
            "--set dropout: that is what dropout varies; leave it out.*--only lstm, vision-layers",
        ),
        ([], ["class-weights=none"], "--set class_weights: that is what loss and sampling varies"),
        (["loss"], ["flip=0"], "flip would change nothing"),
        (["loss"], ["bach_size=3"], "no setting is called 'bach_size'"),
        (["loss"], ["word_vectors=glove.txt"], "word_vectors would change nothing"),
        (["loss"], ["focal_gamma=-1"], "focal_gamma=-1: input should be greater than or equal to 0"),
    ],
)
def test_what_does_not_fit_is_said(names, assignments, message):
    with pytest.raises(SettingsError, match=message):
        plan(names, assignments)


def test_an_assignment_need_only_concern_one_variant():
    planned = {one.variant.label: one.settings for one in variants_of("loss", "focal_gamma=3")}
    assert planned["focal"].focal_gamma == 3
    assert plan(["lstm", "augmentation"], ["lstm_width=32"])
