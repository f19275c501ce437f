"""How long it takes from a fresh checkout to the program, as a newcomer types it."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

from cinefuse.bench.clock import now
from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.record import Entry, Side
from cinefuse.progress import say

CHECKOUT = Path(__file__).parents[3]
SHOWN = 2000  # characters of what make complained of
NEEDED = ("Makefile", "constraints.txt", "pyproject.toml", "LICENSE", "README.md", "src")


@BENCHES.register(
    "set-up", "seconds of `make setup` in a copy of the checkout, packages from where pip finds them"
)
def set_up(context: Context) -> list[Entry]:
    """One turn; none, and that is told, where cinefuse does not run from a checkout or cannot be set up."""
    if not all((CHECKOUT / name).exists() for name in NEEDED):
        say("set-up: not measured, for cinefuse was installed as a package and has no Makefile here")
        return []
    if shutil.which("make") is None:
        say("set-up: not measured, for there is no make here")
        return []
    copy = context.folder / "checkout"
    _copy_to(copy)
    began = now()
    command = ["make", "setup", f"PYTHON={sys.executable}", *_torch()]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)  # noqa: S603
    took = now() - began
    shutil.rmtree(copy)
    if done.returncode:
        say(f"set-up: not measured, for make setup failed:\n{done.stderr.strip()[-SHOWN:]}")
        return []
    return [
        Entry(bench="set-up", what="make setup", unit="s", larger_is_better=False, ours=Side(values=(took,)))
    ]


def _copy_to(copy: Path) -> None:
    """What a fresh clone would have of it, even where the checkout is not ours to write in."""
    copy.mkdir()
    for name in NEEDED:
        own = CHECKOUT / name
        if own.is_dir():
            shutil.copytree(own, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(own, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


def _torch() -> list[str]:
    """The torch that this checkout was set up with, where that is not the pinned one."""
    kept = CHECKOUT / ".venv" / "torch"
    named = kept.read_text(encoding="utf-8").strip() if kept.is_file() else ""
    return [f"TORCH={named}"] if named else []
