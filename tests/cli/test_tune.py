"""`cinefuse tune` as a shell runs it."""

import json
import os
import random
import re
import shlex
import subprocess
import sys
import time

import pytest

from cinefuse.corpus.store import write_store
from cinefuse.tuning.record import read_tuning

TINY = [
    argument
    for setting in ("profile=small", "max_epochs=2", "batch_size=8", "poster_height=32", "poster_width=32")
    for argument in ("--set", setting)
]


@pytest.fixture(scope="module")
def store(tiny_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune") / "store"
    write_store(tiny_corpus, folder, poster_size=32)
    return folder


def test_a_table_a_caveat_and_a_command_that_trains(invoke, store, tmp_path):
    space = tmp_path / "space.txt"
    space.write_text("dropout=0..0.5\n")
    arguments = ("tune", "cnn-vision", "--corpus", store, "--out", tmp_path / "out", *TINY)
    searched = ("--space", space, "--search", "cnn_widths=4|8")
    code, out, err = invoke(*arguments, *searched, "--trials", 2)
    assert code == 0, err
    assert "searched: dropout=0..0.5" in err
    told = " ".join(out.split())
    assert "dev macro F1" in told
    assert "its score there is too good by the luck in that" in told
    assert "Test has not been looked at" in told
    code, out, err = invoke(*arguments, *searched, "--trials", 3, "--resume")
    assert code == 0, err
    assert len(read_tuning(tmp_path / "out" / "tuning.json").trials) == 3
    (command,) = re.findall(r"^cinefuse (train .*)$", out, re.MULTILINE)
    words = shlex.split(command)
    words[words.index("--out") + 1] = str(tmp_path / "trained")
    code, _, err = invoke(*words)
    assert code == 0, err
    # the very training that was the best trial
    tuning = read_tuning(tmp_path / "out" / "tuning.json")
    history = json.loads((tmp_path / "trained" / "history.json").read_text())
    assert [row["f1_macro"] for row in history] == tuning.trial(tuning.best).scores


def test_mistakes_are_told_before_anything_is_read(invoke, tmp_path):
    code, _, err = invoke(
        *("tune", "cnn-vision", "--corpus", "/nowhere", "--out", tmp_path / "out"),
        *("--search", "dropuot=0..1", "--search", "dropout=0..7"),
    )
    assert code == 2
    assert "2 faults in what is to be searched" in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_when_nothing_was_finished_it_ends_with_1(invoke, store, tmp_path):
    code, _, err = invoke(
        *("tune", "cnn-vision", "--corpus", store, "--out", tmp_path / "out", *TINY, "--minutes", 0)
    )
    assert code == 1
    assert "no trial was trained to its end" in err


def test_without_optuna_it_says_the_one_command(invoke, store, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    code, _, err = invoke("tune", "cnn-vision", "--corpus", store, "--out", tmp_path / "out")
    assert code == 2
    assert "run: pip install 'cinefuse[tune]'" in err


@pytest.mark.slow
def test_killed_and_resumed_is_undisturbed(store, tmp_path):
    def start(out, *more):
        command = [sys.executable, "-m", "cinefuse", "tune", "cnn-vision", "--corpus", str(store), *TINY]
        searched = ["--search", "learning_rate=1e-4..1e-2", "--trials", "4", "--out", str(out), *more]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        pipe = subprocess.PIPE
        return subprocess.Popen([*command, *searched], stdout=pipe, stderr=pipe, text=True, env=environment)

    def outcome(out):
        tuning = read_tuning(out / "tuning.json")
        weights = {path.parent.name: path.read_bytes() for path in out.glob("trials/*/model.safetensors")}
        return tuning.best, [(one.state, one.settings, one.scores) for one in tuning.trials], weights

    _, errors = (undisturbed := start(tmp_path / "undisturbed")).communicate()
    assert undisturbed.returncode == 0, errors
    seed = random.randrange(1000)
    sys.stdout.write(f"killed at moments of seed {seed}\n")  # pytest shows it if the test fails
    moments, out = random.Random(seed), tmp_path / "killed"
    for number in (0, 2):
        process = start(out, "--resume")
        while not (out / "trials" / f"{number:03d}").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moments.uniform(0.0, 1.0))
        process.kill()
        process.communicate()
        assert len(read_tuning(out / "tuning.json").trials) < 4, "it was too fast to be killed"
    _, errors = (last := start(out, "--resume")).communicate()
    assert last.returncode == 0, errors
    assert outcome(out) == outcome(tmp_path / "undisturbed")
