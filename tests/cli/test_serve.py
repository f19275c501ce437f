"""`cinefuse serve` as a shell sees it."""

import json
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from cinefuse.cli import main
from cinefuse.inference import Predictor
from cinefuse.serving.limits import Limits


@pytest.fixture
def invoke(capsys, monkeypatch):
    """Runs the program in this process; gives exit code and standard error."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["cinefuse", "serve", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out + printed.err

    return call


def test_every_limit_is_an_option_with_its_default(invoke, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, told = invoke("--help")
    assert code == 0
    for name, field in Limits.model_fields.items():
        assert f"--{name.replace('_', '-')}" in told
        assert f"[default: {field.default}]" in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--queue-films", "0"], "--queue-films: Input should be greater than or equal to 1"),
        (["--poster-pixels", "60000000"], "poster_pixels=60000000 is more than 50000000"),
        (["--queue-films", "10"], "batch_films=64 is more than queue_films=10"),
        (["--port", "70000"], "65535"),
        (["--host", "203.0.113.1"], "give another --host or --port"),
        (["--runtime", "steam"], "steam"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_served(invoke, tiny_run, arguments, says):
    code, told = invoke(tiny_run, "--port", "0", *arguments)
    assert code == 2
    assert says in told
    assert "Traceback" not in told


def test_a_folder_without_a_run(invoke, tmp_path):
    code, told = invoke(tmp_path, "--port", "0")
    assert code == 2
    assert str(tmp_path) in told


def test_a_port_that_is_taken(invoke, tiny_run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, told = invoke(tiny_run, "--port", port)
    assert code == 2
    assert f"cannot listen at 127.0.0.1 port {port}" in told


def test_without_the_extra(invoke, tiny_run, monkeypatch):
    # by its module: `cinefuse.cli.serve` is the verb of that name
    monkeypatch.setattr(sys.modules["cinefuse.cli.serve"], "find_spec", lambda _module: None)
    code, told = invoke(tiny_run)
    assert code == 2
    assert "pip install 'cinefuse[serve]'" in told


def test_a_run_is_served_until_it_is_told_to_stop(tiny_run, tiny_corpus):
    movie = tiny_corpus.splits["test"][0]
    command = [sys.executable, "-m", "cinefuse", "serve", tiny_run, "--port", "0", "--plot-characters", "500"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            url = next(json.loads(line)["url"] for line in process.stderr if '"listening"' in line)
            with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
                told = client.post("/v1/predict", json={"plot": movie.plot}).json()
                assert client.get("/v1/genres").json()["explains"] is True
                assert client.get("/readyz").status_code == 200
                assert client.post("/v1/predict", json={"plot": "x" * 501}).status_code == 422
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    (expected,) = Predictor.load(tiny_run).predict([type(movie)("", movie.plot)])
    assert told["probabilities"] == pytest.approx(expected.probabilities, abs=1e-5)
    assert process.returncode == 0
    assert f"serving late-fusion at {url}" in out
    assert json.loads(err.splitlines()[-1])["message"] == "stopped"


SLEEPER = """
import sys, time
import cinefuse.serving.app as app
from cinefuse.cli import main

real = app.create_app
def create_app(predictor, limits):
    made = real(predictor, limits, lambda movie, genre: time.sleep(600))
    return made
app.create_app = create_app
sys.argv = ["cinefuse", "serve", *sys.argv[1:]]
main()
"""


def test_it_ends_though_something_is_computed_that_nobody_waits_for(tiny_run):
    command = [sys.executable, "-c", SLEEPER, tiny_run, "--port", "0", "--explain-seconds", "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = next(json.loads(line)["url"] for line in process.stderr if '"listening"' in line)
            with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
                assert client.post("/v1/explain", json={"plot": "drama"}).status_code == 503
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    assert out.startswith("serving ")
