"""`cinefuse soup`, from two runs to one that is evaluated and told from."""

import json

import pytest

from cinefuse.cli.showing import show_soup
from cinefuse.soup import NAME, OnDev, Soup

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
    rows = [line.split() for line in out.splitlines()]
    assert [row[0] for row in rows if len(row) == 2 and row[1].replace(".", "").isdigit()] == [
        *("part1", "part2", "soup")
    ]
    assert "thresholds learned from the training films that each run has not seen" in out
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
    ("soup", "told"),
    [
        (0.6, "the soup is as good as the best of them, or better"),
        (0.5, "the soup is worse than the best of them"),
        (0.2, "the soup is worse than every run: did they not begin at the same weights?"),
        (None, "mAP is undefined on dev"),
    ],
)
def test_it_says_whether_averaging_helped(soup, told, capsys):
    worth = (OnDev("one", 0.4), OnDev("two", 0.6), OnDev(NAME, soup))
    show_soup(Soup(None, False, worth))
    out = " ".join(capsys.readouterr().out.split())
    assert f"thresholds learned from dev; {told}" in out
