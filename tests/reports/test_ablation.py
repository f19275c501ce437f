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


def test_notes_say_the_rest():
    assert ablation_notes(ABLATION) == [
        "bert-text, broken: failed with seed 42: no room",
        "bert-text, vectors: left out: needs a file of yours",
    ]
    untested = ABLATION.model_copy(update={"untested": "why not"})
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


def test_a_disk_that_says_no_is_said(tmp_path):
    (tmp_path / "tables").write_text("in the way")
    with pytest.raises(StorageError, match="the report cannot be written"):
        write_ablation_report(Study(corpus=CORPUS, ablations=[ABLATION]), tmp_path)
