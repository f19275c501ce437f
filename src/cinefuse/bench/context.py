"""What every bench is given, and the models that it measures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from cinefuse.bench.record import Entry
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.errors import SettingsError
from cinefuse.experiment import make_tokenizer
from cinefuse.features.table import FeatureTable, encode_movies
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import Settings, find_recipe
from cinefuse.recipes.compose import compose_loosely
from cinefuse.registry import Registry

# what makes both sides do the same work: random weights of the full size, and no film loses a part
SAME_WORK = ("pretrained=false", "modality_dropout=0", "auxiliary_loss=0")


@dataclass(frozen=True, slots=True)
class Context:
    """One call of `cinefuse bench`.

    Attributes:
        source: that `corpus` was opened from.
        folder: to write in; it goes afterwards.
        turns: of every measurement.
        films: that each of our turns reads.
        profile: the recipes' size.
        models: recipes.
    """

    corpus: Corpus
    source: str
    folder: Path
    turns: int
    films: int
    profile: str
    models: tuple[str, ...]

    def __post_init__(self) -> None:
        check_models(self.profile, self.models)

    def settings(self, recipe: str, *assignments: str) -> Settings:
        """Of a recipe at the size that is measured."""
        return _settings(self.profile, recipe, *assignments)


def check_models(profile: str, models: Sequence[str]) -> None:
    """Whether these can be measured.

    Raises:
        SettingsError: if there is no such profile, or a model is trained in another way.
    """
    for name in models:
        settings = _settings(profile, name)
        if settings.learner != "gradient" or settings.graph is not None:
            what = "scikit-learn fits it" if settings.graph is None else "it reads a graph of people"
            raise SettingsError(
                f"bench, model {name}: {what}, and training by gradient on plots and posters is measured "
                "here; allowed are recipes that are trained so"
            )


def _settings(profile: str, recipe: str, *assignments: str) -> Settings:
    return compose_loosely(find_recipe(recipe), [f"profile={profile}", *SAME_WORK, *assignments])


Bench = Callable[[Context], list[Entry]]
BENCHES: Registry[Bench] = Registry("bench")


@dataclass(frozen=True, slots=True)
class Subject:
    """A model with random weights, and what it reads films with."""

    model: GenreModel
    tokenizer: Tokenizer | None
    settings: Settings
    genres: tuple[str, ...]

    def table(self, movies: Sequence[Movie]) -> FeatureTable:
        """The movies as our side reads them."""
        return encode_movies(
            movies,
            self.genres,
            self.settings,
            self.tokenizer,
            read_posters=self.settings.vision is not None,
            tell=False,
        )


def build(context: Context, recipe: str, *assignments: str) -> Subject:
    """A model of that recipe; the same weights every time."""
    settings = context.settings(recipe, *assignments)
    tokenizer = make_tokenizer(settings, context.corpus)
    torch.manual_seed(settings.seed)
    blueprints = make_blueprints(settings, tokenizer)
    model = GenreModel.from_blueprints(settings, blueprints, len(context.corpus.genres))
    return Subject(model, tokenizer, settings, context.corpus.genres)
