"""Two processes train as one does: the same films in the same steps, the same scores, one writer."""

import json
import os
import runpy
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from cinefuse import Predictor, cli, evaluate
from cinefuse.corpus.corpus import open_corpus
from cinefuse.errors import RunError, SettingsError
from cinefuse.experiment import run
from cinefuse.own_gpu import take_own_gpu
from cinefuse.recipes import compose, find_recipe

TRAININGS = Path(__file__).parent / "watched_trainings.py"
TWO = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
LAUNCH = ("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1")
LAUNCH += ("--mixed_precision", "no", "--dynamo_backend", "no")


@dataclass
class Done:
    code: int
    out: str
    errors: str


def start(*arguments):
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    if TRAININGS in arguments:  # the cache lies beside what is written, and is watched like it
        environment["CINEFUSE_CACHE"] = str(arguments[arguments.index(TRAININGS) + 1] / "cache")
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process):
    out, errors = process.communicate(timeout=170)
    return Done(process.returncode, out, errors)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The same trainings alone and in two processes; in the latter also those broken off and resumed."""
    alone, together = (tmp_path_factory.mktemp(name) for name in ("alone", "together"))
    names = ("without-norms", "with-norms", "class-aware-without-norms", "drawing")
    one = start(TRAININGS, alone, *names)
    two = start(*TWO, TRAININGS, together, *names)
    for done in (finish(one), finish(two)):
        assert done.code == 0, done.errors
    return alone, together


@pytest.fixture(scope="module")
def trainings():
    """The names in `watched_trainings.py`."""
    return runpy.run_path(str(TRAININGS))


@pytest.fixture(scope="module")
def broken_off(folders):
    """Ends of trainings whose second process was killed, failed, or failed after training."""
    started = {
        name: start(*TWO, TRAININGS, folders[1], name) for name in ("killed", "failing", "comparison-late")
    }
    return {name: finish(process) for name, process in started.items()}


def told(folder, name):
    """What each process did."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob(f"{name}.?.json"))]


def history(run_folder):
    rows = json.loads((run_folder / "history.json").read_text())
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def by_step(processes, what):
    return list(zip(*(one[what] for one in processes), strict=True))


pytestmark = pytest.mark.slow


def test_every_step_has_the_films_of_one_process_cut_into_shares(folders):
    for name in ("without-norms", "with-norms", "class-aware-without-norms"):
        ((alone,), together) = (told(folder, name) for folder in folders)
        steps = by_step(together, "films")
        assert len(steps) == len(alone["films"]) == 4 * 5
        for shares, films in zip(steps, alone["films"], strict=True):
            assert sorted(chain(*shares)) == sorted(films)
            assert abs(len(shares[0]) - len(shares[1])) <= 1
        assert {len(share) for shares in steps for share in shares} == {4, 3, 2}


