"""Opening a corpus: the one door by which everything downstream gets its movies."""

from pathlib import Path

from cinefuse.corpus.build import build_corpus, stream_corpus
from cinefuse.corpus.record import DEFAULT_RULES, Corpus, CorpusRules
from cinefuse.corpus.store import is_store, read_store
from cinefuse.errors import CorpusError

__all__ = ["Corpus", "CorpusRules", "open_corpus"]


def open_corpus(source: str | Path, rules: CorpusRules = DEFAULT_RULES, *, in_memory: bool = True) -> Corpus:
    """Opens a prepared store memory-mapped, and reads any other source that a reader recognises in place.

    Args:
        source: a store, a path that a reader recognises, or "embedded".
        rules: for sources; a store was built by rules already.
        in_memory: hold the movies of a source; else they are read from it whenever they are gone through,
            and one of them by its index takes as long as all that come before it.

    Raises:
        CorpusError: if the source cannot be read as it stands.
    """
    if not is_store(Path(source)):
        return (build_corpus if in_memory else stream_corpus)(str(source), rules)
    if rules != DEFAULT_RULES:
        raise CorpusError(
            f"{source}: a prepared store has its plots, genres and splits already; "
            "prepare another from the source"
        )
    return read_store(Path(source))
