"""`cinefuse train`: one recipe on one corpus."""

from pathlib import Path
from typing import Annotated

import typer

from cinefuse.cli.options import CorpusOption, ResumeOption, SetOption, open_told
from cinefuse.cli.showing import show_ensemble


def train(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="What to train: see `cinefuse models`; or a recipe file.")
    ],
    corpus: CorpusOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the new run.")],
    assignments: SetOption = None,
    *,
    resume: ResumeOption = False,
) -> None:
    """Trains a RECIPE and keeps its best epoch on dev, with thresholds fitted there."""
    from cinefuse.prediction import RunRecord
    from cinefuse.recipes import ENSEMBLE_RECIPES, compose, find_members, find_recipe
    from cinefuse.recipes.compose import compose_many

    record: RunRecord
    if together := ENSEMBLE_RECIPES.get(recipe):
        members = compose_many(find_members(together), assignments or ())
        from cinefuse.ensembles.record import EnsembleRecord
        from cinefuse.trained_ensemble import train_ensemble

        record = train_ensemble(together, members, open_told(corpus), out, resume=resume)
        if isinstance(record, EnsembleRecord):
            show_ensemble(record)
    else:
        found = find_recipe(recipe)
        settings = compose(found, assignments or ())
        from cinefuse.experiment import run

        record = run(found.name, settings, open_told(corpus), out, resume=resume)
    typer.echo(
        f"{out}: {record.model}, {record.parameters.total / 1e6:.1f} M parameters, "
        f"trained in {record.seconds:.0f} s; now: cinefuse evaluate {out} --corpus {corpus}"
    )
