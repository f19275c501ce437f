"""Predictors whose every move a test decides, films to give them, and ways to ask a service."""

import asyncio
import base64
import io
import threading
import time

import httpx
import numpy as np
import pytest
from PIL import Image

from cinefuse.prediction import Prediction
from cinefuse.results.explanation import Explanation, ModalityProbabilities

GENRES = ("Drama", "Comedy", "Horror")


class FakePredictor:
    """Knows a film's genre by the first word of its plot; counts, waits and fails when told to."""

    name = "late-fusion"
    genres = GENRES

    def __init__(self, seconds=0.0, reads=("plot", "poster"), knows_people=False):
        self.reads = reads
        self.knows_people = knows_people
        self.seconds = seconds
        self.batches = []  # the plots of each batch that was asked for
        self.posters = []
        self.people = []  # the director and the cast of each film
        self.going = threading.Event()
        self.going.set()
        self.threads = set()

    def predict(self, movies):
        self.threads.add(threading.current_thread().name)
        self.batches.append([movie.plot for movie in movies])
        self.people += [(movie.director, movie.cast) for movie in movies]
        self.posters += [movie.poster.array.shape for movie in movies if movie.poster is not None]
        assert self.going.wait(30), "the test forgot the model"
        time.sleep(self.seconds)
        if any(movie.plot and "poison" in movie.plot for movie in movies):
            raise RuntimeError("secret poison in the plot")
        return [self.one(movie) for movie in movies]

    def one(self, movie):
        lacking = tuple(part for part in self.reads if getattr(movie, part) is None)
        probabilities = {
            genre: 0.9 if (movie.plot or "").startswith(genre.lower()) else 0.1 for genre in GENRES
        }
        given = tuple(genre for genre in GENRES if probabilities[genre] >= 0.5)
        return Prediction(movie.id, given, probabilities, lacking, dict.fromkeys(GENRES, 0.5))


def explained(movie, genre):
    return Explanation(
        id=movie.id,
        model="late-fusion",
        genre=genre or "Drama",
        probability=0.9,
        threshold=0.5,
        words=[],
        poster=None,
        modalities=ModalityProbabilities(both=0.9, plot=0.8, poster=None),
    )


def picture(size=(40, 60), image_format="PNG", mode="RGB", **options):
    """An image file's bytes."""
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, image_format, **options)
    return file.getvalue()


@pytest.fixture(scope="session")
def make_fake():
    """The class of predictors whose every move a test decides."""
    return FakePredictor


@pytest.fixture(name="picture", scope="session")
def picture_file():
    return picture


@pytest.fixture(name="base64_of", scope="session")
def as_base64():
    return lambda data: base64.b64encode(data).decode("ascii")


@pytest.fixture(name="explained", scope="session")
def explained_film():
    return explained


@pytest.fixture
def ask():
    """`ask(app, ("POST", path, {...}), ...)`: all of them at once, with the app's threads; their answers."""

    async def all_of(app, requests):
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            asked = (client.request(method, path, **options) for method, path, options in requests)
            return await asyncio.gather(*asked)

    def call(app, *requests):
        answers = asyncio.run(all_of(app, requests))
        return answers[0] if len(requests) == 1 else answers

    return call
