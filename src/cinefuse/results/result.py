"""One model's scores on one split: what `evaluate --json` writes and what `comparison.json` lists.

All scores are fractions from 0 to 1. A score that is undefined (a genre with no movie in the split) is
None, and its genre is named in `undefined`: never 0 by silence.
"""

from typing import Annotated, Literal

from pydantic import Field

from cinefuse.results.record import Record

ThresholdRule = Literal["global", "fixed", "per-genre"]

METRICS = {
    "f1_macro": "F1 averaged over genres",
    "f1_micro": "F1 over all film-genre pairs",
    "f1_weighted": "F1 averaged over genres, weighted by support",
    "f1_samples": "F1 averaged over films",
    "precision_macro": "precision averaged over genres",
    "recall_macro": "recall averaged over genres",
    "roc_auc_macro": "area under the ROC curve, averaged over genres",
    "average_precision_macro": "average precision, averaged over genres",
    "hamming_loss": "share of film-genre pairs that are wrong (lower is better)",
    "subset_accuracy": "share of films with exactly the right genres",
}


class CorpusSummary(Record):
    """Which movies a result was measured on, so that two tables can be told apart.

    Attributes:
        skipped: reason -> number of movies left out or used without that part, from source to scoring.
    """

    name: str
    split: str
    movies: int
    genres: list[str]
    plot_rule: str
    split_rule: str
    skipped: dict[str, int]


class ThresholdSummary(Record):
    """How probabilities became genres. `value` is None for one threshold per genre."""

    rule: ThresholdRule
    value: float | None


class CalibrationSummary(Record):
    """How probabilities are made to mean what they say: a line for each genre on the logit scale.

    Attributes:
        rule: its name among the calibrators.
        slopes: (G,), all above 0.
        intercepts: (G,).
    """

    rule: str
    slopes: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...]
    intercepts: tuple[Annotated[float, Field(allow_inf_nan=False)], ...]


class JudgedWithout(Record):
    """How films that lack one part are judged, learned on dev films with that part hidden.

    Attributes:
        shifts: (G,), added to their scores on the logit scale: then the thresholds of complete films decide.
        calibration: for scores moved so; None for none.
    """

    shifts: tuple[Annotated[float, Field(allow_inf_nan=False)], ...]
    calibration: CalibrationSummary | None


class GenreScores(Record):
    """Scores of one genre. `support` counts its movies in the split."""

    f1: float | None
    precision: float | None
    recall: float | None
    roc_auc: float | None
    average_precision: float | None
    support: int
    threshold: float


class ParameterCounts(Record):
    """Numbers of parameters: `backbone` are the parts that are or can be pretrained, `head` the rest."""

    backbone: int
    head: int
    total: int
    trainable: int


class Seconds(Record):
    """Wall-clock seconds, without what was kept on the disk from before.

    `train` is None where this run did not measure it.
    """

    train: float | None
    evaluate: float


class ConditionScores(Record):
    """Some films of a split: scored from one part alone, or those whose people are known, or are not.

    Attributes:
        movies: those that have that part, or are such.
        metrics: as in `Result`; so are intervals.
    """

    movies: int
    metrics: dict[str, float | None]
    intervals: dict[str, tuple[float, float]]


Condition = Literal["plot_only", "poster_only"]
People = Literal["known", "unknown"]


class Result(Record):
    """One model on one split.

    Attributes:
        metrics: name (see `METRICS`) -> score, or None where undefined.
        intervals: name -> 95 % bootstrap interval over movies [low, high]; absent where undefined.
        undefined: genres without a movie in the split: their scores are None, macro averages leave them out.
        conditions: told from one part alone, for models that read both: films with a plot, their posters
            hidden, and films with a poster, their plots hidden.
        people: films whose director or cast is known, and those of which neither is; empty where all are one.
    """

    model: str
    corpus: CorpusSummary
    threshold: ThresholdSummary
    metrics: dict[str, float | None]
    intervals: dict[str, tuple[float, float]]
    per_genre: dict[str, GenreScores]
    undefined: list[str] = Field(default_factory=list)
    conditions: dict[Condition, ConditionScores] = Field(default_factory=dict)
    people: dict[People, ConditionScores] = Field(default_factory=dict)
    parameters: ParameterCounts
    seconds: Seconds
    seed: int
