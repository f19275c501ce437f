"""The table of an ablation: what is in it, and what is said below it."""

import csv
import io

import pytest

from cinefuse.errors import StorageError
from cinefuse.reports.ablation import ablation_notes, ablation_table, write_ablation_report
from cinefuse.reports.table import UNDEFINED, to_csv, to_markdown
from cinefuse.results import (
    CorpusSummary,
    Failure,
    ParameterCounts,
    Result,
    Seconds,
    ThresholdSummary,
)
from cinefuse.results.ablation import AblationResults, Difference, Study, VariantResults

CORPUS = CorpusSummary(
    name="tiny", split="test", movies=9, genres=["Drama"], plot_rule="longest", split_rule="own", skipped={}
)


def result(macro, seed=42):
    return Result(
        model="bert-text",
        corpus=CORPUS,
        threshold=ThresholdSummary(rule="fixed", value=0.5),
        metrics={"f1_macro": macro, "f1_micro": macro + 0.1, "average_precision_macro": None},
        intervals={"f1_macro": (macro - 0.02, macro + 0.02)},
        per_genre={},
        parameters=ParameterCounts(backbone=1, head=1, total=66_600_000, trainable=2),
        seconds=Seconds(train=10.0, evaluate=1.0),
        seed=seed,
    )


def variant(label, **fields):
    return VariantResults(
        **{"label": label, "recipe": "bert-text", "reference": "plain", "assignments": [], "settings": {}}
        | fields
    )


ABLATION = AblationResults(
    name="loss",
    title="Loss",
    question="Which loss?",
    variants=[
        variant("plain", reference=None, settings={"loss": "bce"}, results=[result(0.5)], runs=["runs/a"]),
        variant(
            "focal",
            settings={"loss": "focal", "early_layers": [3, 2], "word_vectors": None, "flip": True},
            results=[result(0.52), result(0.54, 43)],
            runs=["runs/b", "runs/c"],
            difference=Difference(difference=0.03, low=-0.01, high=0.07, p=0.01, p_holm=0.0312),
        ),
        variant("broken", failed=[Failure(model="bert-text", seed=42, error="no\nroom")]),
        variant("vectors", left_out="needs a file of yours"),
    ],
)


def test_people_read_percent_and_dashes():
    lines = to_markdown(ablation_table(ABLATION)).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0][:5] == ["model", "variant", "macro F1", "difference", "p"]
    plain, focal, broken = cells[2:]
    assert plain[1:5] == ["plain", "50.0 (48.0 to 52.0)", UNDEFINED, UNDEFINED]
    assert focal[1:5] == ["focal", "53.0 ± 1.4 (51.0 to 55.0)", "+3.0 (\N{MINUS SIGN}1.0 to +7.0)", "0.031"]
    assert focal[7] == "loss=focal early\\_layers=3,2 word\\_vectors=none flip=true"
    assert broken[1:] == ["broken (failed)", *[UNDEFINED] * 5, "", UNDEFINED]


def test_programs_read_numbers():
    rows = list(csv.DictReader(io.StringIO(to_csv(ablation_table(ABLATION)))))
    assert len(set(rows[0])) == len(rows[0])
    assert [row["variant"] for row in rows] == ["plain", "focal", "broken (failed)"]
    focal = rows[1]
    assert float(focal["f1_macro"]) == 0.53
    assert (float(focal["difference"]), float(focal["difference_low"])) == (0.03, -0.01)
    assert (float(focal["p_holm"]), int(focal["parameters_total"])) == (0.0312, 66_600_000)
    assert rows[0]["difference"] == rows[2]["f1_macro"] == ""


