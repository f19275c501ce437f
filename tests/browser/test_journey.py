"""From an empty page to an explanation, with a mouse; what it shows is what the API says."""

import base64

import httpx
import pytest

PLOT = "The old house: a scream, blood in the cellar.\nA wedding joke."

BRING = """([bytes, how]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], "brought.png", {type: "image/png"}));
  const event = how === "paste"
    ? new ClipboardEvent("paste", {clipboardData: carried, bubbles: true, cancelable: true})
    : new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true});
  document.querySelector("footer").dispatchEvent(event);
  return event.defaultPrevented;
}"""


@pytest.fixture
def desk(visit):
    return visit()


@pytest.fixture
def told(address, poster):
    """What the API itself says of that film."""
    body = {"plot": PLOT, "poster": base64.b64encode(poster).decode()}
    return httpx.post(address + "v1/predict", json=body).raise_for_status().json()


def percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def test_upload_and_predict(desk, poster, told):
    desk.give(PLOT, poster)
    desk.tell()
    rows = desk.page.locator("#genres > li").all()
    shown = {row.locator(".name").inner_text(): row.locator(".value").inner_text() for row in rows}
    by_probability = sorted(told["probabilities"].items(), key=lambda item: -item[1])
    assert list(shown.items()) == [(genre, percent(share)) for genre, share in by_probability]
    marked = [row.locator(".name").inner_text() for row in rows if row.locator(".given").inner_text()]
    assert marked == told["genres"]
    for row in rows:
        genre, width = row.locator(".name").inner_text(), row.locator(".track").bounding_box()["width"]
        fill, tick = (row.locator(part).bounding_box() for part in (".fill", ".tick"))
        assert fill["width"] == pytest.approx(told["probabilities"][genre] * width, abs=1)
        assert tick["x"] + 1 - fill["x"] == pytest.approx(told["thresholds"][genre] * width, abs=1)


def test_explain(desk, poster):
    desk.give(PLOT, poster)
    desk.tell()
    with desk.page.expect_response("**/v1/explain") as answer:
        genre = desk.choose()
    explanation = answer.value.json()
    assert explanation["genre"] == genre
    assert desk.page.locator("#genres [aria-pressed=true] .name").inner_text() == genre
    assert desk.page.text_content("#why .plot") == PLOT
    heaviest = max(explanation["words"], key=lambda word: abs(word["weight"]))
    kind = "for" if heaviest["weight"] > 0 else "against"
    assert heaviest["text"] in desk.page.locator(f"#why .plot mark.{kind}").all_text_contents()
    size = desk.page.eval_on_selector("#why canvas", "canvas => [canvas.height, canvas.width]")
    assert size == [explanation["poster"]["rows"], explanation["poster"]["columns"]]
    said = desk.page.inner_text("#why")
    sentences = explanation["sentences"]
    for sentence in (
        *(sentences[name] for name in ("title", "verdict", "words", "poster")),
        *sentences["parts"],
    ):
        assert sentence
        assert sentence in said
    frames = desk.page.locator("#why .frame").all()
    covers = [explanation["poster"][name] for name in ("lowering", "raising") if explanation["poster"][name]]
    assert len(frames) == len(covers)
    whole = desk.page.locator("#why .picture").bounding_box()
    for frame, cover in zip(frames, covers, strict=True):
        box = frame.bounding_box()
        assert box["y"] - whole["y"] == pytest.approx(cover["top"] * whole["height"], abs=1)
        assert box["width"] == pytest.approx((cover["right"] - cover["left"]) * whole["width"], abs=1)
    parts = [percent(explanation["modalities"][name]) for name in ("both", "plot", "poster")]
    assert desk.page.locator("#why .without dd").all_text_contents() == parts


def test_each_part_has_its_own_threshold(desk, poster):
    desk.give(PLOT, poster)
    desk.tell()
    with desk.page.expect_response("**/v1/explain") as answer:
        desk.choose()
    explanation = answer.value.json()
    shares = [explanation["modalities"][f"{part}_threshold"] for part in ("plot", "poster")]
    ticks = desk.page.locator("#why .without .tick").all()
    tracks = desk.page.locator("#why .without .track").all()
    for tick, track, share in zip(ticks, tracks, [explanation["threshold"], *shares], strict=True):
        box = track.bounding_box()
        assert tick.bounding_box()["x"] + 1 - box["x"] == pytest.approx(share * box["width"], abs=1)


def test_the_heat_map_is_switched_off_and_on(desk, poster):
    desk.give(PLOT, poster)
    desk.tell()
    desk.choose()
    switch = desk.page.get_by_label("Show the heat map")
    opacity = "canvas => getComputedStyle(canvas).opacity"
    assert desk.page.eval_on_selector("#why canvas", opacity) == "1"
    switch.uncheck()
    assert desk.page.eval_on_selector("#why canvas", opacity) == "0"
    switch.check()
    assert desk.page.eval_on_selector("#why canvas", opacity) == "1"


def test_an_explained_genre_is_not_asked_for_again(desk, poster):
    asked = []
    desk.page.on("request", lambda request: "explain" in request.url and asked.append(request.url))
    desk.give(PLOT, poster)
    desk.tell()
    first, second, again = desk.choose(0), desk.choose(1), desk.choose(0)
    assert first == again != second
    assert len(asked) == 2
    desk.page.locator("#genres button").first.click()  # and let go
    assert "Choose a genre" in desk.page.inner_text("#why")


def test_a_poster_is_taken_away_again(desk, poster):
    desk.give(PLOT, poster)
    assert desk.page.is_visible("#poster-preview")
    desk.page.click("#poster-remove")
    assert not desk.page.is_visible("#poster-preview")
    assert desk.page.evaluate("document.activeElement.id") == "poster"
    desk.tell()
    assert "Told without a poster" in desk.page.inner_text("#verdict")
    desk.choose()
    assert "The model was shown the plot alone." in desk.page.inner_text("#why")


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_poster_is_pasted_or_dropped_anywhere(desk, poster, how):
    kept = desk.page.evaluate(BRING, [list(poster), how])
    assert kept, "the browser would open it in place of the page"
    desk.page.wait_for_selector("#poster-preview", state="visible")
    assert desk.page.inner_text("#poster-name") == "brought.png"
    desk.tell()
    assert "Told without a plot" in desk.page.inner_text("#verdict")


def test_an_example_is_told_and_ones_own_film_comes_back(desk):
    desk.page.fill("#plot", "mine")
    for number in (0, 1):
        desk.page.locator("#example-list button").nth(number).click()
        desk.page.wait_for_selector("#told[aria-busy=false] li")
        assert desk.page.input_value("#plot") not in {"", "mine"}
        assert desk.page.is_visible("#poster-preview")
    desk.page.click("#own")
    assert desk.page.input_value("#plot") == "mine"
    assert not desk.page.is_visible("#poster-preview")
    assert not desk.page.is_visible("#own")


def test_bars_of_another_film_say_so(desk):
    desk.give(PLOT)
    desk.tell()
    assert not desk.page.is_visible("#changed")
    desk.page.fill("#plot", "something else")
    assert desk.page.is_visible("#changed")
    desk.page.fill("#plot", PLOT)
    assert not desk.page.is_visible("#changed")


def test_the_api_is_a_click_away(desk):
    desk.page.click("footer a")
    assert "/v1/predict" in desk.page.inner_text("body")
