"""How cost grows with the number of films: time a film and the most memory, a process a step and a size.

Films are invented: plots of the embedded catalogue joined to a hundred words, about MM-IMDb's median, and no
posters. The sizes are powers of ten up to `--films`.
"""

import csv
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cinefuse.bench.clock import now
from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.record import Entry, Side
from cinefuse.corpus.corpus import open_corpus
from cinefuse.progress import say

SMALLEST, WORDS = 1_000, 100
MODEL = "lstm-text"


@BENCHES.register("growth", "films/s and the most memory of prepare, describe, tag and an epoch, by size")
def growth(context: Context) -> list[Entry]:
    """An entry a step and a size."""
    run = context.folder / "run"
    _cinefuse("train", MODEL, "--corpus", "embedded", "--out", run, "--set", "profile=small")
    entries, size = [], SMALLEST
    while size <= max(SMALLEST, context.films):
        entries += _of_size(context.folder, run, size)
        size *= 10
    return entries


def _of_size(folder: Path, run: Path, size: int) -> list[Entry]:
    table, store = _write_table(folder / f"films{size}.csv", size), folder / f"store{size}"
    once = ("--set", "profile=small", "--set", "max_epochs=1", "--set", "report_to=none")
    steps = {
        "prepare": ("corpus", "prepare", table, store),
        "describe": ("corpus", "describe", store),
        "tag": ("tag", table, "--run", run, "-o", folder / f"tagged{size}.parquet"),
        "epoch": ("train", MODEL, "--corpus", store, "--out", folder / f"run{size}", *once),
    }
    entries = []
    for step, arguments in steps.items():
        seconds, peak = _cinefuse(*arguments)
        say(f"growth: {step} of {size:,} films: {seconds:.1f} s, {peak:,.0f} MiB")
        entries.append(
            Entry(
                bench="growth",
                what=f"{step}, {size:,} films",
                unit="films/s",
                larger_is_better=True,
                ours=Side(values=(size / seconds,)),
                notes={"peak MiB": round(peak, 1), "seconds": round(seconds, 2)},
            )
        )
    return entries


def _cinefuse(*arguments: str | Path) -> tuple[float, float]:
    """Seconds of a command, and MiB of memory at its peak."""
    command = [sys.executable, "-m", "cinefuse", *map(str, arguments)]
    began = now()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:  # noqa: S603
        assert process.stderr is not None, "a pipe was asked for"
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)  # of this child alone, not the largest of all so far
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told.decode()
    return now() - began, usage.ru_maxrss / 1024


def _write_table(path: Path, n_films: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "plot", "genres"))
        writer.writerows(_rows(n_films))
    return path


def _rows(n_films: int) -> Iterator[tuple[str, str, str]]:
    """The films, the same every time."""
    chance = random.Random(0)
    movies = [movie for movie in open_corpus("embedded").split("train") if movie.plot]
    for number in range(n_films):
        movie = chance.choice(movies)
        words = (movie.plot or "").split()
        while len(words) < WORDS:
            words += (chance.choice(movies).plot or "").split()
        yield f"f{number}", " ".join(words[:WORDS]), "|".join(movie.genres)
