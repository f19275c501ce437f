"""Clients for `serving.py`: each keeps one connection, and asks again as soon as it has its answer."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

HEAD = (
    "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: {}\r\n\r\n"
)


@dataclass(frozen=True)
class Load:
    """What one round of requests is to be; `patience` are seconds to wait after a 503."""

    port: int
    films: list[bytes]
    clients: int
    seconds: float
    patience: float = 1.0


@dataclass
class Tally:
    """What one round of requests came to."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)  # seconds of each answer of 200
    refusals: list[float] = field(default_factory=list)  # seconds of each answer of 503
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0  # sent, and never answered

    def summary(self) -> dict[str, Any]:
        """Films a second, milliseconds, and what was not 200."""
        share = np.percentile(self.times or [float("nan")], (50, 95, 99)) * 1000
        return {
            "films_a_second": round(len(self.times) / self.seconds, 1),
            **{f"p{point}_ms": round(float(ms), 1) for point, ms in zip((50, 95, 99), share, strict=True)},
            "statuses": dict(self.statuses),
            "lost": self.lost,
            "slowest_503_ms": round(1000 * max(self.refusals, default=0.0), 1),
        }


async def answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Status of one answer, and whether the connection goes on."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(head.split()[1]), b"connection: close" not in head


async def ask(port: int, body: bytes, head: str = HEAD) -> tuple[int, bool]:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.format(len(body)).encode() + body)
        return await answer(reader)
    finally:
        writer.close()


async def _client(load: Load, number: int, until: float, tally: Tally) -> None:
    """Asks again and again on one connection; opens another where it is told that this one ends."""
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
        except OSError:
            return  # closed: nothing was sent
        goes_on = True
        while goes_on and time.monotonic() < until:
            film = load.films[number % len(load.films)]
            number += 1
            began = time.monotonic()
            try:
                writer.write(HEAD.format(len(film)).encode() + film)
                status, goes_on = await answer(reader)
            except (OSError, asyncio.IncompleteReadError):
                tally.lost += 1
                break
            tally.statuses[status] += 1
            (tally.times if status == 200 else tally.refusals).append(time.monotonic() - began)
            if status == 503:
                await asyncio.sleep(load.patience)
        writer.close()


def ask_often(load: Load) -> Tally:
    """A round of requests; for a process of its own."""

    async def all_of_them() -> Tally:
        tally, began = Tally(), time.monotonic()
        until = began + load.seconds
        await asyncio.gather(*(_client(load, 7 * one, until, tally) for one in range(load.clients)))
        tally.seconds = time.monotonic() - began
        return tally

    return asyncio.run(all_of_them())
