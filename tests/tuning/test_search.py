"""The search: what is tried, what is ended early, what fails, what stays, and what is never looked at."""

import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
from filelock import FileLock

from cinefuse.errors import CorpusError, MissingExtra, RunError, SettingsError, StorageError
from cinefuse.inference import Predictor
from cinefuse.recipes import compose, find_recipe
from cinefuse.tuning import search, tune
from cinefuse.tuning import study as studying
from cinefuse.tuning.record import read_tuning
from cinefuse.tuning.search import Limits
from cinefuse.tuning.telling import best_assignments, train_command, tuning_notes, tuning_table

SMALL = ["profile=small", "poster_height=32", "poster_width=32", "batch_size=8", "max_epochs=2"]
POSTERS = "cnn-vision"
RATES = ("learning_rate=1e-4..1e-1",)


class Unopened(Sequence):
    """Films that nobody may ask for."""

    def __len__(self):
        raise AssertionError("the test split was counted")

    def __getitem__(self, index):
        raise AssertionError("a test film was read")


def by_rate(settings):
    """The nearer to 0.01, the better; dev does not move."""
    return [1 - abs(settings.learning_rate - 0.01) * 5] * 3


def tried(tuning):
    return [(one.number, one.state, one.settings, one.scores) for one in tuning.trials]


def test_trials_are_trained_and_the_best_alone_is_kept(tiny_corpus, tmp_path):
    unseen = replace(tiny_corpus, splits=dict(tiny_corpus.splits) | {"test": Unopened()})
    out = tmp_path / "out"
    space = ("learning_rate=1e-4..1e-2", "cnn_widths=4,8|8,16")
    tuning = tune(POSTERS, unseen, out, assignments=SMALL, searched=space, limits=Limits(3))
    assert tuning == read_tuning(out / "tuning.json")
    assert [one.number for one in tuning.trials] == [0, 1, 2]
    assert tuning.trials[0].settings == {"learning_rate": "0.002"}  # its widths are others than are searched
    assert all(set(one.settings) == {"learning_rate", "cnn_widths"} for one in tuning.trials[1:])
    assert all(len(one.scores) == 2 and one.seconds > 0 for one in tuning.trials)
    assert tuning.trial(tuning.best).score == max(one.score for one in tuning.trials)
    weights = [path.parent.name for path in out.glob("trials/*/model.safetensors")]
    assert weights == [f"{tuning.best:03d}"]
    for one in tuning.trials:
        there = {path.name for path in (out / one.run).iterdir()}
        assert "history.json" in there
        assert one.number == tuning.best or there == {"run.json", "history.json"}
    # what it says of dev is what its own history says, and its settings are what the command gives
    best = Predictor.load(out / tuning.trial(tuning.best).run).bundle.record
    again = compose(find_recipe(POSTERS), best_assignments(tuning))
    assert best.recipe == again.model_dump(mode="json")


def test_the_same_seed_gives_the_same_trials_and_another_gives_others(scripted, tiny_corpus, tmp_path):
    scripted(by_rate)
    found = [
        tune(
            POSTERS,
            tiny_corpus,
            tmp_path / name,
            assignments=[*SMALL, f"seed={seed}"],
            searched=RATES,
            limits=Limits(10),
        )
        for name, seed in (("one", 1), ("again", 1), ("other", 2))
    ]
    assert tried(found[0]) == tried(found[1])
    assert tried(found[0])[0] == tried(found[2])[0]
    assert tried(found[0])[1:] != tried(found[2])[1:]
    assert found[0].trial(0).settings == {"learning_rate": "0.002"}
    # it comes near what is best
    assert found[0].trial(found[0].best).score > found[0].trial(0).score


def test_a_search_in_pieces_is_the_search_in_one(scripted, tiny_corpus, tmp_path):
    scripted(by_rate)
    options = {"assignments": SMALL, "searched": ("learning_rate=1e-4..1e-1", "cnn_widths=4|8|16")}
    whole = tune(POSTERS, tiny_corpus, tmp_path / "whole", limits=Limits(10), **options)
    for trials in (1, 5, 5, 10):
        pieces = tune(
            POSTERS, tiny_corpus, tmp_path / "pieces", limits=Limits(trials), resume=True, **options
        )
    assert tried(pieces) == tried(whole)
    assert pieces.importance == whole.importance
    assert set(whole.importance) == {"learning_rate"}  # the first trial's widths are outside the space
    assert sum(whole.importance.values()) == pytest.approx(1)


