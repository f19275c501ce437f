"""How each model was made: its size, what training was set to, and how long it took."""

from collections.abc import Callable
from pathlib import PurePath
from statistics import fmean

from cinefuse.reports.material import Material, Model
from cinefuse.reports.section import Block, Facts, Heading, Prose, Section, Tabled
from cinefuse.reports.sections.learning import SCORES, best_epoch, selected_by
from cinefuse.reports.table import Column, Table, millions, whole

FROZEN = {"all": "frozen", "first-half": "first half frozen"}
PARTS = ("backbone", "head", "total", "trainable")
SIZES = "Parameters in millions; the backbone are the parts that are or can be pretrained."
TIMES = (
    "Means over seeds: training with its scoring of dev after every epoch, and scoring the films here. "
    "This is the one table that another training with the same seed does not repeat to the last digit."
)


def models(material: Material) -> Section:
    """Sizes and times, then the settings: what differs in a table, what does not side by side."""
    title = "How the models were made"
    if not material.models:
        return Section("models", title, (Prose("No model was made."),))
    blocks: list[Block] = [
        Tabled("parameters", _sizes(material.models)),
        Prose(SIZES, quiet=True),
        Heading("Training"),
        *_training(material.models),
        Heading("Time"),
        Tabled("timing", _times(material.models)),
        Prose(TIMES, quiet=True),
    ]
    return Section("models", title, tuple(blocks))


def _sizes(models: tuple[Model, ...]) -> Table:
    columns = (
        Column("model", numeric=False),
        *(Column(part, millions, name=f"parameters_{part}") for part in PARTS),
        Column("seed", numeric=False, name="seeds"),
    )
    rows = [
        (
            model.name,
            *(getattr(model.summary.results[0].parameters, part) for part in PARTS),
            ", ".join(str(result.seed) for result in model.summary.results),
        )
        for model in models
    ]
    return Table(columns, rows)


def _times(models: tuple[Model, ...]) -> Table:
    columns = (
        Column("model", numeric=False),
        Column("training (s)", whole, name="seconds_train"),
        Column("films a second, training", _speed, name="films_per_second_train"),
        Column("films a second, scoring", _speed, name="films_per_second_evaluate"),
    )
    rows = [
        (model.name, model.summary.train_seconds(), _training_speed(model), _scoring_speed(model))
        for model in models
    ]
    return Table(columns, rows)


def _training_speed(model: Model) -> float | None:
    """Films a second over all epochs; None where a run did not say how many, or how long."""
    speeds = [
        model.train_movies * len(history) / result.seconds.train
        for history, result in zip(model.histories, model.summary.results, strict=False)
        if model.train_movies and history and result.seconds.train
    ]
    return fmean(speeds) if speeds else None


def _scoring_speed(model: Model) -> float | None:
    results = model.summary.results
    speeds = [one.corpus.movies / one.seconds.evaluate for one in results if one.seconds.evaluate]
    return fmean(speeds) if speeds else None


def _speed(films: float) -> str:
    return whole(films) if films >= 10 else f"{films:.1f}"


def _training(models: tuple[Model, ...]) -> list[Block]:
    told = {model.name: _told(model) for model in models}
    values = {name: {one[name] for one in told.values()} - {None} for name in TOLD}
    differing = [name for name in TOLD if len(values[name]) > 1 or (values[name] and name in OF_EACH)]
    same = tuple(
        (name, value) for name in TOLD if name not in differing for value in values[name] if value is not None
    )
    blocks: list[Block] = []
    without = [model.name for model in models if not model.settings]
    if without:
        blocks.append(
            Prose(f"What they were trained with is not known of {', '.join(without)}: no run.json.")
        )
    if differing:
        columns = (Column("model", numeric=False), *(Column(name, numeric=False) for name in differing))
        rows = [(model, *(one[name] for name in differing)) for model, one in told.items()]
        blocks.append(Tabled("training", Table(columns, rows)))
    if same:
        blocks += [Prose("The same for all that have it:", quiet=True), Facts(same)]
    return blocks


def _told(model: Model) -> dict[str, str | None]:
    """Of a model that was not trained by epochs, nothing of how epochs were set."""
    fitted = _learner(model) is not None
    return {name: None if fitted and name in OF_EPOCHS else tell(model) for name, tell in TOLD.items()}


