"""`cinefuse tag` as a shell sees it: with a real run, here and in Ray's workers."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pyarrow.parquet as pq
import pytest
from PIL import Image

from cinefuse import FilePoster, Movie, Predictor, progress


@pytest.fixture
def table(tmp_path):
    """A catalogue with plots under another name, posters in a folder, and some bad rows."""
    (tmp_path / "images").mkdir()
    for number, colour in enumerate([(90, 110, 160), (250, 210, 60), (40, 0, 10)]):
        Image.new("RGB", (20, 30), colour).save(tmp_path / "images" / f"{number}.png")
    plots = ["a mother writes a letter", "the wedding goes wrong", "blood in the cellar"]
    rows = [
        {"tconst": f"tt{number}", "overview": plots[number % 3], "poster": f"{number % 3}.png"}
        for number in range(20)
    ]
    rows[3]["poster"] = "gone.png"
    rows[4] |= {"overview": None}
    rows[5] |= {"overview": "", "poster": None}
    lines = [json.dumps(row) for row in rows]
    lines[6] = lines[6][:-5]
    (tmp_path / "films.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "films.jsonl"


def options(table, run):
    folder = table.parent / "images"
    return ("--run", run, "--column", "plot=overview", "--posters", folder, "--chunk-rows", 6)


def test_the_rows_that_python_would_predict(invoke, tiny_run, table, tmp_path):
    code, out, err = invoke("tag", table, "-o", tmp_path / "out.parquet", *options(table, tiny_run))
    assert code == 0, err
    assert [line.rsplit(maxsplit=1) for line in out.splitlines()[:-2]] == [
        ["rows", "20"],
        ["scored", "18"],
        ["  without a plot", "1"],
        ["  without a poster", "1"],
        ["not scored", "2"],
        ["rows with error: neither plot nor poster", "1"],
        ["rows with error: poster missing", "1"],
        ["rows with error: record is not JSON", "1"],
    ]
    assert out.splitlines()[-2].startswith("20 rows in ")
    assert out.splitlines()[-2].endswith(" a second")
    assert out.splitlines()[-1] == f"written: {tmp_path / 'out.parquet'}"
    assert "20 films in 1 table\n" in err
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["tconst"] for row in rows] == [f"tt{n}" if n != 6 else None for n in range(20)]
    predictor = Predictor.load(tiny_run)
    for first in range(0, 20, 6):  # in the same company, for a plot is padded to the longest
        chunk = [row for row in rows[first : first + 6] if row["probabilities"]]
        movies = [
            Movie("", row["overview"], FilePoster(tmp_path / "images" / row["poster"])) for row in chunk
        ]
        for row, expected in zip(chunk, predictor.predict(movies), strict=True):
            assert row["predicted_genres"] == list(expected.genres)
            assert row["probabilities"] == expected.probabilities
            assert row["lacking"] == list(expected.lacking)
    assert rows[3]["error"] == "poster missing: gone.png: No such file or directory"


def test_a_second_call_says_what_to_do(invoke, tiny_run, table, tmp_path):
    arguments = ("tag", table, "-o", tmp_path / "out.parquet", *options(table, tiny_run))
    assert invoke(*arguments)[0] == 0
    code, _, err = invoke(*arguments)
    assert (code, "out.parquet: exists; allowed: another -o, or --resume" in err) == (2, True)
    code, out, err = invoke(*arguments, "--resume")
    assert code == 0
    assert "is finished already" in err
    assert "a second" not in out
    assert ["scored", "18"] in map(str.split, out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--column", "overview"), "--column overview: allowed: OURS=THEIRS, for example plot=overview"),
        (("--column", "title=tconst"), "no column of ours; allowed: plot, poster"),
        (("--workers", "2"), "--workers is of --engine ray"),
        (("--posters", "nowhere"), "--posters nowhere: no such folder"),
        (("--run", "nowhere"), "nowhere: neither a finished run"),
        (("--out", "nowhere/out.parquet"), "there is no folder nowhere"),
        (("--out", "out.csv"), "out.csv: allowed: a name that ends in .parquet"),
    ],
)
def test_what_is_wrong_is_said_at_once(invoke, tiny_run, table, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    code, _, err = invoke("tag", table, "-o", "out.parquet", *options(table, tiny_run), *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert sorted(tmp_path.iterdir()) == before


def test_a_part_that_no_column_has_is_told_beforehand(invoke, tiny_run, table, tmp_path):
    told = [json.loads(line) for line in table.read_text().splitlines()[:3]]
    named = [{"overview": row["overview"], "poster_path": row["poster"]} for row in told]
    (tmp_path / "named.jsonl").write_text("".join(json.dumps(row) + "\n" for row in named))
    arguments = ("tag", tmp_path / "named.jsonl", "--run", tiny_run, "--column", "plot=overview")
    _, _, err = invoke(*arguments, "-o", tmp_path / "out.parquet")
    assert "note: no column 'poster', which the model reads too: every film is told without it" in err
    assert "the table has: overview, poster_path; to name one: --column poster=NAME" in err
    _, _, err = invoke(*arguments, "--column", "poster=poster_path", "-o", tmp_path / "other.parquet")
    assert "note:" not in err


def test_interrupted_it_says_how_to_go_on(invoke, tiny_run, table, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    arguments = ("tag", table, "-o", tmp_path / "out.parquet", *options(table, tiny_run))
    with monkeypatch.context() as patched:
        patched.setattr("cinefuse.tagging.part.Tagger.tag", interrupted)
        code, _, err = invoke(*arguments)
    assert code == 130
    assert "what is done stays; the same command with --resume goes on\n" in err
    assert invoke(*arguments, "--resume")[0] == 0


def test_progress_in_plain_lines(invoke, tiny_run, table, tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY_SECONDS", 0.0)
    _, _, err = invoke("tag", table, "-o", tmp_path / "out.parquet", *options(table, tiny_run))
    lines = [line for line in err.splitlines() if line.startswith("tagging films")]
    assert [line.partition(",")[0] for line in lines] == [
        f"tagging films: {done} of 20" for done in (6, 12, 18, 20)
    ]
    assert lines[-1].endswith(" a second, 0 s left")


@pytest.mark.slow
def test_ray_writes_the_same_file(tiny_run, table, tmp_path):
    if find_spec("ray") is None:
        pytest.skip("without ray, which is an extra")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    written = []
    for engine in (("--engine", "local"), ("--engine", "ray", "--workers", "2")):
        out = tmp_path / f"{engine[1]}.parquet"
        command = ["tag", table, "-o", out, *options(table, tiny_run), *engine]
        ended = subprocess.run(
            [sys.executable, "-m", "cinefuse", *map(str, command)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert ["scored", "18"] in map(str.split, ended.stdout.splitlines())
        written.append(out.read_bytes())
    assert written[0] == written[1]
    assert not (tmp_path / "ray.parquet.parts").exists()
    # Ray itself is to be quiet
    assert "Dataset" not in ended.stderr
    assert len(ended.stderr.splitlines()) <= 4, ended.stderr
