"""Ours among the published, without a word too much."""

from dataclasses import replace

from cinefuse.corpus.genres import MMIMDB_GENRES
from cinefuse.reports.published import PUBLISHED
from cinefuse.reports.sections.literature import MMIMDB_TEST_FILMS, literature


def test_ours_stand_among_theirs_by_macro_f1(material, rows):
    found = rows(literature(material), "literature")
    scores = [float(row["f1_macro"]) for row in found]
    assert scores == sorted(scores, reverse=True)
    ours = [row for row in found if row["system"].endswith("(here)")]
    assert {row["reads"] for row in ours} == {"text", "vision", "both"}
    assert {row["corpus"] for row in ours} == {"open"}
    assert len(found) == len(PUBLISHED) + 3


def test_other_films_are_said_to_be_other_films(material, prose):
    assert "measured on other films (400 of open, 21 genres)" in prose(literature(material))
    corpus = material.comparison.corpus.model_copy(
        update={"movies": MMIMDB_TEST_FILMS, "genres": list(MMIMDB_GENRES), "split_rule": "own"}
    )
    official = replace(material, comparison=material.comparison.model_copy(update={"corpus": corpus}))
    assert "official split's test films" in prose(literature(official))
    dev = corpus.model_copy(update={"split": "dev"})
    other = replace(material, comparison=material.comparison.model_copy(update={"corpus": dev}))
    assert "measured on other films" in prose(literature(other))


def test_what_is_not_known_is_a_gap_and_not_a_guess(material, rows):
    found = {row["system"]: row for row in rows(literature(material), "literature")}
    assert found["MMBT"]["films"] == found["MMBT"]["threshold"] == ""
    assert found["GMU"]["films"] == "7799"
    assert found["the original report, attention"]["threshold"] == "fixed, 0.5"
