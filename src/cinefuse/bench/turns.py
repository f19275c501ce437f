"""A and B in turns: whatever else the machine does meets both."""

from collections.abc import Callable

from cinefuse.bench.record import Entry, Side
from cinefuse.progress import say, track

Measure = Callable[[], float]


def race(bench: str, what: str, unit: str, sides: tuple[Measure, Measure], turns: int) -> Entry:
    """Measures both once to warm up, then `turns` times, the first of the two another one each time.

    Args:
        bench: that asks.
        what: is done.
        unit: of what they measure.
        sides: the plain recipe, and ours.
        turns: of each.
    """
    found: tuple[list[float], list[float]] = ([], [])
    say(f"bench {bench}, {what}: warming up")
    for side in sides:
        side()
    for turn in track(range(turns), f"{bench} {what}", turns):
        for place in (0, 1) if turn % 2 == 0 else (1, 0):
            found[place].append(sides[place]())
    plain, ours = (Side(values=tuple(values)) for values in found)
    return Entry(
        bench=bench, what=what, unit=unit, larger_is_better=unit == "films/s", plain=plain, ours=ours
    )
