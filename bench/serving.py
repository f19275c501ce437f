"""How fast and how steady `cinefuse serve` is: from 1, 8 and 64 clients, overloaded, stopped, and held up.

Films are a corpus' own, plot and poster file as JSON. Each client keeps one connection and asks again as soon
as it has its answer. Servers and clients are processes of their own on this machine: the clients take their
share of its cores. Variants take turns, and what is printed are medians over the turns. Run it from the root
of the checkout, on an otherwise quiet machine:

    .venv/bin/python bench/serving.py runs/demo/late-fusion --corpus embedded --json serving.json

`int8` needs an export inside the run (`cinefuse export RUN`).
"""

import argparse
import asyncio
import base64
import io
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image
from serving_clients import HEAD, Load, answer, ask, ask_often

from cinefuse.corpus.corpus import open_corpus
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import FilePoster

CLIENTS, FILMS, HALF_SENT = (1, 8, 64), 64, 10_000
READY = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"
BATCHED = {"together": "32", "one by one": "1"}


@dataclass(frozen=True)
class Server:
    """A running service."""

    port: int
    process: subprocess.Popen[bytes]

    def memory(self) -> int:
        """Mebibytes that it holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


@contextmanager
def serving(run: Path, *options: str) -> Iterator[Server]:
    """Starts `cinefuse serve`, waits until it is ready, and stops it."""
    with tempfile.NamedTemporaryFile("w+") as log:
        command = [sys.executable, "-m", "cinefuse", "serve", str(run), "--port", "0", *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)  # noqa: S603
        try:
            server = Server(_port(log.name, process), process)
            while asyncio.run(ask(server.port, b"", READY))[0] != 200:
                time.sleep(0.1)
            yield server
        finally:
            process.terminate()
            process.wait()


def _port(log: str, process: subprocess.Popen[bytes]) -> int:
    while True:
        for line in Path(log).read_text().splitlines():
            if '"listening"' in line:
                return int(json.loads(line)["url"].rstrip("/").rpartition(":")[2])
        assert process.poll() is None, Path(log).read_text()
        time.sleep(0.05)


def bodies(source: str) -> list[bytes]:
    """Films as they are sent."""
    movies = [one for one in open_corpus(source).splits["test"] if one.plot and one.poster is not None]
    return [
        json.dumps({"plot": one.plot, "poster": base64.b64encode(_file(one)).decode()}).encode()
        for one in movies[:FILMS]
    ]


def _file(movie: Movie) -> bytes:
    if isinstance(movie.poster, FilePoster):
        return Path(movie.poster.path).read_bytes()
    assert movie.poster is not None, "chosen for having one"
    file = io.BytesIO()
    Image.fromarray(movie.poster.pixels()).save(file, "JPEG", quality=90)
    return file.getvalue()


def throughput(pool: Any, given: argparse.Namespace, films: list[bytes]) -> list[dict[str, Any]]:
    """Every variant with every number of clients; medians over the turns."""
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for _ in range(given.repeats):
        for runtime in given.runtimes.split(","):
            for how, most in BATCHED.items():
                with serving(given.run, "--runtime", runtime, "--max-batch", most) as server:
                    pool.apply(ask_often, (Load(server.port, films, 8, 1.0),))
                    for clients in CLIENTS:
                        load = Load(server.port, films, clients, given.seconds)
                        told = pool.apply(ask_often, (load,)).summary()
                        found.setdefault((runtime, how, clients), []).append(told)
    rows = []
    for (runtime, how, clients), turns in found.items():
        row = {"runtime": runtime, "scored": how, "clients": clients}
        for name in ("films_a_second", "p50_ms", "p95_ms", "p99_ms"):
            row[name] = round(median(turn[name] for turn in turns), 1)
        row["refused"] = sum(turn["statuses"].get(503, 0) for turn in turns)
        row["failed"] = sum(
            n for turn in turns for code, n in turn["statuses"].items() if code not in {200, 503}
        )
        row["lost"] = sum(turn["lost"] for turn in turns)
        rows.append(row)
    return rows


def overload(pool: Any, given: argparse.Namespace, films: list[bytes]) -> dict[str, Any]:
    """256 clients without patience, a queue of 32 films; then how long until the next request is answered."""
    with serving(given.run, "--queue-films", "32", "--batch-films", "32") as server:
        load = Load(server.port, films, 256, given.seconds, patience=0.05)
        told = pool.apply(ask_often, (load,)).summary()
        over = time.monotonic()
        while asyncio.run(ask(server.port, films[0]))[0] != 200:
            time.sleep(0.01)
        return {**told, "recovery_seconds": round(time.monotonic() - over, 3)}


def stop(pool: Any, given: argparse.Namespace, films: list[bytes]) -> dict[str, Any]:
    """SIGTERM while 64 clients ask."""
    with serving(given.run) as server:
        asked = pool.apply_async(ask_often, (Load(server.port, films, 64, 60.0),))
        time.sleep(given.seconds / 2)
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait()
        return {**asked.get().summary(), "exit": code}


async def _half_sent(server: Server, film: bytes) -> dict[str, Any]:
    """Ten thousand connections that send half a body each; other requests are asked meanwhile."""
    outcomes: Counter[str] = Counter()

    async def hold() -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(HEAD.format(1000).encode() + b"x" * 500)
            status, _ = await answer(reader)
            outcomes[str(status)] += 1
            writer.close()
        except (OSError, asyncio.IncompleteReadError) as error:
            outcomes[type(error).__name__] += 1

    before, held = server.memory(), []
    for number in range(HALF_SENT):
        held.append(asyncio.create_task(hold()))
        if number % 200 == 199:
            await asyncio.sleep(0.05)
    times, statuses, memory = [], Counter[int](), before
    while not all(one.done() for one in held):
        began = time.monotonic()
        statuses[(await ask(server.port, film))[0]] += 1
        times.append(time.monotonic() - began)
        memory = max(memory, server.memory())
        await asyncio.sleep(0.5)
    return {
        "connections": HALF_SENT,
        "outcomes": dict(outcomes),
        "others_meanwhile": dict(statuses),
        "slowest_of_them_ms": round(1000 * max(times), 1),
        "median_of_them_ms": round(1000 * median(times), 1),
        "memory_mib": [before, memory],
    }


def half_sent(given: argparse.Namespace, films: list[bytes]) -> dict[str, Any]:
    """See `_half_sent`."""
    with serving(given.run) as server:
        return asyncio.run(_half_sent(server, films[0]))


def main() -> None:
    """Measures, and prints what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--corpus", default="embedded")
    parser.add_argument("--runtimes", default="torch")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    films = bodies(given.corpus)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        rows = throughput(pool, given, films)
        found = {
            "machine": {"cores": os.cpu_count(), "load": os.getloadavg()[0]},
            "body_bytes": round(sum(map(len, films)) / len(films)),
            "throughput": rows,
            "overload": overload(pool, given, films),
            "stop": stop(pool, given, films),
            "half_sent": half_sent(given, films),
        }
    print("|", " | ".join(rows[0]), "|")  # noqa: T201
    print("|", " | ".join("---:" for _ in rows[0]), "|")  # noqa: T201
    for row in rows:
        print("|", " | ".join(map(str, row.values())), "|")  # noqa: T201
    for name in ("overload", "stop", "half_sent"):
        print(name, json.dumps(found[name]))  # noqa: T201
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
