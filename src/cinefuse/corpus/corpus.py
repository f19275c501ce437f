"""Opening a corpus: the one door by which everything downstream gets its movies."""

from pathlib import Path

from cinefuse.corpus.build import build_corpus
from cinefuse.corpus.record import DEFAULT_RULES, Corpus, CorpusRules
from cinefuse.corpus.store import is_store, read_store
from cinefuse.errors import CorpusError

__all__ = ["Corpus", "CorpusRules", "open_corpus"]


def open_corpus(source: str | Path, rules: CorpusRules = DEFAULT_RULES) -> Corpus:
    """Opens a prepared store memory-mapped, and reads any other source that a reader recognises in place.

    Args:
        source: a store, a path that a reader recognises, or "embedded".
        rules: for sources; a store was built by rules already.

    Raises:
        CorpusError: if the source cannot be read as it stands.
    """
    if not is_store(Path(source)):
        return build_corpus(str(source), rules)
    if rules != DEFAULT_RULES:
        raise CorpusError(
            f"{source}: a prepared store has its plots, genres and splits already; "
            "prepare another from the source"
        )
    return read_store(Path(source))
