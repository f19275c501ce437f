"""The page and the files beside it."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from cinefuse.errors import RunError, StorageError
from cinefuse.reports import page as page_module
from cinefuse.reports.page import write_report
from cinefuse.results import write_record
from cinefuse.results.comparison import Failure

VOID = {"meta", "link", "br", "img", "hr"}


class Reader(HTMLParser):
    """Text, ids and whether every tag is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.ids, self.links = [], [], [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [value for name, value in attrs if name in {"src", "href", "xlink:href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == [], "every tag is closed"
    return reader, re.sub(r"\s+", " ", " ".join(reader.text))


@pytest.fixture(scope="module")
def page(reported):
    return (reported / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def undrawn(monkeypatch):
    """Figures take seconds, and most of these tests read words."""
    monkeypatch.setattr(page_module, "write_figure", lambda *_: "<svg></svg>")


def page_of(directory):
    return write_report(directory).read_text(encoding="utf-8")


def test_every_table_and_figure_of_the_page_lies_beside_it(reported, page):
    tables = {path.name for path in (reported / "tables").iterdir()}
    figures = {path.name for path in (reported / "figures").iterdir()}
    assert {"scores.csv", "scores.md", "pairs.csv", "per_genre.csv", "literature.md"} <= tables
    assert {"macro_f1.png", "macro_f1.svg", "per_genre_f1.png", "reliability.svg"} <= figures
    assert len(figures) == 2 * page.count('<svg role="img"')
    assert len(tables) == 2 * page.count("<table>")


def test_the_page_says_what_was_tested_and_what_came_out(page, comparison):
    _, text = read(page)
    assert "7 models on 400 test films of open" in text
    assert "the longest by characters" in text
    assert "the corpus' own" in text
    for reason, count in comparison.corpus.skipped.items():
        assert f"{reason} ({count})" in text
    for result in comparison.models:
        assert f"{100 * result.metrics['f1_macro']:.1f}" in text
    assert "No film of this split has Western" in text
    assert "not distinguishable on this test set" in text
    assert re.search(r"[a-z]+-[a-z]+ is [\d.]+ points of macro F1 ahead of", text)


def test_every_section_can_be_gone_to(page):
    reader, _ = read(page)
    anchors = re.findall(r'<h2 id="([^"]+)"', page)
    assert len(anchors) > 8
    assert re.findall(r'<li><a href="#([^"]+)"', page) == anchors
    assert set(anchors) <= set(reader.ids)


def test_the_page_needs_nothing_from_anywhere(page):
    reader, _ = read(page)
    assert all(link.startswith(("#", "data:image/jpeg;base64,")) for link in reader.links)
    assert "<script" not in page
    assert not re.search(r"url\((?!#)|@import", page)


def test_ids_are_unique_and_references_resolve(page):
    reader, _ = read(page)
    assert len(reader.ids) == len(set(reader.ids))
    used = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page)
    assert used
    assert {first or second for first, second in used} <= set(reader.ids)


def test_figures_follow_the_page_into_the_dark(page):
    drawings = page[page.index("<svg") :]
    assert "prefers-color-scheme: dark" in page
    assert "var(--ink)" in drawings
    assert "#1d2330" not in drawings


def test_the_same_folder_gives_the_same_bytes(reported, directory):
    assert write_report(directory) == directory / "report.html"
    # the folder's own name is in none of them
    for first in [reported / "report.html", *reported.glob("tables/*"), *reported.glob("figures/*")]:
        assert first.read_bytes() == (directory / first.relative_to(reported)).read_bytes(), first.name


def test_names_from_outside_are_text_and_not_markup(comparison, directory, undrawn):
    odd = "<script>alert(1)</script>"
    corpus = comparison.corpus.model_copy(update={"name": odd, "skipped": {odd: 1}})
    write_record(comparison.model_copy(update={"corpus": corpus}), directory / "comparison.json")
    page = page_of(directory)
    assert odd not in page
    assert odd in read(page)[1]


def test_several_seeds_are_explained(directory_of_three_seeds, undrawn):
    _, text = read(page_of(directory_of_three_seeds))
    assert "± is the standard deviation between seeds" in text
    assert "sd between seeds" in text
    assert "1, 2, 3" in text


def test_without_predictions_the_page_says_so(comparison, tmp_path, undrawn):
    write_record(
        comparison.model_copy(update={"models": comparison.models[:2]}), tmp_path / "comparison.json"
    )
    _, text = read(page_of(tmp_path))
    assert re.search(r"Not tested: \S+predictions\.npz: no such file", text)
    assert "distinguishable on this test set" not in text


def test_what_only_some_models_lack_is_said_of_them(comparison, directory, undrawn):
    models = list(comparison.models)
    corpus = models[0].corpus
    lacking = corpus.model_copy(update={"skipped": corpus.skipped | {"no plot (in this split)": 3}})
    models[0] = models[0].model_copy(update={"corpus": lacking})
    write_record(comparison.model_copy(update={"models": models}), directory / "comparison.json")
    _, text = read(page_of(directory))
    assert f"{models[0].model}: no plot (in this split) (3)." in text
    assert text.count("no plot (in this split)") == 1


def test_a_model_that_failed_is_named(comparison, directory, undrawn):
    failed = Failure(model="late-fusion", seed=42, error="ValueError: probabilities <nan>")
    models = [result for result in comparison.models if result.model != "late-fusion"]
    write_record(
        comparison.model_copy(update={"models": models, "failed": [failed]}), directory / "comparison.json"
    )
    _, text = read(page_of(directory))
    assert "6 models on 400 test films" in text
    assert "Failed, and missing here: late-fusion." in text
    assert "ValueError: probabilities <nan>" in text


def test_an_empty_comparison_is_a_page_that_says_so(comparison, tmp_path, undrawn):
    write_record(comparison.model_copy(update={"models": []}), tmp_path / "comparison.json")
    _, text = read(page_of(tmp_path))
    assert "No model has a macro F1" in text


def test_what_the_report_before_wrote_and_this_one_does_not_is_removed(comparison, directory, undrawn):
    for folder in ("tables", "figures"):
        (directory / folder).mkdir()
    (directory / "tables" / "mine.csv").write_text("mine")
    page_of(directory)
    assert (directory / "tables" / "pairs.csv").exists()
    listed = json.loads((directory / "report.json").read_text())
    assert {"pairs.csv", "pairs.md"} <= set(listed["tables"])
    assert {"pairs.png", "pairs.svg"} <= set(listed["figures"])
    assert "mine.csv" not in listed["tables"]
    (directory / "figures" / "pairs.png").write_text("drawn before")
    one = comparison.model_copy(update={"models": comparison.models[:1]})
    write_record(one, directory / "comparison.json")
    page_of(directory)
    left = {path.name for path in directory.glob("tables/*")}
    assert left & {"pairs.csv", "pairs.md"} == set()
    assert {"mine.csv", "scores.csv"} <= left
    assert left == {"mine.csv", *json.loads((directory / "report.json").read_text())["tables"]}
    assert not (directory / "figures" / "pairs.png").exists()


@pytest.mark.parametrize(
    "listed",
    ["{", "[]", '{"tables": ["mine.csv"]}', '{"tables": ["../comparison.json", "..", "."], "figures": [""]}'],
)
def test_a_list_that_is_not_ours_removes_nothing(listed, comparison, directory, undrawn):
    (directory / "tables").mkdir()
    (directory / "tables" / "mine.csv").write_text("mine")
    (directory / "report.json").write_text(listed)
    page_of(directory)
    assert (directory / "comparison.json").exists()
    assert (directory / "tables" / "mine.csv").read_text() == "mine"


def test_a_folder_without_a_comparison_is_refused(tmp_path):
    with pytest.raises(RunError, match="no such file"):
        write_report(tmp_path)


def test_a_disk_that_says_no_is_said(directory):
    (directory / "figures").write_text("in the way")
    with pytest.raises(StorageError, match="the report cannot be written"):
        write_report(directory)


def test_a_report_never_imports_torch():
    code = "import sys, cinefuse.reports.page; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_frozen_encoders_are_marked_at_the_top(directory, undrawn):
    assert "pretrained encoders" not in read(page_of(directory))[1].partition("Result")[0]
    for path in directory.glob("*/run.json"):
        identity = json.loads(path.read_text())
        identity["settings"] |= {"text_freeze": "all", "vision_freeze": "all"}
        path.write_text(json.dumps(identity))
    assert "pretrained encoders frozen" in read(page_of(directory))[1].partition("Four questions")[0]
