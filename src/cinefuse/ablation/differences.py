"""Each variant of an ablation against its reference, on the same films."""

from pathlib import Path

import numpy as np

from cinefuse.errors import RunError
from cinefuse.metrics.pairs import compare_pairs, holm
from cinefuse.metrics.uncertainty import Predictions
from cinefuse.results import StoredPredictions, read_predictions
from cinefuse.results.ablation import AblationResults, Difference, VariantResults


def with_differences(ablation: AblationResults, directory: Path) -> AblationResults:
    """The ablation with each variant's difference in macro F1, or with why there is none.

    A recipe whose reference failed is named in `untested`, and the other recipes' variants are compared.
    p-values are corrected for each other (Holm 1979). With several seeds a variant's score is their mean.

    Args:
        ablation: with its results.
        directory: beside which its runs lie.
    """
    scored = {_name(variant): variant for variant in ablation.variants if variant.results}
    pairs = [
        (name, reference)
        for name, variant in scored.items()
        if variant.reference and (reference := _name(variant, variant.reference)) in scored
    ]
    lost = dict.fromkeys(
        f"{variant.recipe}: the reference '{variant.reference}' failed"
        for variant in scored.values()
        if variant.reference and _name(variant, variant.reference) not in scored
    )
    untested = "; ".join(lost)
    if not pairs:
        untested = untested or "there are not two variants with results to compare"
        return ablation.model_copy(update={"untested": untested})
    try:
        stored = {name: _read(scored[name], directory) for pair in pairs for name in pair}
        targets = _shared_targets(stored)
        models = {
            name: [Predictions(one.probabilities, one.thresholds) for one in of_seeds]
            for name, of_seeds in stored.items()
        }
        compared = [
            compare_pairs({name: models[name], reference: models[reference]}, targets)[0]
            for name, reference in pairs
        ]
    except (RunError, ValueError) as error:
        return ablation.model_copy(update={"untested": "; ".join([*lost, str(error)])})
    raised = holm([one.p for one in compared])
    found = {
        one.first: Difference(difference=one.difference, low=one.low, high=one.high, p=one.p, p_holm=p_holm)
        for one, p_holm in zip(compared, raised, strict=True)
    }
    variants = [
        variant.model_copy(update={"difference": found.get(_name(variant))}) for variant in ablation.variants
    ]
    return ablation.model_copy(update={"variants": variants, "untested": untested})


def _name(variant: VariantResults, label: str | None = None) -> str:
    return f"{variant.recipe}: {label or variant.label}"


def _read(variant: VariantResults, directory: Path) -> list[StoredPredictions]:
    return [read_predictions(directory / run / "predictions.npz") for run in variant.runs]


def _shared_targets(stored: dict[str, list[StoredPredictions]]) -> np.typing.NDArray[np.bool_]:
    first, *others = (one for of_seeds in stored.values() for one in of_seeds)
    for other in others:
        for part in ("ids", "genres", "targets"):
            if not np.array_equal(getattr(first, part), getattr(other, part)):
                raise RunError(f"variants were scored on films that differ in their {part}")
    return first.targets
