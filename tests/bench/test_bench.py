"""Each bench runs because it is registered, both sides do the same work, and numbers are what they say."""

import io
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from rich.console import Console

import cinefuse
from cinefuse.bench import FIXED, comparison, films, growth, run_benches, scoring, set_up
from cinefuse.bench.compiled import open_compiled
from cinefuse.bench.context import BENCHES, Context, build
from cinefuse.bench.films import MEDIAN_WORDS, spread_over, with_long_plots
from cinefuse.bench.growth import sizes
from cinefuse.bench.plain import PlainDataset, PlainTraining, plain_scores
from cinefuse.bench.process import Ran, run_cinefuse
from cinefuse.bench.record import BenchRecord, Entry, Side
from cinefuse.bench.subject_run import make_run
from cinefuse.bench.telling import bench_table, note_lines
from cinefuse.bench.turns import race
from cinefuse.corpus.corpus import open_corpus
from cinefuse.encoders import attention
from cinefuse.errors import SettingsError
from cinefuse.inference import Predictor, score_table
from cinefuse.reports.table import to_markdown, to_terminal
from cinefuse.results import Seconds
from cinefuse.training.trainer import GenreTrainer

PROCESSES = {"comparison", "growth", "growth-tagging", "growth-training", "start"}  # start the program anew
INSTALLS = {"set-up"}  # for minutes


@pytest.fixture
def context(tiny_corpus, tmp_path):
    return Context(tiny_corpus, "embedded", tmp_path, 1, 8, "small", ("early-fusion", "lstm-text"))


def test_models_that_nothing_trains_by_gradient_are_refused(tiny_corpus, tmp_path):
    with pytest.raises(SettingsError, match=r"^bench, model tfidf-svm-text: scikit-learn fits it"):
        Context(tiny_corpus, "embedded", tmp_path, 1, 8, "small", ("lstm-text", "tfidf-svm-text"))


@pytest.fixture
def real_weights(shared):
    models = shared / "models"
    return {
        "text_encoder": str(models / "minilm_l6"),
        "vision_encoder": str(models / "mobilenet_v1_0.75_224"),
    }


@pytest.mark.real
def test_with_real_weights_both_sides_learn_at_the_same_rates(tiny_corpus, tmp_path, real_weights):
    context = Context(tiny_corpus, "embedded", tmp_path, 1, 8, "two-cores", ("early-fusion",), real_weights)
    sides = [build(context, "early-fusion") for _ in range(2)]
    names = {id(parameter): name for side in sides for name, parameter in side.model.named_parameters()}
    table = sides[0].table(tiny_corpus.split("train")[:4])
    ours = GenreTrainer(sides[0].model, table, table, sides[0].settings, str(tmp_path)).create_optimizer()
    plain = PlainTraining(sides[1].model, sides[1].settings, torch.ones(3), torch.device("cpu"))
    rates = [
        {names[id(one)]: group["lr"] for group in optimizer.param_groups for one in group["params"]}
        for optimizer in (ours, plain._optimizer)
    ]
    assert rates[0] == rates[1]
    assert set(rates[0].values()) == {1e-3, 5e-5, 1e-4}
    first, second = (side.model.state_dict() for side in sides)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("cnn-vision", "--text-encoder ./nowhere, --models cnn-vision: text_encoder would change nothing"),
        ("bert-text", "--text-encoder ./nowhere, model bert-text: text encoder"),
    ],
)
def test_encoders_that_no_model_has_are_refused_at_once(model, message, tiny_corpus, tmp_path):
    given = {"text_encoder": "./nowhere"}
    with pytest.raises(SettingsError, match=message):
        run_benches(["loss"], Context(tiny_corpus, "embedded", tmp_path, 1, 8, "small", (model,), given))


def test_benches_with_models_of_their_own_take_no_encoders(context):
    assert set(FIXED) < set(BENCHES)
    with pytest.raises(
        SettingsError,
        match="--text-encoder nowhere: bench growth has no use for it; allowed with it are heads, inputs",
    ):
        run_benches(["loss", "growth"], replace(context, encoders={"text_encoder": "nowhere"}))


def test_long_plots_need_a_model_that_reads_them(tiny_corpus, tmp_path):
    context = Context(tiny_corpus, "embedded", tmp_path, 1, 8, "small", ("cnn-vision",))
    with pytest.raises(SettingsError, match="training-long, --models cnn-vision: none reads plots"):
        run_benches(["training-long"], context)


@pytest.mark.parametrize("name", sorted(set(BENCHES) - PROCESSES - INSTALLS))
def test_every_bench_measures_both_sides(name, context, monkeypatch):
    monkeypatch.setattr(scoring, "open_compiled", _fails)
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
    assert record.entries
    assert all(entry.ours.median > 0 for entry in record.entries)


