"""Whether explanations hold, and how long one takes: films of a corpus' test split, explained by a run.

Deletes the words that rank highest, and as many at random, and says how far the probability falls; covers
places of the poster likewise. Run it from the root of the checkout, on an otherwise quiet machine:

    .venv/bin/python bench/explanation.py RUN --corpus CORPUS --films 60 --json explanation.json
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

from cinefuse import Movie, Predictor, open_corpus, progress
from cinefuse.explanation import explain
from cinefuse.explanation.deletion import deletion_test
from cinefuse.explanation.falls import DeletionTest, Falls
from cinefuse.results import write_record

TIMED = 10  # films; one more goes first, and is not timed


class MeasuredExplanations(DeletionTest):
    """What is written: the test, with how long one explanation takes.

    Attributes:
        seconds: of one explanation: the median over films.
        cores: of the machine.
    """

    seconds: float
    cores: int


def main() -> None:
    """Prints both as a table, and writes them as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description="Do explanations hold?")
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--corpus", default="embedded")
    parser.add_argument("--films", type=int, default=60)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    progress.show()
    predictor = Predictor.load(given.run)
    films = list(open_corpus(given.corpus).split("test"))
    # the split may be grouped by genre: never the first ones
    order = np.random.default_rng(0).permutation(len(films))[: given.films]
    chosen = [films[place] for place in order]
    seconds = seconds_of_one(predictor, chosen)
    found = deletion_test(predictor, chosen, draws=given.draws)
    measured = MeasuredExplanations(**found.model_dump(), seconds=seconds, cores=os.cpu_count() or 1)
    print(f"{found.model}: {seconds:.2f} s an explanation on {measured.cores} cores")  # noqa: T201
    for part, rows in (("words deleted", found.words), ("places covered", found.places)):
        for row in rows:
            print(line(part, row))  # noqa: T201
    if given.json:
        write_record(measured, given.json)


def seconds_of_one(predictor: Predictor, movies: list[Movie]) -> float:
    """The median over the first films."""
    taken = []
    for movie in movies[: TIMED + 1]:
        began = time.perf_counter()
        explain(predictor, movie)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken[1:] or taken))


def line(part: str, row: Falls) -> str:
    """One row as people read it."""
    low, high = row.difference_interval
    return (
        f"{part} {row.deleted:>4}: the probability falls by {row.highest:.3f}, at random by "
        f"{row.random:.3f}; "
        f"difference {row.difference:.3f} [{low:.3f}, {high:.3f}] ({row.pairs} genres of {row.films} films)"
    )


if __name__ == "__main__":
    main()
