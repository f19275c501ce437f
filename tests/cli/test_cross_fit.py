"""`cinefuse cross-fit`, from a run and its parts to one that is evaluated and told from."""

import json
import re

TINY = ("--set", "profile=small", "--set", "max_epochs=1", "--set", "batch_size=64")


def test_a_run_decides_by_its_parts(invoke, tmp_path):
    runs = []
    for name, part in (("whole", ()), ("one", ("--set", "fold=1/2")), ("two", ("--set", "fold=2/2"))):
        runs.append(tmp_path / name)
        code, _, err = invoke(
            *("train", "cnn-vision", "--corpus", "embedded", "--out", runs[-1], *part, *TINY)
        )
        assert code == 0, err
    made = tmp_path / "made"
    code, out, err = invoke("cross-fit", *runs, "--corpus", "embedded", "--out", made)
    assert code == 0, err
    assert "asking each run of the training films that it has not seen, 838 in all" in err
    for name in ("as it was", "cross-fitted"):
        assert re.search(rf"{name} +\d+\.\d +\d+\.\d", out)
    told = " ".join(out.split())
    assert "cnn-vision-cross-fitted: thresholds of 838 training films; macro F1 on dev" in told
    assert f"{made}: cnn-vision-cross-fitted; now: cinefuse evaluate {made} --corpus embedded" in told
    code, _, err = invoke(
        *("evaluate", made, "--corpus", "embedded", "--split", "dev", "--json", tmp_path / "told.json")
    )
    assert code == 0, err
    assert json.loads((tmp_path / "told.json").read_text())["model"] == "cnn-vision-cross-fitted"
    code, _, err = invoke("cross-fit", *runs[:2], "--corpus", "embedded", "--out", tmp_path / "half")
    assert code == 2
    assert "parts: runs that left out 1/2; missing: 2/2; allowed is one for each of as many parts" in err
