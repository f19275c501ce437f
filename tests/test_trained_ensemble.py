"""Recipes of several: every member trained, then combined; alone, and among the models of a comparison."""

import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from cinefuse import trained_ensemble as trained_ensemble_module
from cinefuse.bundle import read_bundle_record
from cinefuse.comparison import compare
from cinefuse.ensembles.members import digest_of
from cinefuse.ensembles.opening import open_trained
from cinefuse.ensembles.record import read_ensemble_record
from cinefuse.errors import RunError, SettingsError
from cinefuse.experiment import run
from cinefuse.folds import Fold, split_off
from cinefuse.inference import Predictor
from cinefuse.recipes import (
    ENSEMBLE_RECIPES,
    RECIPES,
    EnsembleRecipe,
    find_recipe,
    find_with_ensembles,
)
from cinefuse.reports.ensemble_table import voice_weights
from cinefuse.reports.page import write_report
from cinefuse.reports.reading import read_material
from cinefuse.reports.section import Verdict
from cinefuse.reports.sections.questions import questions
from cinefuse.results import read_predictions, read_weights
from cinefuse.trained_ensemble import combine, fitting, planned, train_ensemble

TOGETHER = EnsembleRecipe("together", "a text and a poster", ("lstm-text", "cnn-vision"), folds=2)
MEMBER = ENSEMBLE_RECIPES["best"].members[0]


@pytest.fixture(scope="module")
def settings(tiny_settings):
    return {name: tiny_settings(name, "max_epochs=2", "report_to=none") for name in TOGETHER.members}


def asked(settings):
    """As `compare` takes it."""
    return {TOGETHER.name: (TOGETHER, settings)}


