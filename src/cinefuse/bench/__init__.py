"""How fast cinefuse is: its own way and the plain recipe, side by side, in turns, in the same process.

The plain recipe (`plain`) is what the original report and its peers do. A bench measures both in turns, so
that whatever else the machine does meets both, and tells medians and the ratio with its spread.
"""

from collections.abc import Callable, Mapping, Sequence

from cinefuse.bench import comparison, growth, heads, inputs, loss, scoring, set_up, start, training
from cinefuse.bench.context import BENCHES, Bench, Context, check_encoders, check_models, options_of
from cinefuse.bench.record import BenchRecord, this_machine
from cinefuse.errors import SettingsError
from cinefuse.progress import say

__all__ = [
    "BENCHES",
    "BenchRecord",
    "Context",
    "check_models",
    "comparison",
    "find_benches",
    "growth",
    "heads",
    "inputs",
    "loss",
    "run_benches",
    "scoring",
    "set_up",
    "start",
    "training",
]


# their models are the same whatever is given
FIXED = ("comparison", "growth", "growth-tagging", "growth-training", "start", "set-up")


def find_benches(names: Sequence[str], encoders: Mapping[str, str]) -> list[Bench]:
    """The benches of those names.

    Raises:
        SettingsError: if there is no such bench; if encoders are given to one that has its own models.
    """
    chosen = [BENCHES[name] for name in names]
    if encoders and (fixed := [name for name in names if name in FIXED]):
        raise SettingsError(
            f"{options_of(encoders)}: bench {', '.join(fixed)} has no use for it; allowed with it are "
            f"{', '.join(name for name in BENCHES if name not in FIXED)}; name those, or leave it out"
        )
    return chosen


def run_benches(
    names: Sequence[str], context: Context, keep: Callable[[BenchRecord], None] | None = None
) -> BenchRecord:
    """Runs the benches of those names, one after the other.

    Args:
        names: of `BENCHES`.
        context: what they are given.
        keep: is shown what there is after each, so that nothing is lost if a later one fails.

    Raises:
        SettingsError: see `find_benches` and `check_encoders`.
    """
    chosen = find_benches(names, context.encoders)
    check_encoders(context)
    machine = this_machine()
    record = BenchRecord(
        machine=machine,
        corpus=context.corpus.name,
        settings={
            "turns": context.turns,
            "films": context.films,
            "profile": context.profile,
            **context.encoders,
        },
        entries=[],
    )
    for number, (name, bench) in enumerate(zip(names, chosen, strict=True), 1):
        say(f"bench {name}, {number} of {len(chosen)}")
        record = record.model_copy(update={"entries": [*record.entries, *bench(context)]})
        if keep:
            keep(record)
    return record
