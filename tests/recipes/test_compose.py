"""Settings put together: defaults, recipe, profile, the user; every fault at once."""

import pytest

from cinefuse.encoders import EncoderSettings
from cinefuse.errors import SettingsError
from cinefuse.features.augmentation import AugmentationSettings
from cinefuse.features.people import PeopleSettings
from cinefuse.features.plots import PlotSettings
from cinefuse.features.posters import PosterSettings
from cinefuse.fusion import FusionSettings, GraphSettings
from cinefuse.heads import HeadSettings
from cinefuse.recipes import (
    PROFILE_DESCRIPTIONS,
    RECIPES,
    REPORT_RECIPES,
    Settings,
    compose,
    describe_settings,
    find_recipe,
    find_recipes,
    profiles,
)
from cinefuse.recipes.compose import compose_loosely, compose_many
from cinefuse.recipes.concerns import CONCERNS
from cinefuse.training.learners import LearnerSettings
from cinefuse.training.losses import LossSettings
from cinefuse.training.settings import DecisionSettings, TrainingSettings

PARTS = (
    PlotSettings,
    PosterSettings,
    PeopleSettings,
    EncoderSettings,
    FusionSettings,
    HeadSettings,
    GraphSettings,
    AugmentationSettings,
    LossSettings,
    LearnerSettings,
    DecisionSettings,
    TrainingSettings,
)


@pytest.mark.parametrize("name", list(RECIPES))
@pytest.mark.parametrize("profile", list(PROFILE_DESCRIPTIONS))
def test_every_recipe_composes_in_every_profile(name, profile):
    settings = compose(find_recipe(name), [f"profile={profile}"])
    assert (settings.text is None, settings.vision is None) == (
        name.endswith("-vision"),
        name.endswith("-text"),
    )


def test_every_profile_is_described():
    assert set(PROFILE_DESCRIPTIONS) == set(profiles.PROFILES)


def test_the_reports_training_is_the_default():
    settings = compose(find_recipe("bert-text"))
    assert (settings.batch_size, settings.max_epochs, settings.weight_decay) == (32, 50, 0.05)
    assert (settings.learning_rate, settings.pretrained_learning_rate) == (3e-4, 3e-5)
    assert (settings.schedule, settings.plateau_factor, settings.plateau_patience) == ("plateau", 0.5, 7)
    assert (settings.minimum_learning_rate, settings.early_stopping_patience) == (1e-6, 10)
    assert (settings.gradient_norm, settings.seed, settings.deterministic) == (1.0, 42, True)
    assert (settings.class_weights, settings.select_by) == ("balanced", "f1_macro")
    assert (settings.flip, settings.rotation, settings.brightness, settings.hue) == (0.5, 5, 0.15, 0.05)
    assert compose(find_recipe("lstm-text")).max_tokens == 128
    assert settings.max_tokens == 512
    assert compose(find_recipe("cnn-vision")).dropout == 0.7
    assert compose(find_recipe("attention-fusion")).dropout == 0.1


def test_a_classical_system_of_ones_own_has_linear_heads():
    given = ["text=tfidf", "vision=histogram", "learner=logistic", "modality_dropout=0"]
    assert compose_loosely(find_recipe("late-fusion"), given).head_width is None


def test_no_setting_is_declared_twice():
    names = [name for part in PARTS for name in part.__annotations__ if name != "model_config"]
    assert sorted(names) == sorted(set(names))
    assert set(names) == set(Settings.model_fields)


def test_later_wins():
    settings = compose(find_recipe("cnn-vision"), ["profile=small", "dropout=0.25", "max_epochs=3"])
    assert (settings.dropout, settings.max_epochs, settings.poster_height) == (0.25, 3, 72)


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("early_layers=32,16", (32, 16)),
        ("early_layers=[64]", (64,)),
        ("deterministic=false", False),
        ("deterministic=True", True),
        ("attention_width=none", None),
        ("learning_rate=1e-5", 1e-5),
        ("text-pooling=mean", "mean"),
        ("report_to=none", "none"),
        ("text_encoder=0123", "0123"),
    ],
)
def test_values_are_read_as_what_the_setting_is(assignment, value):
    name = assignment.partition("=")[0].replace("-", "_")
    recipe = "attention-fusion" if name.startswith("attention") else "early-fusion"
    assert getattr(compose(find_recipe(recipe), [assignment]), name) == value