@pytest.fixture(scope="module")
def trained(settings, tiny_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "together"
    return folder, train_ensemble(TOGETHER, settings, tiny_corpus, folder)


def test_members_are_trained_and_combined(trained, tiny_corpus):
    folder, record = trained
    assert {path.name for path in folder.iterdir()} == {
        *("recipe.json", "trainings", "members", "ensemble.json", "run.json", "dev.npz")
    }
    assert [one.name for one in sorted((folder / "trainings").iterdir())] == [
        *("cnn-vision@1-of-2", "cnn-vision@2-of-2", "lstm-text@1-of-2", "lstm-text@2-of-2")
    ]
    assert record == read_ensemble_record(folder)
    assert record.model == open_trained(folder).name == "together"
    assert [(one.model, one.fold, one.voice) for one in record.members] == [
        *(
            ("lstm-text", "1/2", 0),
            ("lstm-text", "2/2", 0),
            ("cnn-vision", "1/2", 1),
            ("cnn-vision", "2/2", 1),
        )
    ]
    assert record.learned_from == "unseen"
    assert record.trained_on["movies"] == 36
    assert len(open_trained(folder).predict(tiny_corpus.split("test"))) == 15


@pytest.mark.parametrize("known", [True, False])
def test_a_member_that_reads_people_is_left_out_where_none_are_known(
    known, settings, tiny_settings, tiny_corpus, monkeypatch
):
    said = []
    monkeypatch.setattr(trained_ensemble_module, "say", said.append)
    people = ("Ada Sample",) if known else ()
    films = [replace(movie, cast=people) for movie in tiny_corpus.split("train")]
    corpus = replace(tiny_corpus, splits={**tiny_corpus.splits, "train": films})
    asked = settings | {"mm-gatbt": tiny_settings("mm-gatbt")}
    recipe = EnsembleRecipe("together", "all", ("lstm-text", "mm-gatbt"))
    assert list(fitting(recipe, asked, corpus)) == ["lstm-text", "mm-gatbt"][: 1 + known]
    without = "together: without mm-gatbt: too few training films have a director or a cast"
    assert said == ([] if known else [without])
    alone = EnsembleRecipe("together", "people alone", ("mm-gatbt",))
    assert fitting(alone, asked, corpus) == alone.members  # and is refused as any model of people is


def test_parts_are_left_out_by_the_recipe_alone(settings, tiny_corpus, tmp_path):
    given = {name: one.model_copy(update={"fold": "1/3"}) for name, one in settings.items()}
    with pytest.raises(
        SettingsError, match="fold=1/3: together trains its members without every part in turn"
    ):
        train_ensemble(TOGETHER, given, tiny_corpus, tmp_path / "together")
    assert not (tmp_path / "together").exists()


def test_people_of_one_part_alone_are_too_few(settings, tiny_settings, tiny_corpus, monkeypatch):
    monkeypatch.setattr(trained_ensemble_module, "say", lambda _: None)
    recipe = EnsembleRecipe("together", "all", ("lstm-text", "mm-gatbt"), folds=2)
    train = tiny_corpus.split("train")
    _, part = split_off(train, tiny_corpus.genres, Fold(2, 2))
    films = [replace(one, cast=("Ada Sample",)) if one in part else one for one in train]
    corpus = replace(tiny_corpus, splits={**tiny_corpus.splits, "train": films})
    assert fitting(recipe, settings | {"mm-gatbt": tiny_settings("mm-gatbt")}, corpus) == ("lstm-text",)


def test_a_teacher_is_refused(settings, tiny_corpus, tmp_path):
    given = {name: one.model_copy(update={"teacher": "runs/x"}) for name, one in settings.items()}
    with pytest.raises(
        SettingsError, match="teacher=runs/x: it has learned from films that together's members"
    ):
        train_ensemble(TOGETHER, given, tiny_corpus, tmp_path / "together")


def test_an_older_versions_ensemble_gives_way(trained, settings, tiny_corpus, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "together")
    (folder / "ensemble.json").write_text('{"format": 1}')
    again = train_ensemble(TOGETHER, settings, tiny_corpus, folder, resume=True)
    assert read_ensemble_record(folder) == again
    unequated = again.model_copy(update={"equated": False})  # by thresholds on the scale of its members
    (folder / "ensemble.json").write_text(unequated.model_dump_json())
    assert train_ensemble(TOGETHER, settings, tiny_corpus, folder, resume=True) == again
    assert read_ensemble_record(folder).equated


def test_gone_on_with_nothing_is_trained_again(trained, settings, tiny_corpus, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "together")
    weights = folder / "trainings" / "lstm-text@1-of-2" / "model.safetensors"
    before = weights.stat().st_mtime_ns
    assert train_ensemble(TOGETHER, settings, tiny_corpus, folder, resume=True) == trained[1]
    assert (folder / "ensemble.json").stat().st_mtime_ns == (trained[0] / "ensemble.json").stat().st_mtime_ns
    # broken off after the members, before they were combined
    (folder / "ensemble.json").unlink()
    again = train_ensemble(TOGETHER, settings, tiny_corpus, folder, resume=True)
    assert weights.stat().st_mtime_ns == before
    assert [one.weight for one in again.members] == [one.weight for one in trained[1].members]
    changed = {name: one.model_copy(update={"batch_size": 4}) for name, one in settings.items()}
    with pytest.raises(RunError, match="was started otherwise"):
        train_ensemble(TOGETHER, changed, tiny_corpus, folder, resume=True)


def test_another_threshold_makes_another_ensemble(trained, settings, tiny_corpus, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "together")
    assert trained[1].threshold.rule == "per-genre"
    again = train_ensemble(replace(TOGETHER, threshold="global"), settings, tiny_corpus, folder, resume=True)
    assert again.threshold.rule == read_ensemble_record(folder).threshold.rule == "global"


def test_a_member_that_is_trained_again_makes_another_ensemble(trained, settings, tiny_corpus, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "together")
    member = planned(TOGETHER, settings, tiny_corpus, folder)[2]
    shutil.rmtree(member.folder)
    run("cnn-vision", member.settings, tiny_corpus, member.folder)
    again = train_ensemble(TOGETHER, settings, tiny_corpus, folder, resume=True)
    before = [one.digest for one in trained[1].members]
    assert [one.digest for one in again.members][:2] == before[:2]
    assert again.members[2].digest != before[2]  # its seconds are others
    assert not (folder / "combined").exists()
    assert open_trained(folder).name == "together"


def test_trainings_that_are_gone_come_again(trained, settings, tiny_corpus, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "together")
    shutil.rmtree(folder / "trainings")
    train_ensemble(TOGETHER, settings, tiny_corpus, folder, resume=True)
    assert len(list((folder / "trainings").iterdir())) == 4


def test_what_its_trainings_are_says_nothing_of_an_ensemble(trained, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "together")
    before = digest_of(folder)
    shutil.rmtree(folder / "trainings")
    assert digest_of(folder) == before


def test_an_ensemble_stays_where_a_member_is_not_whole(trained, settings, tiny_corpus, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "together")
    members = planned(TOGETHER, settings, tiny_corpus, folder)
    (members[0].folder / "bundle.json").unlink()
    with pytest.raises(RunError, match="not a finished run"):
        combine(TOGETHER, members, tiny_corpus, folder)
    assert read_ensemble_record(folder) == trained[1]


def test_a_comparison_takes_no_folder_that_holds_something_else(settings, tiny_corpus, tmp_path):
    kept = tmp_path / "runs" / "together"
    run("cnn-vision", settings["cnn-vision"], tiny_corpus, kept)
    with pytest.raises(RunError, match="together: no recipe of several was trained in it"):
        compare({}, tiny_corpus, tmp_path / "runs", ensembles=asked(settings), resume=True)
    assert (kept / "bundle.json").is_file()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["together"]


def test_a_file_that_is_called_as_a_member_is_refused_where_it_changes_it(tmp_path):
    file = tmp_path / f"{MEMBER}.toml"
    for changed in (
        f'recipe = "{MEMBER}"\nprofile = "two-cores"',
        f'recipe = "{MEMBER}"\n[settings]\nmax_epochs = 3',
        'recipe = "concat"',
    ):
        file.write_text(changed)
        with pytest.raises(SettingsError, match=f"{MEMBER}: from a file that changes it, and a member"):
            find_with_ensembles(f"best,{tmp_path}")
    file.write_text(f'recipe = "{MEMBER}"')
    recipes, ensembles = find_with_ensembles(f"best,{tmp_path}")
    assert [one.name for one in ensembles] == ["best"]
    assert [one.name for one in recipes] == [MEMBER]
    (tmp_path / f"{MEMBER}.toml").rename(tmp_path / "best.toml")
    (tmp_path / "best.toml").write_text('recipe = "early-fusion"')
    with pytest.raises(SettingsError, match="best: an ensemble is called so"):
        find_with_ensembles(f"{tmp_path}")


def test_a_folder_that_is_taken_is_refused(trained, settings, tiny_corpus, tmp_path):
    with pytest.raises(RunError, match="not empty; allowed is a new folder, or --resume"):
        train_ensemble(TOGETHER, settings, tiny_corpus, trained[0])
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="no recipe of several was trained in it"):
        train_ensemble(TOGETHER, settings, tiny_corpus, tmp_path, resume=True)


