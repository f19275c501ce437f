"""One summary a model: its results of all seeds, ranked. What tables, figures and the page read."""

from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from cinefuse.reports.table import Estimate
from cinefuse.results import Comparison, Condition, ConditionScores, People, Result

Kind = Literal["text", "vision", "fusion", "ensemble"]
ENSEMBLES = ("best", "ensemble")


def kind_of(model: str) -> Kind:
    """What a recipe sees, which its name says: `...-text`, `...-vision`, and fusion for all others.

    Several models together are of a kind of their own: `best`, and what `cinefuse ensemble` makes.

    Example:
        >>> kind_of("bert-text"), kind_of("attention-fusion")
        ('text', 'fusion')
    """
    if model.endswith("-text"):
        return "text"
    if model.endswith("-vision"):
        return "vision"
    return "ensemble" if model in ENSEMBLES else "fusion"


@dataclass(frozen=True)
class ModelSummary:
    """One model with its results, one a seed, in the comparison's order."""

    model: str
    results: tuple[Result, ...]

    @property
    def kind(self) -> Kind:
        """What the model sees."""
        return kind_of(self.model)

    def values(self, metric: str) -> list[float]:
        """The metric of each seed; empty where it is undefined."""
        found = [result.metrics.get(metric) for result in self.results]
        return [value for value in found if value is not None]

    def mean(self, metric: str) -> float | None:
        """Over seeds; None where undefined."""
        values = self.values(metric)
        return fmean(values) if values else None

    def spread(self, metric: str) -> float | None:
        """Standard deviation between seeds; None with fewer than two."""
        values = self.values(metric)
        return stdev(values) if len(values) > 1 else None

    def interval(self, metric: str) -> tuple[float, float] | None:
        """The interval over films, its bounds averaged over seeds; None where there is none."""
        found = [result.intervals[metric] for result in self.results if metric in result.intervals]
        if not found:
            return None
        return fmean(low for low, _ in found), fmean(high for _, high in found)

    def estimate(self, metric: str) -> Estimate:
        """Mean over seeds with the interval over films and the spread between seeds."""
        return Estimate(self.mean(metric), self.interval(metric), self.spread(metric))

    def genre_f1(self, genre: str) -> float | None:
        """F1 of one genre, mean over seeds; None where undefined."""
        scores = [result.per_genre[genre].f1 for result in self.results if genre in result.per_genre]
        values = [value for value in scores if value is not None]
        return fmean(values) if values else None

    @property
    def has_conditions(self) -> bool:
        """Whether it was told from one part alone as well."""
        return any(result.conditions for result in self.results)

    def condition(self, name: Condition, metric: str) -> Estimate:
        """As `estimate`, from one part alone; of nothing where it was not told so."""
        return _of_some([one.conditions[name] for one in self.results if name in one.conditions], metric)

    def people(self, name: People, metric: str) -> Estimate:
        """As `estimate`, of the films whose people are known, or are not; of nothing where all are one."""
        return _of_some([one.people[name] for one in self.results if name in one.people], metric)

    def train_seconds(self) -> float | None:
        """Mean over the seeds that measured it."""
        seconds = [result.seconds.train for result in self.results]
        measured = [value for value in seconds if value is not None]
        return fmean(measured) if measured else None


def summarise(comparison: Comparison) -> list[ModelSummary]:
    """The models by macro F1, best first; those without one last, all else in the comparison's order."""
    results: dict[str, list[Result]] = {}
    for result in comparison.models:
        results.setdefault(result.model, []).append(result)
    summaries = [ModelSummary(model, tuple(seeds)) for model, seeds in results.items()]
    return sorted(summaries, key=_rank)


def genre_supports(comparison: Comparison) -> dict[str, int]:
    """Genre -> its films in the split, most first."""
    supports = {
        genre: max((r.per_genre[genre].support for r in comparison.models if genre in r.per_genre), default=0)
        for genre in comparison.corpus.genres
    }
    return dict(sorted(supports.items(), key=lambda item: -item[1]))


def _of_some(told: list[ConditionScores], metric: str) -> Estimate:
    """Of some films, a record a seed."""
    values = [value for one in told if (value := one.metrics.get(metric)) is not None]
    found = [one.intervals[metric] for one in told if metric in one.intervals]
    interval = (fmean(low for low, _ in found), fmean(high for _, high in found)) if found else None
    return Estimate(fmean(values) if values else None, interval, stdev(values) if len(values) > 1 else None)


def _rank(summary: ModelSummary) -> float:
    macro_f1 = summary.mean("f1_macro")
    return 1.0 if macro_f1 is None else -macro_f1
