"""Explanations, one at a time, by a model of their own, beside the one that tells genres."""

import copy
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from cinefuse.corpus.movie import Movie
from cinefuse.errors import UserError
from cinefuse.prediction import GenrePredictor
from cinefuse.results.explanation import Explanation
from cinefuse.serving.logs import tell_failure
from cinefuse.serving.refusal import Refusal, busy, stopping
from cinefuse.serving.threads import in_a_thread

Explain = Callable[[Movie, str | None], Explanation]


def explain_by(predictor: GenrePredictor) -> Explain | None:
    """How that predictor's genres are explained; None where it runs on a runtime without gradients.

    To explain, hooks are hung into a model and its tokeniser is set; neither may happen to one that another
    thread is scoring with. So explanations have a copy, made here, before anything is scored.
    """
    inference = sys.modules.get("cinefuse.inference")  # whoever has a torch predictor has loaded it
    if inference is None or not isinstance(predictor, inference.Predictor):
        return None
    own = copy.deepcopy(predictor)

    def explain(movie: Movie, genre: str | None) -> Explanation:
        from cinefuse.explanation import explain as explain_movie

        return explain_movie(own, movie, genre)

    return explain


class Explainer:
    """A short queue before whatever explains."""

    def __init__(self, explain: Explain | None, most: int) -> None:
        self._explain = explain
        self._most = most
        self._taken = 0
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="explaining")
        self._closing = False

    @property
    def explains(self) -> bool:
        """Whether there is anything that explains."""
        return self._explain is not None

    @property
    def taken(self) -> int:
        """Explanations asked for and not yet answered."""
        return self._taken

    def check_room(self) -> None:
        """Whether one more would be taken now.

        Raises:
            Refusal: 501 where nothing explains, 503 if too many wait.
        """
        if self._explain is None:
            raise Refusal(
                501,
                "cannot_explain",
                "what is served tells genres and cannot explain them; serve one run with --runtime torch",
            )
        if self._closing:
            raise stopping()
        if self._taken >= self._most:
            raise busy("busy", "as many explanations are waiting as are taken", 2 * self._taken)

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Keeps a place for one film, from before it is read until it is answered or given up.

        Raises:
            Refusal: see `check_room`.
        """
        with self._lock:
            self.check_room()
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1

    def submit(self, movie: Movie, genre: str | None) -> Future[Explanation]:
        """Queues a movie that a place is kept for; cancelled before its turn, it is not explained."""
        assert self._explain is not None, "there is no place where nothing explains"
        with self._lock:
            if self._closing:
                raise stopping()
            return self._thread.submit(in_a_thread, partial(_explained, self._explain, movie, genre))

    def close(self) -> None:
        """Nothing more is taken; what nobody waits for any more is not begun."""
        with self._lock:
            self._closing = True
        self._thread.shutdown(wait=False, cancel_futures=True)


def _explained(explain: Explain, movie: Movie, genre: str | None) -> Explanation:
    try:
        return explain(movie, genre)
    except UserError as error:
        raise Refusal(422, "cannot_explain", str(error)) from error
    except Exception as error:
        tell_failure("a film could not be explained", error)
        raise
