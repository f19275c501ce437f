"""What Prometheus may ask: counts, times and lengths, one registry for each service."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
FILMS = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """All that is counted."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "cinefuse_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "cinefuse_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ["route"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "cinefuse_refused", "Requests refused, by code.", ["code"], registry=self._registry
        )
        self._films = Counter("cinefuse_films_scored", "Films scored.", registry=self._registry)
        self._batch = Histogram(
            "cinefuse_batch_films", "Films scored at a time.", buckets=FILMS, registry=self._registry
        )
        self._scoring = Histogram(
            "cinefuse_scoring_seconds", "Seconds to score a batch.", buckets=SECONDS, registry=self._registry
        )

    def watch_gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Adds a number that is asked for when somebody looks."""
        Gauge(f"cinefuse_{name}", meaning, registry=self._registry).set_function(value)

    def scored(self, films: int, seconds: float) -> None:
        """A batch was scored."""
        self._films.inc(films)
        self._batch.observe(films)
        self._scoring.observe(seconds)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, code: str) -> None:
        """A request was refused."""
        self._refused.labels(code).inc()

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self._registry)
