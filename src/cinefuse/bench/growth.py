"""How cost grows with the number of films: time a film and the most memory, a process a step and a size.

Films are invented: plots of the embedded catalogue joined to a hundred words, about MM-IMDb's median, and no
posters. The sizes are powers of ten up to `--films`, and that number itself. A rate is of the whole command,
its start included; the rate between two sizes is of the films alone by which they differ.
"""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.films import invented_films
from cinefuse.bench.own_cache import own_cache
from cinefuse.bench.process import Ran, run_cinefuse
from cinefuse.bench.record import Entry, Side
from cinefuse.progress import say

SMALLEST = 1_000
MODEL = "lstm-text"
SMALL = ("--set", "profile=small", "--set", "report_to=none")

Steps = Iterator[tuple[str, Ran]]  # what was done, and what it took


@BENCHES.register("growth", "films/s and the most memory of prepare and describe, by size")
def growth(context: Context) -> list[Entry]:
    """An entry a step and a size."""

    def steps(table: Path, folder: Path) -> Steps:
        yield "prepare", run_cinefuse("corpus", "prepare", table, folder / "store")
        yield "describe", run_cinefuse("corpus", "describe", folder / "store")

    return _grow("growth", context, steps)


@BENCHES.register("growth-tagging", "films/s and the most memory of tag, by size")
def growth_tagging(context: Context) -> list[Entry]:
    """An entry a size."""
    run = context.folder / "run"
    run_cinefuse("train", MODEL, "--corpus", "embedded", "--out", run, *SMALL)

    def steps(table: Path, folder: Path) -> Steps:
        yield "tag", run_cinefuse("tag", table, "--run", run, "-o", folder / "tagged.parquet")

    return _grow("growth-tagging", context, steps)


@BENCHES.register("growth-training", "films/s and the most memory of one epoch of training, by size")
def growth_training(context: Context) -> list[Entry]:
    """An entry a size."""

    def steps(table: Path, folder: Path) -> Steps:
        run_cinefuse("corpus", "prepare", table, folder / "store")
        once = ("--corpus", folder / "store", "--out", folder / "run", "--set", "max_epochs=1")
        yield "epoch", run_cinefuse("train", MODEL, *once, *SMALL)

    return _grow("growth-training", context, steps)


def _grow(bench: str, context: Context, steps: Callable[[Path, Path], Steps]) -> list[Entry]:
    """Takes the steps at every size; what they leave behind goes before the next."""
    entries: list[Entry] = []
    before: dict[str, tuple[int, float]] = {}
    for size in sizes(context.films):
        folder = context.folder / str(size)
        folder.mkdir()
        with own_cache(folder):
            for step, ran in steps(_write_table(folder / "films.csv", size), folder):
                say(f"{bench}: {step} of {size:,} films: {ran.seconds:.1f} s, {ran.peak:,.0f} MiB")
                entries.append(_entry(bench, step, size, ran, before.get(step)))
                before[step] = size, ran.seconds
        shutil.rmtree(folder)
    return entries


def sizes(most: int) -> list[int]:
    """Powers of ten from `SMALLEST`, below `most`, and that itself.

    Example:
        >>> sizes(300_000)
        [1000, 10000, 100000, 300000]
    """
    found, size = [], SMALLEST
    while size < most:
        found.append(size)
        size *= 10
    return [*found, max(most, SMALLEST)]


def _entry(bench: str, step: str, size: int, ran: Ran, before: tuple[int, float] | None) -> Entry:
    notes: dict[str, float | str] = {"peak MiB": round(ran.peak, 1), "seconds": round(ran.seconds, 2)}
    if before and ran.seconds > before[1]:
        notes[f"films/s from {before[0]:,} on"] = round((size - before[0]) / (ran.seconds - before[1]), 1)
    return Entry(
        bench=bench,
        what=f"{step}, {size:,} films",
        unit="films/s",
        larger_is_better=True,
        ours=Side(values=(size / ran.seconds,)),
        notes=notes,
    )


def _write_table(path: Path, n_films: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "plot", "genres"))
        writer.writerows(
            (f"f{number}", film.plot, "|".join(film.genres))
            for number, film in enumerate(invented_films(n_films))
        )
    return path
