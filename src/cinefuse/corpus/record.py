"""The corpus itself and the rules by which a source becomes one.

Everything downstream (features, training, evaluation, reports) reads a `Corpus`; nothing downstream
knows which reader it came from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cinefuse.corpus.movie import SPLITS, Movie, SourceMovie
from cinefuse.errors import CorpusError

PlotRule = Literal["longest", "first", "all"]
SplitRule = Literal["auto", "own", "random", "stratified"]


class CorpusRules(BaseModel):
    """How a source becomes a corpus.

    Attributes:
        plot_rule: which of a movie's plots is used; "all" joins them by a blank.
        split: the source's own split, a random or a stratified 70/15/15; "auto" takes the source's own
            where it has one, else stratified.
        seed: of the random and the stratified split.
        min_words: movies whose plot has fewer words are left out; 0 keeps all, with and without a plot.
        genres: the genres to use, in this order; None takes those of the source.
        skip_faulty: leave out what is faulty, counted, instead of refusing the source.
        columns: for tables, our name -> the table's name ({"plot": "overview"}).
        name: the corpus' name in results; None takes the source's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plot_rule: PlotRule = "longest"
    split: SplitRule = "auto"
    seed: int = Field(default=42, ge=0, lt=2**32)
    min_words: int = Field(default=0, ge=0)
    genres: tuple[str, ...] | None = None
    skip_faulty: bool = False
    columns: dict[str, str] = Field(default_factory=dict)
    name: str | None = None

    @field_validator("genres")
    @classmethod
    def _distinct(cls, genres: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if genres is not None and not genres:
            raise ValueError("at least one genre is needed")
        repeated = sorted({genre for genre in genres or () if (genres or ()).count(genre) > 1})
        if repeated:
            raise ValueError(f"each genre once; given more than once: {', '.join(repeated)}")
        return genres

    def plot_of(self, entry: SourceMovie) -> str | None:
        """The plot that is used of those that a source gives; None where none says anything."""
        written = [plot.strip() for plot in entry.plots if plot.strip()]
        if not written:
            return None
        if self.plot_rule == "longest":
            return max(written, key=len)  # the first of the longest, by characters
        return written[0] if self.plot_rule == "first" else " ".join(written)


DEFAULT_RULES = CorpusRules()


@dataclass(frozen=True)
class Corpus:
    """Movies in splits, with what became of those that are not here.

    Attributes:
        genres: every genre, in the order of all arrays, tables and figures.
        splits: "train", "dev", "test" and "unpaired" (movies that lack a plot by design), where they
            have movies; in that order.
        plot_rule: which of a movie's plots is used.
        split_rule: in words, with its seed: "own", "stratified 70/15/15 (seed 42)".
        skipped: reason -> number of movies left out or used without that part.
        notes: what whoever uses the corpus should know, in sentences.
        in_order: goes through the source itself, whose order is another than by split; None where `splits`
            hold the movies.
    """

    name: str
    genres: tuple[str, ...]
    splits: Mapping[str, Sequence[Movie]]
    plot_rule: str
    split_rule: str
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    in_order: Callable[[], Iterator[tuple[str, Movie]]] | None = field(default=None, compare=False)

    def movies(self) -> Iterator[tuple[str, Movie]]:
        """Every movie with its split, in one pass; the movies of a split come in its order."""
        if self.in_order is not None:
            yield from self.in_order()
        else:
            for split, movies in self.splits.items():
                for movie in movies:
                    yield split, movie

    def split(self, name: str) -> Sequence[Movie]:
        """The movies of one split.

        Raises:
            CorpusError: if the corpus has no such split.
        """
        if name not in self.splits:
            raise CorpusError(
                f"corpus {self.name}: no split {name!r}; it has {', '.join(self.splits) or 'none'}"
            )
        return self.splits[name]

    def count(self, split: str) -> dict[str, int]:
        """Number of movies of each genre in a split, in the corpus' order, 0 where there is none."""
        counts = dict.fromkeys(self.genres, 0)
        for movie in self.split(split):
            for genre in movie.genres:
                counts[genre] += 1
        return counts


def missing_genres(counts: Mapping[str, Mapping[str, int]]) -> tuple[str, ...]:
    """One sentence a split that lacks genres: their scores cannot be measured, or not be learned.

    Args:
        counts: split -> genre, of all that the corpus has -> number of movies.
    """
    sentences = []
    for split in SPLITS:
        if split in counts:
            missing = [genre for genre, count in counts[split].items() if not count]
            if missing:
                sentences.append(f"split {split} has no movie of: {', '.join(missing)}")
    return tuple(sentences)
