"""What a search over settings found: `tuning.json`; without torch and Optuna."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from cinefuse.results import CorpusSummary, Record, read_record


class TrialResult(Record):
    """One training of the search.

    Attributes:
        number: from 0, which is the recipe as it was given.
        state: `pruned` was stopped early, for others were better by then; `failed` ended in an error.
        settings: what was searched and mattered here, as `--set` takes it.
        scores: dev score of every epoch, in their order.
        seconds: of those epochs.
        same_as: an earlier trial with the same settings, whose scores these are; None for one of its own.
        error: what went wrong, in one line; empty where nothing did.
        run: its folder, beside `tuning.json`.
    """

    number: int
    state: Literal["finished", "pruned", "failed", "running"]
    settings: dict[str, str]
    scores: list[float]
    seconds: float
    same_as: int | None = None
    error: str = ""
    run: str

    @property
    def score(self) -> float | None:
        """Of the best epoch; None for a trial without any."""
        return max(self.scores, default=None)


class Tuning(Record):
    """What `tune` was asked, and what it found so far.

    Attributes:
        corpus: the dev films, by which trials are held against each other.
        identity: by what the films of train and dev are known again.
        metric: the dev score that is sought.
        settings: of the recipe as it was given, those that matter.
        assignments: what was given with `--set`.
        space: setting -> what is tried, as `--search` takes it.
        best: number of the best finished trial; None where there is none.
        importance: setting -> its share of how scores differ (fANOVA); empty where too few trials finished.
    """

    recipe: str
    corpus: CorpusSummary
    identity: dict[str, Any]
    metric: str
    settings: dict[str, Any]
    assignments: list[str]
    space: dict[str, str]
    trials: list[TrialResult] = Field(default_factory=list)
    best: int | None = None
    importance: dict[str, float] = Field(default_factory=dict)

    def trial(self, number: int) -> TrialResult:
        """The trial of that number."""
        return next(one for one in self.trials if one.number == number)


def read_tuning(path: Path) -> Tuning:
    """Reads `tuning.json`.

    Raises:
        RunError: if the file is missing or is not what `tune` writes.
    """
    return read_record(Tuning, path, "cinefuse tune RECIPE --out DIR")
