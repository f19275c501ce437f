"""`make setup` without pip: a stand-in for Python writes down what it was asked for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import cinefuse

ROOT = Path(cinefuse.__file__).parents[2]
PYTHON = """#!/bin/sh
echo "$*" >> asked
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
"""


@pytest.fixture
def setup(tmp_path):
    """Runs `make setup` in a folder of its own; gives the lines of pip that it led to."""
    if shutil.which("make") is None:
        pytest.skip("no make")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)

    def run(*arguments):
        (tmp_path / "asked").write_text("")
        surroundings = {name: value for name, value in os.environ.items() if name != "TORCH"}
        command = ["make", "setup", f"PYTHON={python}", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=surroundings)
        return [line for line in (tmp_path / "asked").read_text().splitlines() if line.startswith("-m pip")]

    return run


def test_setup_is_done_once(setup, tmp_path):
    (installed,) = setup()
    assert installed.endswith("--editable .[dev]")
    assert "\ntorch==" in (tmp_path / ".venv" / "constraints.txt").read_text()
    assert setup() == []


def test_another_torch_is_installed_later_too_and_stays(setup, tmp_path):
    setup()
    own = "torch==2.8.0 --index-url https://example.org/cpu"
    first, second = setup(f"TORCH={own}")
    assert first.endswith(own)
    assert second.endswith("--editable .[dev]")
    assert "\ntorch==" not in (tmp_path / ".venv" / "constraints.txt").read_text()
    assert setup(f"TORCH={own}") == []
    assert setup() == []  # `make test` does not take it away again
    assert setup("TORCH=torch==2.9.0")[0].endswith("torch==2.9.0")
    (tmp_path / "pyproject.toml").touch()
    os.utime(tmp_path / "pyproject.toml", (2**32, 2**32))
    assert setup()[0].endswith("torch==2.9.0")  # a later set-up anew keeps it