def test_all_faults_come_in_one_message():
    with pytest.raises(SettingsError) as caught:
        compose(
            find_recipe("bert-text"),
            ["bach_size=3", "learning_rate=fast", "dropout=2", "nonsense", "seed=1", "seed=2", "flip=maybe"],
        )
    message = str(caught.value)
    assert message.startswith("6 faults in the settings")
    for part in (
        "no setting is called 'bach_size'; the nearest are batch_size; ",
        "learning_rate=fast: input should be a valid number",
        "(the default is 0.0003)",
        "dropout=2: input should be less than 1",
        "'nonsense' is no assignment; allowed is key=value",
        "seed is set twice",
        "flip=maybe",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("recipe", "assignment", "message"),
    [
        ("bert-text", "fusion=early", "fusion=early with 1 modalities"),
        ("early-fusion", "fusion=single", "fusion=single with 2 modalities"),
        ("early-fusion", "fusion=erly", r"no fusion is called 'erly' \(did you mean 'early'\?\)"),
        ("bert-text", "text=lstm", r"no encoder is called 'lstm' \(did you mean 'bilstm'\?\)"),
        ("bert-text", "text=cnn", "text=cnn: that encoder reads vision"),
        ("bert-text", "text=none", "a model reads at least one"),
        ("bert-text", "head=label-grph", r"no head is called 'label-grph' \(did you mean 'label-graph'\?\)"),
        (
            "late-fusion",
            "head=classifier-chain",
            "^head=classifier-chain: fusion=late has heads of its own; allowed there is head=linear$",
        ),
        ("late-fusion", "graph=knowledge", "graph=knowledge: what fusion=late makes are logits already"),
        ("mm-gatbt", "averaging=swa", "averaging=swa with graph=neighbours: what it remembers"),
        (
            "early-fusion",
            "sampling=by-genre",
            "sampling=by-genre: input should be 'shuffled' or 'class-aware'",
        ),
        ("early-fusion", "label_graph_widths=300", "label_graph_widths"),
        ("bert-text", "loss=hinge", "no loss is called 'hinge'"),
        ("early-fusion", "graph=films", "no graph is called 'films'"),
        ("bert-text", "profile=tiny", "no profile is called 'tiny'"),
        ("bert-text", "max_epochs=0", "greater than or equal to 1"),
        (
            "bert-text",
            "flip=0",
            "flip would change nothing: it belongs to vision=any with learner=gradient; here is vision=none",
        ),
        ("bert-text", "word_vectors=glove.txt", "belongs to text=bilstm; here is text=transformer"),
        ("late-fusion", "early_width=3", "belongs to fusion=early; here is fusion=late"),
        ("bert-text", "batch_size=true", "batch_size=True: true and false are no values of this setting"),
        ("early-fusion", "early_layers=64,true", "true and false are no values of this setting"),
        ("bert-text", "learning_rate=inf", "learning_rate=inf: input should be a finite number"),
        ("bert-text", "weight_decay=Infinity", "weight_decay=inf: input should be a finite number"),
        ("early-fusion", "auxiliary_loss=1e999", "input should be a finite number"),
        ("bert-text", "weight_decay=NaN", "input should be a finite number"),
        ("bert-text", "report_to=tensorbord", r"no tracker is called .*did you mean 'tensorboard'"),
        ("bert-text", "report_to=tensorboard,foo", "no tracker is called 'foo'"),
        ("bert-text", "report_to=tensorboard,none", "no tracker is called 'none'"),
        ("cnn-vision", "cnn_widths=", "cnn_widths=.*at least 1 item"),
    ],
)
def test_what_does_not_fit_is_said(recipe, assignment, message):
    with pytest.raises(SettingsError, match=message):
        compose(find_recipe(recipe), [assignment])


