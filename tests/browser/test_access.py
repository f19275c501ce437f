"""For everybody: keyboard alone, a phone, light and dark, what is read out."""

import pytest

PLOT = "The old house: a scream, blood in the cellar. A wedding joke, a letter."

WIDEST = """() => Math.max(...[...document.querySelectorAll("body *")]
  .filter(one => one.checkVisibility() && !one.closest(".unseen, .to-why"))
  .map(one => one.getBoundingClientRect().right))"""

# every text that can be seen against the first ground beneath it that is painted, as WCAG 2 reckons
POOR_CONTRAST = """() => {
  const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((v, i) => (v * a + under[i] * (255 - a)) / 255);
  const light = (rgb) => rgb.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (one) => one
    ? over(rgba(getComputedStyle(one).backgroundColor), ground(one.parentElement)) : [255, 255, 255];
  const poor = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !one.checkVisibility() || one.closest(".unseen")) continue;
    const behind = ground(one), ink = over(rgba(getComputedStyle(one).color), behind);
    const [dark, bright] = [light(behind), light(ink)].sort((a, b) => a - b);
    const ratio = (bright + .05) / (dark + .05);
    if (ratio < 4.5) poor.push(`${one.outerHTML.slice(0, 80)} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


TOO_SMALL = """() => [...document.querySelectorAll("button, .people input, .switch, .to-why")]
  .filter(one => one.checkVisibility())
  .filter(one => 1 < one.offsetHeight && one.offsetHeight < 24)
  .map(one => one.outerHTML)"""


def press_until(page, key, selector, at_most=40):
    """Presses a key until the focus is there; each stop must be visible, with an outline around it."""
    stops = []
    for _ in range(at_most):
        page.keyboard.press(key)
        stops.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
        outlined = page.evaluate(
            "getComputedStyle(document.activeElement.closest('.drop') ?? document.activeElement).outlineStyle"
        )
        assert outlined == "solid", f"no focus to be seen on {stops[-1]}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return stops
    pytest.fail(f"{key} never comes to {selector}, only to {stops}")


def test_by_keyboard_alone(visit):
    page = visit().page
    page.wait_for_selector("#examples:not([hidden])")
    assert press_until(page, "Tab", "#plot") == ["poster", "plot"]
    page.keyboard.type(PLOT)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#told[aria-busy=false] li")
    assert page.evaluate("document.activeElement.id") == "plot", "the focus stays where one writes"
    assert press_until(page, "Tab", "#genres button")[0] == "tell"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_selector("#why h3")
    assert page.get_attribute("#genres button:focus", "aria-pressed") == "true"
    press_until(page, "Tab", ".to-why", at_most=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "why"


def test_names_by_keyboard_alone(visit, knowing):
    page = visit(before=knowing).page
    page.wait_for_selector("#examples:not([hidden])")
    assert press_until(page, "Tab", "#cast") == ["poster", "plot", "director", "cast"]
    page.keyboard.type("Bea Nobody")
    assert press_until(page, "Shift+Tab", "#plot") == ["director", "plot"]
    page.keyboard.type(PLOT)
    press_until(page, "Tab", "#director")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#told[aria-busy=false] li")
    assert page.evaluate("document.activeElement.id") == "director", "the focus stays where one writes"
    assert press_until(page, "Tab", "#tell") == ["cast", "tell"]


def test_the_heat_map_by_keyboard(visit, poster):
    desk = visit()
    desk.give(PLOT, poster)
    page = desk.page
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#told[aria-busy=false] li")
    press_until(page, "Tab", "#genres button")
    page.keyboard.press("Space")
    page.wait_for_selector("#why h3")
    press_until(page, "Tab", ".switch input")
    page.keyboard.press("Space")
    assert not page.is_checked(".switch input")


def test_what_is_read_out(visit, poster):
    desk = visit()
    desk.give(PLOT, poster)
    desk.tell()
    genre = desk.page.locator("#genres .name").first.inner_text()
    assert genre in desk.page.inner_text("[role=status]")
    assert "3 genres listed" in desk.page.inner_text("[role=status]")
    desk.choose()
    assert f"{genre} explained" in desk.page.inner_text("[role=status]")
    tree = desk.page.locator("body").aria_snapshot()
    assert f'button "{genre}' in tree
    assert "threshold" in tree
    assert "[pressed]" in tree
    for name in (
        'textbox "Plot"',
        'button "Poster"',
        'checkbox "Show the heat map"',
        'button "Remove the poster"',
    ):
        assert name in tree, f"{name} is not in {tree}"


def test_names_are_read_out_with_what_they_are_for(visit, knowing):
    page = visit(before=knowing).page
    tree = page.locator("#film").aria_snapshot()
    assert 'group "Who made it"' in tree
    for field in ("Directed by", "With"):
        assert f'textbox "{field}"' in tree
        page.click(f"text='{field}'")  # a label brings to its field
        described = page.evaluate(
            "document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent"
        )
        assert "commas between them" in described


def test_busy_while_it_works(visit):
    desk = visit()
    held = []

    def hold(route):
        held.append(route)

    desk.page.route("**/v1/predict", hold)
    desk.give(PLOT)
    desk.page.click("#tell")
    desk.page.wait_for_selector("#told[aria-busy=true]", state="attached")
    assert desk.page.get_attribute("#tell", "aria-disabled") == "true"
    desk.page.keyboard.press("Enter")  # a second press, where the focus is, does not ask twice
    desk.page.wait_for_timeout(50)
    assert len(held) == 1
    held[0].continue_()
    desk.page.wait_for_selector("#told[aria-busy=false] li")


def test_nothing_is_wider_than_a_phone(visit, knowing, poster):
    desk = visit(width=360, height=740, has_touch=True, before=knowing)
    desk.give(PLOT + " " + "x" * 300, poster)
    desk.page.fill("#cast", "x" * 150)
    desk.tell()
    desk.choose()
    for width in (360, 320, 768, 1024):
        desk.page.set_viewport_size({"width": width, "height": 740})
        assert desk.page.evaluate(WIDEST) <= width
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
        assert desk.page.evaluate(TOO_SMALL) == [], "what is touched is at least 24 pixels high"
        director, cast = (desk.page.locator(field).bounding_box() for field in ("#director", "#cast"))
        assert (cast["y"] > director["y"]) == (width < 640), "side by side where there is room"


@pytest.mark.parametrize(("width", "comes"), [(390, True), (1280, False)])
def test_on_a_phone_the_explanation_comes_into_view(visit, poster, width, comes):
    desk = visit(width=width, height=740, has_touch=True)
    desk.give(PLOT, poster)
    desk.tell()
    before = desk.page.evaluate("scrollY")
    desk.choose()
    assert desk.page.evaluate("document.getAnimations().length") == 0
    top = desk.page.locator("#why").bounding_box()["y"]
    if comes:
        assert 0 <= top < 100
    else:
        assert desk.page.evaluate("scrollY") == before


def test_light_and_dark_have_contrast(visit, knowing, poster):
    desk = visit(before=knowing)
    grounds = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 29)"}

    def look():
        for scheme, ground in grounds.items():
            desk.page.emulate_media(color_scheme=scheme)
            assert desk.page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
            assert desk.page.evaluate(POOR_CONTRAST) == [], scheme

    desk.page.click("#tell")
    desk.alert()
    look()
    desk.give(PLOT, poster)
    desk.page.fill("#director", "a, " * 101)
    desk.page.click("#tell")
    desk.page.wait_for_selector("#director[aria-invalid=true]")
    look()
    desk.page.fill("#director", "Ada Sample")
    desk.tell()
    desk.choose()
    desk.page.fill("#plot", "changed")
    look()


def test_nothing_moves_for_those_who_asked_for_it(visit):
    desk = visit(reduced_motion="reduce")
    desk.give(PLOT)
    desk.tell()
    assert desk.page.evaluate("document.getAnimations().length") == 0
