"""`cinefuse tag` killed for real, at ten random moments, and resumed: as if it had never been killed.

Each killed program is a process of its own, forked from one that has imported torch already: ten imports
would take most of the time, and be what is killed.
"""

import csv
import json
import random
import signal
import subprocess
import sys

import pytest

N_FILMS, CHUNK_ROWS, KILLS = 150, 5, 10

LAUNCHER = """
import json, os, signal, sys, time
import pandas, torch  # pyarrow imports pandas when it is first given a list
import cinefuse.tagging
from cinefuse.cli import main
from cinefuse.runtimes import open_predictor
torch.set_num_threads(1)
open_predictor(sys.argv[1])  # for all that this imports
for line in sys.stdin:
    began = time.monotonic()
    sys.argv, errors, kill_after = json.loads(line)
    if not (child := os.fork()):
        os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.dup2(2, 1)
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        sys.stderr.flush()
        os._exit(code)  # torch takes seconds to leave, in which there is nothing to kill
    ended = 0
    while not ended:
        if kill_after is not None and time.monotonic() - began > kill_after:
            os.kill(child, signal.SIGKILL)
            kill_after = None
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.002)
    print(json.dumps([time.monotonic() - began, os.waitstatus_to_exitcode(status)]), flush=True)
"""


class Launcher:
    """Runs the program again and again, and may kill it."""

    def __init__(self, process, errors):
        self.process, self.errors = process, errors

    def __call__(self, *arguments, kill_after=None):
        """Seconds that it ran, and its exit code: negative for a signal."""
        order = (["cinefuse", *map(str, arguments)], str(self.errors), kill_after)
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def launch(tiny_run, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tiny_run)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Launcher(process, tmp_path / "errors")
        process.stdin.close()


@pytest.fixture
def table(tmp_path):
    """A table of films, some of whose rows are bad, and a run of their own kind reads it."""
    from PIL import Image

    chance = random.Random(0)
    words = ["mother", "letter", "silence", "wedding", "joke", "neighbour", "cellar", "blood", "scream"]
    for number in range(5):
        Image.new("RGB", (20, 30), tuple(chance.randrange(256) for _ in range(3))).save(
            tmp_path / f"{number}.png"
        )
    with (tmp_path / "films.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "plot", "poster"])
        for number in range(N_FILMS):
            plot = ",\n".join(chance.choices(words, k=5 + number % 9))
            row = [number, plot, f"{number % 7}.png"]  # two in seven are not there
            writer.writerow(row if number % 11 else row[:2])
    return tmp_path / "films.csv"


@pytest.mark.slow
def test_killed_at_ten_moments_and_resumed_is_undisturbed(tiny_run, launch, table, tmp_path):
    command = ("tag", table, "--run", tiny_run, "--chunk-rows", CHUNK_ROWS, "-o")
    launch(*command, tmp_path / "first.parquet")  # what is slow the first time
    whole, code = launch(*command, tmp_path / "undisturbed.parquet")
    assert code == 0, launch.errors.read_text()
    undisturbed = (tmp_path / "undisturbed.parquet").read_bytes()

    seed = random.randrange(1000)
    sys.stdout.write(f"killed at moments of seed {seed}\n")  # pytest shows it if the test fails
    moments = random.Random(seed)
    kills, with_parts, finished = 0, 0, 0
    out = tmp_path / "0.parquet"
    while kills < KILLS or not out.exists():
        moment = moments.uniform(0, whole) if kills < KILLS else None
        parts = out.with_name(f"{out.name}.parts")
        before = len(list(parts.glob("part-*.parquet")))
        _, code = launch(*command, out, "--resume", kill_after=moment)
        assert code in {0, -signal.SIGKILL}, launch.errors.read_text()
        kills += code < 0
        with_parts += code < 0 and len(list(parts.glob("part-*.parquet"))) > before
        if code == 0:
            assert out.read_bytes() == undisturbed
            assert not parts.exists()
            finished += 1
            if kills < KILLS:
                out = tmp_path / f"{finished}.parquet"
    sys.stdout.write(
        f"{kills} kills, {with_parts} of them in the midst, {finished} files, {whole:.2f} s each\n"
    )
    assert with_parts >= 2, "it was never killed in the midst of its work: nothing was tested"
