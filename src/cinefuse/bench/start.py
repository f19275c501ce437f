"""How long it takes until the program is there."""

import subprocess
import sys

from cinefuse.bench.clock import now
from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.record import Entry, Side

COMMANDS = {
    "cinefuse --help": ("-m", "cinefuse", "--help"),
    "cinefuse models --help": ("-m", "cinefuse", "models", "--help"),
    "import cinefuse": ("-c", "import cinefuse"),
}


@BENCHES.register("start", "seconds until the program has said what it can, and until it is imported")
def start(context: Context) -> list[Entry]:
    """Each in a process of its own; the first, which fills the disk's cache, is not counted."""
    entries = []
    for what, arguments in COMMANDS.items():
        found = []
        for _ in range(context.turns + 1):
            began = now()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603
            found.append(now() - began)
        ours = Side(values=tuple(found[1:]))
        entries.append(Entry(bench="start", what=what, unit="s", larger_is_better=False, ours=ours))
    return entries
