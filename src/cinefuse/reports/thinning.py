"""Lines with as many points as the eye needs, so that drawings of many films stay small."""

import heapq

import numpy as np
from numpy.typing import NDArray

from cinefuse.metrics.arrays import Floats

MOST_POINTS = 60
INVISIBLE = 0.004  # a point that lies this near the line, in the units of both axes, is not missed


def thinned(across: Floats, up: Floats) -> NDArray[np.intp]:
    """Indices of the points that are enough to draw a line, both (N,): at most `MOST_POINTS`, with its ends.

    The point that is missed most is always taken next (Ramer 1972, Douglas and Peucker 1973).

    Example:
        >>> thinned(np.array([0.0, 0.2, 0.5, 1.0]), np.array([0.0, 0.4, 1.0, 1.0])).tolist()
        [0, 2, 3]
    """
    kept = {0, len(across) - 1}
    waiting = [_farthest(across, up, 0, len(across) - 1)]
    while waiting and len(kept) < MOST_POINTS:
        distance, first, farthest, last = heapq.heappop(waiting)
        if -distance < INVISIBLE:
            break
        kept.add(farthest)
        heapq.heappush(waiting, _farthest(across, up, first, farthest))
        heapq.heappush(waiting, _farthest(across, up, farthest, last))
    return np.array(sorted(kept), dtype=np.intp)


def _farthest(across: Floats, up: Floats, first: int, last: int) -> tuple[float, int, int, int]:
    """Minus the largest distance from the chord, for a heap gives the smallest first, and the point."""
    if last - first < 2:
        return 0.0, first, first, last
    away, above = across[first : last + 1] - across[first], up[first : last + 1] - up[first]
    length = np.hypot(away[-1], above[-1])
    distances = np.abs(away * above[-1] - above * away[-1]) / length if length else np.hypot(away, above)
    farthest = int(np.argmax(distances))
    return -float(distances[farthest]), first, first + farthest, last
