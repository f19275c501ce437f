"""Variants of models held against each other, one part changed at a time: `ablation.json`."""

from pathlib import Path
from typing import Any

from pydantic import Field

from cinefuse.results.comparison import Failure
from cinefuse.results.record import Record, read_record
from cinefuse.results.result import CorpusSummary, Result
from cinefuse.results.significance import told_apart


class Difference(Record):
    """Macro F1 of a variant minus that of its reference on the same films.

    Attributes:
        low: end of the 95 % interval over films.
        high: its other end.
        p: two-sided, by permutation.
        p_holm: the same, raised for the number of variants of the ablation (Holm 1979).
    """

    difference: float
    low: float
    high: float
    p: float
    p_holm: float

    @property
    def told_apart(self) -> bool:
        """See `results.significance`."""
        return told_apart(self.p_holm, self.low, self.high)


class VariantResults(Record):
    """One variant of one ablation.

    Attributes:
        reference: label of the variant of the same recipe that it is held against; None for that one itself.
        assignments: what it sets, as `--set` would.
        settings: setting -> its value here, for all that the ablation varies.
        runs: folders of its runs, one a seed, beside `ablation.json`.
        results: of those that did not fail.
        left_out: why it was not run; empty where it was.
        difference: None for a reference, and where there is nothing to compare.
    """

    label: str
    recipe: str
    reference: str | None
    assignments: list[str]
    settings: dict[str, Any]
    runs: list[str] = Field(default_factory=list)
    results: list[Result] = Field(default_factory=list)
    failed: list[Failure] = Field(default_factory=list)
    left_out: str = ""
    difference: Difference | None = None


class AblationResults(Record):
    """One question with the variants that answer it.

    Attributes:
        untested: why no variant, or none of some recipes, has a `difference`; empty where there is nothing
            to say.
    """

    name: str
    title: str
    question: str
    variants: list[VariantResults]
    untested: str = ""


class Study(Record):
    """What `ablate` found."""

    corpus: CorpusSummary
    ablations: list[AblationResults]


def read_study(path: Path) -> Study:
    """Reads `ablation.json`.

    Raises:
        RunError: if the file is missing or is not what `ablate` writes.
    """
    return read_record(Study, path, "cinefuse ablate --out DIR")
