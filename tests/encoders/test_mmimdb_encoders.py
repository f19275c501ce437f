"""The recipe files for MM-IMDb with other encoders than the report's: a step each with ones of their kind."""

from pathlib import Path

import pytest

import cinefuse
from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.recipes import compose, find_recipe
from cinefuse.recipes.compose import compose_loosely

FOLDER = Path(cinefuse.__file__).parents[2] / "recipes" / "mmimdb"
# what the file names at the hub -> the kind of it (see `conftest.CONFIGS`)
KINDS = {
    "FacebookAI/roberta-base": "roberta",
    "answerdotai/ModernBERT-base": "modernbert",
    "google-bert/bert-base-uncased": "bert",
    "google/efficientnet-b0": "efficientnet",
    "google/siglip-base-patch16-224": "siglip",
    "google/vit-base-patch16-224": "vit",
    "microsoft/resnet-152": "resnet",
    "openai/clip-vit-base-patch32": "clip",
}
REPORTS = {"distilbert/distilbert-base-uncased", "microsoft/resnet-18"}


def named(settings) -> dict[str, str]:
    """Setting -> encoder, of those that the recipe reads by."""
    read = {"text": settings.text == "transformer", "vision": settings.vision == "backbone"}
    return {f"{part}_encoder": getattr(settings, f"{part}_encoder") for part, has in read.items() if has}


OTHERS = [
    path
    for path in sorted(FOLDER.glob("*.toml"))
    if set(named(compose(find_recipe(str(path)))).values()) - REPORTS
]


def test_every_encoder_that_a_file_names_has_its_kind():
    encoders = {name for path in OTHERS for name in named(compose(find_recipe(str(path)))).values()}
    assert encoders - REPORTS == set(KINDS)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_a_first_step_with_encoders_of_that_kind(path, encoder_folder, add_tokenizer, tiny_corpus, tmp_path):
    recipe = find_recipe(str(path))
    settings = compose(recipe)
    folders = {
        setting: add_tokenizer(encoder_folder(KINDS[name])) for setting, name in named(settings).items()
    }
    size = 64 if "resnet" in map(KINDS.get, named(settings).values()) else 32
    given = [f"{setting}={folder}" for setting, folder in folders.items()]
    small = ("max_epochs=1", "batch_size=4", "max_tokens=12", "report_to=none", f"poster_height={size}")
    kept = {
        name: getattr(settings, name)
        for name in ("text_pooling", "vision_freeze", "image_tokens", "fusion", "text_freeze")
    }
    own = compose_loosely(recipe, (*small, f"poster_width={size}", *given))
    assert {name: getattr(own, name) for name in kept} == kept  # nothing else of the file is changed
    run(recipe.name, own, tiny_corpus, tmp_path / "run")
    predictor = Predictor.load(tmp_path / "run")
    assert predictor.bundle.record.scoring.pretrained
    assert len(predictor.predict(list(tiny_corpus.split("test")))) == 15