def test_broken_off_at_any_moment_it_goes_on_with_the_same_trial(
    scripted, tiny_corpus, tmp_path, monkeypatch
):
    options = {"assignments": SMALL, "searched": (*RATES, "cnn_widths=4|8|16"), "limits": Limits(4)}
    scripted(by_rate)
    whole = tune(POSTERS, tiny_corpus, tmp_path / "whole", **options)
    suggest, moments = studying._value, {"choosing": 0, "training": 0}

    def stop_choosing(trial, one):
        if trial.number == 2 and one.key == "cnn_widths" and not moments["choosing"]:
            moments["choosing"] = 1
            raise KeyboardInterrupt
        return suggest(trial, one)

    def stop_training(settings):
        for epoch, score in enumerate(by_rate(settings)):
            if epoch == 2 and len(trained) == 4 and not moments["training"]:
                moments["training"] = 1
                raise KeyboardInterrupt
            yield score

    monkeypatch.setattr(studying, "_value", stop_choosing)
    trained = scripted(stop_training)
    for _ in moments:
        with pytest.raises(KeyboardInterrupt):
            tune(POSTERS, tiny_corpus, tmp_path / "out", resume=True, **options)
    assert moments == {"choosing": 1, "training": 1}
    again = tune(POSTERS, tiny_corpus, tmp_path / "out", resume=True, **options)
    assert tried(again) == tried(whole)
    assert [one.seconds for one in again.trials] == [6.0] * 4


def test_a_training_that_was_broken_off_goes_on_from_its_checkpoint(tiny_corpus, tmp_path, monkeypatch):
    from cinefuse.tuning.reporting import Reporting

    options = {"assignments": SMALL, "searched": RATES, "limits": Limits(2)}
    whole = tune(POSTERS, tiny_corpus, tmp_path / "whole", **options)
    before, reported = Reporting.on_evaluate, []

    def stop(self, args, state, control, **given):
        before(self, args, state, control, **given)
        reported.append((self._trial.number, state.epoch))
        if reported == [(0, 1), (0, 2), (1, 1), (1, 2)]:
            raise KeyboardInterrupt  # its score is told, and its checkpoint not yet written

    monkeypatch.setattr(Reporting, "on_evaluate", stop)
    with pytest.raises(KeyboardInterrupt):
        tune(POSTERS, tiny_corpus, tmp_path / "out", **options)
    assert read_tuning(tmp_path / "out" / "tuning.json").best == 0
    again = tune(POSTERS, tiny_corpus, tmp_path / "out", resume=True, **options)
    assert reported[4:] == [(1, 2)]
    assert tried(again) == tried(whole)


def test_what_lags_behind_the_median_is_ended_early(scripted, tiny_corpus, tmp_path):
    curves = [[0.5, 0.6, 0.7]] * studying.NEVER_PRUNED + [[0.6, 0.7, 0.7], [0.4, 0.59, 0.9], [0.51, 0.8, 0.9]]
    trained = scripted(lambda _: curves[len(trained) - 1])
    tuning = tune(POSTERS, tiny_corpus, tmp_path / "out", assignments=SMALL, searched=RATES, limits=Limits(7))
    assert [one.state for one in tuning.trials] == ["finished"] * 5 + ["pruned", "finished"]
    # 0.4 lies below the median of the first epoch, 0.5; the next trial is never below one
    assert tuning.trial(5).scores == [0.4]
    assert tuning.best == 6
    assert "7 trials: 6 finished, 1 pruned." in tuning_notes(tuning)


def test_early_epochs_are_no_reason_to_end_a_long_training(scripted, tiny_corpus, tmp_path):
    curves = [[0.5, 0.6, 0.7]] * studying.NEVER_PRUNED + [[0.4, 0.59, 0.9]]
    trained = scripted(lambda _: curves[len(trained) - 1])
    long = [*(pair for pair in SMALL if not pair.startswith("max_epochs")), "max_epochs=8"]
    tuning = tune(POSTERS, tiny_corpus, tmp_path / "out", assignments=long, searched=RATES, limits=Limits(5))
    assert tuning.trial(4).scores == [0.4, 0.59]  # not at the first, of eight


