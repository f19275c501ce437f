"""Who made the film: asked for where the model knows people, sent with it, and never lost."""

import json

import pytest

PLOT = "The old house: a scream, blood in the cellar."
DIRECTOR, CAST = "Ada Sample", "Bea Nobody, Cy Extra"


@pytest.fixture
def desk(visit, knowing):
    return visit(before=knowing)


def name(desk, director=DIRECTOR, cast=CAST):
    desk.page.fill("#director", director)
    desk.page.fill("#cast", cast)


def named(desk):
    return desk.page.input_value("#director"), desk.page.input_value("#cast")


def sent(asked):
    """What the request gave of the film."""
    body = json.loads(asked.value.post_data)
    return {part: body[part] for part in ("plot", "director", "cast")}


def test_a_model_that_knows_nobody_asks_for_no_names_and_sends_none(visit):
    desk = visit()
    assert not desk.page.is_visible("#people-fields")
    assert "who made" not in desk.page.inner_text("body")
    desk.page.locator("#example-list button").first.click()  # it names who made it all the same
    desk.page.wait_for_selector("#told[aria-busy=false] li")
    with desk.page.expect_request("**/v1/predict") as asked:
        desk.tell()
    assert sent(asked).items() >= {"director": None, "cast": None}.items()
    assert not desk.page.is_visible("#changed")


def test_a_model_that_knows_people_asks_for_them(desk):
    assert desk.page.get_by_label("Directed by").is_visible()
    assert desk.page.get_by_label("With").is_visible()
    assert "Name who made it, if you know." in desk.page.inner_text("#invitation")
    assert "reads the plot and poster, and who made the film." in desk.page.inner_text("#about")


def test_names_are_sent_to_be_told_and_explained(desk):
    desk.give(PLOT)
    name(desk, f"  {DIRECTOR} ", CAST)
    with desk.page.expect_request("**/v1/predict") as predicting:
        desk.tell()
    with desk.page.expect_request("**/v1/explain") as explaining:
        desk.choose()
    assert sent(predicting) == sent(explaining) == {"plot": PLOT, "director": DIRECTOR, "cast": CAST}


def test_enter_in_a_field_of_one_line_tells(desk):
    desk.give(PLOT)
    desk.page.fill("#cast", CAST)
    desk.page.press("#cast", "Enter")
    desk.page.wait_for_selector("#told[aria-busy=false] li")
    assert desk.page.evaluate("document.activeElement.id") == "cast"


@pytest.mark.parametrize("field", ["#director", "#cast"])
def test_other_names_are_another_film(desk, field):
    desk.give(PLOT)
    name(desk)
    desk.tell()
    assert not desk.page.is_visible("#changed")
    before = desk.page.input_value(field)
    desk.page.fill(field, "Somebody Else")
    assert "The film has been changed since." in desk.page.inner_text("#changed")
    desk.page.fill(field, before + " ")
    assert not desk.page.is_visible("#changed")


def test_names_alone_are_no_film(desk):
    name(desk)
    desk.page.click("#tell")
    assert "There is no film yet." in desk.alert()
    assert "Give a plot, a poster, or both." in desk.alert()
    assert named(desk) == (DIRECTOR, CAST)


@pytest.mark.parametrize("plot", [PLOT, ""])
def test_an_example_has_names_of_its_own_and_ones_own_come_back(desk, plot):
    desk.give(plot)
    name(desk)
    for number in (0, 1):
        with desk.page.expect_request("**/v1/predict") as asked:
            desk.page.locator("#example-list button").nth(number).click()
        desk.page.wait_for_selector("#told[aria-busy=false] li")
        director, cast = named(desk)
        assert director not in {"", DIRECTOR}
        assert ", " in cast
        assert cast != CAST
        assert sent(asked).items() >= {"director": director, "cast": cast}.items()
    desk.page.click("#own")
    assert named(desk) == (DIRECTOR, CAST)
    assert desk.page.input_value("#plot") == plot
    assert not desk.page.is_visible("#own")


def test_an_example_without_names_leaves_none_of_another_film(visit, knowing):
    def unnamed(route):
        examples = route.fetch().json()["examples"]
        route.fulfill(json={"examples": [{**one, "director": [], "cast": []} for one in examples]})

    def before(page):
        knowing(page)
        page.route("**/v1/examples", unnamed)

    desk = visit(before=before)
    name(desk)
    desk.page.locator("#example-list button").first.click()
    desk.page.wait_for_selector("#told[aria-busy=false] li")
    assert named(desk) == ("", "")


@pytest.mark.parametrize(
    ("field", "given", "title", "says"),
    [
        (
            "cast",
            "a, " * 120,
            "These are too many names.",
            "Cast: 120 names; allowed are 100: leave out the last.",
        ),
        ("director", "a" * 201, "These names are too long.", "Director: a name of 201 characters"),
        ("cast", "[a]", "These names cannot be read.", "Cast: it begins with ["),
    ],
)
def test_names_that_are_not_taken_are_marked_and_kept(desk, field, given, title, says):
    other = {"cast": "director", "director": "cast"}[field]
    desk.give(PLOT)
    name(desk)
    desk.page.fill(f"#{field}", given)
    desk.page.click("#tell")
    said = desk.alert()
    assert title in said
    assert says in said
    assert desk.page.get_attribute(f"#{field}", "aria-invalid") == "true"
    assert desk.page.get_attribute(f"#{field}", "aria-errormessage") == "alert"
    for unmarked in (other, "plot", "poster"):
        assert desk.page.get_attribute(f"#{unmarked}", "aria-invalid") is None
    assert desk.page.input_value(f"#{field}") == given
    name(desk)
    desk.tell()
    assert desk.page.get_attribute(f"#{field}", "aria-invalid") is None
