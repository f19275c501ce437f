"""Tables of every kind, and a model that is quick and tells what it was given."""

import csv
import hashlib
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from cinefuse.corpus.poster import PosterError
from cinefuse.prediction import Prediction
from cinefuse.tagging import TagSettings, tag

GENRES = ("Drama", "Comedy", "Horror")


class FakePredictor:
    """Probabilities from a digest of the plot, the poster's mean colour and, if it knows people, names."""

    name = "fake"
    genres = GENRES
    knows_people = False

    def __init__(self, reads=("plot", "poster")):
        self.reads = reads
        self.seen = 0

    def strangers(self, movie):
        return tuple(name for name in (*movie.director, *movie.cast) if name == "Nobody")

    def predict(self, movies):
        self.seen += len(movies)
        return [self._one(movie) for movie in movies]

    def _one(self, movie):
        told = movie.plot or ""
        if self.knows_people:
            told += "".join(f"<{name}>" for name in (*movie.director, "|", *movie.cast))
        has = {"plot": movie.plot is not None, "poster": movie.poster is not None}
        if movie.poster is not None and "poster" in self.reads:
            try:
                told += str(movie.poster.pixels(longest_side=64).mean())
            except PosterError:
                has["poster"] = False
        numbers = hashlib.blake2b(told.encode(), digest_size=3).digest()
        probabilities = {genre: number / 255 for genre, number in zip(self.genres, numbers, strict=True)}
        given = sorted((g for g in self.genres if probabilities[g] >= 0.5), key=lambda g: -probabilities[g])
        lacking = tuple(part for part in self.reads if not has[part])
        return Prediction(movie.id, tuple(given), probabilities, lacking)


@pytest.fixture
def predictor(monkeypatch):
    """The model that `tag` opens, whatever folder it is told."""
    fake = FakePredictor()
    monkeypatch.setattr("cinefuse.tagging.journey.open_predictor", lambda _folder, _runtime: fake)
    return fake


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "bundle.json").write_text("{}")
    return folder


@pytest.fixture
def tagged(predictor, run, tmp_path):
    """Tags tables and gives the rows that were written."""

    def call(*tables, resume=False, out=tmp_path / "out.parquet", **settings):
        settings = {"chunk_rows": 4} | settings
        outcome = tag(list(tables), run, out, TagSettings(**settings), resume=resume)
        rows = pq.read_table(out).to_pylist()
        assert outcome.counts.rows == len(rows)
        return rows

    return call


def image_bytes(seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(stream := io.BytesIO(), "PNG")
    return stream.getvalue()


def films(n_films):
    """Rows as people have them: names of posters, numbers, quotes, lines and commas in plots."""
    return [
        {
            "title": f"Film {number}",
            "plot": f'A plot, "the {number}th",\nwith lines and 🎬 {"é" * (number % 5)}',
            "poster": f"posters/{number % 3}.png",
            "year": 1900 + number,
        }
        for number in range(n_films)
    ]


def write(path, rows):
    """The rows as a table of the kind that the name says."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            delimiter = "\t" if path.suffix == ".tsv" else ","
            writer = csv.DictWriter(file, rows[0].keys(), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.fixture
def posters(tmp_path):
    """The folder with the posters that `films` names."""
    (tmp_path / "posters").mkdir()
    for number in range(3):
        (tmp_path / "posters" / f"{number}.png").write_bytes(image_bytes(number))
    return tmp_path
