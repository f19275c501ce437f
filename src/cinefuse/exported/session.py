"""onnxruntime, opened as exports are best run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cinefuse.errors import MissingExtra, RunError
from cinefuse.exported.record import EXPORT_AGAIN

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

PROCESSOR = Path("/proc/cpuinfo")  # Linux's word on the processor
EXACT = {"avx_vnni", "avx512_vnni"}  # its instructions that sum products of bytes in 32 bits
# what onnxruntime does to a graph that makes it slower (1.32, two threads): two fusions take two and four
# times as long as what they stand for, and one rounds before a max-pool that is ten times as fast on floats
SLOWER = ["BiasGeluFusion", "QDQPropagationTransformer", "SkipLayerNormFusion"]


def open_session(path: Path, threads: int | None) -> "InferenceSession":
    """Opens a graph.

    Args:
        path: of an ONNX file.
        threads: of the processor that one batch may use; None for every core.

    Raises:
        RunError: if onnxruntime cannot open it.
        MissingExtra: without onnxruntime.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("predicting with an export", "onnx") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: as many as there are cores
    options.log_severity_level = 3  # errors alone
    options.add_session_config_entry("session.x64quantprecision", "0" if sums_exactly() else "1")
    try:
        session: Any = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
        )
    except Exception as error:  # the runtime's own exceptions have no root but this
        raise RunError(
            f"{path}: onnxruntime {onnxruntime.__version__} cannot open it: {error}; {EXPORT_AGAIN}, or "
            "install what the export's requirements.txt says"
        ) from error
    return session


def sums_exactly(processor: Path = PROCESSOR) -> bool:
    """Whether the processor says that it sums products of bytes without overflow.

    Where it does not, or nothing says so, onnxruntime is to turn weights into unsigned bytes, whose sums are
    exact on every x86 processor. Asked to, it does so on those that need not too, which on one with AMX takes
    ten times as long; processors of other kinds do not care.
    """
    try:
        lines = processor.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return not EXACT.isdisjoint(flags)