def test_columns_are_there_though_no_variant_has_a_difference():
    """The next table of the same ablation may have some, and programs read both."""
    columns = to_csv(ablation_table(ABLATION)).splitlines()[0]
    untested = [one.model_copy(update={"difference": None}) for one in ABLATION.variants]
    table = ablation_table(ABLATION.model_copy(update={"variants": untested}))
    assert to_csv(table).splitlines()[0] == columns
    assert {"difference", "difference_low", "difference_high", "p_holm"} <= set(columns.split(","))
    assert [row["difference_low"] for row in csv.DictReader(io.StringIO(to_csv(table)))] == ["", "", ""]
    shown = [[cell.strip() for cell in line.split("|")] for line in to_markdown(table).splitlines()[2:]]
    assert [cells[4] for cells in shown] == [UNDEFINED] * 3


def test_notes_say_the_rest():
    assert ablation_notes(ABLATION) == [
        "bert-text, broken: failed with seed 42: no room",
        "bert-text, vectors: left out: needs a file of yours",
    ]
    untested = ABLATION.model_copy(update={"untested": "why not"})
    assert ablation_notes(untested)[-1] == "Some differences are not tested: why not"
    none = [one.model_copy(update={"difference": None}) for one in ABLATION.variants]
    untested = untested.model_copy(update={"variants": none})
    assert ablation_notes(untested)[-1] == "Differences are not tested: why not"


def test_each_ablation_has_its_files_and_its_section(tmp_path):
    page = write_ablation_report(Study(corpus=CORPUS, ablations=[ABLATION]), tmp_path).read_text()
    assert '<h2 id="loss">' in page
    assert "Which loss?" in page
    assert "bert-text, vectors: left out: needs a file of yours" in page
    assert page.count('<svg role="img"') == 1
    assert (tmp_path / "figures" / "loss.png").stat().st_size > 5_000
    assert (tmp_path / "tables" / "loss.md").read_text() == to_markdown(ablation_table(ABLATION))
    assert (tmp_path / "tables" / "loss.csv").read_text() == to_csv(ablation_table(ABLATION))


def test_an_ablation_without_results_still_has_its_section(tmp_path):
    failed = [variant.model_copy(update={"results": []}) for variant in ABLATION.variants]
    study = Study(corpus=CORPUS, ablations=[ABLATION.model_copy(update={"variants": failed})])
    page = write_ablation_report(study, tmp_path).read_text()
    assert "<svg" not in page
    assert "broken (failed)" in page
    assert "<dt>threshold</dt>" not in page


@pytest.mark.parametrize(("split", "said"), [("dev", True), ("test", False)])
def test_scores_on_dev_are_said_to_be_a_little_too_good(tmp_path, split, said):
    corpus = CORPUS.model_copy(update={"split": split})
    page = write_ablation_report(Study(corpus=corpus, ablations=[ABLATION]), tmp_path).read_text()
    told = (
        "Scored on dev, where the best epoch, the end of training and the thresholds were chosen: every score"
    )
    assert (told in page) is said


def test_the_page_says_how_genres_were_chosen(tmp_path):
    per_genre = ThresholdSummary(rule="per-genre", value=None)
    other = variant("other", results=[result(0.4).model_copy(update={"threshold": per_genre})], runs=["d"])
    ablation = ABLATION.model_copy(update={"variants": [*ABLATION.variants, other]})
    page = write_ablation_report(Study(corpus=CORPUS, ablations=[ablation]), tmp_path).read_text()
    assert "<dt>threshold</dt><dd>fixed, per genre</dd>" in page


@pytest.mark.parametrize(
    ("count", "movies", "title"),
    [(1, 9, "1 ablation on 9 test films of tiny"), (2, 1, "2 ablations on 1 test film of tiny")],
)
def test_the_title_counts(tmp_path, count, movies, title):
    corpus = CORPUS.model_copy(update={"movies": movies})
    ablations = [ABLATION, ABLATION.model_copy(update={"name": "other"})][:count]
    page = write_ablation_report(Study(corpus=corpus, ablations=ablations), tmp_path).read_text()
    assert f"<title>{title}</title>" in page


def test_a_disk_that_says_no_is_said(tmp_path):
    (tmp_path / "tables").write_text("in the way")
    with pytest.raises(StorageError, match="the report cannot be written"):
        write_ablation_report(Study(corpus=CORPUS, ablations=[ABLATION]), tmp_path)
