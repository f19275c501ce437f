"""Several processes that train one model together, as `torchrun` and `accelerate launch` start them.

All run the same program. What is read from a run's folder and all that is written is the first one's
(`by_first`); what each does for itself is agreed upon before they go on (`agreeing`): they fail alike;
where they wait for each other at every step, one that fails ends all (`bound_together`). In a process alone
everything here is the plain thing, and torch is not imported.
"""

import atexit
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from cinefuse.errors import CinefuseError, ProcessError, StorageError
from cinefuse.own_gpu import take_own_gpu

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.distributed import ProcessGroup

T = TypeVar("T")

LONGEST_WAIT = timedelta(days=7)  # while the first works alone; who dies is heard of at once
FAILED = "cinefuse/failed"  # counts, in the store that all share, those that failed


def count() -> int:
    """How many there are; 1 for a process alone."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "LOCAL_RANK" in os.environ else 1


def index() -> int:
    """Which one this is, from 0."""
    return int(os.environ.get("RANK", "0")) if count() > 1 else 0


def is_first() -> bool:
    """Whether this is the one that writes and speaks."""
    return index() == 0


def by_first(act: Callable[[], T]) -> T:
    """What `act` gives, done by the first process when all have come here; all get it, or its error."""
    if count() == 1:
        return act()
    wait()
    done: T | None = None
    failed: Exception | None = None
    if is_first():
        try:
            done = act()
        except Exception as error:  # noqa: BLE001 -- raised again, here and by all others
            failed = error
    done, told = _from_first((done, _told(failed)))
    if failed:
        raise failed
    if told:
        raise _again(told)
    return done  # type: ignore[return-value]  # None only where `act` gave that


@contextmanager
def agreeing() -> Iterator[None]:
    """For what each process does for itself, without the others: if one fails in it, all do."""
    failed: Exception | None = None
    try:
        yield
    except Exception as error:
        if count() == 1:
            raise
        failed = error
    if count() == 1:
        return
    names, errors = zip(*gathered((_name(), _told(failed))), strict=True)
    if failed and len(set(errors)) == 1:
        raise failed
    for name, one in zip(names, errors, strict=True):
        if one:
            raise _again((one[0], f"{name}: {one[1]}")) from failed


@contextmanager
def bound_together() -> Iterator[None]:
    """For what processes do in step: whoever fails can tell the others only by its end.

    Raises:
        ProcessError: for any error but that of a disk: who goes on after others does not after this.
    """
    try:
        yield
    except Exception as error:
        if count() == 1 or isinstance(error, StorageError):
            raise
        raise ProcessError(f"{_name()}: {type(error).__name__}: {error}") from error


@contextmanager
def first_goes_ahead() -> Iterator[None]:
    """The first process does it before the others do: what it leaves on the disk is there for them.

    If it fails in it, so do they; what fails in one of the others is theirs to agree upon.
    """
    if not is_first() and (told := _from_first(None)):
        raise _again(told)
    try:
        yield
    except Exception as error:
        if is_first():
            _from_first(_told(error))
        raise
    if is_first():
        _from_first(None)


def wait() -> None:
    """Until all have come here."""
    if count() > 1:
        from torch.distributed import barrier

        barrier(group=_messages())


def gathered(own: T) -> list[T]:
    """Everybody's, in order, for everybody."""
    if count() == 1:
        return [own]
    from torch.distributed import all_gather_object

    everybodys: list[Any] = [None] * count()
    all_gather_object(everybodys, own, group=_messages())
    return everybodys


def summed(own: "NDArray[float32]") -> "NDArray[float32]":
    """The sum of everybody's, for everybody."""
    if count() == 1:
        return own
    import torch

    total = torch.from_numpy(own)
    torch.distributed.all_reduce(total, group=_messages())
    return total.numpy()


def add_up(own: "Tensor") -> "Tensor":
    """Makes a tensor, on whatever device, the sum of everybody's."""
    if count() > 1:
        import torch

        _messages()
        torch.distributed.all_reduce(own)
    return own


@contextmanager
def first_speaks() -> Iterator[None]:
    """Inside, only the first process has a standard output and standard error."""
    if count() > 1:
        # torch, not imported yet, would warn for every model that looking for unused parameters found none
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    with ExitStack() as opened:
        if not is_first():
            nowhere = opened.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123
            opened.enter_context(redirect_stdout(nowhere))
            opened.enter_context(redirect_stderr(nowhere))
        yield


def first_to_fail() -> bool:
    """Whether it falls to this process to say what went wrong; asked once, and answered yes to one only."""
    if count() == 1 or not _messages.cache_info().currsize:
        # before they have met they fail alike, on one machine at least: the first one there says so
        return os.environ.get("LOCAL_RANK", "0") == "0"
    from torch.distributed.distributed_c10d import _get_default_store

    try:
        return bool(_get_default_store().add(FAILED, 1) == 1)
    except RuntimeError:  # the store went with the process that kept it: somebody failed before
        return False


def leave(code: Any) -> NoReturn:
    """Ends the process. One that failed waits for nothing: others may be dead, or wait for it.

    None takes Python down under torch's threads: one that then lets go of a message ends all by SIGABRT.
    """
    if count() > 1 and _messages.cache_info().currsize:
        if not code:
            with suppress(RuntimeError):  # another one may have gone: what was to be done here is done
                wait()
                sys.modules["torch"].distributed.destroy_process_group()
            atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code or 0))
    sys.exit(code)


@cache
def _messages() -> "ProcessGroup":
    """Where processes talk, apart from the one where gradients travel; they meet at the first call."""
    import torch
    from torch import distributed

    on_gpu = torch.cuda.is_available()
    if on_gpu:
        take_own_gpu(torch.cuda.device_count())
    if not distributed.is_initialized():
        distributed.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo")
    group: ProcessGroup | None = distributed.new_group(backend="gloo", timeout=LONGEST_WAIT)
    assert group is not None, "a group of all has no outsiders"
    return group


def _from_first(own: T) -> T:
    if count() == 1:
        return own
    from torch.distributed import broadcast_object_list

    box = [own]
    broadcast_object_list(box, src=0, group=_messages())
    return box[0]


_Told = tuple[type[Exception], str]  # an error as it travels: not every one can be pickled


def _told(error: Exception | None) -> _Told | None:
    if error is None or isinstance(error, CinefuseError):
        return (type(error), str(error)) if error else None
    return RuntimeError, f"{type(error).__name__}: {error}"


def _again(told: _Told) -> Exception:
    kind, message = told
    error = kind.__new__(kind)  # past its constructor, which may want other things than a message
    error.args = (message,)
    return error


def _name() -> str:
    return f"process {index() + 1} of {count()} on {socket.gethostname()}"
