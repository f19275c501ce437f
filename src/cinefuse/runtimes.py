"""Opening a model to predict with, whatever it runs on: a run by torch, an export by onnxruntime."""

from dataclasses import dataclass
from pathlib import Path

from cinefuse.ensembles.record import is_ensemble
from cinefuse.errors import RunError, SettingsError
from cinefuse.exported import OnnxPredictor, Precision, is_export
from cinefuse.prediction import GenrePredictor
from cinefuse.registry import unknown_name

RUNTIMES = {
    "auto": "torch for a run, onnx for an export",
    "torch": "the run as it was trained, on a GPU where there is one",
    "onnx": "the export in float32, on the processor",
    "int8": "the export with 8-bit weights: smaller and faster, and not always of the same opinion",
}
INSIDE = "export"  # where `cinefuse export RUN` puts an export unless told otherwise

_PRECISIONS: dict[str, Precision] = {"onnx": "float32", "int8": "int8"}


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model on the disk.

    Attributes:
        folder: of the run, or of the export.
        runtime: that opens it: "torch", "onnx" or "int8".
    """

    folder: Path
    runtime: str


def open_predictor(path: str | Path, runtime: str = "auto") -> GenrePredictor:
    """Opens a run, an ensemble or an export; torch is imported for no export.

    Args:
        path: what `cinefuse train`, `ensemble` or `export` wrote. A run that has an export inside
            (RUN/export) may be opened by any runtime.
        runtime: one of `RUNTIMES`.

    Raises:
        SettingsError: if there is no such runtime.
        RunError: if the folder is neither, is damaged, or is not what the runtime opens.
        MissingExtra: for an export, without onnxruntime.
    """
    found = find_model(path, runtime)
    if found.runtime == "torch":
        return _open_run(found.folder)
    return OnnxPredictor.load(found.folder, _PRECISIONS[found.runtime])


def find_model(path: str | Path, runtime: str = "auto") -> FoundModel:
    """The folder that is opened, and by what, without opening it.

    Raises:
        SettingsError: if there is no such runtime.
        RunError: if the folder is neither a run nor an export, or is not what the runtime opens.
    """
    folder = Path(path)
    if runtime not in RUNTIMES:
        raise SettingsError(unknown_name("runtime", runtime, list(RUNTIMES)))
    is_run = is_ensemble(folder) or (folder / "bundle.json").is_file()
    export = folder if is_export(folder) else folder / INSIDE
    if not is_run and not is_export(export):
        raise RunError(
            f"{folder}: neither a finished run (it has no bundle.json) nor an export (no export.json); "
            "`cinefuse train` makes the one, and with --resume finishes it, `cinefuse export` makes the other"
        )
    if runtime == "torch" and not is_run:
        raise RunError(
            f"{folder}: an export, which torch does not open; allowed here is runtime auto, onnx or int8, "
            "or the folder of the run that it was made from"
        )
    if runtime == "torch" or (runtime == "auto" and is_run):
        return FoundModel(folder, "torch")
    if not is_export(export):
        if is_ensemble(folder):
            raise RunError(
                f"{folder}: an ensemble, which torch alone runs; allowed here is runtime auto or torch"
            )
        raise RunError(
            f"{folder}: a run without an export in it, which runtime {runtime} needs; make one with "
            f"`cinefuse export {folder}`, or take runtime torch"
        )
    return FoundModel(export, "onnx" if runtime == "auto" else runtime)


def _open_run(folder: Path) -> GenrePredictor:
    try:
        from cinefuse.ensembles.opening import open_trained
    except ModuleNotFoundError as error:
        if error.name not in {"torch", "transformers"}:
            raise
        raise RunError(
            f"{folder}: a run, which needs {error.name}, and that is not installed here; install cinefuse "
            "with all it depends on, or give an export, which needs none (`cinefuse export RUN --out DIR`)"
        ) from error
    return open_trained(folder)
