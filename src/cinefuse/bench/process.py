"""The program run as anybody runs it, and what the system says that it took."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from cinefuse.bench.clock import now

# a small process in between: at its start a child counts as large as its parent, and ours has torch in it
WATCH = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


class Ran(NamedTuple):
    """What a command took.

    Attributes:
        seconds: from its start to its end.
        peak: MiB, the most memory that it had at any time.
        said: on standard output.
    """

    seconds: float
    peak: float
    said: str


def run_cinefuse(*arguments: str | Path) -> Ran:
    """Runs `cinefuse` with those arguments, in a process of its own; progress goes where ours goes."""
    command = [sys.executable, "-m", "cinefuse", *map(str, arguments)]
    began = now()
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-c", WATCH, *command], stdout=subprocess.PIPE, text=True, check=True
    )
    said, _, peak = done.stdout.rstrip("\n").rpartition("\n")
    return Ran(now() - began, int(peak) / 1024, said)
