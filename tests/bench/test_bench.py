"""Each bench runs because it is registered, both sides do the same work, and numbers are what they say."""

from statistics import median

import numpy as np
import pytest
import torch

import cinefuse
from cinefuse.bench import run_benches
from cinefuse.bench.context import BENCHES, Context, build
from cinefuse.bench.films import MEDIAN_WORDS, spread_over, with_long_plots
from cinefuse.bench.plain import PlainDataset, PlainTraining, plain_scores
from cinefuse.bench.process import run_cinefuse
from cinefuse.bench.record import BenchRecord, Entry, Side
from cinefuse.bench.telling import bench_table
from cinefuse.bench.turns import race
from cinefuse.corpus.corpus import open_corpus
from cinefuse.encoders import attention
from cinefuse.errors import SettingsError
from cinefuse.inference import score_table
from cinefuse.reports.table import to_markdown

PROCESSES = {"growth", "start"}  # start the program again and again


@pytest.fixture
def context(tiny_corpus, tmp_path):
    return Context(tiny_corpus, tmp_path, 1, 8, "small", ("early-fusion", "lstm-text"))


@pytest.mark.parametrize("name", [name for name in BENCHES if name not in PROCESSES])
def test_every_bench_measures_both_sides(name, context):
    record = run_benches([name], context)
    assert record.entries
    for entry in record.entries:
        assert entry.bench == name
        assert all(value > 0 for side in (entry.plain, entry.ours) for value in side.values)
        assert all(ratio > 0 for ratio in entry.ratios)
        assert all(abs(sum(shares.values()) - 1) < 0.01 for shares in entry.parts.values())
    assert BenchRecord.model_validate_json(record.model_dump_json()) == record
    assert not list(context.folder.glob("head*"))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_benches_that_start_programs(name, context):
    record = run_benches([name], context)
    assert all(entry.plain is None and entry.ours.median > 0 for entry in record.entries)


def test_a_bench_that_does_not_exist(context):
    with pytest.raises(SettingsError, match=r"no bench is called 'trainig' \(did you mean 'training'\?\)"):
        run_benches(["trainig"], context)


def test_the_sides_take_turns():
    order = []
    sides = (lambda: order.append("plain") or 2.0), (lambda: order.append("ours") or 8.0)
    entry = race("x", "y", "films/s", sides, 2)
    assert order == ["plain", "ours", "plain", "ours", "ours", "plain"], "a warm-up each, then in turns"
    assert entry.plain.values == (2.0, 2.0)
    assert entry.ours.values == (8.0, 8.0)
    assert entry.ratios == [4.0, 4.0]


@pytest.mark.parametrize(("larger_is_better", "expected"), [(True, [4.0, 2.0]), (False, [0.25, 0.5])])
def test_a_ratio_says_how_many_times_faster_ours_is(larger_is_better, expected):
    entry = Entry(
        bench="b",
        what="w",
        unit="u",
        larger_is_better=larger_is_better,
        plain=Side(values=(2.0, 4.0)),
        ours=Side(values=(8.0, 8.0)),
    )
    assert entry.ratios == expected


def test_the_table_tells_median_and_range(context):
    entry = Entry(
        bench="training",
        what="bert-text",
        unit="films/s",
        larger_is_better=True,
        plain=Side(values=(1.0, 2.0, 4.0)),
        ours=Side(values=(10.0, 20.0, 30.0)),
    )
    record = run_benches([], context).model_copy(update={"entries": [entry]})
    row = "| training | bert-text | films/s | 2 (1 to 4) | 20 (10 to 30) | 10.0 (7.5 to 10.0) |"
    assert row in to_markdown(bench_table(record))


def test_padding_and_order_change_no_score(tiny_corpus, context):
    subject = build(context, "bert-text")
    movies = list(tiny_corpus.split("dev"))
    dataset = PlainDataset(movies, subject.genres, subject.settings, subject.tokenizer, varied=False)
    plain = plain_scores(subject.model, dataset, 4, torch.device("cpu")).numpy()
    ours = score_table(subject.model, subject.table(movies))
    present = [movie.plot is not None for movie in movies]
    np.testing.assert_allclose(plain[present], ours[present], atol=1e-5)


def test_long_plots_are_as_long_as_mm_imdb():
    movies = [movie for movie in open_corpus("embedded").split("train") if movie.plot]
    lengths = [len(movie.plot.split()) for movie in with_long_plots(movies)]
    assert median(lengths) == pytest.approx(MEDIAN_WORDS, rel=0.1)
    assert np.quantile(lengths, 0.95) == pytest.approx(301, rel=0.15)
    assert np.mean(lengths) == pytest.approx(124, rel=0.1)


def test_films_are_spread_over_all(tiny_corpus):
    movies = tiny_corpus.split("train")
    assert [movie.id for movie in spread_over(movies, 3)] == [movies[0].id, movies[17].id, movies[35].id]
    assert len(spread_over(movies, 1000)) == len(movies)


def test_a_command_is_not_as_large_as_who_starts_it():
    ballast = np.ones(300 * 2**20 // 8)
    ran = run_cinefuse("--version")
    assert ran.said == f"cinefuse {cinefuse.__version__}"
    assert 10 < ran.peak < 250
    assert ballast[-1] == 1


@pytest.mark.parametrize("recipe", ["early-fusion", "lstm-text"])
def test_the_plain_side_takes_none_of_our_ways(context, recipe):
    subject = build(context, recipe)
    ways = [part for part in subject.model.modules() if hasattr(part, "quick")]
    assert ways
    assert all(part.quick for part in ways)
    PlainTraining(subject.model, subject.settings, torch.ones(len(subject.genres)), torch.device("cpu"))
    assert not any(part.quick for part in ways)
    for part in subject.model.modules():
        assert not hasattr(part, "config") or part.config._attn_implementation != attention.NAME
