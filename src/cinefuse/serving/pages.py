"""The web page's files, and the page that lists the API; neither needs a network."""

import base64
import hashlib
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cinefuse.serving.refusal import Refusal

FOLDER = "page"
INDEX = "index.html"
MEDIA_TYPES = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "png": "image/png",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
# asked for again each time, so that a page is never of another version than its service
FRESH = {"Cache-Control": "no-cache"}


def page_files() -> dict[str, tuple[bytes, str]]:
    """Content and media type, by name, of every file of the page; read once."""
    there = [one for one in (files("cinefuse.serving") / FOLDER).iterdir() if one.is_file()]
    return {
        one.name: (one.read_bytes(), MEDIA_TYPES[ending])
        for one in there
        if (ending := one.name.rpartition(".")[2]) in MEDIA_TYPES
    }


def page_routes(openapi: Callable[[], dict[str, Any]]) -> list[BaseRoute]:
    """GET and HEAD: `/`, the files that it names, and `/docs`, made of the OpenAPI page."""
    there = page_files()

    async def page(request: Request) -> Response:
        name = request.path_params.get("name", INDEX)
        if name not in there:
            raise Refusal(404, "not_found", "there is no such page")
        content, media_type = there[name]
        return Response(content, media_type=media_type, headers=FRESH)

    async def docs(_request: Request) -> Response:
        text, policy = _api_page(openapi())
        return Response(text, media_type="text/html", headers={**FRESH, "Content-Security-Policy": policy})

    return [Route("/", page), Route(f"/{FOLDER}/{{name}}", page), Route("/docs", docs)]


def _api_page(schema: dict[str, Any]) -> tuple[str, str]:
    """The page as HTML, and a policy that allows its one style and nothing else."""
    environment = Environment(loader=PackageLoader("cinefuse.serving"), autoescape=True, trim_blocks=True)
    style = (files("cinefuse.serving") / "templates" / "api.css").read_text(encoding="utf-8")
    # what a browser hashes is what stands between the tags
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    text = environment.get_template("api.html.jinja").render(schema=schema, style=style)
    return text, f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
