"""The int8 model of an export: the fastest that decides as the run does, or none."""

from collections.abc import Sequence
from pathlib import Path

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.export.quantise import write_int8
from cinefuse.export.verify import Reference, films_to_verify, why_not_int8
from cinefuse.exported import ExportRecord, OnnxPredictor
from cinefuse.exported.features import Arrays
from cinefuse.exported.record import digest
from cinefuse.progress import say

INT8 = "model.int8.onnx"
# of labels that it must decide as the run does: with its convolutions in 8 bits, and at all
LEAST_WITH_CONVOLUTIONS, LEAST = 0.98, 0.95
RANGE_FILMS, AT_ONCE = 64, 8  # films that ranges are taken from
NOTHING_GAINS = "it has no matrices, no word tables and no convolutions of more than pixels"

Batches = list[Arrays]


def films_for_ranges(exported: OnnxPredictor, corpus: Corpus, verified: Sequence[Movie]) -> Batches:
    """Films to learn the ranges of convolutions from; none where no poster is read.

    They are of the train split: those that the export is held against the run on are to be new to it. What is
    learned from them are two numbers for each convolution.
    """
    movies = corpus.splits.get("train", ())
    if "poster" not in exported.reads or not len(movies):
        return []
    known = {movie.id for movie in verified}
    chosen = [movie for movie in films_to_verify(corpus, "train", RANGE_FILMS) if movie.id not in known]
    if not chosen:
        return []
    features = exported.features(chosen)
    starts = range(0, len(chosen), AT_ONCE)
    return [features.batch(range(start, min(start + AT_ONCE, len(chosen)))) for start in starts]


def with_int8(record: ExportRecord, partial: Path, reference: Reference, films: Batches) -> ExportRecord:
    """The record with an int8 model, written and verified; as it was, where none decides as the run does.

    Args:
        record: of the float32 model, verified.
        partial: the export's folder.
        reference: what the run says.
        films: for the ranges of convolutions; without any, those stay in float32.
    """
    verification = record.verification
    assert verification is not None, "float32 is verified first"
    asked = f"{verification.films:,} films of {verification.corpus}"
    why = NOTHING_GAINS
    for batches, least in [(films, LEAST_WITH_CONVOLUTIONS)] * bool(films) + [(None, LEAST)]:
        if not write_int8(partial / record.models["float32"], partial / INT8, batches):
            continue
        tried = _with_file(record, partial)
        agreement = reference.agreement(OnnxPredictor.of_record(tried, partial, "int8"))
        why = why_not_int8(agreement, least, asked)
        if not why:
            both = verification.agreement | {"int8": agreement}
            told = verification.model_copy(update={"agreement": both})
            return tried.model_copy(update={"verification": told})
        (partial / INT8).unlink()
        if batches:
            say(f"{record.model}: convolutions stay in float32: with them in 8 bits, {why}")
    say(f"{record.model}: no int8 model is kept: {why}; use float32")
    return record


def _with_file(record: ExportRecord, partial: Path) -> ExportRecord:
    return record.model_copy(
        update={
            "models": record.models | {"int8": INT8},
            "files": record.files | {INT8: digest(partial / INT8)},
        }
    )
