"""What is searched: written as `--set` is, checked by the same model, all faults in one message."""

import pytest

from cinefuse.errors import SettingsError
from cinefuse.recipes import PROFILE_DESCRIPTIONS, RECIPES, compose, find_recipe
from cinefuse.recipes.compose import compose_loosely
from cinefuse.recipes.concerns import idle_settings
from cinefuse.tuning.defaults import DEFAULT_SPACE
from cinefuse.tuning.space import base_values, make_space, matters, read_space

EARLY = find_recipe("early-fusion")
SMALL = ("profile=small",)


@pytest.mark.parametrize("profile", PROFILE_DESCRIPTIONS)
@pytest.mark.parametrize("name", RECIPES)
def test_the_default_space_has_what_matters_to_the_recipe_and_no_more(name, profile):
    recipe, given = find_recipe(name), [f"profile={profile}"]
    space, base = make_space(recipe, given), compose(recipe, given)
    assert len(space) >= (5 if base.learner == "gradient" else 1)
    keys = [one.key for one in space]
    assert not idle_settings([base], [f"{key}=" for key in keys])
    # beside a vision encoder's own rate there may be nothing for the general one
    left_out = DEFAULT_SPACE.keys() - {*keys, "pretrained_learning_rate"}
    assert len(idle_settings([base], [f"{key}=" for key in left_out])) == len(left_out)
    # each value fits, by itself
    for one in space:
        for value in one.samples:
            compose(recipe, [*given, f"{one.key}={value}"])


def test_frozen_encoders_have_no_learning_rate_to_search():
    frozen, trained = (
        {one.key for one in make_space(EARLY, [f"profile={profile}"])} for profile in ("frozen", "two-cores")
    )
    assert {"pretrained_learning_rate", "vision_learning_rate"} <= trained
    assert trained - frozen == {"pretrained_learning_rate", "vision_learning_rate"}
    with pytest.raises(SettingsError, match="vision_learning_rate would change nothing"):
        make_space(EARLY, ["profile=frozen"], ["vision_learning_rate=1e-5..1e-4"])
    # one of the two encoders learns, at its own rate
    half = {one.key for one in make_space(EARLY, ["profile=frozen", "vision_freeze=none"])}
    assert half - frozen == {"vision_learning_rate"}


def test_what_is_set_is_not_searched():
    keys = {one.key for one in make_space(EARLY, [*SMALL, "dropout=0.2", "early-width=64"])}
    assert not keys & {"dropout", "early_width"}
    assert "learning_rate" in keys


def test_ranges_and_choices_are_read():
    texts = ["learning-rate=1e-4..1e-2", "dropout=0..0.5", "early_width=64..256", "early_layers=512|1024,512"]
    rate, dropout, width, layers = make_space(EARLY, SMALL, texts)
    assert (rate.key, rate.low, rate.high, rate.logarithmic, rate.whole) == (
        "learning_rate",
        1e-4,
        1e-2,
        True,
        False,
    )
    assert (dropout.low, dropout.high, dropout.logarithmic, dropout.whole) == (0, 0.5, False, False)
    assert (width.low, width.high, width.logarithmic, width.whole) == (64, 256, False, True)
    assert layers.choices == ("512", "1024,512")
    assert (rate.written(0.000123456), width.written(100.0)) == ("0.0001235", "100")


def test_what_decides_is_chosen_before_what_depends_on_it():
    texts = ["focal_gamma=0..4", "warmup=0..0.3", "schedule=plateau,linear", "loss=bce,focal"]
    space = make_space(EARLY, SMALL, texts)
    keys = [one.key for one in space]
    assert keys.index("loss") < keys.index("focal_gamma")
    assert keys.index("schedule") < keys.index("warmup")
    assert matters(EARLY, SMALL, {"loss": "focal"}, "focal_gamma")
    assert not matters(EARLY, SMALL, {"loss": "bce"}, "focal_gamma")


def test_a_setting_that_only_some_choices_notice_may_be_set():
    make_space(EARLY, [*SMALL, "focal_gamma=1"], ["loss=bce,focal"])
    with pytest.raises(SettingsError, match="focal_gamma would change nothing"):
        make_space(EARLY, [*SMALL, "focal_gamma=1"], ["loss=bce,asymmetric"])


def test_the_first_trial_is_what_was_given_as_far_as_the_space_has_it():
    texts = ["dropout=0..0.5", "early_width=64|96", "learning_rate=1e-5..1e-4", "early_layers=128|64,64"]
    space = make_space(EARLY, SMALL, texts)
    base = compose_loosely(EARLY, SMALL)
    assert (base.dropout, base.early_width, base.early_layers) == (0.3, 96, (128,))
    assert base_values(EARLY, SMALL, space) == {"dropout": 0.3, "early_width": "96", "early_layers": "128"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dropuot=0..1", "the nearest are dropout, graph_dropout; "),
        ("dropout=0..1.5", r"dropout=1\.5: input should be less than 1"),
        ("dropout=0.5..0.1", r"the range ends before it begins; allowed is low\.\.high"),
        ("dropout", "'dropout': says no values; allowed is key=low..high or key=a,b,c"),
        ("dropout=0.3", "allowed are two values or more, each once"),
        ("dropout=0.3,0.3", "allowed are two values or more, each once"),
        ("early_width=64..96.5", r"early_width=96\.5: input should be a valid integer"),
        ("layer_norm=0..1", "is no number"),
        ("loss=bce,hinge", "no loss is called 'hinge'"),
        ("loss=1..2", "no loss is called '1'"),
        ("seed=1..9", "seed: cannot be searched: the best of many seeds is luck"),
        ("select_by=f1_macro,average_precision_macro", "select_by: cannot be searched"),
        ("lstm_width=64,128", r"lstm_width would change nothing: it belongs to text=bilstm"),
        ("fusion=single,early", "fusion=single with 2 modalities"),
        ("batch_size=8,16", "batch_size: is set with --set, and searched"),
    ],
)
def test_mistakes_say_what_is_allowed(text, message):
    with pytest.raises(SettingsError, match=message.replace("?", r"\?").replace("+", r"\+")):
        make_space(EARLY, [*SMALL, "batch_size=8"], [text])


def test_all_mistakes_are_in_one_message():
    with pytest.raises(SettingsError) as caught:
        make_space(
            EARLY, SMALL, ["dropuot=0..1", "dropout=0..1", "alpha=a,b", "loss=bce,focal", "loss=bce,focal"]
        )
    lines = str(caught.value).splitlines()
    assert lines[0] == "4 faults in what is to be searched:"
    assert [line[:12].rstrip() for line in lines[1:]] == [
        "  - no setti",
        "  - dropout=",
        "  - alpha=a:",
        "  - loss: is",
    ]


def test_a_file_has_a_line_a_setting(tmp_path):
    file = tmp_path / "space.txt"
    file.write_text("# widths\nearly_width=64,96  # small\n\ndropout=0..0.5\n")
    assert read_space(file) == ["early_width=64,96", "dropout=0..0.5"]
    file.write_text("# nothing\n")
    with pytest.raises(SettingsError, match=r"has no line; allowed is key=low\.\.high"):
        read_space(file)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_space(tmp_path / "missing.txt")
