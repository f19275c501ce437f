"""Whether a model can be made smaller as its settings say, and what of that is done before it is trained."""

from cinefuse.errors import SettingsError
from cinefuse.model import GenreModel
from cinefuse.training.matrices import SMALLEST, encoder_matrices
from cinefuse.training.pruning import KINDS, prune
from cinefuse.training.rounding import rounded_matrices
from cinefuse.training.settings import TrainingSettings

ABOUT = {
    "pruning": f"matrices or convolutions of {SMALLEST:,} weights or more",
    "quantisation_aware": f"matrices of {SMALLEST:,} weights or more, in an encoder that is trained",
}


def check_matrices(settings: TrainingSettings, model: GenreModel) -> None:
    """Looks at the shape alone.

    Raises:
        SettingsError: if a setting is about what the model's encoders have not.
    """
    for setting, there in (
        ("pruning", encoder_matrices(model, *KINDS)),
        ("quantisation_aware", rounded_matrices(model)),
    ):
        if getattr(settings, setting) and not there:
            raise SettingsError(
                f"{setting}={getattr(settings, setting)}: no encoder of this model has what it is about, "
                f"{ABOUT[setting]}; allowed is to leave it out, or another encoder"
            )


def make_smaller(settings: TrainingSettings, model: GenreModel) -> list[str]:
    """Prunes its encoders, where that is set; says in a line each what is done, and will be.

    Raises:
        SettingsError: as `check_matrices`.
    """
    check_matrices(settings, model)
    lines = []
    if settings.pruning:
        zeros, weights = prune(model, settings.pruning)
        lines.append(f"{zeros:,} of {weights:,} weights of encoders' matrices are 0")
    if settings.quantisation_aware:
        lines.append(f"{len(rounded_matrices(model))} matrices are trained as an export rounds them")
    return lines
