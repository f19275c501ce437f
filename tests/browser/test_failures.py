"""Whatever goes wrong is said in plain words, read out, and costs nobody what they wrote."""

import json

import pytest

PLOT = "Blood in the cellar."
REFUSED = {"error": {"code": "overloaded", "message": "too many films are waiting"}}


def refuse(n_times, **answer):
    """A route that answers so the first times, and lets the rest through to the server."""
    left = [n_times]

    def handle(route):
        left[0] -= 1
        if left[0] >= 0:
            route.fulfill(**answer)
        else:
            route.continue_()

    return handle


def busy(n_times, retry_after="1"):
    return refuse(
        n_times,
        status=503,
        headers={"Retry-After": retry_after, "Content-Type": "application/json"},
        body=json.dumps(REFUSED),
    )


@pytest.fixture
def desk(visit, poster):
    """With a film in the form; at the end it must still be there."""
    desk = visit()
    desk.give(PLOT, poster)
    yield desk
    assert desk.page.input_value("#plot") == PLOT
    assert desk.page.is_visible("#poster-remove")


def test_a_broken_poster(desk, poster):
    desk.give(PLOT, poster[:40])
    desk.page.click("#tell")
    assert "This poster cannot be read." in desk.alert()
    assert desk.page.get_attribute("#poster", "aria-invalid") == "true"
    assert desk.page.get_attribute("#plot", "aria-invalid") is None
    desk.give(PLOT, poster)
    desk.tell()
    assert desk.page.get_attribute("#poster", "aria-invalid") is None
    assert not desk.page.query_selector("[role=alert] p")


def test_a_file_that_is_no_picture(desk):
    desk.give(PLOT, b"this is a letter, and no poster")
    desk.page.wait_for_selector("#poster-unseen", state="visible")
    assert "may still read it" in desk.page.inner_text("#poster-unseen")
    desk.page.click("#tell")
    assert "This poster cannot be read." in desk.alert()
    assert desk.page.inner_text("#poster-unseen") == "It cannot be read."


def test_old_genres_do_not_look_current_after_a_failure(desk, poster):
    desk.tell()
    assert desk.page.get_attribute("#result", "class") != "old"
    desk.give("A joke at the wedding.", b"this is a letter, and no poster")
    desk.page.click("#tell")
    desk.alert()
    note = desk.page.inner_text("#changed")
    assert note == "The last attempt has failed. These are still the genres of the film before."
    assert desk.page.inner_text("#result-title") == "Genres told before"
    assert desk.page.get_attribute("#result", "class") == "old"
    desk.give(PLOT, poster)
    desk.tell()
    assert not desk.page.is_visible("#changed")
    assert desk.page.inner_text("#result-title") == "Genres"
    assert desk.page.get_attribute("#result", "class") == ""


def test_the_same_film_told_again_in_vain_says_so(desk):
    desk.tell()
    desk.page.route("**/v1/predict", lambda route: route.abort("connectionrefused"))
    desk.page.click("#tell")
    desk.alert()
    assert "The last attempt has failed." in desk.page.inner_text("#changed")
    assert "told before" in desk.page.inner_text("#changed")


def test_a_plot_that_is_too_long(visit):
    desk = visit()
    long = "the cellar " * 50_000
    desk.page.evaluate("text => { plot.value = text; plot.dispatchEvent(new Event('input')); }", long)
    assert "550,000 of at most" in desk.page.inner_text("#plot-note")
    desk.page.click("#tell")
    assert "too long" in desk.alert()
    assert desk.page.get_attribute("#plot", "aria-invalid") == "true"
    assert desk.page.evaluate("plot.value.length") == len(long)


def test_a_poster_that_is_too_large_is_not_even_sent(visit):
    def read_little(route):
        answer = route.fetch().json()
        route.fulfill(json={**answer, "limits": {**answer["limits"], "poster_bytes": 3_000_000}})

    desk = visit(before=lambda page: page.route("**/v1/genres", read_little))
    asked = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.give("", b"0" * 3_100_000)
    desk.page.click("#tell")
    assert "This poster is too large." in desk.alert()
    assert "3.1 MB; at most 3.0 MB" in desk.alert()
    assert not [url for url in asked if "v1/predict" in url]


def test_nothing_given(visit):
    desk = visit()
    desk.page.fill("#plot", "  \n ")
    desk.page.click("#tell")
    assert "There is no film yet." in desk.alert()


def test_a_busy_service_is_asked_again(desk):
    desk.page.route("**/v1/predict", busy(1))
    desk.page.click("#tell")
    said = desk.alert()
    assert "The service is busy." in said
    assert "again in 1 s" in said
    desk.page.wait_for_selector("#genres li")
    assert not desk.page.query_selector("[role=alert] p")


def test_waiting_can_be_stopped(desk):
    desk.page.route("**/v1/predict", busy(9, "20"))
    desk.page.click("#tell")
    assert "20 s" in desk.alert()
    desk.page.click("#stop")
    desk.page.wait_for_selector("#tell:has-text('Tell the genres')")
    assert not desk.page.query_selector("[role=alert] p")


def test_an_example_takes_the_place_of_what_is_waiting(visit):
    desk = visit()
    desk.give(PLOT)
    desk.page.route("**/v1/predict", busy(1, "20"))
    desk.page.click("#tell")
    desk.alert()
    desk.page.locator("#example-list button").first.click()
    desk.page.wait_for_selector("#told[aria-busy=false] li")
    assert not desk.page.query_selector("[role=alert] p")
    desk.page.click("#own")
    assert desk.page.input_value("#plot") == PLOT


def test_who_asks_for_too_long_a_wait_is_not_waited_for(desk):
    desk.page.route("**/v1/predict", busy(9, "3600"))
    desk.page.click("#tell")
    assert "try again in a moment" in desk.alert()
    assert desk.page.get_attribute("#tell", "aria-disabled") == "false"


def test_a_service_that_is_gone_and_comes_back(desk):
    desk.page.route("**/v1/predict", lambda route: route.abort("connectionrefused"))
    desk.page.click("#tell")
    assert "The service does not answer." in desk.alert()
    desk.page.unroute("**/v1/predict")
    desk.tell()
    assert not desk.page.query_selector("[role=alert] p")


def test_a_service_that_was_gone_when_the_page_opened(visit):
    desk = visit(
        before=lambda page: page.route("**/v1/genres", refuse(1, status=502, body="<h1>Bad gateway</h1>"))
    )
    assert "HTTP 502" in desk.alert()
    desk.give(PLOT)
    desk.tell()
    assert "late-fusion" in desk.page.inner_text("#about")


def test_an_explanation_that_fails_is_asked_for_again(desk):
    desk.tell()
    desk.page.route("**/v1/explain", refuse(1, status=500, body="{}"))
    desk.page.locator("#genres button").first.click()
    assert "HTTP 500" in desk.alert()
    desk.page.click("#why button")
    desk.page.wait_for_selector("#why h3")


def test_a_busy_service_explains_later(desk):
    desk.tell()
    desk.page.route("**/v1/explain", busy(1))
    desk.choose()
