"""`cinefuse train` killed for real, at random moments, and resumed: as if it had never been killed."""

import json
import os
import random
import subprocess
import sys
import time

import pytest

ARGUMENTS = ("early-fusion", "--set", "profile=small", "--set", "max_epochs=6", "--set", "batch_size=8")
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


@pytest.mark.slow
def test_killed_and_resumed_is_undisturbed(tiny_corpus, tmp_path):
    from cinefuse.corpus.store import write_store

    write_store(tiny_corpus, tmp_path / "store", poster_size=32)
    began = time.monotonic()
    _, errors = (undisturbed := start(tmp_path / "store", tmp_path / "undisturbed")).communicate()
    assert undisturbed.returncode == 0, errors
    took = time.monotonic() - began

    out, moments = tmp_path / "killed", random.Random()
    kills = 0
    for limit in (moments.uniform(0.4, 0.9) * took, moments.uniform(0.4, 0.9) * took, None):
        process = start(tmp_path / "store", out, resume=out.exists())
        try:
            _, errors = process.communicate(timeout=limit)
            assert process.returncode == 0, errors
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
    assert kills >= 1, "it was too fast to be killed: nothing was tested"
    assert outcome(out) == outcome(tmp_path / "undisturbed")
