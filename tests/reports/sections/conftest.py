"""What is written in a figure, and what a section shows under a name."""

import csv
import io
import xml.etree.ElementTree as ET

import pytest

from cinefuse.reports.drawing import svg
from cinefuse.reports.section import Drawn, Prose, Tabled
from cinefuse.reports.table import to_csv


def _texts(drawing):
    return [
        "".join(element.itertext())
        for element in ET.fromstring(drawing).iter(  # noqa: S314 -- our own drawing
            "{http://www.w3.org/2000/svg}text"
        )
    ]


def _figures(section):
    return {block.name: block.figure for block in section.blocks if isinstance(block, Drawn)}


@pytest.fixture(scope="session")
def written():
    """Every text of a section's figure, or of a figure."""

    def read(of, name=None):
        return _texts(svg(of if name is None else _figures(of)[name]))

    return read


@pytest.fixture(scope="session")
def figures():
    return _figures


@pytest.fixture(scope="session")
def rows():
    """A section's table as a program reads it."""

    def read(section, name):
        tables = {block.name: block.table for block in section.blocks if isinstance(block, Tabled)}
        return list(csv.DictReader(io.StringIO(to_csv(tables[name]))))

    return read


@pytest.fixture(scope="session")
def prose():
    """All that a section says in sentences."""
    return lambda section: "\n".join(block.text for block in section.blocks if isinstance(block, Prose))
