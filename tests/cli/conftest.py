"""The program as a shell runs it."""

import sys

import pytest

from cinefuse.cli import main


@pytest.fixture
def invoke(capsys, monkeypatch):
    """Runs the program in this process; gives exit code, standard output, standard error."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["cinefuse", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call
