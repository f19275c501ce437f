"""The service as a process of its own, under real sockets: the too large, too slow, too many, and its end."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

SERVER = """
import json, sys, time
from cinefuse.prediction import Prediction
from cinefuse.results.explanation import Explanation, ModalityProbabilities
from cinefuse.serving.app import create_app
from cinefuse.serving.limits import Limits
from cinefuse.serving.server import bind, run_server

class Slow:
    name, genres, reads, knows_people = "late-fusion", ("Drama",), ("plot", "poster"), False
    def predict(self, movies):
        time.sleep(float(sys.argv[1]))
        return [
            Prediction(one.id, ("Drama",), {"Drama": 0.9}, ("poster",), {"Drama": 0.5}) for one in movies
        ]

def explain(movie, genre):
    time.sleep(float(sys.argv[3]))
    probabilities = ModalityProbabilities(both=0.9, plot=0.8, poster=None)
    return Explanation(
        id=movie.id, model="late-fusion", genre="Drama", probability=0.9, threshold=0.5,
        words=[], poster=None, modalities=probabilities,
    )

limits = Limits(**json.loads(sys.argv[2]))
sys.exit(not run_server(create_app(Slow(), limits, explain), bind("127.0.0.1", 0), limits))
"""
GIGABYTE = 10**9
HEAD = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
FILM = b'{"plot": "a film"}'


class Running:
    """A server: its address, its process, and the lines of its log."""

    def __init__(self, process):
        self.process = process
        self.log = []
        self.client = httpx.Client(timeout=30, trust_env=False, limits=httpx.Limits(max_connections=None))
        self._listening = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self._listening.wait(60), "the server did not start"
        (self.url,) = [line["url"] for line in self.log if "url" in line]
        self.port = int(re.search(r":(\d+)/", self.url)[1])

    def _read(self):
        for line in self.process.stderr:
            self.log.append(json.loads(line))
            if "url" in self.log[-1]:
                self._listening.set()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, film="a film", **options):
        return self.client.post(f"{self.url}v1/predict", json={"plot": film}, **options)

    def get(self, path):
        return self.client.get(f"{self.url}{path}")

    def stop(self, sign=signal.SIGTERM):
        self.process.send_signal(sign)
        return self.process.wait(30)


@contextmanager
def running(seconds=0.0, explain=0.0, **limits):
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(seconds), json.dumps(limits), str(explain)],
        stderr=subprocess.PIPE,
        text=True,
    )
    server = None
    try:
        server = Running(process)
        yield server
    finally:
        process.kill()
        process.wait()
        if server is not None:
            server.client.close()
        process.stderr.close()


@pytest.fixture(scope="module")
def server():
    """With little patience; for the tests that leave it as it was."""
    with running(
        0.01, body_bytes=100_000, body_seconds=1.5, header_seconds=1.5, receiving_bytes=500_000
    ) as one:
        yield one


def answer_of(connection):
    """Status and body of one answer, read to its end."""
    said = b""
    with connection:
        while b"\r\n\r\n" not in said or len(said) < length_of(said):
            piece = connection.recv(65536)
            if not piece:
                break
            said += piece
    if not said:
        return None, None
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def length_of(said):
    head, _, _ = said.partition(b"\r\n\r\n")
    return len(head) + 4 + int(re.search(rb"content-length: (\d+)", head.lower())[1])


def code_of(connection):
    status, body = answer_of(connection)
    return status, body["error"]["code"] if body else None


def test_a_declared_gigabyte_is_refused_before_it_comes(server):
    connection = server.connect()
    began = time.monotonic()
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % GIGABYTE)
    assert code_of(connection) == (413, "body_too_large")
    assert time.monotonic() - began < 1
    assert server.ask().status_code == 200


def test_a_gigabyte_that_was_not_announced_is_refused_when_it_is_too_much(server):
    connection = server.connect()
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"%x\r\n" % 50_000 + b"x" * 50_000 + b"\r\n"
    sent = 0
    try:
        while sent < GIGABYTE:
            connection.sendall(chunk)
            sent += 50_000
    except OSError:
        pass  # it no longer listens
    assert sent < GIGABYTE
    assert code_of(connection) == (413, "body_too_large")
    assert server.ask().status_code == 200


def test_a_client_that_sends_all_before_it_reads_still_gets_its_answer(server):
    answer = httpx.post(
        f"{server.url}v1/predict", content=b"x" * 180_000, headers={"Content-Type": "text/plain"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"


def test_a_client_that_asks_first_is_told_at_once(server):
    connection = server.connect()
    connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % GIGABYTE)
    assert code_of(connection) == (413, "body_too_large")


def test_hundreds_of_half_sent_bodies_and_heads_end_in_408_and_nobody_waits_for_them(server):
    bodies = [server.connect() for _ in range(200)]
    heads = [server.connect() for _ in range(100)]
    mute = server.connect()
    for connection in bodies:
        connection.sendall(HEAD + b"Content-Length: 18\r\n\r\n" + FILM[:9])
    for connection in heads:
        connection.sendall(HEAD[:40])
    began = time.monotonic()
    assert server.ask().status_code == 200
    assert time.monotonic() - began < 1
    assert {code_of(connection) for connection in bodies} == {(408, "body_too_slow")}
    assert {code_of(connection) for connection in heads} == {(408, "head_too_slow")}
    assert code_of(mute) == (None, None)
    assert time.monotonic() - began < 10
    assert server.ask().status_code == 200


def test_a_slow_body_that_comes_in_time_is_answered(server):
    connection = server.connect()
    connection.sendall(HEAD[:30])
    for piece in (HEAD[30:], b"Content-Length: 18\r\n", b"\r\n", FILM[:5], FILM[5:]):
        time.sleep(0.1)
        connection.sendall(piece)
    assert answer_of(connection)[0] == 200


def test_too_much_being_sent_at_once_is_refused_for_a_while(server):
    held = [server.connect() for _ in range(7)]
    for connection in held:
        connection.sendall(HEAD + b"Content-Length: 90000\r\n\r\n" + b"x" * 80_000)
    codes = {code_of(connection) for connection in held}
    assert codes == {(408, "body_too_slow"), (503, "bodies_full")}
    assert server.ask().status_code == 200


def test_a_client_that_leaves_in_the_middle_is_let_go(server):
    for _ in range(5):
        with server.connect() as connection:
            connection.sendall(HEAD + b"Content-Length: 18\r\n\r\n" + FILM[:9])
    assert server.ask().status_code == 200
    time.sleep(0.2)
    assert sum(line.get("status") == 499 for line in server.log) == 5


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"X: " + b"y" * 100_000,
    ],
)
def test_what_is_no_http_is_a_400(server, raw):
    connection = server.connect()
    connection.sendall(raw)
    assert connection.recv(20).startswith(b"HTTP/1.1 400")
    connection.close()
    assert server.ask().status_code == 200


def test_connections_beyond_the_limit_are_told_so():
    with running(connections=3, header_seconds=30) as server:
        held = [server.connect() for _ in range(3)]
        for connection in held:  # each has been seen once it has an answer
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(65536)
        refused = server.ask()
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "crowded")
        assert "retry-after" in refused.headers
        for connection in held:
            connection.close()
        time.sleep(0.1)
        assert server.ask().status_code == 200


def test_a_full_queue_says_no_at_once_and_is_over_within_a_second():
    with running(0.05, queue_films=8, batch_films=8, max_batch=4) as server:
        assert server.ask().status_code == 200
        with ThreadPoolExecutor(40) as clients:
            answers = list(clients.map(lambda _: server.ask(), range(120)))
        over = time.monotonic()
        assert server.ask().status_code == 200
        assert time.monotonic() - over < 1
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) == {200, 503}
        assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_stopping_answers_all_that_was_taken(sign):
    with running(0.4, max_batch=2, queue_seconds=60) as server:
        assert server.ask().status_code == 200
        with ThreadPoolExecutor(12) as clients:
            asked = [clients.submit(server.ask) for _ in range(12)]
            deadline = time.monotonic() + 10
            while "cinefuse_queue_films 12.0" not in server.get("metrics").text:
                assert time.monotonic() < deadline
            server.process.send_signal(sign)
            time.sleep(0.1)
            late = server.ask()
            ready = server.get("readyz")
            answers = [one.result() for one in asked]
        assert [answer.status_code for answer in answers] == [200] * 12
        assert {answer.headers.get("connection") for answer in answers} == {"close"}
        assert (late.status_code, late.json()["error"]["code"]) == (503, "stopping")
        assert ready.status_code == 503
        assert server.process.wait(10) == 0
        with pytest.raises(httpx.ConnectError):
            server.ask()
        assert server.log[-1]["message"] == "stopped"
        assert server.log[-1]["given_up"] == 0


def test_what_takes_too_long_to_finish_is_given_up_and_the_exit_says_so():
    with running(5, stop_seconds=1) as server, ThreadPoolExecutor(1) as client:
        asked = client.submit(server.ask)
        server.get("v1/genres")
        time.sleep(0.5)
        began = time.monotonic()
        assert server.stop() == 1
        assert time.monotonic() - began < 1 + 1 + 1 + 1  # its notice, its patience, its end, and one to spare
        assert (asked.result().status_code, asked.result().json()["error"]["code"]) == (503, "stopping")
        assert server.log[-1]["given_up"] == 1


def test_what_a_client_has_left_is_not_computed_and_told_as_499():
    with running(0.5, max_batch=1, queue_seconds=60) as server:
        assert server.ask().status_code == 200
        for _ in range(6):
            with server.connect() as connection:
                connection.sendall(HEAD + b"Content-Length: 18\r\n\r\n" + FILM)
                time.sleep(0.02)
        began = time.monotonic()
        assert server.ask().status_code == 200
        assert time.monotonic() - began < 1.8  # of the six at most one was begun
        assert "cinefuse_queue_films 0.0" in server.get("metrics").text
        told = [line for line in server.log if line.get("route") == "/v1/predict"]
        assert [line["status"] for line in told].count(499) == 6
        assert server.stop() == 0
        assert server.log[-1]["given_up"] == 0


def test_an_explanation_that_a_client_has_left_makes_room_for_the_next():
    with running(explain=0.5, explain_queue=1) as server:
        head = HEAD.replace(b"predict", b"explain")
        for _ in range(4):
            with server.connect() as connection:
                connection.sendall(head + b"Content-Length: 18\r\n\r\n" + FILM)
                time.sleep(0.05)
            time.sleep(0.05)
        answer = server.client.post(f"{server.url}v1/explain", json={"plot": "x"})
        assert answer.status_code == 200
        assert server.stop() == 0  # what it says last is there then
        told = [line for line in server.log if line.get("route") == "/v1/explain"]
        assert [line["status"] for line in told] == [499] * 4 + [200]


def test_who_does_not_read_is_cut_off():
    with running(send_seconds=1, connections=1) as server, server.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /v1/examples HTTP/1.1\r\nHost: localhost\r\n\r\n" * 300)
        time.sleep(0.5)
        assert server.ask().json()["error"]["code"] == "crowded"
        deadline = time.monotonic() + 10
        while server.ask().status_code != 200:  # once the connection is gone
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_who_reads_slowly_and_in_time_gets_all():
    with running(send_seconds=5) as server:
        whole = len(server.get("v1/examples").content)
        with server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(b"GET /v1/examples HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            got = 0
            while piece := connection.recv(8192):
                got += len(piece)
        assert got > whole


def test_an_answer_does_not_wait_for_its_own_confirmation(server):
    """Head and body are two packets; the second must not wait 40 ms until the first is acknowledged."""
    with httpx.Client(trust_env=False) as client:
        times = []
        for _ in range(21):
            began = time.monotonic()
            client.get(f"{server.url}healthz")
            times.append(time.monotonic() - began)
    assert sorted(times)[5] < 0.03


def test_only_names_of_this_machine_are_answered_at_its_own_address(server):
    for host, status in ((b"localhost", 200), (b"rebound.example", 421)):
        connection = server.connect()
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n" % host)
        assert answer_of(connection)[0] == status


def test_a_client_that_keeps_its_connection_loses_nothing_at_the_end():
    """Twenty clients, each on one connection, ask again and again while the service is told to stop."""
    lost = []

    def ask_on(server):
        with httpx.Client(timeout=30, trust_env=False) as client:
            while True:
                try:
                    answer = client.post(f"{server.url}v1/predict", json={"plot": "x"})
                except httpx.ConnectError:
                    return
                except httpx.HTTPError as error:
                    lost.append(error)
                    return
                if answer.status_code == 503:
                    return

    with running(0.02) as server:
        with ThreadPoolExecutor(20) as clients:
            asked = [clients.submit(ask_on, server) for _ in range(20)]
            time.sleep(1)
            assert server.stop() == 0
            for one in asked:
                one.result()
        assert lost == []


def test_the_process_may_open_as_many_files_as_it_can(server):
    import resource

    told = Path(f"/proc/{server.process.pid}/limits")
    if not told.exists():
        pytest.skip("no /proc on this system")
    (line,) = [line for line in told.read_text().splitlines() if line.startswith("Max open files")]
    assert int(line.split()[3]) == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
