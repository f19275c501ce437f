"""Trainings that are watched; `test_processes.py` starts this alone and in two processes.

    watched_trainings.py FOLDER NAME...     NAME:resume goes on with one that was broken off

leaves a run in FOLDER/NAME for each, and in FOLDER/NAME.<process>.json what the process did for it.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from cinefuse import cli, processes, scored_run
from cinefuse.ablation.catalogue import Ablation, Variant
from cinefuse.ablation.plan import PlannedAblation, PlannedVariant
from cinefuse.ablation.study import ablate
from cinefuse.comparison import compare
from cinefuse.corpus.record import Corpus
from cinefuse.encoders.dropout import QuickDropout
from cinefuse.errors import RunError
from cinefuse.experiment import run
from cinefuse.features.table import FeatureTable
from cinefuse.recipes import compose, find_recipe
from cinefuse.training import fitting
from cinefuse.training.trainer import GenreTrainer
from conftest import GENRES, TINY, make_movies

# 37 films in batches of 8 leave 5 over: shares of 3 and 2; 70 are scored in two batches
SIZES = {"train": 37, "dev": 70, "test": 15}
# settings that leave nothing to chance but dropout, which is taken away
STILL = ("flip=0", "schedule=plateau", "plateau_patience=1", "max_epochs=4")
STILL_FUSION = (*STILL, "text_attention_dropout=0", "modality_dropout=0", "vision_fixed_statistics=true")
DRAWING = ("early-fusion", ("max_epochs=3",))
TRAININGS = {
    "without-norms": ("early-fusion", STILL_FUSION),
    "with-norms": ("cnn-vision", STILL),
    "class-aware-without-norms": ("early-fusion", (*STILL_FUSION, "sampling=class-aware")),
    "drawing": DRAWING,
    "killed": DRAWING,
    "failing": DRAWING,
}
BREAKS_OFF = 13  # a step within the last epoch
told = {}


def watch_training() -> None:
    """Notes every step's films and loss, every film scored on dev; breaks off those that are to break."""
    train, batch, evaluate = GenreTrainer.training_step, FeatureTable.batch, GenreTrainer.evaluate
    dropout = torch.nn.functional.dropout

    def training_step(trainer, *given):
        if trainer.state.global_step == BREAKS_OFF and processes.index() == 1:
            if told["name"] == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if told["name"] == "failing":
                raise ValueError("the second process fails")
        told["draws"].append(torch.get_rng_state()[:5000].float().mean().item())
        loss = train(trainer, *given)
        told["losses"].append(loss.item())
        return loss

    def watched_batch(table, indices):
        told["films" if len(table) == SIZES["train"] else "scored"].append(list(indices))
        return batch(table, indices)

    def evaluated(trainer, *given, **named):
        told["statistics"].append([norm.running_mean.sum().item() for norm in norms(trainer.genre_model)])
        return evaluate(trainer, *given, **named)

    def dropped(features, *given, **named):
        return features if told["name"].endswith("-norms") else dropout(features, *given, **named)

    GenreTrainer.training_step, GenreTrainer.evaluate = training_step, evaluated
    FeatureTable.batch, torch.nn.functional.dropout = watched_batch, dropped
    QuickDropout.quick = False  # ours takes none of torch's


def watch_files() -> None:
    """Notes every file and folder that is opened to be written, made, renamed or deleted."""

    def heard(event, arguments):
        if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            told["written"].append(arguments[0])
        if event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}:
            told["written"].append(str(arguments[0]))

    sys.addaudithook(heard)


def norms(model):
    return [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]


def settings_of(name: str):
    recipe, assignments = TRAININGS[name]
    given = {pair.partition("=")[0] for pair in assignments}
    tiny = (pair for pair in TINY if recipe != "cnn-vision" or not pair.startswith("minimum_word"))
    kept = [pair for pair in tiny if pair.partition("=")[0] not in given]
    return recipe, compose(find_recipe(recipe), [*kept, *assignments])


def make_corpus() -> Corpus:
    splits = {name: make_movies(size, seed, name) for seed, (name, size) in enumerate(SIZES.items())}
    return Corpus("tiny", GENRES, splits, "longest", "own")


def small(recipe: str, *assignments: str):
    return compose(find_recipe(recipe), ["profile=small", "max_epochs=1", "batch_size=8", *assignments])


def compare_two(corpus: Corpus, folder: Path) -> None:
    """Two models, of which the second fails when the first process has trained and scores it."""
    score = scored_run.score_run

    def failing_score(name, *given):
        if name == "cnn-vision":
            raise ValueError("the first process fails to score it")
        return score(name, *given)

    scored_run.score_run = failing_score
    comparison = compare({name: small(name) for name in ("cnn-vision", "lstm-text")}, corpus, folder)
    scored_run.score_run = score
    told["failed"] = [one.model for one in comparison.failed]
    told["f1_macro"] = [one.metrics["f1_macro"] for one in comparison.models]


def ablate_one(corpus: Corpus, folder: Path) -> None:
    variants = tuple(Variant(width, "cnn-vision", (f"cnn_widths={width}",)) for width in ("4,8", "8,16"))
    planned = [PlannedVariant(one, small("cnn-vision", *one.assignments)) for one in variants]
    ablation = Ablation("width", "Widths", "How wide?", variants)
    study = ablate([PlannedAblation(ablation, tuple(planned))], corpus, folder)
    told["p"] = study.ablations[0].variants[1].difference.p


def train_on_others(corpus: Corpus, folder: Path) -> None:
    """The second process has other films to train on."""
    if processes.index() == 1:
        corpus = replace(corpus, splits=corpus.splits | {"train": make_movies(SIZES["train"], 9, "other")})
    try:
        run("lstm-text", small("lstm-text"), corpus, folder)
    except RunError as error:
        told["refused"] = str(error)


def compare_and_fail_late(corpus: Corpus, folder: Path) -> None:
    """The second process fails when a model is trained, and before the processes meet again."""

    def failing(log):
        if processes.index() == 1:
            raise ValueError("the second process fails after training")
        return by_epoch(log)

    by_epoch, fitting._by_epoch = fitting._by_epoch, failing
    compare({name: small(name) for name in ("cnn-vision", "lstm-text")}, corpus, folder)


SEVERAL = {
    "comparison-late": compare_and_fail_late,
    "comparison": compare_two,
    "ablation": ablate_one,
    "other-films": train_on_others,
}


def main() -> None:
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    corpus = make_corpus()
    told.update(name="", written=[])
    watch_training()
    watch_files()
    for asked in sys.argv[2:]:
        name, _, how = asked.partition(":")
        if name in SEVERAL:
            told.update(name=name, losses=[], draws=[], films=[], scored=[], written=[], statistics=[])
            SEVERAL[name](corpus, folder / name)
            (folder / f"{name}.{processes.index()}.json").write_text(json.dumps(told))
            continue
        told.update(name=asked, losses=[], draws=[], films=[], scored=[], written=[], statistics=[])
        recipe, settings = settings_of(name)
        run(recipe, settings, corpus, folder / name, resume=how == "resume")
        (folder / f"{name}.{processes.index()}.json").write_text(json.dumps(told))
    sys.exit(0)  # as typer ends: a process of several is not taken down with Python


if __name__ == "__main__":
    cli.app = main  # so that errors are told as the program tells them
    cli.main()
