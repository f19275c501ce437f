"""`cinefuse bench` as a shell sees it."""

import json

from cinefuse.bench import BENCHES


def test_the_command(invoke, tmp_path):
    code, out, _ = invoke("bench", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(BENCHES)
    arguments = ("--profile", "small", "--films", "8", "--turns", "1", "--json", tmp_path / "bench.json")
    code, out, err = invoke("bench", "inputs", *arguments)
    assert code == 0, err
    assert "films/s" in out
    told = json.loads((tmp_path / "bench.json").read_text())
    assert {entry["bench"] for entry in told["entries"]} == {"inputs"}
    assert told["machine"]["cores"] >= 1


def test_what_was_measured_is_shown_when_a_later_bench_is_stopped(invoke, tmp_path, monkeypatch):
    def stops(context):
        raise KeyboardInterrupt

    monkeypatch.setitem(BENCHES._entries, "start", stops)
    arguments = ("--profile", "small", "--films", "8", "--turns", "1")
    code, out, err = invoke("bench", "inputs", "start", *arguments)
    assert code == 130
    assert "an epoch" in out
    assert err.splitlines()[-1] == "stopped"


def test_models_are_checked_before_films_are_read(invoke):
    for given in (("--models", "tfidf-svm-text"), ("--profile", "nosuch"), ("--text-encoder", "x")):
        code, _, err = invoke("bench", "start", "--corpus", "nowhere", *given)
        assert code == 2
        assert "nowhere" not in err
