"""How long it takes from a fresh checkout to the program, as a newcomer types it."""

import shutil
import subprocess
from pathlib import Path

from cinefuse.bench.clock import now
from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.record import Entry, Side
from cinefuse.progress import say

CHECKOUT = Path(__file__).parents[3]
NEEDED = ("Makefile", "constraints.txt", "pyproject.toml", "LICENSE", "README.md", "src")


@BENCHES.register(
    "set-up", "seconds of `make setup` in a copy of the checkout, packages from where pip finds them"
)
def set_up(context: Context) -> list[Entry]:
    """One turn; none, and that is told, where cinefuse does not run from a checkout."""
    if not all((CHECKOUT / name).exists() for name in NEEDED):
        say("set-up: not measured, for cinefuse was installed as a package and has no Makefile here")
        return []
    copy = context.folder / "checkout"
    for name in NEEDED:
        own = CHECKOUT / name
        if own.is_dir():
            shutil.copytree(own, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            copy.mkdir(exist_ok=True)
            shutil.copy(own, copy)
    began = now()
    subprocess.run(["make", "setup", *_torch()], cwd=copy, check=True, capture_output=True)  # noqa: S603, S607
    took = now() - began
    shutil.rmtree(copy)
    return [
        Entry(bench="set-up", what="make setup", unit="s", larger_is_better=False, ours=Side(values=(took,)))
    ]


def _torch() -> list[str]:
    """The torch that this checkout was set up with, where that is not the pinned one."""
    kept = CHECKOUT / ".venv" / "torch"
    named = kept.read_text(encoding="utf-8").strip() if kept.is_file() else ""
    return [f"TORCH={named}"] if named else []
