"""One folder for several processes, and for none."""

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from cinefuse import cache
from cinefuse.cache import FROZEN, POSTERS, NotKeptError, cache_folder, keeping, was_used


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CINEFUSE_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_refusals", set())
    return cache_folder(POSTERS)


def write(path, data=b"four"):
    with keeping(path, len(data), "it is") as partial:
        partial.write_bytes(data)


def test_room_is_made_afterwards_where_nobody_knew_how_much(folder, monkeypatch, capsys):
    monkeypatch.setattr(cache, "MOST_BYTES", 6)
    write(folder / "first")
    for data, left in ((b"five!", ["second"]), (b"seventy", ["second"])):
        with suppress(NotKeptError), keeping(folder / "second", None, "it is") as partial:
            partial.write_bytes(data)
        assert sorted(path.name for path in folder.iterdir()) == left
    assert (folder / "second").read_bytes() == b"five!"


def test_what_is_written_already_is_not_counted_twice(folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST_BYTES", 13)
    for used, name in enumerate(("older", "newer")):
        write(folder / name)
        os.utime(folder / name, (used, used))
    with keeping(folder / "five", None, "it is") as partial:
        partial.write_bytes(b"five!")
    assert sorted(path.name for path in folder.iterdir()) == ["five", "newer", "older"]


def test_what_has_made_room_does_not_come_back(folder):
    was_used(folder / "gone")
    assert not (folder / "gone").exists()


def test_what_others_write_at_this_moment_stays(folder, monkeypatch):
    write(folder / "first")
    new, old = folder / "new.1.partial", folder / "old.1.partial"
    new.write_bytes(b"half")
    old.write_bytes(b"half")
    os.utime(old, (0, 0))
    os.utime(new, (time.time() - 60,) * 2)
    monkeypatch.setattr(cache, "MOST_BYTES", 4)
    write(folder / "second")
    assert sorted(path.name for path in folder.iterdir()) == ["new.1.partial", "second"]


def test_what_others_finish_meanwhile_is_no_fault(folder, monkeypatch):
    write(folder / "first")
    whole = Path.glob

    def one_more(path, pattern):
        yield from whole(path, pattern)
        yield path / "gone.partial"

    monkeypatch.setattr(Path, "glob", one_more)
    write(folder / "second")
    assert (folder / "second").read_bytes() == b"four"


def test_without_a_home_nothing_is_kept_unless_a_folder_is_given(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder(FROZEN).name == FROZEN
    monkeypatch.delenv("CINEFUSE_CACHE")
    with pytest.raises(NotKeptError, match="no home folder; set CINEFUSE_CACHE"):
        cache_folder(FROZEN)
