"""Films of several requests, scored together: a bounded queue, and one thread that takes what is there.

The thread takes up to `max_batch` films at a time. Where there are fewer it waits for more until the first
has waited `batch_wait_ms`; under load the queue fills while a batch is scored, and nobody waits for company.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster
from cinefuse.prediction import GenrePredictor, Prediction
from cinefuse.serving.limits import Limits
from cinefuse.serving.logs import tell_failure
from cinefuse.serving.refusal import busy, stopping

WARM_UP = Movie(
    "",
    "Somebody comes home and finds the door open. " * 8,
    ArrayPoster(np.full((48, 32, 3), 128, dtype=np.uint8)),
)
ALWAYS_TAKEN = 8  # films, however slow the model is
TELLING = 4  # films: a smaller batch says little of how fast the model is under load
CLOSE_SECONDS = 1.0  # for a batch that nobody waits for any more
MEMORY = 0.2  # share of the newest batch in the mean time that a film takes


class BatchWatch(Protocol):
    """Is told of each batch that was scored."""

    def __call__(self, films: int, seconds: float) -> None:
        """`films` took `seconds` in all."""
        ...


@dataclass(frozen=True, slots=True)
class Scored:
    """What was told of a film, and with how many it was scored."""

    prediction: Prediction
    batch_size: int


@dataclass(frozen=True, slots=True)
class _Job:
    movie: Movie
    scored: Future[Scored] = field(default_factory=Future)
    arrived: float = field(default_factory=time.monotonic)


class Batcher:
    """The queue before a model; may be asked from any thread and any event loop.

    Args:
        predictor: is asked from one thread alone.
        limits: how many films, and for how long.
        watch: is told of each batch.
        before: seconds that films need before they come here.

    Attributes:
        warmed: what the model said of the first film of all, which lacks nothing.
        ready: whether the model has scored anything yet.
    """

    def __init__(
        self,
        predictor: GenrePredictor,
        limits: Limits,
        watch: BatchWatch | None = None,
        before: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._predictor = predictor
        self._limits = limits
        self._watch = watch
        self._before = before
        self._queue: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._admitted = 0
        self._film_seconds = 0.0
        self._closing = False
        self._thread: threading.Thread | None = None
        self.warmed: Future[Prediction] = Future()
        self.ready = False

    @property
    def admitted(self) -> int:
        """Films taken and not yet answered."""
        return self._admitted

    def start(self) -> None:
        """Lets the thread begin; it scores a film of its own first."""
        with self._changed:
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._work, name="scoring", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Finishes what is queued; nothing more is taken."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(CLOSE_SECONDS)

    def check_room(self, films: int = 0) -> None:
        """Whether that many more would be taken now.

        Raises:
            Refusal: 503 if they would be too many, or those ahead would take too long.
        """
        if self._closing:
            raise stopping()
        ahead = self._admitted * self._film_seconds + self._before()
        slow = self._admitted >= ALWAYS_TAKEN and ahead > self._limits.queue_seconds
        if slow or self._admitted + max(films, 1) > self._limits.queue_films:
            raise busy("busy", "the service has as many films as it can take", ahead)

    @contextmanager
    def admit(self, films: int) -> Iterator[None]:
        """Keeps a place for that many films, from before they are read until they are answered.

        Raises:
            Refusal: 503, at once, if there is none.
        """
        with self._changed:
            self.check_room(films)
            self._admitted += films
        try:
            yield
        finally:
            with self._changed:
                self._admitted -= films

    def submit(self, movies: Sequence[Movie]) -> list[Future[Scored]]:
        """Queues movies that a place is kept for. What is cancelled before its turn is not scored."""
        self.start()
        jobs = [_Job(movie) for movie in movies]
        with self._changed:
            if self._closing:
                raise stopping()
            self._queue.extend(jobs)
            self._changed.notify()
        return [job.scored for job in jobs]

    def _work(self) -> None:
        self._warm_up()
        while (batch := self._take()) is not None:
            wanted = [job for job in batch if job.scored.set_running_or_notify_cancel()]
            if wanted:
                self._score(wanted)

    def _take(self) -> list[_Job] | None:
        """The next batch; None when all is done and nothing more will come."""
        with self._changed:
            while not self._queue:
                if self._closing:
                    return None
                self._changed.wait()
            until = self._queue[0].arrived + self._limits.batch_wait_ms / 1000
            while len(self._queue) < self._limits.max_batch and not self._closing:
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            size = min(len(self._queue), self._limits.max_batch)
            return [self._queue.popleft() for _ in range(size)]

    def _score(self, jobs: Sequence[_Job]) -> None:
        """Answers every job; where a batch fails one by one, so that one film takes no other with it."""
        began = time.monotonic()
        try:
            predictions = self._predictor.predict([job.movie for job in jobs])
            answered = list(zip(jobs, predictions, strict=True))
        except Exception as error:  # noqa: BLE001 -- the thread has to outlive whatever a model raises
            tell_failure("films could not be scored", error, films=len(jobs))
            if len(jobs) > 1:
                for job in jobs:
                    self._score([job])
            else:
                jobs[0].scored.set_exception(error)
            return
        self._remember(len(jobs), time.monotonic() - began)
        self.ready = True
        for job, prediction in answered:
            job.scored.set_result(Scored(prediction, len(jobs)))

    def _remember(self, films: int, seconds: float) -> None:
        if films >= min(TELLING, self._limits.max_batch):
            self._film_seconds += (seconds / films - self._film_seconds) * MEMORY
        if self._watch is not None:
            self._watch(films, seconds)

    def _warm_up(self) -> None:
        """Scores one film, which is slow the first time, and then several, to know how long they take."""
        several = [WARM_UP] * min(ALWAYS_TAKEN, self._limits.max_batch)
        try:
            (prediction,) = self._predictor.predict([WARM_UP])
            began = time.monotonic()
            self._predictor.predict(several)
            self._film_seconds = (time.monotonic() - began) / len(several)
        except Exception as error:  # noqa: BLE001 -- see `_score`
            tell_failure("the model could not score a first film", error)
            self.warmed.set_exception(error)
            return
        self.ready = True
        self.warmed.set_result(prediction)
