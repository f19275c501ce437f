import json

import pytest
from typer.testing import CliRunner

from cinefuse.cli.corpus import app
from cinefuse.corpus.audit import CorpusDescription
from cinefuse.corpus.corpus import open_corpus
from cinefuse.errors import CorpusError, FetchError, SettingsError

from .test_fetch import Server, make_archive, serving


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_prepare_and_describe(raw_folder, tmp_path):
    (raw_folder / "dataset" / "0000002.jpeg").write_bytes(b"no image")
    (raw_folder / "dataset" / "0000003.json").write_text("{")
    store = tmp_path / "store"
    result = run("prepare", raw_folder, store, "--skip-faulty", "--poster-size", 32, "--name", "bakers")
    assert result.exit_code == 0
    assert "bakers, 4 genres" in result.output
    assert "plot longest, split own: train 3, dev 2, test 2" in result.output
    assert "record is not JSON" in result.output
    assert "poster unreadable" in result.output
    assert open_corpus(store).skipped == {"poster unreadable": 1, "record is not JSON": 1}

    result = run("describe", store, "--json", tmp_path / "store.json")
    assert "bakers: 7 films (train 3, dev 2, test 2)" in result.output
    assert "Romance" in result.output
    description = CorpusDescription.model_validate_json((tmp_path / "store.json").read_bytes())
    assert description.movies == 7
    assert description.skipped == {"poster unreadable": 1, "record is not JSON": 1}


def test_describe_counts_faults_instead_of_refusing(raw_folder, tmp_path):
    (raw_folder / "dataset" / "0000003.json").write_text("{")
    output = run("describe", raw_folder, "--json", tmp_path / "d.json").output
    assert "skipped: record is not JSON" in output
    assert json.loads((tmp_path / "d.json").read_text())["skipped"] == {"record is not JSON": 1}


def test_prepare_passes_every_rule_on(tmp_path):
    rows = [
        f"{n};A plot of {'very ' * n}many words;Drama|War;{'train' if n < 9 else 'test'}" for n in range(12)
    ]
    table = tmp_path / "mine.csv"
    table.write_text("\n".join(["tt,overview,genres,split", *(row.replace(";", ",") for row in rows)]))
    options = ["--column", "id=tt", "--column", "plot=overview", "--split", "random", "--seed", 3]
    options += ["--min-words", 6, "--genres", "War, Drama", "--plot-rule", "all"]
    run("prepare", table, tmp_path / "store", *options)
    corpus = open_corpus(tmp_path / "store")
    assert corpus.genres == ("War", "Drama")
    assert corpus.split_rule == "random 70/15/15 (seed 3)"
    assert corpus.plot_rule == "all"
    assert corpus.skipped == {"plot shorter than 6 words": 1, "poster missing": 11}
    run("prepare", table, tmp_path / "store", *options[:4], "--force")
    assert open_corpus(tmp_path / "store").split_rule == "own"


def test_a_taken_place_is_said_before_anything_is_read(raw_folder):
    with pytest.raises(CorpusError, match="exists and is no store"):
        run("prepare", "no such source", raw_folder)


def test_strict(raw_folder, tmp_path):
    (raw_folder / "dataset" / "0000002.jpeg").write_bytes(b"no image")
    with pytest.raises(CorpusError, match="movie 0000002: poster unreadable"):
        run("prepare", raw_folder, tmp_path / "store", "--strict")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--genres", "War,War"), "--genres: .*given more than once: War"),
        (("--seed", "-1", "--min-words", "-2"), "--seed: .*; --min-words: "),
    ],
)
def test_rules_that_make_no_sense_are_all_named(raw_folder, tmp_path, options, message):
    with pytest.raises(SettingsError, match=message):
        run("prepare", raw_folder, tmp_path / "store", *options)


def test_a_column_that_is_no_pair(raw_folder, tmp_path):
    with pytest.raises(CorpusError, match="--column plot: allowed: OURS=THEIRS"):
        run("prepare", raw_folder, tmp_path / "store", "--column", "plot")


def test_fetch_downloads_unpacks_and_says_what_is_next(tmp_path):
    archive = make_archive(tmp_path / "made.tar.gz", mmimdb__split=b"{}")
    with serving(Server(archive.read_bytes())) as url:
        output = run("fetch", "mmimdb", tmp_path / "here", "--mirror", url).output
    assert (tmp_path / "here" / "mmimdb" / "split").read_bytes() == b"{}"
    assert "no known checksum of mmimdb to check it by" in output
    assert f"next: cinefuse corpus prepare {tmp_path / 'here' / 'mmimdb'} STORE" in output


def test_fetch_of_the_hdf5(tmp_path):
    server = Server(b"whatever")
    with serving(server) as url:
        run("fetch", "mmimdb", tmp_path, "--what", "hdf5", "--mirror", url)
    assert [path for path, _ in server.log] == ["/films/metadata.npy", "/films/multimodal_imdb.hdf5"]


def test_fetch_that_finds_nothing(tmp_path):
    with (
        serving(Server(status=404)) as url,
        pytest.raises(FetchError, match=r"mmimdb\.tar\.gz did not arrive"),
    ):
        run("fetch", "mmimdb", tmp_path, "--mirror", url)


def test_fetch_of_something_else(tmp_path):
    assert run("fetch", "imagenet", tmp_path).exit_code == 2