def _learner(model: Model) -> str | None:
    """What fitted its heads; None where they were trained."""
    learner = _named(model, "learner")
    if learner in {None, "gradient"}:
        return None
    number = "bayes_smoothing" if learner == "bayes" else "penalty_c"
    return f"{learner}, {number.replace('_', ' ')} {model.settings[number]:g}"


def _text_encoder(model: Model) -> str | None:
    encoder, vectors = _named(model, "text"), model.settings.get("word_vectors")
    if encoder == "transformer":
        return _weights(model, "text_encoder")
    return f"{encoder} on {PurePath(vectors).name}" if encoder and vectors else encoder


def _vision_encoder(model: Model) -> str | None:
    if model.settings.get("vision") == "backbone":
        return _weights(model, "vision_encoder")
    return _named(model, "vision")


def _weights(model: Model, key: str) -> str | None:
    """The last part of a folder or a hub id, whether it starts at random, and what of it is not trained."""
    encoder = model.settings.get(key)
    if encoder is None:
        return None
    told = [PurePath(encoder).name]
    if not model.settings.get("pretrained", True):
        told.append("random weights")
    frozen = model.settings.get(key.replace("encoder", "freeze"))
    told += [FROZEN[frozen]] if frozen in FROZEN else []
    return ", ".join(told)


def _named(model: Model, key: str) -> str | None:
    value = model.settings.get(key)
    return None if value is None else str(value)


def _of(key: str, needed: str = "") -> Callable[[Model], str | None]:
    """Tells one setting, of models that have the part that it is for."""

    def tell(model: Model) -> str | None:
        return _named(model, key) if not needed or model.settings.get(needed) else None

    return tell


def _poster(model: Model) -> str | None:
    height, width = (model.settings.get(f"poster_{side}") for side in ("height", "width"))
    if not model.settings.get("vision") or not height or not width:
        return None
    return f"{width} \N{MULTIPLICATION SIGN} {height}"


def _learning_rate(of: str, model: Model) -> str | None:
    """Of new parts, or of a pretrained text or vision encoder."""
    settings = model.settings
    rate = settings.get("learning_rate")
    if of == "text":
        rate = settings.get("pretrained_learning_rate") if settings.get("text") == "transformer" else None
    if of == "vision":
        own = settings.get("vision_learning_rate") or settings.get("pretrained_learning_rate")
        rate = own if settings.get("vision") == "backbone" else None
    if rate is None or (of != "new" and not settings.get("pretrained", True)):
        return None
    return f"{rate:g}".replace("e-0", "e-")


def _schedule(model: Model) -> str | None:
    schedule, warmup = _named(model, "schedule"), model.settings.get("warmup")
    return f"{schedule}, warm-up {100 * warmup:g} %" if warmup and schedule != "plateau" else schedule


def _epochs(model: Model) -> str | None:
    """2 of 6: the best, and how many were run; one of each seed."""
    by = selected_by(model)
    runs = [f"{best_epoch(history, by)} of {len(history)}" for history in model.histories if history]
    return ", ".join(runs) or None


def _best_by(model: Model) -> str | None:
    return f"dev {SCORES[selected_by(model)]}" if model.settings and model.kind != "ensemble" else None


OF_EACH = {"text encoder", "vision encoder", "best epoch"}  # told of each model even where it is the same
OF_EPOCHS = {"loss", "learning rate", "schedule", "batch", "best epoch", "best epoch by", "precision"}
TOLD: dict[str, Callable[[Model], str | None]] = {
    "text encoder": _text_encoder,
    "vision encoder": _vision_encoder,
    "tokens": _of("max_tokens", "text"),
    "poster (pixels)": _poster,
    "fitted by scikit-learn": _learner,
    "loss": _of("loss"),
    "class weights": _of("class_weights"),
    "learning rate": lambda model: _learning_rate("new", model),
    "learning rate, text encoder": lambda model: _learning_rate("text", model),
    "learning rate, vision encoder": lambda model: _learning_rate("vision", model),
    "schedule": _schedule,
    "batch": _of("batch_size"),
    "best epoch": _epochs,
    "best epoch by": _best_by,
    "precision": _of("precision"),
    "threshold": lambda model: model.summary.results[0].threshold.rule.replace("-", " "),
}
