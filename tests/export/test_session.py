"""How onnxruntime is opened: exact sums everywhere, the fast ones where the processor has them."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from cinefuse.exported import session

from .conftest import write


@pytest.mark.parametrize(
    ("flags", "exact"),
    [("fpu sse avx2 avx512_vnni amx_int8", True), ("fpu avx2 avx_vnni", True), ("fpu sse avx2", False)],
)
def test_what_the_processor_says(tmp_path, flags, exact):
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: avx_vnni\n")
    assert session.sums_exactly(path) is exact


def test_a_processor_of_which_nothing_is_said(tmp_path):
    assert session.sums_exactly(tmp_path / "nothing") is False
    (tmp_path / "arm").write_text("processor\t: 0\nFeatures\t: asimd i8mm\n")
    assert session.sums_exactly(tmp_path / "arm") is False


@pytest.mark.parametrize("exact", [session.sums_exactly(), False])
def test_sums_of_the_largest_bytes_do_not_overflow(tmp_path, monkeypatch, exact):
    """255 times 127, summed: two of them are more than 16 bits hold, which is where old processors clip."""
    width = 64
    weights = np.full((width, width), 127, np.int8)
    nodes = [
        helper.make_node(
            "MatMulIntegerToFloat", ["rows", "weights", "one", "one"], ["said"], domain="com.microsoft"
        )
    ]
    rows = ("rows", TensorProto.UINT8, ["batch", width])
    write(tmp_path / "model.onnx", nodes, {"weights": weights, "one": np.float32(1)}, [rows], "said")
    monkeypatch.setattr(session, "sums_exactly", lambda: exact)
    opened = session.open_session(tmp_path / "model.onnx", 1)
    assert isinstance(opened, onnxruntime.InferenceSession)
    # a processor that sums exactly by itself does so whatever it is asked to
    asked = opened.get_session_options().get_session_config_entry("session.x64quantprecision")
    assert asked == ("0" if exact else "1")
    (said,) = opened.run(None, {"rows": np.full((40, width), 255, np.uint8)})
    np.testing.assert_array_equal(said, np.full((40, width), 255 * 127 * width, np.float32))
