"""How fast a catalogue is tagged, and in how much memory: invented films, tagged by a run in a process each.

Plots are the embedded catalogue's, joined to a hundred words; with --posters the films share its posters, as
files. Run it from the root of the checkout, on an otherwise quiet machine:

    .venv/bin/python bench/tagging.py RUN --films 10000,100000,1000000 --json tagging.json
"""

import argparse
import csv
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from cinefuse import open_corpus
from cinefuse.bench.films import invented_films
from cinefuse.bench.process import run_cinefuse
from cinefuse.results import Record, write_record

N_POSTERS = 200
GROUP_ROWS = 100_000  # of the Parquet that is made: row groups as large as many tools write them


class Measured(Record):
    """One size.

    Attributes:
        seconds: of the whole command: opening the model, reading through, tagging, merging.
        films_a_second: while it tags.
        peak: MiB, the most memory that the process had at any time.
        size: MiB of the table and of what was written.
    """

    films: int
    seconds: float
    films_a_second: float
    peak: float
    size: tuple[float, float]


class Bench(Record):
    """What is written."""

    run: str
    table: str
    posters: bool
    engine: str
    runtime: str
    cores: int
    sizes: list[Measured]


def main() -> None:
    """Prints a table, and writes the same as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description="How fast is tagging, and in how much memory?")
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--films", default="10000,100000,1000000")
    parser.add_argument("--table", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--posters", action="store_true")
    parser.add_argument("--engine", choices=("local", "ray"), default="local")
    parser.add_argument("--runtime", default="auto")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    sizes = []
    print("|     films | seconds | films a second | peak MiB | table MiB | written MiB |")  # noqa: T201
    print("|----------:|--------:|---------------:|---------:|----------:|------------:|")  # noqa: T201
    for films in map(int, given.films.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            table = make_table(Path(folder) / f"films.{given.table}", films, with_posters=given.posters)
            one = measure(table, given.run, films, ("--engine", given.engine, "--runtime", given.runtime))
        sizes.append(one)
        print(  # noqa: T201
            f"| {one.films:9,} | {one.seconds:7,.0f} | {one.films_a_second:14,.0f} | {one.peak:8,.0f} "
            f"| {one.size[0]:9,.0f} | {one.size[1]:11,.0f} |",
            flush=True,
        )
    if given.json:
        bench = Bench(
            run=given.run.name,
            table=given.table,
            posters=given.posters,
            engine=given.engine,
            runtime=given.runtime,
            cores=os.cpu_count() or 1,
            sizes=sizes,
        )
        write_record(bench, given.json)


def make_table(path: Path, n_films: int, *, with_posters: bool) -> Path:
    """A table of so many films, written row by row."""
    posters = []
    if with_posters:
        (path.parent / "posters").mkdir()
        movies = [movie for movie in open_corpus("embedded").split("train") if movie.poster]
        for movie in movies[:N_POSTERS]:
            posters.append(f"posters/{len(posters)}.jpg")
            assert movie.poster is not None, "only such movies were chosen"
            Image.fromarray(movie.poster.pixels()).save(path.parent / posters[-1])
    rows = make_rows(posters, n_films)
    if path.suffix == ".parquet":
        write_parquet(path, rows)
        return path
    with path.open("w", newline="", encoding="utf-8") as file:
        first = next(rows)
        writer = csv.DictWriter(file, first.keys())
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)
    return path


def make_rows(posters: list[str], n_films: int) -> Iterator[dict[str, object]]:
    """The films; they share the posters."""
    for number, film in enumerate(invented_films(n_films)):
        row: dict[str, object] = {"id": f"f{number}", "plot": film.plot}
        yield row | ({"poster": posters[number % len(posters)]} if posters else {})


def write_parquet(path: Path, rows: Iterator[dict[str, object]]) -> None:
    """In row groups of a usual size."""
    writer, group = None, []
    for row in rows:
        group.append(row)
        if len(group) == GROUP_ROWS:
            writer = write_group(path, writer, group)
            group = []
    if group:
        writer = write_group(path, writer, group)
    if writer:
        writer.close()


def write_group(
    path: Path, writer: pq.ParquetWriter | None, group: list[dict[str, object]]
) -> pq.ParquetWriter:
    """One row group; opens the file with the first."""
    table = pa.Table.from_pylist(group)
    writer = writer or pq.ParquetWriter(path, table.schema)
    writer.write_table(table)
    return writer


def measure(table: Path, run: Path, films: int, options: Sequence[str]) -> Measured:
    """Tags the table by the command, as anybody would, and reads from the system what it took."""
    out = table.with_name("out.parquet")
    ran = run_cinefuse("tag", table, "--run", run, "-o", out, *options)
    assert pq.read_metadata(out).num_rows == films, "a row was lost"
    (rate,) = re.findall(r": ([\d,]+) a second", ran.said)
    return Measured(
        films=films,
        seconds=ran.seconds,
        films_a_second=float(rate.replace(",", "")),
        peak=ran.peak,
        size=(table.stat().st_size / 2**20, out.stat().st_size / 2**20),
    )


if __name__ == "__main__":
    main()