def test_among_the_models_of_a_comparison(settings, tiny_corpus, tmp_path):
    folder = tmp_path / "runs"
    models = {"cnn-vision": settings["cnn-vision"]}
    comparison = compare(models, tiny_corpus, folder, ensembles=asked(settings), seeds=2)
    assert [(one.model, one.seed) for one in comparison.models] == [
        *(("cnn-vision", 42), ("cnn-vision", 43), ("together", 42))
    ]
    assert comparison.failed == []
    scored = comparison.models[-1]
    record = read_ensemble_record(folder / "together")
    assert scored.parameters == record.parameters
    told = open_trained(folder / "together").probabilities(tiny_corpus.split("test"))
    assert read_predictions(folder / "together" / "predictions.npz").probabilities.shape == told.shape
    assert "together" in write_report(folder).read_text()

    # another call has it still; asked again, nothing of it is trained or combined again
    assert scored in compare(models, tiny_corpus, folder, resume=True).models
    made = (folder / "together" / "ensemble.json").stat().st_mtime_ns
    compare({}, tiny_corpus, folder, ensembles=asked(settings), resume=True)
    assert (folder / "together" / "ensemble.json").stat().st_mtime_ns == made
    changed = {name: one.model_copy(update={"batch_size": 4}) for name, one in settings.items()}
    with pytest.raises(RunError, match="was started otherwise"):
        compare({}, tiny_corpus, folder, ensembles=asked(changed), resume=True)


