"""The page and the files beside it."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from cinefuse.errors import RunError, StorageError
from cinefuse.reports.differences import Differences, PairedDifference, paired_differences
from cinefuse.reports.page import headline, render_page, sentence, write_report
from cinefuse.reports.summary import summarise
from cinefuse.results import write_record

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


def rendered(comparison, differences=Differences(missing="nobody asked")):  # noqa: B008 -- frozen
    """The page without its drawings, which take their time."""
    return render_page(comparison, differences, dict.fromkeys(("macro_f1", "per_genre_f1"), "<svg></svg>"))


def test_everything_lies_beside_the_comparison(reported):
    files = {path.name for path in reported.iterdir() if path.is_file()}
    assert files == {"comparison.json", "report.html", "table.md", "table.csv", "per_genre.csv"}
    assert len(list((reported / "figures").iterdir())) == 4


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
    assert ": distinguishable on this test set." in text
    assert ": not distinguishable on this test set." in text


def test_the_page_needs_nothing_from_anywhere(page):
    reader, _ = read(page)
    assert all(link.startswith("#") for link in reader.links)
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


def test_the_same_folder_gives_the_same_page(page, directory):
    assert write_report(directory) == directory / "report.html"
    # the folder's own name is not in it
    assert (directory / "report.html").read_text(encoding="utf-8") == page


def test_names_from_outside_are_text_and_not_markup(comparison):
    odd = "<script>alert(1)</script>"
    corpus = comparison.corpus.model_copy(update={"name": odd, "skipped": {odd: 1}})
    page = rendered(comparison.model_copy(update={"corpus": corpus}))
    assert odd not in page
    assert odd in read(page)[1]


def test_several_seeds_are_explained(directory_of_three_seeds, three_seeds):
    comparison = three_seeds[0]
    differences = paired_differences(directory_of_three_seeds, summarise(comparison))
    _, text = read(rendered(comparison, differences))
    assert "Scores are means over seeds" in text
    assert "Each model is taken at its first seed" in text
    assert "1, 2, 3" in text


def test_without_predictions_the_page_says_so(comparison, tmp_path):
    write_record(
        comparison.model_copy(update={"models": comparison.models[:2]}), tmp_path / "comparison.json"
    )
    _, text = read(write_report(tmp_path).read_text(encoding="utf-8"))
    assert re.search(r"Not tested: \S+predictions\.npz: no such file", text)
    assert "distinguishable on this test set" not in text


def test_what_only_some_models_lack_is_said_of_them(comparison):
    models = list(comparison.models)
    corpus = models[0].corpus
    lacking = corpus.model_copy(update={"skipped": corpus.skipped | {"no plot (in this split)": 3}})
    models[0] = models[0].model_copy(update={"corpus": lacking})
    _, text = read(rendered(comparison.model_copy(update={"models": models})))
    assert f"{models[0].model}: no plot (in this split) (3)." in text
    assert text.count("no plot (in this split)") == 1


def test_an_empty_comparison_is_a_page_that_says_so(comparison, tmp_path):
    write_record(comparison.model_copy(update={"models": []}), tmp_path / "comparison.json")
    _, text = read(write_report(tmp_path).read_text(encoding="utf-8"))
    assert "No model has a macro F1" in text


def test_a_difference_in_words():
    pair = PairedDifference("q", "late-fusion", "bert-text", -0.0134, -0.021, 0.004, p=0.2)
    assert sentence(pair) == {
        "question": "q",
        "finding": "late-fusion is 1.3 points of macro F1 behind bert-text",
        "verdict": "not distinguishable on this test set",
        "numbers": "95 % interval \N{MINUS SIGN}2.1 to +0.4, p = 0.200",
    }


def test_the_headline_names_the_best(comparison):
    best = summarise(comparison)[0]
    assert headline([best]).startswith(f"The best is {best.model} with a macro F1 of ")


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