def test_a_real_training_is_ended_early(tiny_corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(studying, "NEVER_PRUNED", 1)
    tuning = tune(
        "lstm-text",
        tiny_corpus,
        tmp_path / "out",
        assignments=[*SMALL[:1], *SMALL[3:]],
        searched=("learning_rate=1e-9..2e-9",),
        limits=Limits(2),
    )
    assert [(one.state, len(one.scores)) for one in tuning.trials] == [("finished", 2), ("pruned", 1)]
    assert {path.name for path in (tmp_path / "out" / "trials" / "001").iterdir()} == {"run.json"}


def test_what_fails_is_noted_and_the_others_go_on(scripted, tiny_corpus, tmp_path):
    def fail(settings):
        if settings.cnn_widths == (8,):
            raise RuntimeError("CUDA out of memory\nmore of it")
        return [0.5, 0.4]

    scripted(fail)
    space = ("cnn_widths=4|8|16", "dropout=0..0.5")
    tuning = tune(POSTERS, tiny_corpus, tmp_path / "out", assignments=SMALL, searched=space, limits=Limits(9))
    failed = [one for one in tuning.trials if one.state == "failed"]
    assert 0 < len(failed) < 9
    assert {one.settings["cnn_widths"] for one in failed} == {"8"}
    assert {one.error for one in failed} == {"RuntimeError: CUDA out of memory"}
    assert tuning.best == 0
    assert f"trial {failed[0].number} failed: RuntimeError: CUDA out of memory" in tuning_notes(tuning)


def test_settings_that_do_not_go_together_are_a_trial_that_fails(tiny_corpus, tmp_path):
    options = {"searched": ("attention_width=17,18",), "limits": Limits(2)}
    small = [*SMALL, "minimum_word_count=1", "attention_heads=4"]
    tuning = tune("attention-fusion", tiny_corpus, tmp_path / "out", assignments=small, **options)
    first, *others = tuning.trials
    assert (first.state, first.settings) == ("finished", {})  # its width is the encoder's own
    assert [one.state for one in others] == ["failed"]
    assert others[0].settings["attention_width"] in others[0].error


def test_a_full_disk_ends_the_search_and_the_trial_goes_on_later(scripted, tiny_corpus, tmp_path):
    def full(settings):
        raise StorageError("the disk is full")

    options = {"assignments": SMALL, "searched": RATES, "limits": Limits(1)}
    scripted(full)
    with pytest.raises(StorageError):
        tune(POSTERS, tiny_corpus, tmp_path / "out", **options)
    scripted(by_rate)
    (one,) = tune(POSTERS, tiny_corpus, tmp_path / "out", resume=True, **options).trials
    assert one.state == "finished"


def test_settings_that_came_before_are_not_trained_again(scripted, tiny_corpus, tmp_path):
    trained = scripted(lambda settings: [0.1 * settings.cnn_widths[0]])
    tuning = tune(
        POSTERS,
        tiny_corpus,
        tmp_path / "out",
        assignments=SMALL,
        searched=("cnn_widths=4|8",),
        limits=Limits(8),
    )
    assert len(trained) == 3  # as given, and each of the two
    repeated = [one for one in tuning.trials if one.same_as is not None]
    assert len(repeated) == 5
    for one in repeated:
        assert (one.settings, one.scores) == (
            tuning.trial(one.same_as).settings,
            tuning.trial(one.same_as).scores,
        )
    assert len(tuning_table(tuning).columns) == 1 + 3


def test_time_that_is_over_begins_no_further_trial(scripted, tiny_corpus, tmp_path, monkeypatch):
    now = iter(range(0, 10_000, 50))
    monkeypatch.setattr(search.time, "monotonic", lambda: float(next(now)))
    trained = scripted(by_rate)
    limits = Limits(9, minutes=2)
    tuning = tune(POSTERS, tiny_corpus, tmp_path / "out", assignments=SMALL, searched=RATES, limits=limits)
    assert len(trained) == len(tuning.trials) == 2  # at 50 and 100 seconds; 150 are more than two minutes


def test_a_folder_is_gone_on_with_only_for_the_same_search(scripted, tiny_corpus, tmp_path):
    scripted(by_rate)
    out = tmp_path / "out"
    options = {"assignments": SMALL, "searched": RATES, "limits": Limits(1)}
    tune(POSTERS, tiny_corpus, out, **options)
    with pytest.raises(RunError, match="allowed is a new folder, or --resume"):
        tune(POSTERS, tiny_corpus, out, **options)
    other = options | {"assignments": [*SMALL, "dropout=0.1"], "searched": ("learning_rate=1e-4..1e-2",)}
    with pytest.raises(RunError) as caught:
        tune(POSTERS, tiny_corpus, out, resume=True, **other)
    assert "settings.dropout: begun with 0.3, now 0.1" in str(caught.value)
    assert "space.learning_rate: begun with 1e-4..1e-1, now 1e-4..1e-2" in str(caught.value)
    fewer = replace(tiny_corpus, splits=dict(tiny_corpus.splits) | {"dev": tiny_corpus.split("dev")[:-1]})
    with pytest.raises(RunError, match="the films of train or dev are others"):
        tune(POSTERS, fewer, out, resume=True, **options)
    with FileLock(out / "lock"), pytest.raises(RunError, match="another process is searching there"):
        tune(POSTERS, tiny_corpus, out, resume=True, **options)
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="not of a search"):
        tune(POSTERS, tiny_corpus, tmp_path / "else", resume=True, **options)