def test_what_two_recipes_have_in_common_is_trained_once(settings, tiny_corpus, tmp_path, monkeypatch):
    trained = []

    def counting(model, own, corpus, folder, **more):
        if not (folder / "bundle.json").exists():
            trained.append(folder.relative_to(tmp_path).as_posix())
        return run(model, own, corpus, folder, **more)

    monkeypatch.setattr(trained_ensemble_module, "run", counting)
    fitted = {"fitted": (FITTED, {"cnn-vision": settings["cnn-vision"]})}
    comparison = compare({}, tiny_corpus, tmp_path / "runs", ensembles=asked(settings) | fitted)
    assert comparison.failed == []
    assert [one.model for one in comparison.models] == ["together", "fitted"]
    assert [path for path in trained if "fitted" in path] == ["runs/fitted/trainings/cnn-vision"]
    assert len(trained) == 5
    own, its = (
        tmp_path / "runs" / name / "trainings" / "cnn-vision@1-of-2" for name in ("fitted", "together")
    )
    assert digest_of(own) == digest_of(its)
    assert (own / "history.json").read_bytes() == (its / "history.json").read_bytes()
    assert not (own / "checkpoints").exists()

    # of other settings it is another one
    changed = {"cnn-vision": settings["cnn-vision"].model_copy(update={"learning_rate": 0.5})}
    shutil.rmtree(tmp_path / "runs" / "fitted")
    compare(
        {},
        tiny_corpus,
        tmp_path / "runs",
        ensembles=asked(settings) | {"fitted": (FITTED, changed)},
        resume=True,
    )
    of_all, *parts = trained[5:]
    assert of_all == "runs/fitted/trainings/cnn-vision"
    assert parts == [f"{of_all}@{part}-of-2" for part in (1, 2)]


def test_in_a_report_it_is_of_a_kind_of_its_own(settings, tiny_corpus, tmp_path):
    recipe = replace(TOGETHER, name="best")
    compare(settings, tiny_corpus, tmp_path / "runs", ensembles={"best": (recipe, settings)})
    material = read_material(tmp_path / "runs")
    assert {model.name: model.kind for model in material.models}["best"] == "ensemble"
    assert not any("history.json" in why or "weights.json" in why for why in material.missing)
    record = read_ensemble_record(tmp_path / "runs" / "best")
    weighed = read_weights(tmp_path / "runs" / "best" / "weights.json").weights["members"]
    assert weighed.values == voice_weights(record)
    assert sum(weighed.values.values()) == pytest.approx(1)
    assert "best: members" in write_report(tmp_path / "runs").read_text()
    asked = [block.question for block in questions(material).blocks if isinstance(block, Verdict)]
    assert "lstm-text against cnn-vision" in asked or "cnn-vision against lstm-text" in asked
    assert not any("best" in question for question in asked)


def test_a_member_that_fails_leaves_no_ensemble(settings, tiny_corpus, tmp_path, monkeypatch):
    def pretend(name, *arguments, **options):
        if name == "cnn-vision":
            raise ValueError("out of memory")
        return run(name, *arguments, **options)

    monkeypatch.setattr(trained_ensemble_module, "run", pretend)
    with pytest.raises(RunError, match="every model failed"):
        compare({}, tiny_corpus, tmp_path / "alone", ensembles=asked(settings))
    models = {"lstm-text": settings["lstm-text"]}
    comparison = compare(models, tiny_corpus, tmp_path / "runs", ensembles=asked(settings))
    assert [one.model for one in comparison.failed] == ["together"]
    assert [one.model for one in comparison.models] == ["lstm-text"]
    monkeypatch.undo()
    again = compare(models, tiny_corpus, tmp_path / "runs", ensembles=asked(settings), resume=True)
    assert [one.model for one in again.models] == ["lstm-text", "together"]
    alone = compare({}, tiny_corpus, tmp_path / "alone", ensembles=asked(settings), resume=True)
    assert [one.model for one in alone.models] == ["together"]


FITTED = EnsembleRecipe("fitted", "posters, cross-fitted", ("cnn-vision",), folds=2, makes="run")


def test_one_run_is_made_where_the_recipe_says_so(settings, tiny_corpus, tmp_path):
    given, folder = {"cnn-vision": settings["cnn-vision"]}, tmp_path / "fitted"
    record = train_ensemble(FITTED, given, tiny_corpus, folder)
    assert record == read_bundle_record(folder)
    trainings = [one.folder for one in planned(FITTED, given, tiny_corpus, folder)]
    assert [one.name for one in trainings] == ["cnn-vision", "cnn-vision@1-of-2", "cnn-vision@2-of-2"]
    assert (record.model, record.threshold.rule) == ("fitted", "per-genre")
    assert record.cross_fitted == tuple(map(digest_of, trainings))
    assert {path.name for path in folder.iterdir()} == {
        *("recipe.json", "trainings", "bundle.json", "model.safetensors", "history.json", "run.json")
    }
    assert isinstance(open_trained(folder), Predictor)
    # gone on with, nothing is made again; of another rule or another member it is
    made = (folder / "bundle.json").stat().st_mtime_ns
    assert train_ensemble(FITTED, given, tiny_corpus, folder, resume=True) == record
    assert (folder / "bundle.json").stat().st_mtime_ns == made
    changed = train_ensemble(replace(FITTED, threshold="global"), given, tiny_corpus, folder, resume=True)
    assert changed.threshold.rule == read_bundle_record(folder).threshold.rule == "global"
    shutil.rmtree(trainings[1])
    again = train_ensemble(FITTED, given, tiny_corpus, folder, resume=True)
    assert again.cross_fitted[::2] == record.cross_fitted[::2]
    assert again.cross_fitted[1] != record.cross_fitted[1]
    assert not (folder / "combined").exists()


