"""`cinefuse soup`, from two runs to one that is evaluated and told from."""

import json
import re

import pytest

from cinefuse.deciding import OnDev
from cinefuse.soup import NAME, Soup

TINY = ("--set", "profile=small", "--set", "max_epochs=1", "--set", "batch_size=64")


def test_two_runs_become_one(invoke, tmp_path):
    runs = []
    for number in (1, 2):
        runs.append(tmp_path / f"part{number}")
        fold = ("--set", f"fold={number}/2")
        code, _, err = invoke(
            *("train", "cnn-vision", "--corpus", "embedded", "--out", runs[-1], *fold, *TINY)
        )
        assert code == 0, err
    made = tmp_path / "soup"
    code, out, err = invoke("soup", *runs, "--corpus", "embedded", "--out", made)
    assert code == 0, err
    assert "soup: the weights of 2 runs, averaged" in err
    for name in ("part1", "part2", "soup"):
        assert re.search(rf"{name} +\d+\.\d +\d+\.\d", out)
    assert "thresholds of the soup learned from the training films that each run has not seen" in " ".join(
        out.split()
    )
    assert f"{made}: cnn-vision-soup; now: cinefuse evaluate {made} --corpus embedded" in " ".join(
        out.split()
    )
    code, _, err = invoke(
        *("evaluate", made, "--corpus", "embedded", "--split", "dev", "--json", tmp_path / "told.json")
    )
    assert code == 0, err
    assert json.loads((tmp_path / "told.json").read_text())["model"] == "cnn-vision-soup"
    code, _, err = invoke("soup", runs[0], "--corpus", "embedded", "--out", tmp_path / "one")
    assert code == 2
    assert "1 run to combine; allowed are two or more" in err


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (0.6, "soup: mAP 60.0 on dev, its runs 40.0 to 60.0"),
        (
            0.2,
            "soup: mAP 20.0 on dev, its runs 40.0 to 60.0: worse than every run. Did all begin at the same",
        ),
        (None, "soup: mAP is undefined on dev"),
    ],
)
def test_it_says_whether_averaging_helped(own, told):
    worth = (OnDev("one", 0.3, 0.4), OnDev("two", 0.5, 0.6), OnDev(NAME, own, own))
    verdict = Soup(None, worth).verdict
    assert verdict.startswith(told)
    assert verdict == told or own == 0.2
