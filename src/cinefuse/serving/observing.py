"""Around every request: its id, its line in the log, its count, and the headers that browsers heed."""

import asyncio
import json
import logging
import re
import time
import uuid
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cinefuse.serving.logs import tell_failure
from cinefuse.serving.metrics import Metrics
from cinefuse.serving.refusal import Refusal, stopping
from cinefuse.serving.service import Service

log = logging.getLogger("cinefuse.serving")

GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
GONE = 499  # the client left before its answer; no answer says so, the log does

# the page's own files, and pictures that it holds in memory; nothing from anywhere else
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


async def refuse(refusal: Refusal, scope: Scope, send: Send, *, more_body: bool = False) -> None:
    """Answers with a refusal, from outside of any route.

    Args:
        refusal: what is said.
        scope: of the request; the log will tell the refusal's code.
        send: to the client.
        more_body: leaves the answer open, though all of it is sent.
    """
    scope["state"]["code"] = refusal.code
    body = json.dumps(refusal.record()).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **refusal.headers()}
    await send({"type": "http.response.start", "status": refusal.status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": more_body})


class Observing:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: ASGIApp, service: Service, metrics: Metrics, paths: frozenset[str]) -> None:
        self._app = app
        self._service = service
        self._metrics = metrics
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        answer = _Answer(send, _request_id(scope), self._service)
        began = time.perf_counter()
        try:
            await self._app(scope, receive, answer.send)
        except asyncio.CancelledError:
            # the server ends now: there is nobody to hand this on to, and the client can still be told
            self._service.given_up += 1
            if answer.status == GONE:
                await refuse(stopping(), scope, answer.send)
        except Exception as error:
            tell_failure("a request failed", error, id=answer.id)
            if answer.status != GONE:
                raise
            await refuse(Refusal(500, "internal", "the service failed; its log says why"), scope, answer.send)
        finally:
            self._tell(scope, state, answer, time.perf_counter() - began)

    def _tell(self, scope: Scope, state: dict[str, Any], answer: "_Answer", seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        # a path that is not there may hold anything
        route = scope["path"] if scope["path"] in self._paths else "other"
        self._metrics.answered(method, route, answer.status, seconds)
        told = {"id": answer.id, "method": method, "route": route, "status": answer.status}
        told |= {"milliseconds": round(1000 * seconds, 1)} | state.get("told", {})
        if "code" in state:
            told["code"] = state["code"]
            self._metrics.refused(state["code"])
        log.info("request", extra={"told": told})


class _Answer:
    """Watches an answer go by, and adds headers to it."""

    def __init__(self, send: Send, identity: str, service: Service) -> None:
        self.id = identity
        self.status = GONE
        self._send = send
        self._service = service

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = {name.lower() for name, _ in message.get("headers", ())}
            # a client that is told so sends no further request into a connection that is about to close
            end = {"Connection": "close"} if self._service.stopping else {}
            ours = _encoded({"X-Request-ID": self.id, **HEADERS, **end})
            more = [(name, value) for name, value in ours if name not in given]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await self._send(message)


def _request_id(scope: Scope) -> str:
    """The client's own, where it is short and plain; else a new one."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode("ascii") if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
