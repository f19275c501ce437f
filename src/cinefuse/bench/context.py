"""What every bench is given, and the models that it measures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import torch
from tokenizers import Tokenizer

from cinefuse.bench.record import Entry
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.errors import SettingsError, UserError
from cinefuse.experiment import make_tokenizer
from cinefuse.features.table import FeatureTable, encode_movies
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import Settings, find_recipe
from cinefuse.recipes.compose import compose_loosely, together
from cinefuse.recipes.concerns import idle_settings
from cinefuse.registry import Registry

NONE: Mapping[str, str] = MappingProxyType({})
SAME_WORK = ("modality_dropout=0", "auxiliary_loss=0")  # on both sides: no film loses a part


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
        encoders: "text_encoder" and "vision_encoder" -> pretrained ones, as settings have them; with none,
            weights are random ones of the profile's size.
    """

    corpus: Corpus
    source: str
    folder: Path
    turns: int
    films: int
    profile: str
    models: tuple[str, ...]
    encoders: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_models(self.profile, self.models, self.encoders)

    def settings(self, recipe: str, *assignments: str) -> Settings:
        """Of a recipe at the size that is measured."""
        return _settings(self.profile, recipe, self.encoders, *assignments)


def check_models(profile: str, models: Sequence[str], encoders: Mapping[str, str] = NONE) -> None:
    """Whether these can be measured.

    Raises:
        SettingsError: if there is no such profile, none of the models has such an encoder, or a model is
            trained in another way.
    """
    composed = {name: _settings(profile, name, encoders) for name in models}
    if idle := idle_settings(list(composed.values()), _assigned(encoders)):
        raise SettingsError(f"{options_of(encoders)}, --models {','.join(models)}: {together(idle)}")
    for name, settings in composed.items():
        if settings.learner != "gradient" or settings.graph is not None:
            what = "scikit-learn fits it" if settings.graph is None else "it reads a graph of people"
            raise SettingsError(
                f"bench, model {name}: {what}, and training by gradient on plots and posters is measured "
                "here; allowed are recipes that are trained so"
            )


def check_encoders(context: Context) -> None:
    """Whether the encoders that were given can be read, before anything is measured.

    Raises:
        SettingsError: if one cannot.
    """
    for name in context.models if context.encoders else ():
        settings = context.settings(name)
        try:
            make_blueprints(settings, make_tokenizer(settings, context.corpus))
        except UserError as error:
            raise SettingsError(f"{options_of(context.encoders)}, model {name}: {error}") from error


def options_of(encoders: Mapping[str, str]) -> str:
    """As they are given to the command."""
    return " ".join(f"--{name.replace('_', '-')} {encoder}" for name, encoder in encoders.items())


def _settings(profile: str, recipe: str, encoders: Mapping[str, str], *assignments: str) -> Settings:
    given = [f"profile={profile}", f"pretrained={bool(encoders)}", *_assigned(encoders), *SAME_WORK]
    return compose_loosely(find_recipe(recipe), [*given, *assignments])


def _assigned(encoders: Mapping[str, str]) -> list[str]:
    return [f"{name}={encoder}" for name, encoder in encoders.items()]


Bench = Callable[[Context], list[Entry]]
BENCHES: Registry[Bench] = Registry("bench")


@dataclass(frozen=True, slots=True)
class Subject:
    """A model before its training, and what it reads films with."""

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
    """A model of that recipe; the same weights every time, pretrained where encoders were given."""
    settings = context.settings(recipe, *assignments)
    tokenizer = make_tokenizer(settings, context.corpus)
    torch.manual_seed(settings.seed)
    blueprints = make_blueprints(settings, tokenizer)
    model = GenreModel.from_blueprints(settings, blueprints, len(context.corpus.genres))
    model.load_pretrained(settings, tokenizer)
    return Subject(model, tokenizer, settings, context.corpus.genres)
