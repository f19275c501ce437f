"""What the routes ask: films in, answers or refusals out, within the limits."""

import asyncio
from collections.abc import Awaitable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from cinefuse.corpus.movie import Movie
from cinefuse.prediction import GenrePredictor, Prediction
from cinefuse.results.explanation import Explanation
from cinefuse.serving.batching import WARM_UP, Batcher, BatchWatch, Scored
from cinefuse.serving.explaining import Explain, Explainer
from cinefuse.serving.films import GivenFilm, nothing_to_read, to_movie
from cinefuse.serving.limits import Limits
from cinefuse.serving.posters import side_of
from cinefuse.serving.reading import Readers
from cinefuse.serving.refusal import Refusal, busy

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Refused:
    """A film of several that gets no answer."""

    id: str
    refusal: Refusal


class Service:
    """One model, its queue, and the threads around it.

    Attributes:
        stopping: whether it was told to stop: what is taken is finished, nothing new is taken.
        local: whether it listens to this machine alone.
        names: in lower case, by which it may be asked then besides this machine's own.
        held_bytes: of bodies in memory, of all requests.
        given_up: requests that were taken and had no answer when the service had to end.
    """

    def __init__(
        self,
        predictor: GenrePredictor,
        limits: Limits,
        explain: Explain | None = None,
        watch: BatchWatch | None = None,
    ) -> None:
        self.predictor = predictor
        self.limits = limits
        self._readers = Readers(limits.poster_threads)
        self.batcher = Batcher(predictor, limits, watch, lambda: self._readers.seconds_ahead)
        self.explainer = Explainer(explain, limits.explain_queue)
        self.stopping = False
        self.local = False
        self.names: frozenset[str] = frozenset()
        self.held_bytes = 0
        self.given_up = 0
        self._side = side_of(predictor)
        self._told_again: Prediction | None = None

    @property
    def ready(self) -> bool:
        """Whether the model has scored a film, and more are taken."""
        return self.batcher.ready and not self.stopping

    def close(self) -> None:
        """Ends the threads, once everything that was taken is answered or given up."""
        self.stopping = True
        self._readers.close()
        self.explainer.close()
        self.batcher.close()

    async def thresholds(self) -> dict[str, float]:
        """The threshold of each genre, of films that lack nothing."""
        self.batcher.start()
        try:
            return (await _in_time(self._warmed(), self.limits.answer_seconds)).thresholds
        except Refusal:
            raise
        except Exception as error:
            raise _failed("the model cannot be asked for its thresholds") from error

    async def _warmed(self) -> Prediction:
        """What the model says of a film that lacks nothing; asked once more where it failed at first."""
        if self._told_again is not None:
            return self._told_again
        try:
            return await asyncio.shield(asyncio.wrap_future(self.batcher.warmed))
        except Exception:  # noqa: BLE001 -- the batcher has told the log
            with self.batcher.admit(1):
                (again,) = self.batcher.submit([WARM_UP])
                self._told_again = (await asyncio.wrap_future(again)).prediction
        return self._told_again

    async def predict(self, film: GivenFilm) -> Scored:
        """The genres of one film.

        Raises:
            Refusal: if it has none, or not in time.
        """
        (told,) = await self.predict_all([film])
        if isinstance(told, Refused):
            raise told.refusal
        return told

    async def predict_all(self, films: Sequence[GivenFilm | Refused]) -> list[Scored | Refused]:
        """The genres of several films in their order; what is refused already stays so.

        Raises:
            Refusal: if they are too many just now, or it takes too long.
        """
        with self.batcher.admit(len(films)):
            return await _in_time(self._told(films), self.limits.answer_seconds)

    async def explain(self, film: GivenFilm) -> Explanation:
        """Why the film has the genre that it asks about.

        Raises:
            Refusal: if nobody can say, or not in time.
        """
        if film.genre is not None and film.genre not in self.predictor.genres:
            allowed = ", ".join(self.predictor.genres)
            raise Refusal(422, "unknown_genre", f"genre: not one that this model knows; allowed: {allowed}")
        return await _in_time(self._explained(film), self.limits.explain_seconds)

    async def _explained(self, film: GivenFilm) -> Explanation:
        movie = await self._read(film)
        made = self.explainer.submit(movie, film.genre)
        try:
            return await asyncio.wrap_future(made)
        except (Refusal, asyncio.CancelledError):
            raise
        except Exception as error:
            raise _failed("the film could not be explained") from error

    async def _told(self, films: Sequence[GivenFilm | Refused]) -> list[Scored | Refused]:
        read = await asyncio.gather(*map(self._read_or_refuse, films))
        movies = [one for one in read if isinstance(one, Movie)]
        queued = self.batcher.submit(movies)
        # together, so that all are given up together
        scored = iter(await asyncio.gather(*map(self._answer, movies, queued)))
        return [one if isinstance(one, Refused) else next(scored) for one in read]

    async def _answer(self, movie: Movie, queued: Future[Scored]) -> Scored | Refused:
        try:
            answer = await asyncio.wrap_future(queued)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 -- the batcher has told the log
            return Refused(movie.id, _failed("the film could not be scored"))
        if set(self.predictor.reads) <= set(answer.prediction.lacking):
            return Refused(movie.id, nothing_to_read(self.predictor.reads))
        return answer

    async def _read_or_refuse(self, film: GivenFilm | Refused) -> Movie | Refused:
        if isinstance(film, Refused):
            return film
        try:
            return await self._read(film)
        except Refusal as refusal:
            return Refused(film.id, refusal)

    async def _read(self, film: GivenFilm) -> Movie:
        read = partial(to_movie, film, self.predictor.reads, self._side, self.limits)
        return read() if film.poster is None else await asyncio.wrap_future(self._readers.submit(read))


async def _in_time(answer: Awaitable[Done], seconds: float) -> Done:
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except TimeoutError as error:
        raise busy("too_slow", f"no answer within {seconds:g} seconds") from error


def _failed(what: str) -> Refusal:
    return Refusal(500, "prediction_failed", f"{what}; the log of the service says why")