@pytest.mark.filterwarnings("ignore")  # what torch's compiler warns of is its own affair
def test_a_compiled_run_says_what_the_run_says(context, monkeypatch):
    def compile_quickly(part, **options):
        """The graphs as torch finds them, without the C++ that it writes for a minute."""
        compile_part(part, backend=backend, **options)

    def backend(graph, _):
        caches.append(os.environ["TORCHINDUCTOR_CACHE_DIR"])
        return graph.forward

    caches, compile_part = [], torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", compile_quickly)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "/its/own")
    torch.compiler.reset()
    movies = list(context.corpus.split("test"))
    folder = make_run(context, "early-fusion")
    compiled, took = open_compiled(folder, movies[:3], context.folder / "cache")
    assert len(caches) >= 4, "two encoders, fusion and head"
    assert set(caches) == {str(context.folder / "cache")}
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == "/its/own"
    assert took > 0
    expected = Predictor.load(folder).probabilities(movies)
    np.testing.assert_allclose(compiled.probabilities(movies), expected, atol=1e-5)


def test_no_compiled_model_where_torch_cannot_compile(context, monkeypatch):
    said = []
    monkeypatch.setattr(scoring, "open_compiled", _fails)
    monkeypatch.setattr(scoring, "say", said.append)
    entries = run_benches(["latency"], context).entries
    assert [entry.what for entry in entries] == list(scoring.RUNTIMES.values())
    assert said == ["latency: no compiled model, for torch.compile failed: No working C++ compiler found"]


def _fails(*_):
    raise RuntimeError("No working C++ compiler found\nand a long trace")


def test_a_compiled_model_is_a_runtime_more(context, monkeypatch):
    monkeypatch.setattr(scoring, "open_compiled", lambda run, *_: (Predictor.load(run), 61.04))
    *_, last = run_benches(["latency"], context).entries
    assert last.what == "torch.compile, float32"
    assert last.notes["compiling, s"] == 61.0


def test_the_slowest_films_are_those_of_the_turns(context, monkeypatch):
    """Neither those to warm up, nor the plain side's of another race."""

    class Slow:
        def __init__(self, *waits):
            self.waits = iter(waits)

        def predict(self, _):
            clock.append(clock[-1] + next(self.waits))

    clock = [0.0]
    monkeypatch.setattr(scoring, "now", lambda: clock[-1])
    movies = context.corpus.split("test")[:2]
    plain, ours = Slow(9, 9, 3, 4), Slow(8, 8, 1, 2)
    entry = scoring._waits("torch", plain.predict, ours, movies, context)
    assert (entry.plain.values, entry.ours.values) == ((3500.0,), (1500.0,))
    assert entry.notes["plain p95"] < 5000
    assert entry.notes["ours p95"] < 3000


def test_what_was_measured_is_kept_when_a_later_bench_fails(context, monkeypatch):
    kept = []
    monkeypatch.setitem(BENCHES._entries, "tagging", _fails)
    with pytest.raises(RuntimeError, match="No working"):
        run_benches(["inputs", "tagging"], context, kept.append)
    (record,) = kept
    assert {entry.bench for entry in record.entries} == {"inputs"}


@pytest.mark.parametrize("torch_asked_for", ["", "torch==2.11.0"])
def test_setting_up_is_what_a_newcomer_types(context, monkeypatch, tmp_path, torch_asked_for):
    checkout = tmp_path / "own"
    (checkout / ".venv").mkdir(parents=True)
    (checkout / ".venv" / "torch").write_text(torch_asked_for)
    for name in set_up.NEEDED[:-1]:
        (checkout / name).write_text(name)
    (checkout / "src" / "__pycache__").mkdir(parents=True)
    (checkout / "src").chmod(0o555)
    done = []

    def fake(command, cwd, **_):
        done.append((command, sorted(one.name for one in cwd.rglob("*"))))
        assert all(one.stat().st_mode & stat.S_IWUSR for one in (cwd, *cwd.rglob("*")))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(set_up, "CHECKOUT", checkout)
    monkeypatch.setattr(set_up.subprocess, "run", fake)
    (entry,) = run_benches(["set-up"], context).entries
    ((command, copied),) = done
    python = f"PYTHON={sys.executable}"
    assert command == ["make", "setup", python, *([f"TORCH={torch_asked_for}"] if torch_asked_for else [])]
    assert copied == sorted(set_up.NEEDED), "not what was built there before"
    assert entry.ours.median > 0
    assert not (context.folder / "checkout").exists()


def test_a_set_up_that_fails_is_told_and_the_rest_goes_on(context, monkeypatch):
    said = []
    failed = SimpleNamespace(returncode=2, stderr="cinefuse needs Python 3.11 or later\n")
    monkeypatch.setattr(set_up.subprocess, "run", lambda *_, **__: failed)
    monkeypatch.setattr(set_up, "say", said.append)
    assert run_benches(["set-up"], context).entries == []
    monkeypatch.setattr(set_up.shutil, "which", lambda _: None)
    assert run_benches(["set-up"], context).entries == []
    assert said == [
        "set-up: not measured, for make setup failed:\ncinefuse needs Python 3.11 or later",
        "set-up: not measured, for there is no make here",
    ]


