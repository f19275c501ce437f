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