@pytest.mark.parametrize(
    ("name", "check", "package"),
    [("wandb", "wandb", "wandb"), ("comet_ml", "comet", "comet-ml"), ("azure_ml", "azureml", "azureml-sdk")],
)
def test_a_tracker_whose_package_is_not_there_is_refused(name, check, package, monkeypatch):
    there = f"transformers.integrations.integration_utils.is_{check}_available"
    monkeypatch.setattr(there, lambda: False)
    with pytest.raises(SettingsError, match=f"report_to={name}: .*run: pip install {package}$"):
        compose(find_recipe("bert-text"), [f"report_to=tensorboard,{name}"])
    with pytest.raises(SettingsError, match=f"2 faults in the settings:\n(.*\n)*.*pip install {package}"):
        compose(find_recipe("bert-text"), [f"report_to={name}", "loss=hinge"])
    monkeypatch.setattr(there, lambda: True)
    assert compose(find_recipe("bert-text"), [f"report_to={name}"]).report_to == name


def test_every_tracker_that_transformers_knows_can_be_checked(monkeypatch):
    from transformers.integrations import integration_utils

    for name in vars(integration_utils).copy():
        if name.startswith("is_") and name.endswith("_available"):
            monkeypatch.setattr(integration_utils, name, lambda: False)
    others = [name for name in integration_utils.INTEGRATION_TO_CALLBACK if name != "tensorboard"]
    assert len(others) > 10
    for name in others:
        with pytest.raises(
            SettingsError, match=f"report_to={name}: it cannot be used here; run: pip install"
        ):
            compose(find_recipe("bert-text"), [f"report_to={name}"])


def test_in_a_comparison_a_setting_need_only_concern_one_model():
    both = compose_many(find_recipes("bert-text,cnn-vision"), ["flip=0", "text_pooling=mean"])
    assert both["cnn-vision"].flip == 0
    with pytest.raises(SettingsError, match="alpha would change nothing"):
        compose_many(find_recipes("bert-text,cnn-vision"), ["alpha=0.3"])
    with pytest.raises(SettingsError, match="a model is named twice"):
        compose_many(find_recipes("bert-text,bert-text"))
    with pytest.raises(SettingsError, match=r"no recipe is called 'bert' .*lstm-text"):
        find_recipes("bert")


# what changes something whatever the model is
UNIVERSAL = {
    "text",
    "vision",
    "fusion",
    "graph",
    "calibration",
    "threshold",
    "seed",
    "fold",
    "deterministic",
    "learner",
}


def test_every_setting_either_always_matters_or_says_when():
    assert set(CONCERNS) | UNIVERSAL == set(Settings.model_fields)
    assert not set(CONCERNS) & UNIVERSAL
    needed = {need.setting for groups in CONCERNS.values() for group in groups for need in group}
    assert needed <= set(Settings.model_fields)


