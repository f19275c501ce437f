"""The page in a real Chromium, against the real app with a small trained model.

Every page that a test opens is watched: at its end, no request may have left the server, no script may have
failed, and nothing may be on the console but answers of the API that refuse.
"""

import io
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from PIL import Image

from cinefuse.inference import Predictor
from cinefuse.serving.app import create_app

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 30_000  # milliseconds before a test gives up on the page


@contextmanager
def running(predictor) -> Iterator[str]:
    """Serves the model on a free port of this machine, in a thread; gives the page's address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(predictor), ws="none", log_level="warning", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server took too long to start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="session")
def serve():
    """`with serve(predictor) as address:`, for other models than the trained one."""
    return running


@pytest.fixture(scope="session")
def address(tiny_run) -> Iterator[str]:
    """Where the trained model is served."""
    with running(Predictor.load(tiny_run)) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    """Closed after each file: while it is open, nothing else in this thread may run an event loop."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium, or make test-browser")
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


class Visit:
    """Somebody at the page."""

    def __init__(self, page):
        self.page = page

    def give(self, plot="", poster: bytes | None = None):
        self.page.fill("#plot", plot)
        if poster is not None:
            self.page.set_input_files(
                "#poster", {"name": "poster.png", "mimeType": "image/png", "buffer": poster}
            )

    def tell(self):
        self.page.click("#tell")
        self.page.wait_for_selector("#result:not([hidden]) #genres li")
        self.page.wait_for_selector("#told[aria-busy=false]")

    def choose(self, number=0) -> str:
        """Presses a genre, counted from the top, and waits for its explanation; returns its name."""
        button = self.page.locator("#genres button").nth(number)
        genre = button.locator(".name").inner_text()
        button.click()
        self.page.wait_for_selector(f"#why h3:has-text('{genre}')")
        return genre

    def alert(self) -> str:
        """The text of the alert, once there is one."""
        return self.page.wait_for_selector("[role=alert] strong, [role=alert] p").evaluate(
            "element => element.closest('[role=alert]').innerText"
        )


@pytest.fixture
def visit(address, browser) -> Iterator[Callable[..., Visit]]:
    """Opens the page: `visit(width=360, color_scheme="dark", at=another address)`.

    `before` is given the Playwright page before anything is loaded, to stand between it and the server.
    """
    contexts, faults, strayed = [], [], []

    def open_page(width=1280, height=900, at=address, before=None, **options):
        options.setdefault("reduced_motion", "reduce")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        own = (at, "blob:" + at)
        page.on("request", lambda asked: asked.url.startswith(own) or strayed.append(asked.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: is_fault(message) and faults.append(message.text))
        if before is not None:
            before(page)
        page.goto(at)
        page.wait_for_selector("#about:not(:empty), [role=alert] p")
        return Visit(page)

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults
    assert not strayed, strayed


def is_fault(message) -> bool:
    """Chromium itself notes each answer that refuses; what the page or its files do wrong is a fault."""
    refused = message.text.startswith("Failed to load resource") and "/v1/" in message.location.get("url", "")
    return message.type in {"error", "warning"} and not refused


def as_one_that_knows_people(page):
    """For `visit(before=...)`: the trained model knows nobody; here it says that it does."""

    def tell(route):
        route.fulfill(json={**route.fetch().json(), "knows_people": True})

    page.route("**/v1/genres", tell)


@pytest.fixture(scope="session")
def knowing():
    """See `as_one_that_knows_people`."""
    return as_one_that_knows_people


@pytest.fixture(scope="session")
def poster() -> bytes:
    """A dark poster as a PNG file."""
    stream = io.BytesIO()
    Image.new("RGB", (40, 60), (40, 0, 10)).save(stream, "PNG")
    return stream.getvalue()