def test_a_damaged_study_is_told(scripted, tiny_corpus, tmp_path):
    scripted(by_rate)
    options = {"assignments": SMALL, "searched": RATES, "limits": Limits(1)}
    tune(POSTERS, tiny_corpus, tmp_path / "out", **options)
    (tmp_path / "out" / "study.db").write_bytes(b"no database at all, of any kind" * 100)
    with pytest.raises(StorageError, match=r"study\.db: the study cannot be read or written"):
        tune(POSTERS, tiny_corpus, tmp_path / "out", resume=True, **options)


def test_without_optuna_one_command_says_how_to_get_it(tiny_corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtra, match=r"run: pip install 'cinefuse\[tune\]'"):
        tune(POSTERS, tiny_corpus, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_mistakes_are_told_before_a_folder_is_made(tiny_corpus, tmp_path):
    with pytest.raises(SettingsError):
        tune(POSTERS, tiny_corpus, tmp_path / "out", searched=("dropout=2..3",))
    empty = replace(tiny_corpus, splits=dict(tiny_corpus.splits) | {"dev": []})
    with pytest.raises(CorpusError, match="split dev: no films"):
        tune(POSTERS, empty, tmp_path / "out", assignments=SMALL)
    assert not (tmp_path / "out").exists()


def test_the_command_leaves_out_what_the_best_does_not_have(scripted, tiny_corpus, tmp_path):
    scripted(lambda settings: [0.9 if settings.loss == "bce" else 0.1])
    tuning = tune(
        POSTERS,
        tiny_corpus,
        tmp_path / "out",
        assignments=[*SMALL, "focal_gamma=1", "loss=bce"][:-1],
        searched=("loss=bce,focal", "dropout=0..0.5"),
        limits=Limits(4),
    )
    assert {one.settings["loss"] for one in tuning.trials} == {"bce", "focal"}
    command = train_command(tuning, "films with blanks")
    assert command.startswith(
        "cinefuse train cnn-vision --corpus 'films with blanks' --out runs/cnn-vision-tuned"
    )
    assert "loss=bce" in command
    assert "focal_gamma" not in command
    compose(find_recipe(POSTERS), best_assignments(tuning))


def test_a_classical_system_is_searched_by_the_dev_score_of_its_heads(tiny_corpus, tmp_path):
    given = ["minimum_plots=1"]
    tuning = tune(
        "tfidf-logistic-text", tiny_corpus, tmp_path / "out", given, ("penalty_c=0.1..10",), Limits(2)
    )
    assert [one.state for one in tuning.trials] == ["finished", "finished"]
    assert all(len(one.scores) == 1 and 0 < one.scores[0] <= 1 for one in tuning.trials)


def test_a_graph_without_people_stops_the_search_before_there_is_any(tiny_corpus, tmp_path):
    with pytest.raises(CorpusError, match="no training movie has a director or a cast"):
        tune("mm-gatbt", tiny_corpus, tmp_path / "out", SMALL, RATES, Limits(2))
    assert not (tmp_path / "out").exists()
