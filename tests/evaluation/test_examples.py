"""Films worth looking at: chosen by what models gave them, shown as a page needs them."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster, BytesPoster
from cinefuse.evaluation import choose_examples, show_examples
from cinefuse.results import Examples, StoredPredictions, read_examples, write_record

NONE = {"best told": [], "worst told": [], "most disputed": []}


def predictions(probabilities, targets, thresholds=(0.5, 0.5)):
    probabilities = np.array(probabilities, dtype=np.float32).reshape(-1, 2)
    return StoredPredictions(
        ids=np.array([f"film{row}" for row in range(len(probabilities))], dtype=np.str_),
        genres=np.array(["Drama", "War"]),
        probabilities=probabilities,
        targets=np.array(targets, dtype=bool).reshape(-1, 2),
        thresholds=np.array(thresholds),
    )


def test_best_and_worst_by_hand():
    best = predictions(
        #  sure,     unsure,     one wrong,  surely wrong, sure, both, no genre at all
        [[0.9, 0.1], [0.6, 0.4], [0.9, 0.6], [0.05, 0.99], [0.95, 0.9], [0.01, 0.01]],
        [[1, 0], [1, 0], [1, 0], [1, 0], [1, 1], [0, 0]],
    )
    assert choose_examples(best, []) == {
        "best told": [4, 0, 1],
        "worst told": [3, 2],
        "most disputed": [],
    }
    assert choose_examples(best, [], of_each=1) == {
        "best told": [4],
        "worst told": [3],
        "most disputed": [],
    }


def test_a_film_is_told_right_by_the_models_own_thresholds():
    best = predictions([[0.9, 0.3], [0.6, 0.1]], [[1, 0], [1, 0]], thresholds=(0.7, 0.2))
    assert choose_examples(best, []) == {"best told": [], "worst told": [1, 0], "most disputed": []}


def test_disputed_are_those_that_nobody_else_has_taken():
    targets = [[1, 0]] * 4
    best = predictions([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]], targets)
    # against the first: films 0 and 3 by 0.7, 2 by 0.3, 1 by nothing
    other = predictions([[0.2, 0.8], [0.8, 0.2], [0.4, 0.6], [0.9, 0.1]], targets)
    chosen = choose_examples(best, [best, other], of_each=1)
    assert chosen == {"best told": [0], "worst told": [], "most disputed": [2]}
    assert choose_examples(best, [best, other], of_each=0) == NONE
    assert choose_examples(best, [best])["most disputed"] == []


def test_models_that_differ_in_their_thresholds_alone_do_not_disagree():
    targets = [[1, 0]] * 12
    random = np.random.default_rng(0)
    logits = random.normal(size=(12, 2))
    strict, lax = (predictions(1 / (1 + np.exp(-(logits + by))), targets) for by in (1.0, -1.0))
    strict.thresholds[:], lax.thresholds[:] = 1 / (1 + np.exp(-1.0)), 1 / (1 + np.exp(1.0))
    strict.probabilities[11] = 0.01  # but here they do
    chosen = choose_examples(predictions(np.full((12, 2), 0.5), targets), [strict, lax], of_each=1)
    assert chosen["most disputed"] == [11]


def test_of_equals_the_earlier_and_certainty_is_no_trap():
    best = predictions([[1.0, 0.0]] * 6 + [[0.0, 1.0]] * 6, [[1, 0]] * 12)
    assert choose_examples(best, [best, best]) == {
        "best told": [0, 1, 2, 3],
        "worst told": [6, 7, 8, 9],
        "most disputed": [4, 5, 10, 11],
    }


@pytest.mark.parametrize("number", range(4))
def test_few_films(number):
    best = predictions([[0.9, 0.1], [0.3, 0.2], [0.8, 0.7]][:number], [[1, 0], [1, 0], [1, 1]][:number])
    chosen = choose_examples(best, [best, best])
    rows = [row for rows in chosen.values() for row in rows]
    assert sorted(rows) == list(range(number))
    assert chosen["worst told"] == [1][: number // 2]


def test_no_film_has_a_genre():
    assert choose_examples(predictions([[0.9, 0.9]], [[0, 0]]), []) == NONE


def shown(**about):
    (example,) = show_examples({"worst told": [1]}, [Movie("0"), Movie("1", **about)])
    return example


def test_a_film_as_a_page_shows_it(tmp_path):
    genres = ("<b>Film & Noir</b>", "Grusel 👻")
    poster = ArrayPoster(np.full((900, 600, 3), (250, 10, 10), dtype=np.uint8))
    example = shown(plot="A plot.", genres=genres, title="Ä <i>", year=1999, poster=poster)
    assert (example.why, example.id, example.title, example.year) == ("worst told", "1", "Ä <i>", 1999)
    assert example.genres == list(genres)
    assert example.plot == "A plot."
    with Image.open(io.BytesIO(base64.b64decode(example.poster, validate=True))) as image:
        assert (image.format, image.size) == ("JPEG", (160, 240))
        assert np.abs(np.array(image).mean(axis=(0, 1)) - [250, 10, 10]).max() < 5
    examples = Examples(split="test", model="bert-text", compared=["bert-text"], films=[example])
    write_record(examples, tmp_path / "examples.json")
    assert read_examples(tmp_path / "examples.json") == examples


def test_what_a_film_lacks():
    empty = shown()
    assert (empty.plot, empty.poster, empty.year, empty.title, empty.genres) == (None, None, None, "", [])
    assert shown(poster=BytesPoster(b"no image")).poster is None


@pytest.mark.parametrize(("width", "height", "expected"), [(20, 30, (20, 30)), (900, 300, (240, 80))])
def test_posters_are_never_enlarged_and_never_higher(width, height, expected):
    poster = shown(poster=ArrayPoster(np.zeros((height, width, 3), dtype=np.uint8))).poster
    assert Image.open(io.BytesIO(base64.b64decode(poster))).size == expected


@pytest.mark.parametrize(
    ("plot", "expected"),
    [
        ("word " * 119 + "words", None),  # 600 letters: as it is
        ("word " * 119 + "word words", "word " * 119 + "word …"),
        ("word " * 119 + "longest and more", "word " * 118 + "word …"),
        ("x" * 700, "x" * 600 + " …"),
    ],
)
def test_long_plots_are_cut_at_a_word(plot, expected):
    assert shown(plot=plot).plot == (expected or plot)
