"""Pictures of the page of `cinefuse serve`: a result with its explanation in light, dark and on a phone.

The film is one of the service's examples, or yours. Run it from the root of the checkout; it needs Chromium
and writes empty.png, light.png, dark.png, both.png (light and dark side by side) and phone.png:

    .venv/bin/python bench/page_screenshots.py RUN OUTDIR
    .venv/bin/python bench/page_screenshots.py RUN OUTDIR --plot TEXT --poster FILE --genre Horror
"""

import argparse
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from cinefuse.runtimes import open_predictor
from cinefuse.serving.app import create_app

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"viewport": {"width": 1200, "height": 900}, "device_scale_factor": 1.5}
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True}


def main() -> None:
    """Serves the run, takes the pictures, stops."""
    asked = read_arguments()
    asked.outdir.mkdir(parents=True, exist_ok=True)
    with serving(asked.run) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        take(browser, address, None, asked.outdir / "empty.png", color_scheme="light", **DESK)
        take(browser, address, asked, asked.outdir / "light.png", color_scheme="light", **DESK)
        take(browser, address, asked, asked.outdir / "dark.png", color_scheme="dark", **DESK)
        take(browser, address, asked, asked.outdir / "phone.png", color_scheme="light", **PHONE)
        browser.close()
    join(asked.outdir / "light.png", asked.outdir / "dark.png", asked.outdir / "both.png")
    print(*sorted(asked.outdir.glob("*.png")), sep="\n")  # noqa: T201


def read_arguments() -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path, help="a run, or an exported one")
    parser.add_argument("outdir", type=Path, help="where the pictures go")
    parser.add_argument("--example", type=int, default=1, help="which of the examples, from 1")
    parser.add_argument("--plot", default="", help="a plot in place of an example's")
    parser.add_argument("--poster", type=Path, help="a poster in place of an example's")
    parser.add_argument("--genre", help="the genre to explain; the most probable one if it is left out")
    return parser.parse_args()


@contextmanager
def serving(run: Path) -> Iterator[str]:
    """The service on a free port of this machine, in a thread; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(open_predictor(run)), ws="none", log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise SystemExit("the server did not start")
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


def take(
    browser: Browser, address: str, asked: argparse.Namespace | None, path: Path, **options: Any
) -> None:
    """One picture of the whole page; of the page before anything is given where nothing is asked."""
    page = browser.new_context(reduced_motion="reduce", **options).new_page()
    page.goto(address)
    page.wait_for_selector("#examples:not([hidden])")
    if asked is not None:
        tell(page, asked)
        explain(page, asked.genre)
        page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(300)  # pictures are decoded when they are painted
    page.screenshot(path=path, full_page=True)
    page.context.close()


def tell(page: Page, asked: argparse.Namespace) -> None:
    """Has the film told."""
    if asked.plot or asked.poster:
        page.fill("#plot", asked.plot)
        page.set_input_files("#poster", asked.poster or [])
        page.click("#tell")
    else:
        page.locator("#example-list button").nth(asked.example - 1).click()
    page.wait_for_selector("#told[aria-busy=false] li")


def explain(page: Page, genre: str | None) -> None:
    """Has a genre explained, where the service can."""
    buttons = page.locator("#genres button")
    if page.locator("#more").is_visible():
        page.locator("#more").click()  # genres that are hardly probable are folded
    if buttons.count():
        (buttons.filter(has_text=genre) if genre else buttons).first.click()
        page.wait_for_selector("#why h3", timeout=120_000)


def join(left: Path, right: Path, path: Path) -> None:
    """Two pictures side by side, as high as the higher one."""
    pictures = [Image.open(left), Image.open(right)]
    width, height = sum(one.width for one in pictures), max(one.height for one in pictures)
    joined = Image.new("RGB", (width, height))
    for one, x in zip(pictures, (0, pictures[0].width), strict=True):
        joined.paste(Image.new("RGB", (one.width, height), one.convert("RGB").getpixel((2, 2))), (x, 0))
        joined.paste(one, (x, 0))
    joined.save(path, optimize=True)


if __name__ == "__main__":
    main()
