"""Opening a model to predict with, whatever it runs on: a run by torch, an export by onnxruntime."""

from pathlib import Path

from cinefuse.errors import RunError, SettingsError
from cinefuse.exported import OnnxPredictor, Precision, is_export
from cinefuse.prediction import GenrePredictor
from cinefuse.registry import unknown_name

ENGINES = {
    "auto": "torch for a run, onnx for an export",
    "torch": "the run as it was trained, on a GPU where there is one",
    "onnx": "the export in float32, on the processor",
    "int8": "the export with 8-bit weights: smaller and faster, and not always of the same opinion",
}
INSIDE = "export"  # where `cinefuse export RUN` puts an export unless told otherwise

_PRECISIONS: dict[str, Precision] = {"auto": "float32", "onnx": "float32", "int8": "int8"}


def open_predictor(path: str | Path, engine: str = "auto") -> GenrePredictor:
    """Opens a run or an export; torch is imported for a run alone.

    Args:
        path: what `cinefuse train` or `cinefuse export` wrote. A run that has an export inside (RUN/export)
            may be opened by any engine.
        engine: one of `ENGINES`.

    Raises:
        SettingsError: if there is no such engine.
        RunError: if the folder is neither, is damaged, or is not what the engine opens.
        MissingExtra: for an export, without onnxruntime.
    """
    folder = Path(path)
    if engine not in ENGINES:
        raise SettingsError(unknown_name("engine", engine, list(ENGINES)))
    is_run = (folder / "bundle.json").is_file()
    export = folder if is_export(folder) else folder / INSIDE
    if not is_run and not is_export(export):
        raise RunError(
            f"{folder}: neither a finished run (it has no bundle.json) nor an export (no export.json); "
            "`cinefuse train` makes the one, and with --resume finishes it, `cinefuse export` makes the other"
        )
    if engine == "torch" and not is_run:
        raise RunError(
            f"{folder}: an export, which torch does not open; allowed here is engine auto, onnx or int8, "
            "or the folder of the run that it was made from"
        )
    if engine == "torch" or (engine == "auto" and is_run):
        return _open_run(folder)
    if not is_export(export):
        raise RunError(
            f"{folder}: a run without an export in it, which engine {engine} needs; make one with "
            f"`cinefuse export {folder}`, or take engine torch"
        )
    return OnnxPredictor.load(export, _PRECISIONS[engine])


def _open_run(folder: Path) -> GenrePredictor:
    try:
        from cinefuse.inference import Predictor
    except ModuleNotFoundError as error:
        if error.name not in {"torch", "transformers"}:
            raise
        raise RunError(
            f"{folder}: a run, which needs {error.name}, and that is not installed here; install cinefuse "
            "with all it depends on, or give an export, which needs none (`cinefuse export RUN --out DIR`)"
        ) from error
    return Predictor.load(folder)
