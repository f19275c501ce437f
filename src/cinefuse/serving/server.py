"""Runs the service: one process, one event loop, until it is told to stop."""

import ipaddress
import logging
import math
import signal
import socket
import time
from types import FrameType

import uvicorn
from fastapi import FastAPI

from cinefuse.errors import UserError
from cinefuse.serving.limits import Limits
from cinefuse.serving.logs import log_to_stderr
from cinefuse.serving.protocol import protocol_for
from cinefuse.serving.service import Service

log = logging.getLogger("cinefuse.serving")

BACKLOG = 4096  # connections that the system keeps until they are accepted
SPARE_FILES = 256  # files that are no connections: libraries, posters, the system's own
NOTICE_SECONDS = 1.0  # new requests still get a clear no, so that clients learn to go elsewhere


def bind(host: str, port: int) -> socket.socket:
    """A socket at that address, which does not listen yet; port 0 takes any that is free.

    Raises:
        UserError: if the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # handed on to every connection: else an answer's body waits 40 ms for the client to confirm its head
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"cannot listen at {host} port {port}: {why}; allowed is an address of this machine and a port "
            "that nothing else uses: give another --host or --port"
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """The URL of a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run_server(app: FastAPI, listener: socket.socket, limits: Limits) -> bool:
    """Serves until SIGTERM or SIGINT, then finishes what was taken.

    Args:
        app: of `create_app`.
        listener: of `bind`.
        limits: those of the app.

    Returns:
        Whether everything that was taken was answered.
    """
    log_to_stderr()
    most = min(limits.connections, _raise_file_limit() - SPARE_FILES)
    config = uvicorn.Config(
        app,
        http=protocol_for(limits, max(1, most)),
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=math.ceil(limits.stop_seconds),
    )
    host = listener.getsockname()[0]
    service: Service = app.state.service
    service.local = ipaddress.ip_address(host).is_loopback
    if not service.local:
        log.warning(
            "listening beyond this machine without encryption or accounts: put a proxy in front that has them"
        )
    _Server(config, service, most).run(sockets=[listener])
    log.info("stopped", extra={"told": {"given_up": service.given_up}})
    return service.given_up == 0


class _Server(uvicorn.Server):
    """uvicorn, which gives notice before it closes its door, and ends as a program that was asked to."""

    def __init__(self, config: uvicorn.Config, service: Service, most_connections: int) -> None:
        super().__init__(config)
        self._service = service
        self._most_connections = most_connections
        self._closes_at = math.inf

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Opens the door, and says where it is."""
        await super().startup(sockets)
        for listener in sockets or ():
            told = {"url": address(listener), "connections": self._most_connections}
            log.info("listening", extra={"told": told})

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """The first signal gives notice; SIGINT after it does not wait for answers."""
        if self._service.stopping and sig == signal.SIGINT:
            self.force_exit = self.should_exit = True
        self._service.stopping = True
        self._closes_at = min(self._closes_at, time.monotonic() + NOTICE_SECONDS)

    async def on_tick(self, counter: int) -> bool:
        """Whether to close the door; asked ten times a second."""
        over = await super().on_tick(counter)
        return over or time.monotonic() >= self._closes_at

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers what was taken, as long as it may take."""
        log.info("stopping", extra={"told": {"queue_films": self._service.batcher.admitted}})
        await super().shutdown(sockets)


def _raise_file_limit() -> int:
    """Lets the process open as many files as the system allows it; their number."""
    try:
        import resource
    except ImportError:  # no such limit there
        return 2**16
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2**20 if hard == resource.RLIM_INFINITY else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted
