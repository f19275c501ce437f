"""A job that is broken off, wherever, goes on to the same file; another job is refused."""

import json
import os
import resource
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cinefuse.errors import CorpusError, RunError, StorageError
from cinefuse.runtimes import FoundModel
from cinefuse.tagging import TagSettings, job, journey, merge, tag, written
from cinefuse.tagging.plan import make_plan

from .conftest import films, write

N_FILMS, CHUNK_ROWS = 22, 4
SETTINGS = TagSettings(chunk_rows=CHUNK_ROWS)


class Killed(BaseException):
    """As a signal ends a program: nothing of ours may catch it."""


@pytest.fixture
def table(posters):
    return write(posters / "films.csv", films(N_FILMS))


@pytest.fixture
def undisturbed(predictor, run, table, tmp_path):
    tag([table], run, tmp_path / "undisturbed.parquet", SETTINGS)
    assert predictor.seen == N_FILMS
    predictor.seen = 0
    return (tmp_path / "undisturbed.parquet").read_bytes()


@pytest.fixture
def killed_at(monkeypatch):
    """Kills at the given call of a function; everything before that has happened."""

    def arrange(home, name, call=1, *, after=False):
        inner, calls = getattr(home, name), []

        def counted(*arguments, **named):
            calls.append(name)
            if len(calls) == call and not after:
                raise Killed
            result = inner(*arguments, **named)
            if len(calls) == call:
                raise Killed
            return result

        monkeypatch.setattr(home, name, counted)
        return lambda: monkeypatch.setattr(home, name, inner)

    return arrange


MOMENTS = {
    "before anything is written": (os, "fsync", 1, False),
    "between job.json and the first chunk": (journey, "missing_chunks", 1, False),
    "in the third part": (os, "fsync", 4, False),
    "after the third part": (os, "fsync", 4, True),
    "while it is read": (journey.Tagger, "_table", 5, False),
    "while it is scored": (journey.Tagger, "_predict", 6, True),
    "before the merge": (journey, "merge", 1, False),
    "in the merge": (merge.pq.ParquetWriter, "write_table", 1, True),
    "when the merge has written all": (os, "fsync", 8, True),
    "between the merge and the end": (journey, "remove", 1, False),
    "when all is done": (journey, "remove", 1, True),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_resumed_is_undisturbed(undisturbed, killed_at, predictor, run, table, tmp_path, moment):
    home, name, call, after = MOMENTS[moment]
    out = tmp_path / "out.parquet"
    alive = killed_at(home, name, call, after=after)
    with pytest.raises(Killed):
        tag([table], run, out, SETTINGS)
    alive()
    before = predictor.seen
    outcome = tag([table], run, out, SETTINGS, resume=True)
    assert out.read_bytes() == undisturbed
    assert predictor.seen - N_FILMS <= CHUNK_ROWS, "at most the chunk in work is done again"
    assert outcome.rows == predictor.seen - before
    assert outcome.counts.rows == outcome.counts.scored == N_FILMS
    assert not job.parts_folder(out).exists()
    assert not list(tmp_path.glob("*.partial"))


def test_killed_in_the_midst_of_tidying_up(undisturbed, killed_at, run, table, tmp_path):
    out = tmp_path / "out.parquet"
    alive = killed_at(job.shutil, "rmtree")
    with pytest.raises(Killed):
        tag([table], run, out, SETTINGS)
    alive()
    assert {path.name for path in job.parts_folder(out).iterdir()} == {job.IDENTITY, job.LOCK}
    assert tag([table], run, out, SETTINGS, resume=True).rows == 0
    assert out.read_bytes() == undisturbed
    assert not job.parts_folder(out).exists()


def test_parts_that_are_lost_or_damaged_are_made_again(
    undisturbed, killed_at, predictor, run, table, tmp_path
):
    out = tmp_path / "out.parquet"
    alive = killed_at(journey, "merge")
    with pytest.raises(Killed):
        tag([table], run, out, SETTINGS)
    alive()
    first, second, third = sorted(job.parts_folder(out).glob("part-*"))[:3]
    first.unlink()
    second.write_bytes(second.read_bytes()[:-100])
    damaged = bytearray(third.read_bytes())
    damaged[4:40] = bytes(36)  # within the first page: its end says nothing of that
    third.write_bytes(damaged)
    predictor.seen = 0
    with pytest.raises(StorageError, match=r"part-000002.parquet: damaged on the disk; .* --resume makes it"):
        tag([table], run, out, SETTINGS, resume=True)
    assert predictor.seen == 2 * CHUNK_ROWS
    tag([table], run, out, SETTINGS, resume=True)
    assert predictor.seen == 3 * CHUNK_ROWS
    assert out.read_bytes() == undisturbed


@pytest.fixture
def broken_off(killed_at, predictor, run, table, tmp_path):
    alive = killed_at(journey.Tagger, "_predict", 3)
    with pytest.raises(Killed):
        tag([table], run, tmp_path / "out.parquet", SETTINGS)
    alive()
    return tmp_path / "out.parquet"


def test_another_job_is_refused(broken_off, run, table, posters, tmp_path):
    def resumed(*tables, **settings):
        tag(
            list(tables), run, broken_off, TagSettings(**({"chunk_rows": CHUNK_ROWS} | settings)), resume=True
        )

    with pytest.raises(
        RunError, match=r"parts: was begun otherwise; .*\n  - chunk_rows: begun with 4, now 5"
    ):
        resumed(table, chunk_rows=5)
    with pytest.raises(
        RunError, match=r"\n  - columns: begun with \{'plot': 'plot', 'poster': 'poster'\}, now"
    ):
        resumed(table, columns={"plot": "title"})
    with pytest.raises(RunError, match=r"\n  - posters: begun with None, now "):
        resumed(table, posters=posters)
    with pytest.raises(RunError, match=r"\n  - tables: begun with .*\n  - rows: begun with 22, now 44"):
        resumed(table, write(tmp_path / "more.csv", films(N_FILMS)))
    (run / "bundle.json").write_text("another model")
    with pytest.raises(RunError, match=r"\n  - model: begun with"):
        resumed(table)
    (run / "bundle.json").write_text("{}")
    os.utime(table, (1, 1))
    with pytest.raises(RunError, match=r"\n  - tables: begun with"):
        resumed(table)
    (job.parts_folder(broken_off) / "job.json").write_text("{")
    with pytest.raises(RunError, match=r"its job.json cannot be read, .*give another -o, or remove it"):
        resumed(table)


def test_without_resume_nothing_is_overwritten(broken_off, run, table, tmp_path):
    with pytest.raises(RunError, match=r"out.parquet.parts: exists; allowed: another -o, or --resume"):
        tag([table], run, broken_off, SETTINGS)
    tag([table], run, broken_off, SETTINGS, resume=True)
    with pytest.raises(RunError, match=r"out.parquet: exists; allowed: another -o, or --resume"):
        tag([table], run, broken_off, SETTINGS)


def test_a_finished_file_stays_and_is_known_again(undisturbed, predictor, run, table, tmp_path):
    out = tmp_path / "undisturbed.parquet"
    outcome = tag([table], run, out, SETTINGS, resume=True)
    assert (outcome.rows, outcome.counts.scored, predictor.seen) == (0, N_FILMS, 0)
    with pytest.raises(RunError, match=r"exists, and is not what this job makes; give another -o"):
        tag([table], run, out, TagSettings(chunk_rows=5), resume=True)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "foreign.parquet")
    (tmp_path / "text.parquet").write_text("no")
    for foreign in ("foreign", "text"):
        with pytest.raises(RunError, match=r"exists, and is not what this job makes; give another -o"):
            tag([table], run, tmp_path / f"{foreign}.parquet", SETTINGS, resume=True)


def test_a_finished_file_is_known_by_what_is_in_the_tables(undisturbed, predictor, run, table, tmp_path):
    out, whole, state = tmp_path / "undisturbed.parquet", table.read_bytes(), table.stat()
    other = whole.replace(b"Film 7,", b"Mild 7,")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "films.csv").write_bytes(other)
    for changed in (table, tmp_path / "other" / "films.csv"):
        changed.write_bytes(other)
        os.utime(changed, ns=(state.st_atime_ns, state.st_mtime_ns))  # of the same size and time
        with pytest.raises(RunError, match=r"exists, and is not what this job makes; give another -o"):
            tag([changed], run, out, SETTINGS, resume=True)
    table.write_bytes(whole)
    assert tag([table], run, out, SETTINGS, resume=True).rows == 0
    assert predictor.seen == 0


def test_a_finished_file_is_known_by_the_posters_folder(undisturbed, run, table, tmp_path):
    out, settings = tmp_path / "out.parquet", {}
    for name in ("a", "b", "b/a"):
        (tmp_path / name).mkdir()
        settings[name] = SETTINGS.model_copy(update={"posters": tmp_path / name})
    tag([table], run, out, settings["a"])
    assert tag([table], run, out, settings["a"], resume=True).rows == 0
    for other in (settings["b"], settings["b/a"], SETTINGS):
        with pytest.raises(RunError, match=r"exists, and is not what this job makes; give another -o"):
            tag([table], run, out, other, resume=True)


def test_tables_are_digested_once(predictor, run, table, tmp_path, monkeypatch):
    digested = []
    monkeypatch.setattr(job, "content_of", lambda path: digested.append(path) or "0")
    tag([table], run, tmp_path / "out.parquet", SETTINGS)
    assert digested == [table]


def test_a_model_of_no_files_is_refused(predictor, run, table, tmp_path):
    (run / "bundle.json").rename(run / "other.json")
    with pytest.raises(RunError, match=r"run: nothing to know the model by; allowed: a folder with bundle"):
        job.make_job(make_plan([table], {}, None, 4), FoundModel(run, "torch"), 4)


@pytest.mark.parametrize("whose", ["foreign", "text", "ours"])
def test_a_file_that_appears_meanwhile_is_not_overwritten(
    undisturbed, run, table, tmp_path, monkeypatch, whose
):
    out = tmp_path / "out.parquet"
    pq.write_table(pa.table({"a": [1]}), tmp_path / "foreign.parquet")
    there = {"foreign": (tmp_path / "foreign.parquet").read_bytes(), "text": b"no", "ours": undisturbed}[
        whose
    ]

    def appears(*arguments):
        out.write_bytes(there)
        return merge.merge(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(journey, "merge", appears)
        if whose == "ours":
            tag([table], run, out, SETTINGS)
            return
        with pytest.raises(RunError, match=r"out.parquet: came to be while .* move the file away, then use"):
            tag([table], run, out, SETTINGS)
    assert out.read_bytes() == there
    assert not list(tmp_path.rglob("*.partial"))
    out.unlink()
    assert tag([table], run, out, SETTINGS, resume=True).rows == 0
    assert out.read_bytes() == undisturbed


def test_resume_of_nothing_begins(undisturbed, run, table, tmp_path):
    tag([table], run, tmp_path / "new.parquet", SETTINGS, resume=True)
    assert (tmp_path / "new.parquet").read_bytes() == undisturbed


def test_a_folder_tagged_into_itself(predictor, run, posters, tmp_path):
    (folder := tmp_path / "tables").mkdir()
    write(folder / "a.parquet", films(9))
    tag([folder], run, folder / "out.parquet", SETTINGS)
    before = (folder / "out.parquet").read_bytes()
    tag([folder], run, folder / "out.parquet", SETTINGS, resume=True)
    assert (folder / "out.parquet").read_bytes() == before
    assert pq.read_metadata(folder / "out.parquet").num_rows == 9


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_table_that_changes_meanwhile_stops_the_job(undisturbed, predictor, run, table, tmp_path, how):
    out, whole, inner = tmp_path / "out.parquet", table.read_bytes(), predictor.predict
    state = table.stat()

    def predict(movies):
        if predictor.seen == 2 * CHUNK_ROWS:
            table.unlink()
            if how == "changed":
                table.write_bytes(whole + b"one,more,\n")
        return inner(movies)

    predictor.predict = predict
    message = {"changed": "was changed since the job began", "gone": "No such file or directory; .* --resume"}
    with pytest.raises(CorpusError, match=message[how]):
        tag([table], run, out, SETTINGS)
    table.write_bytes(whole)
    os.utime(table, ns=(state.st_atime_ns, state.st_mtime_ns))
    tag([table], run, out, SETTINGS, resume=True)
    assert out.read_bytes() == undisturbed


def test_parquet_that_is_damaged_in_the_middle(predictor, run, tmp_path):
    rows = [{"plot": f"{number} " + os.urandom(500).hex()} for number in range(400)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet", row_group_size=100, compression="none")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 50_000] = b"\xff" * 50_000
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(CorpusError, match=r"a.parquet: .*damaged.* what is tagged already stays"):
        tag([tmp_path / "a.parquet"], run, tmp_path / "out.parquet", TagSettings(chunk_rows=50))
    assert len(list((tmp_path / "out.parquet.parts").glob("part-*"))) >= 1


@pytest.fixture
def small_disk():
    """No file may be larger than this; what the disk then says is what a full one does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("where", ["job.json", "part", "merge"])
def test_a_full_disk_stops_it_and_loses_nothing(undisturbed, run, table, tmp_path, small_disk, where):
    out = tmp_path / "out.parquet"
    small_disk({"job.json": 100, "part": 2000, "merge": len(undisturbed) - 1}[where])
    with pytest.raises(StorageError, match=r"File too large; what is tagged already stays: make room"):
        tag([table], run, out, SETTINGS)
    small_disk(resource.RLIM_INFINITY)
    assert not out.exists()
    assert len(list(tmp_path.rglob("part-*"))) == (6 if where == "merge" else 0)
    assert not list(tmp_path.rglob("*.partial"))
    tag([table], run, out, SETTINGS, resume=True)
    assert out.read_bytes() == undisturbed


@pytest.mark.parametrize("given", [False, True])
def test_the_job_says_nothing_of_when_and_where(undisturbed, run, table, posters, tmp_path, given):
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (elsewhere / "films.csv").write_bytes(table.read_bytes())
    shutil.copytree(posters / "posters", elsewhere / "posters")
    where = SETTINGS.model_copy(update={"posters": elsewhere if given else None})
    tag([elsewhere / "films.csv"], run, elsewhere / "out.parquet", where)
    assert (elsewhere / "out.parquet").read_bytes() == undisturbed
    assert str(tmp_path).encode() not in undisturbed
    told = json.loads(pq.read_schema(elsewhere / "out.parquet").metadata[b"cinefuse"])
    assert told["model"] == "fake"


def test_a_partial_file_never_becomes_whole(tmp_path):
    def write_half():
        with written.written_whole(tmp_path / "a") as partial:
            partial.write_text("half")
            raise Killed

    with pytest.raises(Killed):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_are_refused(predictor, run, table, tmp_path, monkeypatch):
    out = tmp_path / "out.parquet"
    told = []

    def second(*arguments):
        with pytest.raises(
            RunError, match=r"another process is tagging to out\.parquet at this moment"
        ) as caught:
            tag([table], run, out, SETTINGS, resume=True)
        told.append(caught)
        return merge.merge(*arguments)

    monkeypatch.setattr(journey, "merge", second)
    tag([table], run, out, SETTINGS)
    assert len(told) == 1
    assert pq.read_metadata(out).num_rows == N_FILMS


def test_another_runtime_is_another_job(predictor, run, table, tmp_path, killed_at):
    out = tmp_path / "out.parquet"
    killed_at(journey, "merge")
    with pytest.raises(Killed):
        tag([table], run, out, SETTINGS)
    folder = job.parts_folder(out)
    begun = json.loads((folder / job.IDENTITY).read_text())
    (folder / job.IDENTITY).write_text(json.dumps(begun | {"runtime": "int8"}))
    with pytest.raises(RunError, match="runtime: begun with int8, now torch"):
        tag([table], run, out, SETTINGS, resume=True)
