"""One run to one export: all of it, verified, or nothing.

It is written as DIR.partial, which takes the name DIR when everything is in it and float32 was found to say
what the run says; an int8 model that decides otherwise too often is left out.
"""

from dataclasses import dataclass
from pathlib import Path

import torch

from cinefuse.bundle import BundleRecord
from cinefuse.corpus.record import Corpus
from cinefuse.errors import RunError
from cinefuse.export.card import CardMaterial, write_card
from cinefuse.export.graph import input_names, write_graph
from cinefuse.export.int8 import INT8, films_for_ranges, with_int8
from cinefuse.export.requirements import made_with, requirements
from cinefuse.export.verify import Reference, films_to_verify, refuse_differing
from cinefuse.exported import ExportRecord, OnnxPredictor, is_export
from cinefuse.exported.record import PEOPLE, RECORD, TOKENIZER, ReadingSettings, Verification, digest
from cinefuse.inference import Predictor
from cinefuse.progress import say
from cinefuse.results import Result, read_record, write_record
from cinefuse.whole_folder import whole_folder

FLOAT32 = "model.onnx"
MOST_KNOWN = 100  # people by whom an export is tried
FILES = (FLOAT32, INT8, TOKENIZER, PEOPLE, RECORD, "README.md", "requirements.txt")


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
    predictor = Predictor.load(run, torch.device("cpu"))
    result = _result(run, predictor.bundle.record)
    movies = films_to_verify(corpus, options.split, options.n_films)
    taken = "an export is there" if is_export(directory) else ""
    with whole_folder(directory, FILES, "export", taken) as partial:
        say(f"{predictor.name}: writing the graph")
        record = _write_float32(predictor, partial)
        say(f"{predictor.name}: asking the run and the export of {len(movies):,} films")
        reference = Reference(predictor, movies, _known_people(predictor))
        exported = OnnxPredictor.of_record(record, partial)
        agreement = reference.agreement(exported)
        refuse_differing(agreement, f"{len(movies):,} films of {corpus.name}")
        verification = Verification(
            corpus=corpus.name, split=options.split, films=len(movies), agreement={"float32": agreement}
        )
        record = record.model_copy(update={"verification": verification})
        if options.int8:
            record = with_int8(record, partial, reference, films_for_ranges(exported, corpus, movies))
        if result is None:
            say(
                f"note: the card has no scores: `cinefuse evaluate {run} --corpus C --json "
                f"{run / 'test.json'}` before an export puts them there"
            )
        material = CardMaterial(record, result, _encoders(predictor.bundle.record), options.license)
        write_card(material, partial / "README.md")
        (partial / "requirements.txt").write_text(requirements(), encoding="utf-8")
        write_record(record, partial / RECORD)
    return record


def _write_float32(predictor: Predictor, partial: Path) -> ExportRecord:
    """The graph and the tokeniser, with a record that says how to use them; nothing is verified yet."""
    bundle = predictor.bundle
    scoring = bundle.record.scoring
    reading = ReadingSettings.model_validate(scoring.model_dump(include=set(ReadingSettings.model_fields)))
    write_graph(bundle.model, predictor.reads, reading, partial / FLOAT32)
    if bundle.tokenizer is not None:
        (partial / TOKENIZER).write_text(bundle.tokenizer.to_str(), encoding="utf-8")
    if bundle.people is not None:
        write_record(bundle.people, partial / PEOPLE)
    files = [FLOAT32] + [TOKENIZER] * (bundle.tokenizer is not None) + [PEOPLE] * (bundle.people is not None)
    links = bundle.model.graph.links if bundle.model.graph else None
    return ExportRecord(
        model=bundle.record.model,
        genres=bundle.record.genres,
        reads=tuple(part for part in ("plot", "poster") if part in predictor.reads),
        links=links,
        inputs=input_names(predictor.reads, links),
        reading=reading,
        threshold=bundle.record.threshold,
        thresholds=bundle.record.thresholds,
        calibration=bundle.record.calibration,
        without=bundle.record.without,
        learned_from=bundle.record.learned_from,
        parameters=bundle.record.parameters,
        trained_on=bundle.record.trained_on,
        models={"float32": FLOAT32},
        files={name: digest(partial / name) for name in files},
        made_with=made_with(),
    )


def _known_people(predictor: Predictor) -> list[str]:
    """Names that it knows, those who made most films first: what they tell moves a film furthest."""
    people = predictor.bundle.people.people if predictor.bundle.people else {}
    return sorted(people, key=lambda name: (-len(people[name]), name))[:MOST_KNOWN]


def _result(run: Path, record: BundleRecord) -> Result | None:
    """What the run was measured to be: on test, or else on dev; None where nobody measured it.

    Raises:
        RunError: if what lies there is of another model, or of another split than its name says.
    """
    for split in ("test", "dev"):
        if (path := run / f"{split}.json").is_file():
            again = f"cinefuse evaluate {run} --corpus C --split {split} --json {path}"
            result = read_record(Result, path, again)
            found = (result.model, result.corpus.split, *result.corpus.genres)
            if found != (record.model, split, *record.genres) or result.parameters != record.parameters:
                raise RunError(
                    f"{path}: a result of {result.model} on {result.corpus.split}, of "
                    f"{len(result.corpus.genres)} genres; allowed is what this run, {record.model}, says on "
                    f"{split} of its {len(record.genres)}: remove it, or make it anew with `{again}`"
                )
            return result
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
