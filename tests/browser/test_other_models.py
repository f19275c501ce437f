"""The page shows what a model reads, and no more; a service that cannot explain says so."""

import pytest

from cinefuse.prediction import Prediction


class FixedPredictor:
    """Says the same of every film; cannot be looked into."""

    name = "fixed"
    genres = ("Drama", "Comedy", "Film-Noir")

    def __init__(self, reads, knows_people=False):
        self.reads = reads
        self.knows_people = knows_people

    def predict(self, movies):
        probabilities = {"Drama": 0.2, "Comedy": 0.9, "Film-Noir": 0.001}
        thresholds = {"Drama": 0.1, "Comedy": 0.95, "Film-Noir": 0.5}
        return [
            Prediction(
                movie.id,
                ("Drama",),
                probabilities,
                tuple(part for part in self.reads if getattr(movie, part) is None),
                thresholds,
            )
            for movie in movies
        ]


@pytest.fixture(scope="module")
def one_modality(serve):
    """Addresses of services whose model reads one modality."""
    with serve(FixedPredictor(("plot",))) as plots, serve(FixedPredictor(("poster",))) as posters:
        yield {"plot": plots, "poster": posters}


@pytest.mark.parametrize(("reads", "other"), [("plot", "poster"), ("poster", "plot")])
def test_only_what_the_model_reads_is_asked_for(visit, one_modality, poster, reads, other):
    desk = visit(at=one_modality[reads])
    assert desk.page.is_visible(f"#{reads}-field")
    assert not desk.page.is_visible(f"#{other}-field")
    desk.page.click("#tell")
    assert f"Give a {reads}." in desk.alert()
    if reads == "plot":
        desk.give("blood")
    else:
        desk.page.set_input_files("#poster", {"name": "p.png", "mimeType": "image/png", "buffer": poster})
    desk.tell()
    assert "Told without" not in desk.page.inner_text("#verdict")


@pytest.fixture(scope="module")
def people(serve):
    """Addresses of services whose model reads one modality, and who made the film."""
    with serve(FixedPredictor(("plot",), True)) as plots, serve(FixedPredictor(("poster",), True)) as posters:
        yield {"plot": plots, "poster": posters}


@pytest.mark.parametrize("reads", ["plot", "poster"])
def test_one_that_knows_people_as_well_asks_for_both(visit, people, reads):
    desk = visit(at=people[reads])
    assert desk.page.is_visible("#people-fields")
    assert desk.page.inner_text("#invitation") == (
        f"Give its {reads}: that is what this model reads. Name who made it, if you know."
    )
    desk.page.fill("#director", "Ada Sample")
    desk.page.click("#tell")
    assert f"Give a {reads}." in desk.alert()
    desk.page.locator("#example-list button").first.click()
    desk.page.wait_for_selector("#told[aria-busy=false] li")
    assert desk.page.input_value("#director") not in {"", "Ada Sample"}


def test_bars_without_an_explanation(visit, one_modality):
    desk = visit(at=one_modality["plot"])
    desk.give("blood")
    desk.tell()
    names = desk.page.locator("#genres .name").all_inner_texts()
    assert names == ["Comedy", "Drama", "Film-Noir"], "by probability, given or not"
    assert desk.page.locator("#genres .is-given .name").all_inner_texts() == ["Drama"]
    assert desk.page.locator("#genres .value").all_inner_texts()[-1] == "<1\N{NO-BREAK SPACE}%"
    assert desk.page.locator("#genres button").count() == 0
    assert "without explaining" in desk.page.inner_text("#why")


def test_a_model_of_one_modality_explains_that_one(visit):
    def only_plots(route):
        answer = route.fetch().json()
        route.fulfill(json={**answer, "reads": ["plot"]})

    desk = visit(before=lambda page: page.route("**/v1/genres", only_plots))
    desk.give("blood in the cellar")
    desk.tell()
    desk.choose()
    assert desk.page.locator("#why h4").all_inner_texts() == ["The plot"]


class ManyGenres(FixedPredictor):
    """Knows 23 genres, most of them improbable; one that is as improbable is given."""

    genres = tuple(f"Genre {number}" for number in range(23))

    def predict(self, movies):
        probabilities = {genre: 0.9 / (number + 1) ** 2 for number, genre in enumerate(self.genres)}
        thresholds = dict.fromkeys(self.genres, 0.5) | {"Genre 9": 0.001}
        return [
            Prediction(movie.id, ("Genre 0", "Genre 9"), probabilities, (), thresholds) for movie in movies
        ]


@pytest.fixture(scope="module")
def many(serve):
    with serve(ManyGenres(("plot",))) as address:
        yield address


def test_improbable_genres_are_folded_away_until_they_are_asked_for(visit, many):
    desk = visit(at=many)
    desk.give("blood")
    desk.tell()

    def shown():
        return desk.page.locator("#genres li:visible .name").all_inner_texts()

    assert shown() == [*(f"Genre {number}" for number in (0, 1, 2, 3, 9))]
    assert desk.page.get_attribute("#more", "aria-expanded") == "false"
    desk.page.focus("#more")
    desk.page.keyboard.press("Enter")
    assert shown() == list(ManyGenres.genres)
    assert desk.page.get_attribute("#more", "aria-expanded") == "true"
    desk.page.keyboard.press("Space")
    assert len(shown()) == 5
    desk.page.fill("#plot", "other blood")
    desk.page.click("#more")
    desk.tell()
    assert len(shown()) == 5, "each film begins folded"


def test_a_few_genres_are_not_folded(visit, one_modality):
    desk = visit(at=one_modality["plot"])
    desk.give("blood")
    desk.tell()
    assert not desk.page.is_visible("#more")
