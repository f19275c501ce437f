"""Records of what was measured: JSON there and back, without torch."""

from cinefuse.results.comparison import Comparison, Failure, read_comparison
from cinefuse.results.examples import Example, Examples, Why, read_examples
from cinefuse.results.predictions import StoredPredictions, read_predictions, write_predictions
from cinefuse.results.record import Record, first_faults, read_record, write_record
from cinefuse.results.result import (
    METRICS,
    CalibrationSummary,
    Condition,
    ConditionScores,
    CorpusSummary,
    GenreScores,
    JudgedWithout,
    ParameterCounts,
    People,
    Result,
    Seconds,
    ThresholdRule,
    ThresholdSummary,
)
from cinefuse.results.weights import (
    AttendedWord,
    Gate,
    PlaceAttention,
    RunWeights,
    Share,
    Spread,
    WordAttention,
    read_weights,
)

__all__ = [
    "METRICS",
    "AttendedWord",
    "CalibrationSummary",
    "Comparison",
    "Condition",
    "ConditionScores",
    "CorpusSummary",
    "Example",
    "Examples",
    "Failure",
    "Gate",
    "GenreScores",
    "JudgedWithout",
    "ParameterCounts",
    "People",
    "PlaceAttention",
    "Record",
    "Result",
    "RunWeights",
    "Seconds",
    "Share",
    "Spread",
    "StoredPredictions",
    "ThresholdRule",
    "ThresholdSummary",
    "Why",
    "WordAttention",
    "first_faults",
    "read_comparison",
    "read_examples",
    "read_predictions",
    "read_record",
    "read_weights",
    "write_predictions",
    "write_record",
]
