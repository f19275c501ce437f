"""cinefuse: film genres from poster and plot, and which way of fusing the two does it best.

The public names; each is imported when it is first used, so that `import cinefuse` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cinefuse._version import __version__

if TYPE_CHECKING:
    from cinefuse.combination import ensemble
    from cinefuse.comparison import compare
    from cinefuse.corpus.corpus import open_corpus
    from cinefuse.corpus.movie import Movie
    from cinefuse.corpus.poster import BytesPoster, FilePoster
    from cinefuse.corpus.record import Corpus, CorpusRules
    from cinefuse.corpus.store import write_store
    from cinefuse.errors import CinefuseError
    from cinefuse.evaluation.evaluate import evaluate
    from cinefuse.experiment import run
    from cinefuse.explanation import explain
    from cinefuse.exported import OnnxPredictor
    from cinefuse.inference import Predictor
    from cinefuse.prediction import Prediction
    from cinefuse.recipes import compose, find_recipe
    from cinefuse.reports.page import write_report
    from cinefuse.runtimes import open_predictor

_HOMES = {
    "BytesPoster": "cinefuse.corpus.poster",
    "CinefuseError": "cinefuse.errors",
    "Corpus": "cinefuse.corpus.record",
    "CorpusRules": "cinefuse.corpus.record",
    "FilePoster": "cinefuse.corpus.poster",
    "Movie": "cinefuse.corpus.movie",
    "OnnxPredictor": "cinefuse.exported",
    "Prediction": "cinefuse.prediction",
    "Predictor": "cinefuse.inference",
    "compare": "cinefuse.comparison",
    "compose": "cinefuse.recipes",
    "ensemble": "cinefuse.combination",
    "evaluate": "cinefuse.evaluation",
    "explain": "cinefuse.explanation",
    "find_recipe": "cinefuse.recipes",
    "open_corpus": "cinefuse.corpus.corpus",
    "open_predictor": "cinefuse.runtimes",
    "run": "cinefuse.experiment",
    "write_report": "cinefuse.reports.page",
    "write_store": "cinefuse.corpus.store",
}

__all__ = [
    "BytesPoster",
    "CinefuseError",
    "Corpus",
    "CorpusRules",
    "FilePoster",
    "Movie",
    "OnnxPredictor",
    "Prediction",
    "Predictor",
    "__version__",
    "compare",
    "compose",
    "ensemble",
    "evaluate",
    "explain",
    "find_recipe",
    "open_corpus",
    "open_predictor",
    "run",
    "write_report",
    "write_store",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'cinefuse' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
