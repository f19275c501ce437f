"""One run to one export: all of it, verified, or nothing.

It is written as DIR.partial, which takes the name DIR when everything is in it and float32 was found to say
what the run says.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from cinefuse.bundle import BundleRecord
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.errors import RunError, StorageError
from cinefuse.export.card import CardMaterial, write_card
from cinefuse.export.graph import input_names, write_graph
from cinefuse.export.quantise import write_int8
from cinefuse.export.requirements import made_with, requirements
from cinefuse.export.verify import Reference, films_to_verify, refuse_differing
from cinefuse.exported import ExportRecord, OnnxPredictor, Precision, is_export
from cinefuse.exported.record import RECORD, TOKENIZER, Agreement, ReadingSettings, Verification, digest
from cinefuse.inference import Predictor
from cinefuse.progress import say
from cinefuse.results import Result, read_record, write_record

NO_INT8 = (
    "no int8 model is written: it has neither matrices nor word tables, and convolutions stay in float32"
)
FILES: dict[Precision, str] = {"float32": "model.onnx", "int8": "model.int8.onnx"}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How a run is exported.

    Attributes:
        split: of the corpus, whose films it is verified on.
        n_films: the most films that it is verified on; None for all.
        int8: whether to write the small, fast model as well.
        license: for the model card, an identifier of the hub's; None leaves it to the user.
    """

    split: str = "dev"
    n_films: int | None = 400
    int8: bool = True
    license: str | None = None


DEFAULT_OPTIONS = ExportOptions()


def export_run(
    run: Path, directory: Path, corpus: Corpus, options: ExportOptions = DEFAULT_OPTIONS
) -> ExportRecord:
    """Writes `directory`, and returns what its `export.json` says.

    Args:
        run: the folder of a finished run.
        directory: new.
        corpus: whose films the export is held against the run on.
        options: see there.

    Raises:
        RunError: if the run is not whole, the folder is taken, or the graph does not say what the run says.
        CorpusError: if the corpus has no such films.
        MissingExtra: without onnx, onnxscript and onnxruntime.
        StorageError: if the disk says no.
    """
    predictor, result = Predictor.load(run, torch.device("cpu")), _result(run)
    movies = films_to_verify(corpus, options.split, options.n_films)
    with _whole_or_nothing(directory) as partial:
        say(f"{predictor.name}: writing the graph")
        record = _write_models(predictor, partial, int8=options.int8)
        say(f"{predictor.name}: asking the run and the export of {len(movies):,} films")
        record = _verified(predictor, record, partial, movies, corpus.name, options.split)
        material = CardMaterial(record, result, _encoders(predictor.bundle.record), options.license)
        write_card(material, partial / "README.md")
        (partial / "requirements.txt").write_text(requirements(), encoding="utf-8")
        write_record(record, partial / RECORD)
    return record


def _write_models(predictor: Predictor, partial: Path, *, int8: bool) -> ExportRecord:
    """The models and the tokeniser, with a record that says how to use them; nothing is verified yet."""
    bundle = predictor.bundle
    scoring = bundle.record.scoring
    reading = ReadingSettings.model_validate(scoring.model_dump(include=set(ReadingSettings.model_fields)))
    models: dict[Precision, str] = {"float32": FILES["float32"]}
    write_graph(bundle.model, predictor.reads, reading, partial / FILES["float32"])
    if int8 and write_int8(partial / FILES["float32"], partial / FILES["int8"]):
        models["int8"] = FILES["int8"]
    elif int8:
        say(f"{predictor.name}: {NO_INT8}")
    if bundle.tokenizer is not None:
        (partial / TOKENIZER).write_text(bundle.tokenizer.to_str(), encoding="utf-8")
    files = [*models.values()] + [TOKENIZER] * (bundle.tokenizer is not None)
    record = ExportRecord(
        model=bundle.record.model,
        genres=bundle.record.genres,
        reads=tuple(part for part in ("plot", "poster") if part in predictor.reads),
        inputs=input_names(predictor.reads),
        reading=reading,
        threshold=bundle.record.threshold,
        thresholds=bundle.record.thresholds,
        calibration=bundle.record.calibration,
        without=bundle.record.without,
        parameters=bundle.record.parameters,
        trained_on=bundle.record.trained_on,
        models=models,
        files={name: digest(partial / name) for name in files},
        made_with=made_with(),
    )
    write_record(record, partial / RECORD)
    return record


def _verified(
    predictor: Predictor,
    record: ExportRecord,
    partial: Path,
    movies: Sequence[Movie],
    corpus: str,
    split: str,
) -> ExportRecord:
    """The record with how far each model is from the run."""
    reference = Reference(predictor, movies)
    agreement: dict[Precision, Agreement] = {}
    for precision in record.models:
        agreement[precision] = reference.agreement(OnnxPredictor.load(partial, precision))
        if precision == "float32":
            refuse_differing(agreement[precision], f"{len(movies):,} films of {corpus}")
    verification = Verification(corpus=corpus, split=split, films=len(movies), agreement=agreement)
    return record.model_copy(update={"verification": verification})


def _result(run: Path) -> Result | None:
    """What the run was measured to be: on test, or else on dev; None where nobody measured it."""
    for split in ("test", "dev"):
        if (path := run / f"{split}.json").is_file():
            return read_record(Result, path, f"cinefuse evaluate RUN --corpus C --json {path.name}")
    return None


def _encoders(record: BundleRecord) -> dict[str, str]:
    """What each encoder started from, without the folder that it lay in."""
    scoring = record.scoring
    named = {
        "plots": (scoring.text == "transformer", scoring.text_encoder),
        "posters": (scoring.vision == "backbone", scoring.vision_encoder),
    }
    pretrained = scoring.pretrained
    return {
        part: Path(name).name if Path(name).is_absolute() else name
        for part, (has_backbone, name) in named.items()
        if has_backbone and pretrained and name != "small"
    }


@contextmanager
def _whole_or_nothing(directory: Path) -> Iterator[Path]:
    """A folder beside `directory` that takes its name at the end, or goes if anything goes wrong."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        what = "an export is there" if is_export(directory) else "exists and is not empty"
        raise RunError(f"{directory}: {what}; allowed is a new folder: remove it, or give another --out")
    whole = directory.absolute()  # "." has no name
    partial = whole.with_name(whole.name + ".partial")
    if partial.exists() and not _is_ours(partial):
        raise RunError(f"{partial}: is in the way; remove it, or give another --out")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of an export that was killed
        partial.mkdir(parents=True)
        yield partial
        if whole.exists():
            whole.rmdir()
        partial.replace(whole)
    except OSError as error:
        raise StorageError(
            f"{directory}: the export could not be written: {error.strerror or error}"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_ours(partial: Path) -> bool:
    """Whether there is nothing in it but what an export writes."""
    known = {*FILES.values(), TOKENIZER, RECORD, f"{RECORD}.partial", "README.md", "requirements.txt"}
    return partial.is_dir() and {path.name for path in partial.iterdir()} <= known
