"""What models weigh, and films, as the runs and the comparison left them."""

import pytest

from cinefuse.reports.drawing import svg
from cinefuse.reports.section import Drawn, FilmCard, Films, Tabled
from cinefuse.reports.sections.examples import LEAST, examples
from cinefuse.reports.sections.weights import weights
from cinefuse.results import write_record
from cinefuse.results.examples import Example, Examples
from cinefuse.results.weights import (
    AttendedWord,
    Gate,
    PlaceAttention,
    RunWeights,
    Share,
    Spread,
    Trained,
    WordAttention,
)

SPREAD = Spread(mean=0.9, sd=0.05)
WEIGHTS = {
    "late-fusion": {"alpha": Share(value=0.731)},
    "early-fusion": {"gate": Gate(films=40, overall=SPREAD, per_genre={"Drama": 0.2, "War": 0.8})},
    "bert-text": {
        "alpha_by_genre": Trained(by="genre", values={"Drama": 0.8, "War": 0.55}),
        "text_alpha_by_layer": Trained(by="layer", values={"1": 0.5, "2": 0.25}),
    },
    "attention-fusion": {
        "words_to_places": PlaceAttention(
            films=40, shares=[0.1, 0.2, 0.3, 0.4], grid=(2, 2), evenness=SPREAD, constant=False
        ),
        "places_to_words": WordAttention(
            films=40,
            words=[AttendedWord(word="<i>love</i>", ratio=3.21, films=9)],
            minimum_films=3,
            beside_words=0.12,
            evenness=SPREAD,
            constant=False,
        ),
    },
    "lstm-text": {
        "text.word_attention": WordAttention(
            films=40, words=[], minimum_films=3, beside_words=0.0, evenness=None, constant=True
        )
    },
}


def film(why, number, **changed):
    known = {
        "title": f"Film {number}",
        "year": 1999,
        "plot": "A plot.",
        "genres": ["Drama", "War"],
        "poster": None,
    }
    return Example(why=why, id=f"{number:07d}", **(known | changed))


def leave(directory):
    for model, weighed in WEIGHTS.items():
        write_record(RunWeights(split="test", weights=weighed), directory / model / "weights.json")
    films = [film("best told", 1), film("most disputed", 2, year=None, plot=None, title="", genres=[])]
    left = Examples(split="test", model="early-fusion", compared=["early-fusion"], films=films)
    write_record(left, directory / "examples.json")


@pytest.fixture
def left(make_material):
    return make_material(leave, n_films=40)


def test_every_kind_of_weight_is_told(left, prose):
    section = weights(left)
    said = prose(section)
    assert "The trained share of the text is 0.731, and 0.269 that of the poster" in said
    assert "attention to the poster is 90 % as spread out as it could be" in said
    assert "Most attended: <i>love</i> (3.2)." in said
    assert "nothing to choose between" in said
    (places,) = (block.figure for block in section.blocks if isinstance(block, Drawn))
    assert "even would be 25.0" in svg(places)
    tables = {block.name: block.table for block in section.blocks if isinstance(block, Tabled)}
    of_genres, of_layers = tables["bert-text_alpha_by_genre"], tables["bert-text_text_alpha_by_layer"]
    assert (of_genres.columns[0].title, of_genres.rows) == ("genre", [("Drama", 0.8), ("War", 0.55)])
    assert (of_layers.columns[0].title, of_layers.rows) == ("layer", [("1", 0.5), ("2", 0.25)])
    assert tables["early-fusion_gate"].rows == [("War", 0.8), ("Drama", 0.2)]


def test_without_weights_there_is_no_section(material):
    assert weights(material) is None
    assert examples(material) is None


def test_films_have_bars_of_what_the_models_gave_them(left):
    section = examples(left)
    cards = [card for block in section.blocks if isinstance(block, Films) for card in block.cards]
    assert [type(card) for card in cards] == [FilmCard, FilmCard]
    assert [card.title for card in cards] == ["Film 1 (1999)", "0000002"]
    best = {str(model.kind): model.scored[0] for model in left.best_of_each_kind()}
    for bar in cards[0].bars:
        column = best["text"].genres.tolist().index(bar.genre)
        assert bar.true is (bar.genre in {"Drama", "War"})
        for kind, share in bar.shares:
            assert share == pytest.approx(float(best[kind].probabilities[1, column]))
        if not bar.true:
            assert max(share for _, share in bar.shares) >= LEAST
    assert {"Drama", "War"} <= {bar.genre for bar in cards[0].bars}
    assert cards[1].why == "no genre"


def test_a_film_that_was_not_scored_has_no_bars(make_material):
    def other(directory):
        leave(directory)
        films = [film("worst told", 999_999)]
        left = Examples(split="test", model="early-fusion", compared=[], films=films)
        write_record(left, directory / "examples.json")

    (block,) = (b for b in examples(make_material(other, n_films=40)).blocks if isinstance(b, Films))
    assert block.cards[0].bars == ()
