"""A run and its export at the size that is measured, trained for one step: speed asks for no more."""

from dataclasses import replace
from pathlib import Path

from cinefuse.bench.context import Context
from cinefuse.bench.films import spread_over
from cinefuse.experiment import run
from cinefuse.export import ExportOptions, export_run
from cinefuse.progress import say

FEW = 32  # films that it is trained and verified on


def make_run(context: Context, recipe: str) -> Path:
    """The folder of the run; its export lies in it as `export`."""
    folder = context.folder / recipe
    if not folder.is_dir():
        say(f"{recipe}: a run of one step and its export, to measure")
        splits = {name: spread_over(context.corpus.split(name), FEW) for name in ("train", "dev")}
        few = replace(context.corpus, splits=splits)
        settings = context.settings(recipe, "max_epochs=1", "report_to=none", "calibration=none")
        run(recipe, settings, few, folder)
        export_run(folder, folder / "export", few, ExportOptions(n_films=FEW))
    return folder
