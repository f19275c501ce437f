"""Recipes in files: what they begin from, what they may say, and what is said of a mistake."""

import pytest

from cinefuse.errors import SettingsError
from cinefuse.recipes import compose, find_recipe, find_recipes
from cinefuse.recipes.report import REPORT_RECIPES


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def own(tmp_path):
    return write(
        tmp_path / "own-fusion.toml",
        'recipe = "early-fusion"\nprofile = "two-cores"\ndescription = "ours"\n'
        "[settings]\nearly_layers = [64]\nmax_tokens = 200\n",
    )


def test_settings_go_on_top_of_profile_and_recipe(own):
    recipe = find_recipe(own)
    assert (recipe.name, recipe.description) == ("own-fusion", "ours")
    settings = compose(recipe)
    built_in = compose(find_recipe("early-fusion"), ["profile=two-cores"])
    assert settings == built_in.model_copy(update={"early_layers": (64,), "max_tokens": 200})


def test_what_the_user_sets_goes_on_top_of_them(own):
    recipe = find_recipe(own)
    assert compose(recipe, ["max_tokens=50"]).max_tokens == 50
    small = compose(recipe, ["profile=small"])
    assert (small.text_encoder, small.max_tokens) == ("small", 200)


def test_a_profile_gives_it_what_it_gives_its_recipe(tmp_path):
    path = write(tmp_path / "plots-text.toml", 'recipe = "lstm-text"\nprofile = "two-cores"\n')
    assert compose(find_recipe(path)) == compose(find_recipe("lstm-text"), ["profile=two-cores"])
    assert find_recipe(path).description == find_recipe("lstm-text").description


def test_a_folder_stands_for_its_files(tmp_path, own):
    write(tmp_path / "a-text.toml", 'recipe = "bert-text"')
    names = [recipe.name for recipe in find_recipes(f"cnn-vision,{tmp_path}")]
    assert names == ["cnn-vision", "a-text", "own-fusion"]
    assert find_recipes("") == list(REPORT_RECIPES)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("recipe = ", "it is no TOML: "),
        ('profile = "small"', "recipe: field required; allowed are recipe, profile, description, settings"),
        ('recipe = "bert-text"\ncolour = 1', "colour: extra inputs are not permitted; allowed are recipe, "),
        ('recipe = "bert"', "no recipe is called 'bert'"),
        ('recipe = "bert-text"\nprofile = "large"', "no profile is called 'large'"),
        ('recipe = "bert-text"\n[settings]\nmax_token = 3', "no setting is called 'max_token'"),
        ('recipe = "bert-text"\n[settings]\nmax_tokens = 0', "max_tokens=0: input should be greater"),
        (
            'recipe = "bert-text"\n[settings]\nalpha = 0.5',
            "alpha would change nothing: it belongs to fusion=late",
        ),
    ],
)
def test_a_mistake_is_told_with_its_file(tmp_path, text, told):
    path = write(tmp_path / "wrong.toml", text)
    with pytest.raises(SettingsError) as raised:
        find_recipe(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert told in str(raised.value)


def test_no_file_and_no_files(tmp_path):
    with pytest.raises(SettingsError, match=r"nothing.toml: No such file or directory; `cinefuse models`"):
        find_recipe(str(tmp_path / "nothing.toml"))
    with pytest.raises(SettingsError, match=r"no recipe in it; allowed is a folder of files NAME\.toml"):
        find_recipes(str(tmp_path))


def test_a_profile_given_goes_under_what_the_file_sets(own):
    recipe = find_recipe(own)
    assert compose(recipe, ["profile=report"]).max_epochs == compose(find_recipe("early-fusion")).max_epochs
    assert compose(recipe, ["profile=small"]).early_layers == (64,)


def test_none_is_written_as_such(tmp_path):
    path = write(tmp_path / "plain.toml", 'recipe = "mm-gatbt"\n[settings]\ngraph = "none"')
    assert compose(find_recipe(path)).graph is None


@pytest.mark.parametrize(
    ("name", "recipe", "told"),
    [
        ("plots.toml", "bert-text", r"it reads text alone: the file's name must end in -text\.toml"),
        ("our-vision.toml", "late-fusion", r"it does not read vision alone: .* must not end in -vision"),
    ],
)
def test_a_name_tells_what_is_read(tmp_path, name, recipe, told):
    path = write(tmp_path / name, f'recipe = "{recipe}"')
    with pytest.raises(SettingsError, match=told):
        find_recipe(path)