def test_an_installed_package_has_no_set_up_to_measure(context, monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr(set_up, "CHECKOUT", tmp_path)
    monkeypatch.setattr(set_up, "say", said.append)
    assert run_benches(["set-up"], context).entries == []
    assert said == ["set-up: not measured, for cinefuse was installed as a package and has no Makefile here"]


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
        notes={"mean tokens": 57.0, "cores": "two"},
    )
    record = run_benches([], context).model_copy(update={"entries": [entry]})
    row = "| training | bert-text | films/s | 2 | 1 to 4 | 20 | 10 to 30 | 10.0 | 7.5 to 10.0 |"
    assert row in to_markdown(bench_table(record))
    long = entry.model_copy(update={"bench": "tagging", "what": "onnxruntime, float32"})
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(to_terminal(bench_table(record.model_copy(update={"entries": [long]})), 80))
    told = console.export_text()
    assert "tagging onnxruntime, float32 films/s" in " ".join(told.split())
    assert "7.5 to 10.0" in told  # what it is about, however narrow
    assert note_lines(record) == ["training bert-text: mean tokens: 57; cores: two"]


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


def test_films_are_spread_over_all(tiny_corpus, monkeypatch):
    said = []
    monkeypatch.setattr(films, "say", said.append)
    movies = tiny_corpus.split("train")
    assert [movie.id for movie in spread_over(movies, 3)] == [movies[0].id, movies[17].id, movies[35].id]
    assert said == []
    assert len(spread_over(movies, 1000)) == len(movies)
    assert said == ["bench: 36 films of the 1,000 that are asked for: there are no more"]


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


def test_a_loss_is_no_race(context, monkeypatch):
    said = []
    monkeypatch.setattr("cinefuse.bench.say", said.append)
    (entry, _) = run_benches(["loss"], context).entries
    assert said == ["bench loss, 1 of 1"]
    assert entry.ratios == []
    assert entry.notes["before either"] > entry.notes["a constant's"] > 0
    expected = 100 * (entry.ours.median / entry.plain.median - 1)
    assert entry.notes["ours beside plain"] == f"{expected:+.1f} %"
    (line,) = note_lines(run_benches([], context).model_copy(update={"entries": [entry]}))
    assert f"ours beside plain: {expected:+.1f} %" in line


def test_sizes_go_up_to_what_was_asked_for():
    assert sizes(300_000) == [1_000, 10_000, 100_000, 300_000]
    assert sizes(10_000) == [1_000, 10_000]
    assert sizes(8) == [1_000]


@pytest.mark.parametrize(
    ("bench", "steps"),
    [("growth", ("prepare", "describe")), ("growth-tagging", ("tag",)), ("growth-training", ("epoch",))],
)
def test_the_rate_between_two_sizes_leaves_the_start_out(bench, steps, context, monkeypatch):
    def fake(*arguments):
        """A command that takes a second to start and a millisecond a film."""
        caches.append(os.environ["CINEFUSE_CACHE"])
        of_size = next((one.parent.name for one in arguments if isinstance(one, Path)), "")
        films = int(of_size) if of_size.isdecimal() else 0
        return Ran(1 + films / 1000, 100.0, "")

    caches = []
    monkeypatch.setenv("CINEFUSE_CACHE", "the user's")
    monkeypatch.setattr(growth, "run_cinefuse", fake)
    entries = BENCHES[bench](replace(context, films=10_000))
    assert [entry.what for entry in entries] == [
        f"{step}, {size} films" for size in ("1,000", "10,000") for step in steps
    ]
    first, later = entries[0], entries[len(steps)]
    assert {name for name in caches if name != "the user's"} == {
        str(context.folder / size / "cache") for size in ("1000", "10000")
    }
    assert first.ours.values == (500.0,)
    assert first.notes == {"peak MiB": 100.0, "seconds": 2.0}
    assert later.notes["films/s from 1,000 on"] == 1_000
    assert not [path for path in context.folder.iterdir() if path.name != "run"], (
        "tables and stores go as soon as they are measured"
    )


def test_a_comparison_is_held_against_its_models_one_by_one(context, monkeypatch):
    calls = []

    def fake(*arguments):
        assert os.environ["CINEFUSE_CACHE"] == str(context.folder / "cache"), "nothing that was kept before"
        calls.append(arguments[0])
        return Ran({"train": 5.0, "evaluate": 1.0, "compare": 9.0}[arguments[0]], 50.0 * len(calls), "")

    def result(model):
        return SimpleNamespace(model=model, seconds=Seconds(train=3.0, evaluate=0.5))

    found = SimpleNamespace(models=[result("early-fusion"), result("lstm-text")])
    monkeypatch.setattr(comparison, "run_cinefuse", fake)
    monkeypatch.setattr(comparison, "read_comparison", lambda _: found)
    whole, *models = comparison.comparison(context)
    assert calls == ["train", "evaluate", "train", "evaluate", "compare"]
    assert (whole.plain.values, whole.ours.values) == ((12.0,), (9.0,))
    assert whole.parts["ours"] == {"training": 0.667, "scoring": 0.111, "rest": 0.222}
    assert whole.notes == {"peak MiB": 250.0, "plain, peak MiB": 200.0}
    assert [(one.what, one.plain.median, one.ours.median) for one in models] == [
        ("early-fusion", 6.0, 3.5),
        ("lstm-text", 6.0, 3.5),
    ]
