"""How fast cinefuse is: its own way and the plain recipe, side by side, in turns, in the same process.

The plain recipe (`plain`) is what the original report and its peers do. A bench measures both in turns, so
that whatever else the machine does meets both, and tells medians and the ratio with its spread.
"""

from collections.abc import Callable, Sequence

from cinefuse.bench import comparison, growth, heads, inputs, loss, scoring, set_up, start, training
from cinefuse.bench.context import BENCHES, Context, check_models
from cinefuse.bench.record import BenchRecord, this_machine
from cinefuse.progress import say

__all__ = [
    "BENCHES",
    "BenchRecord",
    "Context",
    "check_models",
    "comparison",
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


def run_benches(
    names: Sequence[str], context: Context, keep: Callable[[BenchRecord], None] | None = None
) -> BenchRecord:
    """Runs the benches of those names, one after the other.

    Args:
        names: of `BENCHES`.
        context: what they are given.
        keep: is shown what there is after each, so that nothing is lost if a later one fails.

    Raises:
        SettingsError: if there is no such bench.
    """
    chosen = [BENCHES[name] for name in names]
    machine = this_machine()
    record = BenchRecord(
        machine=machine,
        corpus=context.corpus.name,
        settings={"turns": context.turns, "films": context.films, "profile": context.profile},
        entries=[],
    )
    for number, (name, bench) in enumerate(zip(names, chosen, strict=True), 1):
        say(f"bench {name}, {number} of {len(chosen)}")
        record = record.model_copy(update={"entries": [*record.entries, *bench(context)]})
        if keep:
            keep(record)
    return record
