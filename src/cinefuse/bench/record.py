"""What a bench found, as JSON."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import torch
from pydantic import Field

from cinefuse._version import __version__
from cinefuse.results import Record

MODEL_NAME = "model name"  # how Linux calls the kind of processor


class Side(Record):
    """One way of doing it.

    Attributes:
        values: one a turn, in the entry's unit.
    """

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)


class Entry(Record):
    """One thing, done in two ways in turns; or in ours alone, where it is no race.

    Attributes:
        bench: that it belongs to.
        what: was done, such as the recipe's name.
        unit: of the values: "films/s", "ms", "s".
        larger_is_better: whether that is so of the unit.
        timed: whether the values are about speed; else both sides should be alike.
        plain: the plain recipe; None where there is none.
        ours: cinefuse.
        parts: part of the work -> its share of the time, of either side ("plain", "ours").
        notes: what is worth knowing beside.
    """

    bench: str
    what: str
    unit: str
    larger_is_better: bool
    ours: Side
    plain: Side | None = None
    parts: dict[str, dict[str, float]] = Field(default_factory=dict)
    notes: dict[str, float | str] = Field(default_factory=dict)
    timed: bool = True

    @property
    def ratios(self) -> list[float]:
        """How many times faster ours is, turn by turn; empty where it is no race."""
        if self.plain is None or not self.timed:
            return []
        pairs = zip(self.ours.values, self.plain.values, strict=True)
        return [ours / plain if self.larger_is_better else plain / ours for ours, plain in pairs]


class Machine(Record):
    """Where it was measured, and when.

    Attributes:
        vectors: the widest instructions of the processor that torch uses ("AVX2", "AVX512"); None where it
            does not say.
        load: how many processes wanted to compute before the first bench, on average over a minute.
        day: in UTC, ISO 8601; None in records from before it was kept.
    """

    processor: str
    vectors: str | None = None
    day: str | None = None
    cores: int
    threads: int
    gpu: str | None
    load: float
    python: str
    torch: str
    cinefuse: str


class BenchRecord(Record):
    """`bench.json`.

    Attributes:
        settings: as they were asked for: not every bench takes every one, and a corpus may have fewer films.
    """

    machine: Machine
    corpus: str
    settings: dict[str, int | str]
    entries: list[Entry]


def this_machine() -> Machine:
    """The machine as it is now."""
    return Machine(
        processor=_processor(),
        vectors=torch.backends.cpu.get_cpu_capability(),
        day=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count() or 1,
        threads=torch.get_num_threads(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        load=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
        torch=torch.__version__,
        cinefuse=__version__,
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith(MODEL_NAME)]
    return named[0] if named else platform.machine()
