"""HTTP as uvicorn speaks it, with the limits that it lacks: time for heads and answers, and connections."""

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from cinefuse.serving.limits import Limits
from cinefuse.serving.refusal import Refusal


class LimitedProtocol(H11Protocol):
    """Closes connections whose request does not begin, or its head not end, or whose answer is not read."""

    most_connections = 1
    head_seconds = 1.0
    send_seconds = 1.0
    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio."""
        super().connection_made(transport)
        # writing is paused as long as anything waits to be sent, also after the last byte of an answer
        transport.set_write_buffer_limits(high=0)
        if len(self.connections) > self.most_connections:
            self.app_state = {**self.app_state, "crowded": True}
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        """See uvicorn."""
        super().on_response_complete()
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        super().connection_lost(exc)
        self._forget_head()
        self._forget_unread()

    def pause_writing(self) -> None:
        """See asyncio."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """See asyncio."""
        super().resume_writing()
        self._forget_unread()

    def _watch_head(self) -> None:
        """One deadline a head, from its first byte on; of the first request, from the connection on."""
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._forget_head()
        elif self._deadline is None and (self.cycle is None or self.conn.trailing_data[0]):
            self._deadline = self.loop.call_later(self.head_seconds, self._give_up)

    def _forget_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.conn.trailing_data[0]:  # a client that never said a word expects none
            self.transport.write(_too_slow(self.head_seconds))
        self.transport.close()


def protocol_for(limits: Limits, most_connections: int) -> type[asyncio.Protocol]:
    """The class whose instances uvicorn makes, one a connection."""
    limited = {
        "most_connections": most_connections,
        "head_seconds": limits.header_seconds,
        "send_seconds": limits.send_seconds,
    }
    return type("BoundProtocol", (LimitedProtocol,), limited)


def _too_slow(seconds: float) -> bytes:
    refusal = Refusal(408, "head_too_slow", f"the request's head did not arrive within {seconds:g} seconds")
    body = json.dumps(refusal.record()).encode()
    head = (
        "HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