def test_without_batch_statistics_losses_and_scores_are_those_of_one_process(folders):
    (alone,), together = (told(folder, "without-norms") for folder in folders)
    losses = [sum(shares) / 2 for shares in by_step(together, "losses")]
    assert losses == pytest.approx(alone["losses"], rel=1e-5)
    first, second = (history(folder / "without-norms") for folder in folders)
    for one, other in zip(first, second, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


def test_test_scores_are_those_of_one_process(folders, trainings):
    first, second = (
        evaluate(Predictor.load(folder / "without-norms"), trainings["make_corpus"]()).result
        for folder in folders
    )
    assert first.metrics == pytest.approx(second.metrics, abs=1e-5)


def test_with_batch_statistics_training_is_alike_and_all_processes_have_their_say_in_them(folders):
    (alone,), together = (told(folder, "with-norms") for folder in folders)
    losses = [sum(shares) / 2 for shares in by_step(together, "losses")]
    assert losses[0] == pytest.approx(alone["losses"][0], rel=0.1)
    assert losses[0] != pytest.approx(alone["losses"][0], rel=1e-5), "each share has its own statistics"
    # a norm over the few films of a share is not that over all of them: both learn, to much the same scores
    first, second = (history(folder / "with-norms") for folder in folders)
    assert all(epochs[-1]["loss"] < 0.9 * epochs[0]["loss"] for epochs in (first, second))
    assert first[-1]["f1_macro"] == pytest.approx(second[-1]["f1_macro"], abs=0.1)
    assert together[0]["statistics"] == together[1]["statistics"]
    assert all(together[0]["statistics"])


def test_each_film_of_dev_is_scored_once_in_every_epoch_and_once_for_the_thresholds(folders):
    first, second = told(folders[1], "without-norms")
    counts = Counter(chain(*first["scored"], *second["scored"]))
    assert counts == dict.fromkeys(range(70), 4 + 1)
    assert len(first["scored"]) == 4 + 2
    assert len(second["scored"]) == 4  # a batch an epoch


def test_the_first_process_writes_and_no_other(folders):
    for name in ("without-norms", "with-norms", "drawing"):
        first, second = told(folders[1], name)
        assert [path for path in second["written"] if str(folders[1]) in path] == []
        assert sum(path.endswith("bundle.json.partial") for path in first["written"]) == 2  # opened, renamed
        run_folder = folders[1] / name
        names = {path.name for path in run_folder.iterdir()}
        assert names == {path.name for path in (folders[0] / name).iterdir()}
        assert len(list((run_folder / "events").iterdir())) == 1


def test_processes_draw_apart_and_the_first_as_one_alone(folders):
    (alone,), (first, second) = (told(folder, "drawing") for folder in folders)
    assert first["draws"][0] == alone["draws"][0]
    assert first["draws"][0] != second["draws"][0]


def test_a_failure_in_one_process_ends_all_and_is_told_once(broken_off):
    done = broken_off["failing"]
    assert done.code != 0
    assert done.errors.count("ValueError: the second process fails\n") == 2  # the message, the traceback
    assert done.errors.count("error: process 2 of 2 on ") == 1


def test_a_failure_after_training_ends_a_comparison(broken_off):
    done = broken_off["comparison-late"]
    assert done.code != 0
    assert "ValueError: the second process fails after training" in done.errors


def test_a_killed_process_ends_all(broken_off):
    assert broken_off["killed"].code != 0


def test_one_process_does_not_go_on_with_what_two_began(broken_off, folders, trainings):
    recipe, settings = trainings["settings_of"]("killed")
    with pytest.raises(RunError, match=r"was begun in 2 processes, and here are 1; go on in as many"):
        run(recipe, settings, trainings["make_corpus"](), folders[1] / "killed", resume=True)


def test_broken_off_and_resumed_is_undisturbed(broken_off, folders):
    done = finish(start(*TWO, TRAININGS, folders[1], "killed:resume", "failing:resume"))
    assert done.code == 0, done.errors
    undisturbed = folders[1] / "drawing"
    weights = load_file(undisturbed / "model.safetensors")
    for name in ("killed", "failing"):
        assert len(told(folders[1], name)[1]["losses"]) == 5, "it was not broken off in the last epoch"
        assert history(folders[1] / name) == history(undisturbed)
        resumed = load_file(folders[1] / name / "model.safetensors")
        assert all((resumed[key] == weights[key]).all() for key in weights)


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """What two processes leave of a comparison, an ablation, and a training on films that differ."""
    folder = tmp_path_factory.mktemp("several")
    done = finish(start(*TWO, TRAININGS, folder, "comparison", "ablation", "other-films"))
    assert done.code == 0, done.errors
    return folder, done.errors


def test_compare_and_ablate_go_on_together_and_the_first_writes(several):
    folder, errors = several
    for name, record in (("comparison", "comparison.json"), ("ablation", "ablation.json")):
        first, second = told(folder, name)
        assert first["written"].count(str(folder / name / f"{record}.partial"))
        assert [path for path in second["written"] if path.startswith(str(folder / name))] == []
    first, second = told(folder, "comparison")
    assert first["failed"] == second["failed"] == ["cnn-vision"]
    assert first["f1_macro"] == second["f1_macro"]
    assert len(first["f1_macro"]) == 1
    assert errors.count("cnn-vision: failed, the others go on: ") == 1
    first, second = told(folder, "ablation")
    assert first["p"] == second["p"]


def test_processes_with_other_films_refuse_alike(several):
    first, second = (one["refused"] for one in told(several[0], "other-films"))
    assert first == second
    assert first.startswith("process 2 of 2 on ")
    assert "the first process has other films than another one" in first
    assert "corpus.films: the films of split train are others" in first


def test_the_embedded_films_by_accelerates_launcher(tmp_path):
    settings = ("profile=small", "dropout=0", "embedding_dropout=0", "max_epochs=3")
    given = [part for setting in settings for part in ("--set", setting)]
    arguments = ("train", "lstm-text", "--corpus", "embedded", "--out", tmp_path / "two", *given)
    started = start(*LAUNCH, "-m", "cinefuse", *arguments)
    corpus = open_corpus("embedded")
    run("lstm-text", compose(find_recipe("lstm-text"), settings), corpus, tmp_path / "one")
    done = finish(started)
    assert done.code == 0, done.errors
    assert done.out.count("lstm-text, ") == 1
    assert [done.errors.count(f"lstm-text         epoch  {epoch}") for epoch in (1, 2, 3)] == [1, 1, 1]
    for one, two in zip(*(history(tmp_path / name) for name in ("one", "two")), strict=True):
        assert one == pytest.approx(two, rel=1e-3)
    one, two = (evaluate(Predictor.load(tmp_path / name), corpus).result for name in ("one", "two"))
    assert one.metrics == pytest.approx(two.metrics, abs=2e-3)


@pytest.fixture
def one_of_two(monkeypatch):
    def become(index):
        for name, value in {"WORLD_SIZE": 2, "RANK": index, "LOCAL_RANK": index}.items():
            monkeypatch.setenv(name, str(value))

    return become


@pytest.mark.parametrize(("started", "told"), [("4", "4 processes"), (None, "2 processes")])
def test_a_process_that_sees_too_few_gpus_is_refused(one_of_two, monkeypatch, started, told):
    one_of_two(1)
    if started:
        monkeypatch.setenv("LOCAL_WORLD_SIZE", started)
    with pytest.raises(SettingsError, match=f"{told} were started here, and process 1 sees 1 GPU; allowed"):
        take_own_gpu(1)


@pytest.mark.parametrize(
    ("size", "allowed"), [(9, "batch_size=8 or 10"), (1, "batch_size=4"), (2, "batch_size=4")]
)
def test_a_batch_that_cannot_be_shared_is_refused(
    one_of_two, tiny_corpus, tiny_settings, tmp_path, size, allowed
):
    one_of_two(0)
    with pytest.raises(SettingsError, match=f"batch_size={size}: 2 processes share .* {allowed}"):
        run("bert-text", tiny_settings("bert-text", f"batch_size={size}"), tiny_corpus, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("index", [0, 1])
def test_other_verbs_are_refused_and_that_is_said_once(one_of_two, monkeypatch, capsys, index):
    one_of_two(index)
    monkeypatch.setattr(sys, "argv", ["cinefuse", "evaluate", "run", "--corpus", "embedded"])
    monkeypatch.setenv("TORCH_CPP_LOG_LEVEL", "ERROR")
    with pytest.raises(SystemExit) as over:
        cli.main()
    assert over.value.code == 2
    said = capsys.readouterr().err
    assert ("cinefuse evaluate: works in one process, and here are 2" in said) == (index == 0)
