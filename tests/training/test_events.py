"""Event files: in the run's folder, whole, with what history.json has."""

import gc
import json
import struct
import sys
from collections import defaultdict

import pytest
from tensorboardX.crc32c import crc32c
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.record_writer import RecordWriter
from transformers.trainer_callback import TrainerCallback

from cinefuse.errors import StorageError
from cinefuse.experiment import run
from cinefuse.training import events, fitting
from cinefuse.training.arguments import training_arguments


def read_events(file):
    """Every record of an event file, its checksums checked."""
    content, place, found = file.read_bytes(), 0, []
    while place < len(content):
        length, checked = struct.unpack_from("<QI", content, place)
        body = content[place + 12 : place + 12 + length]
        (body_checked,) = struct.unpack_from("<I", content, place + 12 + length)
        for part, mask in ((content[place : place + 8], checked), (body, body_checked)):
            crc = crc32c(part)
            assert mask == (((crc >> 15) | (crc << 17) & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF
        found.append(Event.FromString(body))
        place += 16 + length
    return found


def shown(directory):
    """Tag -> step -> value, as TensorBoard reads a folder: a start drops what lies at and after its step."""
    series = defaultdict(dict)
    for file in sorted(directory.iterdir(), key=lambda file: int(file.name.rpartition(".")[2])):
        for event in read_events(file):
            if event.session_log.status == SessionLog.START:
                for steps in series.values():
                    for step in [step for step in steps if step >= event.step]:
                        del steps[step]
            for value in event.summary.value:
                series[value.tag][event.step] = value.simple_value
    return series


def check_history(directory):
    """What TensorBoard shows of a run is its history, an epoch at every fifth step."""
    history = json.loads((directory / "history.json").read_text())
    series = shown(directory / "events")
    for tag in ("train/loss", "train/learning_rate", "dev/f1_macro", "dev/average_precision_macro"):
        name = tag.rpartition("/")[2]
        assert series[tag] == pytest.approx({5 * row["epoch"]: row[name] for row in history}, rel=1e-6)


def test_every_run_leaves_what_it_logged(tiny_corpus, tiny_settings, tmp_path):
    run("lstm-text", tiny_settings("lstm-text", "max_epochs=3"), tiny_corpus, tmp_path / "run")
    check_history(tmp_path / "run")
    assert len(list((tmp_path / "run" / "events").iterdir())) == 1
    assert not (tmp_path / "run" / "checkpoints").exists()
    assert shown(tmp_path / "run" / "events")["run/runtime"]


class Tracker(TrainerCallback):
    """Another tracker, as transformers has it."""

    logged = 0

    def on_log(self, args, state, control, **_):
        Tracker.logged += 1


def test_another_tracker_gets_it_as_well(tiny_corpus, tiny_settings, tmp_path, monkeypatch):
    trackers = "transformers.integrations.integration_utils"
    monkeypatch.setattr(f"{trackers}.is_wandb_available", lambda: True)
    monkeypatch.setitem(sys.modules[trackers].INTEGRATION_TO_CALLBACK, "wandb", Tracker)
    run("lstm-text", tiny_settings("lstm-text", "max_epochs=2", "report_to=wandb"), tiny_corpus, tmp_path)
    check_history(tmp_path)
    assert Tracker.logged > 2


def test_none_leaves_no_events(tiny_corpus, tiny_settings, tmp_path):
    run("lstm-text", tiny_settings("lstm-text", "max_epochs=1", "report_to=none"), tiny_corpus, tmp_path)
    assert not (tmp_path / "events").exists()


class BreakOff(TrainerCallback):
    """Breaks training off when an epoch has been scored and not yet saved."""

    def on_evaluate(self, args, state, control, **_):
        if state.global_step == 10:
            raise KeyboardInterrupt


def test_a_resumed_run_shows_each_epoch_once(tiny_corpus, tiny_settings, tmp_path, monkeypatch):
    settings = tiny_settings("lstm-text", "max_epochs=3")
    with monkeypatch.context() as patch:
        patch.setattr(fitting, "Watch", lambda _: BreakOff())
        with pytest.raises(KeyboardInterrupt):
            run("lstm-text", settings, tiny_corpus, tmp_path / "run")
    assert shown(tmp_path / "run" / "events")["dev/f1_macro"].keys() == {5, 10}
    run("lstm-text", settings, tiny_corpus, tmp_path / "run", resume=True)
    check_history(tmp_path / "run")
    # what the first start logged of the second epoch is passed over: it goes on after step 5
    starts = {
        file.name.rpartition(".")[2]: [
            event.step for event in read_events(file) if event.session_log.status == SessionLog.START
        ]
        for file in (tmp_path / "run" / "events").iterdir()
    }
    assert starts == {"0": [1], "1": [6]}


def test_a_disk_that_refuses_events_is_heard_of(tiny_corpus, tiny_settings, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(RecordWriter, "flush", full)
        with pytest.raises(StorageError, match="the disk is full"):
            run("lstm-text", tiny_settings("lstm-text"), tiny_corpus, tmp_path / "run")
        gc.collect()


@pytest.mark.parametrize("trackers", ["tensorboard", "none", "all"])
def test_the_library_writes_no_files_of_its_own(tiny_settings, tmp_path, trackers):
    arguments = training_arguments(tiny_settings("lstm-text", f"report_to={trackers}"), str(tmp_path))
    assert "tensorboard" not in arguments.report_to


def test_a_run_that_begins_anew_keeps_no_events_of_its_first_start(
    tiny_corpus, tiny_settings, tmp_path, monkeypatch
):
    settings = tiny_settings("lstm-text", "max_epochs=2")
    with monkeypatch.context() as patch:
        patch.setattr(events.Events, "on_log", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run("lstm-text", settings, tiny_corpus, tmp_path / "run")
    assert list((tmp_path / "run" / "events").iterdir())
    run("lstm-text", settings, tiny_corpus, tmp_path / "run")
    check_history(tmp_path / "run")
    assert len(list((tmp_path / "run" / "events").iterdir())) == 1
