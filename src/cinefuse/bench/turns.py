"""A and B in turns: whatever else the machine does meets both."""

from collections.abc import Callable
from typing import NamedTuple

from cinefuse.bench.record import Side
from cinefuse.progress import track

Measure = Callable[[], float]


class Turns(NamedTuple):
    """What both sides measured, a value a turn."""

    plain: Side
    ours: Side


def take_turns(what: str, plain: Measure, ours: Measure, turns: int) -> Turns:
    """Measures both once to warm up, then `turns` times, the first of the two another one each time."""
    plain(), ours()
    found: dict[Measure, list[float]] = {plain: [], ours: []}
    for turn in track(range(turns), what, turns):
        for measure in (plain, ours) if turn % 2 == 0 else (ours, plain):
            found[measure].append(measure())
    return Turns(Side(values=tuple(found[plain])), Side(values=tuple(found[ours])))