@pytest.mark.parametrize(
    ("recipe", "assignment", "enough"),
    [
        ("bert-text", "warmup=0.1", ["schedule=linear"]),
        ("bert-text profile=small", "plateau_factor=0.2", ["schedule=plateau"]),
        ("bert-text profile=small", "plateau_patience=2", ["schedule=plateau"]),
        ("bert-text profile=small", "minimum_learning_rate=0", ["schedule=plateau"]),
        ("bert-text", "fixed_threshold=0.4", ["threshold=fixed"]),
        ("bert-text", "focal_gamma=1", ["loss=focal"]),
        ("bert-text", "asymmetric_clip=0 loss=focal", ["loss=asymmetric"]),
        ("bert-text", "asymmetric_gamma_positive=0", ["loss=asymmetric"]),
        ("bert-text", "class_balanced_beta=0.9", ["loss=class-balanced"]),
        ("bert-text", "distribution_mu=0.2 loss=class-balanced", ["loss=distribution-balanced"]),
        ("early-fusion", "label_width=64", ["head=label-attention"]),
        ("bert-text", "label_graph_threshold=0.3 head=label-attention", ["head=label-graph"]),
        ("bert-text", "head_width=9 head=label-graph", ["head=classifier-chain"]),
        ("bert-text", "layer_norm=true head=label-attention", ["head=linear"]),
        ("bert-text", "auxiliary_loss=0.5", ["vision=backbone", "fusion=early"]),
        ("early-fusion", "head_width=9", ["auxiliary_loss=0.5"]),
        ("early-fusion", "joint_width=9", ["fusion=sum"]),
        ("early-fusion", "maxout_width=9", ["fusion=gmu"]),
        ("gmu", "experts=2", ["fusion=experts"]),
        ("gmu", "gate_per_genre=false", ["fusion=experts"]),
        ("early-fusion", "central_layers=9,9", ["fusion=centralnet"]),
        ("early-fusion", "rank=2", ["fusion=low-rank"]),
        ("early-fusion", "image_tokens=2", ["fusion=mmbt"]),
        ("early-fusion", "alpha=0.4", ["fusion=late-genre"]),
        ("centralnet", "head_width=9", ["fusion=late-genre"]),
        ("early-fusion", "graph_dropout=0", ["graph=neighbours"]),
        ("early-fusion", "graph_links=9", ["graph=knowledge"]),
        ("mm-gatbt", "contrastive=0.2", ["graph=knowledge"]),
        ("resnet-vision profile=small", "vision_learning_rate=1e-4", ["vision_encoder=microsoft/resnet-18"]),
        ("resnet-vision", "vision_learning_rate=1e-4 pretrained=false", ["pretrained=true"]),
        ("cnn-vision", "pretrained=false", ["vision=backbone"]),
        ("lstm-text", "pretrained=false", ["text=transformer"]),
        ("cnn-vision", "pretrained_learning_rate=1e-4", ["vision=backbone"]),
        ("lstm-text", "pretrained_learning_rate=1e-4", ["word_vectors=glove.txt"]),
        ("bert-text", "pretrained_learning_rate=1e-4 pretrained=false", ["pretrained=true"]),
        ("resnet-vision profile=two-cores", "pretrained_learning_rate=1e-4", ["vision_learning_rate=none"]),
        ("cnn-vision", "minimum_word_count=2", ["text=bilstm", "fusion=late"]),
        ("bert-text", "minimum_word_count=2", ["text_encoder=small"]),
        ("bert-text", "vocabulary_size=99", ["pretrained=false"]),
        ("bert-text", "vocabulary_size=99 text_encoder=somewhere", ["text_encoder=small"]),
    ],
)
def test_what_would_change_nothing_is_refused_until_it_does(recipe, assignment, enough):
    name, *before = recipe.split()
    first, *rest = assignment.split()
    with pytest.raises(SettingsError, match=f"^{first.partition('=')[0]} would change nothing"):
        compose(find_recipe(name), [*before, first, *rest])
    changed = {pair.partition("=")[0] for pair in enough}
    kept = [pair for pair in (*before, first, *rest) if pair.partition("=")[0] not in changed]
    compose(find_recipe(name), [*kept, *enough])


def test_whatever_fuses_has_the_thresholds_of_the_reports_fusions():
    """So that two of them differ by what they are, and by nothing else."""
    for recipe in RECIPES.values():
        settings = compose(recipe)
        if recipe.profiled and settings.text and settings.vision:
            assert settings.threshold == "fixed", recipe.name


def test_the_reports_fusions_have_a_fixed_threshold_and_its_single_models_a_fitted_one():
    rules = {recipe.name: compose(recipe).threshold for recipe in REPORT_RECIPES}
    assert {name for name, rule in rules.items() if rule == "fixed"} == {
        "early-fusion",
        "late-fusion",
        "attention-fusion",
    }
    for profile in ("small", "two-cores"):
        assert {compose(recipe, [f"profile={profile}"]).threshold for recipe in RECIPES.values()} == {
            "global"
        }


def test_encoders_for_seven_models_at_once_and_for_each_alone():
    encoders = {"text": "text_encoder=/a", "vision": "vision_encoder=/b"}
    together = compose_many(list(RECIPES.values()), ["profile=two-cores", *encoders.values()])
    for name, recipe in RECIPES.items():
        own = [
            encoders[modality]
            for modality, entry in (("text", "transformer"), ("vision", "backbone"))
            if recipe.overrides.get(modality) == entry
        ]
        alone = compose(recipe, ["profile=two-cores", *own])
        kept = alone.model_fields_set
        assert {key: getattr(together[name], key) for key in kept} == {
            key: getattr(alone, key) for key in kept
        }


def test_every_setting_is_described():
    assert [name for name, text in describe_settings().items() if not text] == []
