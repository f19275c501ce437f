"""How cost grows with the number of films: time a film and the most memory, a process a step and a size.

Films are invented: plots of the embedded catalogue joined to a hundred words, about MM-IMDb's median, and no
posters. The sizes are powers of ten up to `--films`.
"""

import csv
from pathlib import Path

from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.films import invented_films
from cinefuse.bench.process import run_cinefuse
from cinefuse.bench.record import Entry, Side
from cinefuse.progress import say

SMALLEST = 1_000
MODEL = "lstm-text"


@BENCHES.register("growth", "films/s and the most memory of prepare, describe, tag and an epoch, by size")
def growth(context: Context) -> list[Entry]:
    """An entry a step and a size."""
    run = context.folder / "run"
    run_cinefuse("train", MODEL, "--corpus", "embedded", "--out", run, "--set", "profile=small")
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
        seconds, peak, _ = run_cinefuse(*arguments)
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


def _write_table(path: Path, n_films: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "plot", "genres"))
        writer.writerows(
            (f"f{number}", film.plot, "|".join(film.genres))
            for number, film in enumerate(invented_films(n_films))
        )
    return path
