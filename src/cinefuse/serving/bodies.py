"""Bodies: read whole before anything else happens, in time and within the limits, or refused.

A server like uvicorn waits for a body as long as its client likes, and takes as much of it as comes.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cinefuse.serving.hosts import check_asker
from cinefuse.serving.limits import Limits
from cinefuse.serving.observing import refuse
from cinefuse.serving.refusal import Refusal, busy, stopping
from cinefuse.serving.service import Service

LINGER_SECONDS = 1.0
ALWAYS_ANSWERED = {"/healthz", "/readyz", "/metrics"}  # also while the service stops


class _Gone(Exception):
    """The client left in the middle of its body."""


@dataclass(slots=True)
class _Held:
    """Bytes of one body that are in memory."""

    size: int = 0


class Bodies:
    """ASGI middleware. What it hands on has a body that is there already."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service
        self._limits: Limits = service.limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = _declared_bytes(scope)
        with self._holding() as held:
            try:
                self._check_state(scope)
                body = b"" if declared == 0 else await self._read(receive, declared, held)
            except Refusal as refusal:
                await refuse(refusal, scope, send, more_body=True)
                if refusal.status != 408 and declared != 0:
                    await self._linger(receive)
                await send({"type": "http.response.body", "body": b""})
                return
            except _Gone:
                return
            await _while_there(self._app, scope, body, receive, send)

    def _check_state(self, scope: Scope) -> None:
        if scope["state"].get("crowded"):
            raise busy("crowded", "the service has as many connections as it takes", close=True)
        if self._service.local:
            check_asker(scope, self._service.names)
        if self._service.stopping and scope["path"] not in ALWAYS_ANSWERED:
            raise stopping()

    async def _read(self, receive: Receive, declared: int | None, held: _Held) -> bytes:
        """The whole body; `held` grows with what has come.

        Args:
            receive: from the client.
            declared: bytes, or None where the client did not say.
            held: counts its bytes.
        """
        if declared is not None and declared > self._limits.body_bytes:
            raise self._too_large()
        pieces: list[bytes] = []
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    pieces.append(message.get("body", b""))
                    self._hold(held, len(pieces[-1]))
                    if not message.get("more_body", False):
                        return b"".join(pieces)
        except TimeoutError as error:
            raise Refusal(
                408,
                "body_too_slow",
                f"the body did not arrive within {self._limits.body_seconds:g} seconds",
                close=True,
            ) from error

    def _hold(self, held: _Held, size: int) -> None:
        held.size += size
        self._service.held_bytes += size
        if held.size > self._limits.body_bytes:
            raise self._too_large()
        if self._service.held_bytes > self._limits.receiving_bytes:
            raise busy("bodies_full", "too many large requests at once", close=True)

    @contextlib.contextmanager
    def _holding(self) -> Iterator[_Held]:
        held = _Held()
        try:
            yield held
        finally:
            self._service.held_bytes -= held.size

    async def _linger(self, receive: Receive) -> None:
        """Reads on for a moment what nobody wants: a connection closed on a client that is still sending
        may take the answer with it, before the client has read it.
        """
        left = self._limits.body_bytes
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while left > 0:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return

    def _too_large(self) -> Refusal:
        allowed = self._limits.body_bytes
        return Refusal(
            413, "body_too_large", f"the body is too large; allowed are {allowed:,} bytes", close=True
        )


def _declared_bytes(scope: Scope) -> int | None:
    """What the head says of the body's length: 0 for no body, None for a body of unknown length."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() else None


async def _while_there(app: ASGIApp, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    """Lets the app answer, and ends it where its client leaves first: nothing is computed for nobody."""
    answering = asyncio.current_task()
    assert answering is not None, "an ASGI app runs in a task"
    left = answered = False

    async def watch() -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            pass
        if not answered:
            left = True
            answering.cancel()

    async def watched(message: Message) -> None:
        nonlocal answered
        # a server says that a client is gone also where there is no more to say to it
        answered = message["type"] == "http.response.body" and not message.get("more_body", False)
        await send(message)

    watching = asyncio.create_task(watch())
    try:
        await app(scope, _replay(body, receive), watched)
    except asyncio.CancelledError:
        if not left or answering.uncancel() > 0:
            raise  # by the server, which ends
    finally:
        watching.cancel()


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body at once, and then what else comes."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
