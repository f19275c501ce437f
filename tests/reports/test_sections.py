"""Every registered section, on whatever a comparison may leave."""

import io
import json
import shutil

import pytest
from matplotlib.figure import Figure

from cinefuse.reports.drawing import svg
from cinefuse.reports.section import Drawn, Heading, Prose, Tabled, Verdict
from cinefuse.reports.sections import SECTIONS
from cinefuse.reports.table import to_csv, to_markdown

ODD = ("Drama", "<b>bold</b> & $x^2$", "\N{CLAPPER BOARD} film | *x*", "sixty characters " + "x" * 43)


def without(*names):
    def change(directory):
        for name in names:
            for path in [*directory.glob(name), *directory.glob(f"*/{name}")]:
                path.unlink()

    return change


def only(*models):
    def change(directory):
        path = directory / "comparison.json"
        record = json.loads(path.read_text())
        record["models"] = [result for result in record["models"] if result["model"] in models]
        path.write_text(json.dumps(record))
        for run in directory.iterdir():
            if run.is_dir() and run.name not in models:
                shutil.rmtree(run)

    return change


CASES = {
    "seven models": {},
    "three seeds": {"seeds": (1, 2, 3), "n_films": 60},
    "one genre": {"genres": ("Drama",), "n_films": 60},
    "odd names": {"genres": ODD, "n_films": 60},
    "three films": {"n_films": 3},
    "one film": {"n_films": 1},
    "one model": {"change": only("bert-text"), "n_films": 60},
    "no fusion": {"change": only("bert-text", "cnn-vision"), "n_films": 60},
    "nothing but scores": {
        "change": without("predictions.npz", "dev.npz", "history.json", "run.json", "corpus.json"),
        "n_films": 60,
    },
    "no dev": {"change": without("dev.npz"), "n_films": 60},
}


def text_of(section):
    parts = []
    for block in section.blocks:
        if isinstance(block, Prose | Heading):
            parts.append(block.text)
        elif isinstance(block, Verdict):
            parts += [block.question, block.finding, block.numbers]
        elif isinstance(block, Tabled):
            parts += [to_markdown(block.table), to_csv(block.table)]
    return "\n".join(parts)


@pytest.mark.parametrize("case", CASES)
def test_sections_come_whole_whatever_was_left(case, make_material):
    material = make_material(**CASES[case])
    sections = [made for make in SECTIONS if (made := make(material)) is not None]
    names = [section.name for section in sections]
    assert {"result", "questions", "pairs", "genres", "literature", "notes"} <= set(names)
    assert len(names) == len(set(names))
    blocks = [block for section in sections for block in section.blocks]
    for kind in (Tabled, Drawn):
        named = [block.name for block in blocks if isinstance(block, kind)]
        assert len(named) == len(set(named)), "two files of one name"
    for section in sections:
        assert section.blocks, section.name
        text = text_of(section)
        assert "nan" not in text.lower().replace("finance", ""), section.name
        assert "None" not in text, section.name
    for block in blocks:
        if isinstance(block, Tabled):
            assert all(len(row) == len(block.table.columns) for row in block.table.rows)
        elif isinstance(block, Drawn):
            assert isinstance(block.figure, Figure)


def test_odd_names_can_be_drawn_and_written(make_material):
    material = make_material(**CASES["odd names"])
    for make in SECTIONS:
        section = make(material)
        for block in section.blocks if section else ():
            if isinstance(block, Drawn):
                assert svg(block.figure).startswith("<?xml")
            elif isinstance(block, Tabled):
                for line in to_markdown(block.table).splitlines():
                    unescaped = line.replace("\\|", "")
                    assert unescaped.count("|") == len(block.table.columns) + 1
                assert io.StringIO(to_csv(block.table)).readline().count(",") >= 1


def test_five_hundred_genres_are_capped_in_figures_and_whole_in_tables(make_material):
    material = make_material(
        genres=[f"genre {number}" for number in range(500)],
        n_films=40,
        change=only("bert-text", "early-fusion"),
    )
    for make in SECTIONS:
        section = make(material)
        for block in section.blocks if section else ():
            if isinstance(block, Drawn):
                width, height = block.figure.get_size_inches()
                assert width <= 16, block.name
                assert height <= 24, block.name
            elif isinstance(block, Tabled) and block.name == "per_genre":
                assert len(block.table.rows) == 500