def test_cross_fitted_it_is_a_model_of_a_comparison(settings, tiny_corpus, tmp_path):
    given, folder = {"cnn-vision": settings["cnn-vision"]}, tmp_path / "runs"
    comparison = compare(given, tiny_corpus, folder, ensembles={"fitted": (FITTED, given)})
    assert [one.model for one in comparison.models] == ["cnn-vision", "fitted"]
    single, fitted = comparison.models
    assert single.parameters == fitted.parameters
    assert single.metrics["average_precision_macro"] == fitted.metrics["average_precision_macro"]
    # what all films have taught is the single model itself
    assert digest_of(folder / "fitted" / "trainings" / "cnn-vision") == digest_of(folder / "cnn-vision")
    assert read_material(folder).missing == ()
    page = write_report(folder).read_text()
    assert "fitted" in page
    assert "Without a history" not in page
    assert fitted in compare(given, tiny_corpus, folder, resume=True).models


def test_other_trainings_in_its_folder_are_refused(trained, settings, tiny_corpus, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "together")
    one = replace(TOGETHER, members=("lstm-text",))
    with pytest.raises(
        RunError, match="cnn-vision@1-of-2, cnn-vision@2-of-2 was trained in it, and now lstm"
    ):
        train_ensemble(one, settings, tiny_corpus, folder, resume=True)


def test_another_recipe_stands_in_for_one_that_reads_people(tiny_settings, tiny_corpus, monkeypatch):
    said = []
    monkeypatch.setattr(trained_ensemble_module, "say", said.append)
    recipe = ENSEMBLE_RECIPES["small"]
    given = {name: tiny_settings(name) for name in recipe.recipes}
    assert fitting(recipe, given, tiny_corpus) == ("early-fusion",)
    told = "small: without knowledge-graph, early-fusion in their place: too few training films have"
    assert said == [f"{told} a director or a cast"]


def test_the_ensembles_members_are_recipes_and_come_with_them():
    for name, ensemble in ENSEMBLE_RECIPES.items():
        assert name == ensemble.name
        assert set(ensemble.recipes) <= set(RECIPES)
        assert len(ensemble.members) == 1 or ensemble.makes == "ensemble"
        recipes, ensembles = find_with_ensembles(f"{name},cnn-vision")
        assert ensembles == [ensemble]
        assert [one.name for one in recipes] == ["cnn-vision"]
        with pytest.raises(
            SettingsError, match=f"recipe '{name}' is of several trainings, which `train` and `compare`"
        ):
            find_recipe(name)
    recipes, ensembles = find_with_ensembles("")
    assert len(recipes) == 7
    assert ensembles == []


def test_layers_above_are_left_out(tiny_corpus, tmp_path):
    from transformers import DistilBertConfig, DistilBertModel

    from cinefuse.encoders.backbone import load_backbone
    from cinefuse.encoders.text_shape import text_shape
    from cinefuse.recipes import compose

    DistilBertModel(
        DistilBertConfig(dim=32, hidden_dim=64, n_layers=4, n_heads=2, vocab_size=50)
    ).save_pretrained(tmp_path)
    own = load_file(tmp_path / "model.safetensors")
    settings = compose(find_recipe("bert-text"), [f"text_encoder={tmp_path}", "text_layers=2"])
    cut = load_backbone(str(tmp_path), "text", text_shape(settings, None))
    assert len(cut.transformer.layer) == 2
    for name, weight in cut.state_dict().items():
        assert torch.equal(weight, own[name])
    whole = settings.model_copy(update={"text_layers": 9})
    assert len(load_backbone(str(tmp_path), "text", text_shape(whole, None)).transformer.layer) == 4
