"""`cinefuse train` killed for real, at random moments, and resumed: as if it had never been killed."""

import json
import os
import random
import subprocess
import sys
import time

import pytest

from cinefuse.training.checkpoints import last_whole_checkpoint

ARGUMENTS = ("early-fusion", "--set", "profile=small", "--set", "max_epochs=12", "--set", "batch_size=8")
SIZE = ("--set", "poster_height=32", "--set", "poster_width=32", "--set", "minimum_word_count=1")


def start(store, out, *, resume=False):
    command = [
        sys.executable,
        "-m",
        "cinefuse",
        "train",
        *ARGUMENTS,
        *SIZE,
        "--corpus",
        str(store),
        "--out",
        str(out),
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command + ["--resume"] * resume,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def outcome(directory):
    record = json.loads((directory / "bundle.json").read_text())
    history = json.loads((directory / "history.json").read_text())
    del record["seconds"]
    for row in history:
        del row["seconds"]
    return record, history, (directory / "model.safetensors").read_bytes()


def steps(directory):
    """The step of the newest whole checkpoint; 0 where there is none."""
    try:
        newest = last_whole_checkpoint(directory / "checkpoints")
    except FileNotFoundError:  # one has made room for another meanwhile
        return steps(directory)
    return int(newest.name.rpartition("-")[2]) if newest else 0


@pytest.mark.slow
def test_killed_and_resumed_is_undisturbed(tiny_corpus, tmp_path):
    from cinefuse.corpus.store import write_store

    write_store(tiny_corpus, tmp_path / "store", poster_size=32)
    _, errors = (undisturbed := start(tmp_path / "store", tmp_path / "undisturbed")).communicate()
    assert undisturbed.returncode == 0, errors

    out, seed = tmp_path / "killed", random.randrange(1000)
    sys.stdout.write(f"killed at moments of seed {seed}\n")  # pytest shows it if the test fails
    moments = random.Random(seed)
    for kill in range(2):
        process = start(tmp_path / "store", out, resume=kill > 0)
        before = steps(out)
        while steps(out) <= before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moments.uniform(0.0, 0.3))
        process.kill()
        process.communicate()
        assert steps(out) > before, "it was killed before it had written a checkpoint: nothing was tested"
        assert not (out / "bundle.json").exists(), "it was too fast to be killed: nothing was tested"
    process = start(tmp_path / "store", out, resume=True)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert outcome(out) == outcome(tmp_path / "undisturbed")
