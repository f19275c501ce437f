"""Exports that tests read and never write to."""

import pytest

from cinefuse.corpus.record import Corpus
from cinefuse.export import ExportOptions, export_run


@pytest.fixture(scope="session")
def tiny_export(tiny_run, tiny_corpus: Corpus, tmp_path_factory):
    """The tiny run, in float32 and int8."""
    directory = tmp_path_factory.mktemp("exports") / "late-fusion"
    export_run(tiny_run, directory, tiny_corpus, ExportOptions(split="test"))
    return directory
