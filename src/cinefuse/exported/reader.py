"""How an export reads movies: by its tokeniser, its sizes and the people that it knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from tokenizers import Tokenizer

from cinefuse.corpus.movie import Movie
from cinefuse.errors import RunError, SettingsError
from cinefuse.exported.features import ExportedFeatures
from cinefuse.exported.record import EXPORT_AGAIN, PEOPLE, TOKENIZER, ExportRecord, ReadingSettings
from cinefuse.features.links import LINKS, LinkFinder
from cinefuse.features.people import PeopleGraph
from cinefuse.features.plots import encode_plots
from cinefuse.features.posters import encode_posters
from cinefuse.results import first_faults


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes arrays of movies.

    Attributes:
        tokenizer: None for a model that reads no plots.
        read_posters: whether it reads those.
        finder: of what it knows of people; None where that is nothing.
    """

    settings: ReadingSettings
    tokenizer: Tokenizer | None
    read_posters: bool
    finder: LinkFinder | None = None

    def read(self, movies: Sequence[Movie]) -> ExportedFeatures:
        """The movies, as the graph reads them."""
        plots = posters = None
        if self.tokenizer:
            plots = encode_plots([movie.plot for movie in movies], self.tokenizer, self.settings.max_tokens)
        if self.read_posters:
            posters = encode_posters(movies, self.settings, tell=False)
        links = self.finder.find(movies) if self.finder else None
        return ExportedFeatures(len(movies), plots, posters, links)


def open_reader(folder: Path, record: ExportRecord) -> Reader:
    """Opens what the export keeps of how it reads; whether its files are whole was looked at before.

    Raises:
        RunError: if a file is not what the record says of it.
    """
    return Reader(
        record.reading,
        _open_tokenizer(folder) if "plot" in record.reads else None,
        read_posters="poster" in record.reads,
        finder=None if record.links is None else _open_people(folder, record, record.links),
    )


def _open_tokenizer(folder: Path) -> Tokenizer:
    try:
        return Tokenizer.from_str((folder / TOKENIZER).read_text(encoding="utf-8"))
    except Exception as error:  # tokenizers raises Exception itself on a damaged file
        raise RunError(
            f"{folder / TOKENIZER}: not a tokeniser that can be read: {error}; {EXPORT_AGAIN}"
        ) from error


def _open_people(folder: Path, record: ExportRecord, links: str) -> LinkFinder:
    path = folder / PEOPLE
    try:
        graph = PeopleGraph.model_validate_json(path.read_bytes())
        kind = LINKS[links]
    except (ValidationError, SettingsError) as error:
        why = first_faults(error) if isinstance(error, ValidationError) else error
        raise RunError(f"{path}: not people that can be read: {why}; {EXPORT_AGAIN}") from error
    if graph.n_genres != len(record.genres):
        raise RunError(
            f"{path}: people of films of {graph.n_genres} genres, and the export tells "
            f"{len(record.genres)}; {EXPORT_AGAIN}"
        )
    return kind(graph, record.reading)
