"""int8: word tables by row, matrices by row, a movie's answer its own; nothing where nothing gains."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cinefuse.export.quantise import SMALLEST_TABLE, write_int8

from .conftest import run, write

WIDTH = 64


def text_graph(path, n_words=SMALLEST_TABLE):
    """Words -> vectors of very different sizes -> a matrix."""
    random = np.random.default_rng(0)
    sizes = np.logspace(-2, 1, n_words)[:, None]
    table = (sizes * random.standard_normal((n_words, WIDTH))).astype(np.float32)
    matrix = random.standard_normal((WIDTH, WIDTH)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "words"], ["vectors"]),
        helper.make_node("MatMul", ["vectors", "matrix"], ["said"]),
    ]
    words = ("words", TensorProto.INT64, ["batch", "length"])
    write(path, nodes, {"table": table, "matrix": matrix}, [words], "said")
    return table, matrix


def test_words_and_matrices_become_bytes(tmp_path):
    table, matrix = text_graph(tmp_path / "float32.onnx")
    assert write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx") is True
    kinds = [node.op_type for node in onnx.load(tmp_path / "int8.onnx").graph.node]
    assert kinds.count("Gather") == 2
    assert kinds.count("MatMulIntegerToFloat") == 1
    assert "MatMul" not in kinds
    assert (tmp_path / "int8.onnx").stat().st_size < 0.35 * (tmp_path / "float32.onnx").stat().st_size
    words = np.array([[0, 1, 2], [500, 998, 999]])
    said = run(tmp_path / "int8.onnx", words=words)
    expected = table[words] @ matrix
    # to a hundredth of each word's own size: small ones beside large ones too
    error = np.abs(said - expected).max(axis=-1) / np.abs(expected).max(axis=-1)
    assert 0 < error.max() < 0.02


def test_no_two_products_overflow_sixteen_bits(tmp_path):
    """As they are added on a processor without VNNI, whose answer would be another."""
    text_graph(tmp_path / "float32.onnx")
    write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx")
    tensors = {
        one.name: numpy_helper.to_array(one) for one in onnx.load(tmp_path / "int8.onnx").graph.initializer
    }
    assert np.abs(tensors["matrix.int8"].astype(int)).max() * 2 * 255 < 2**15
    assert np.abs(tensors["table.int8"].astype(int)).max() == 127, "which nothing is multiplied with"


def test_what_a_movie_gets_does_not_depend_on_its_batch(tmp_path):
    text_graph(tmp_path / "float32.onnx")
    write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx")
    small, large = np.array([[1, 2, 3]]), np.array([[999, 998, 997]])
    alone = run(tmp_path / "int8.onnx", words=small)
    together = run(tmp_path / "int8.onnx", words=np.concatenate([small, large]))
    np.testing.assert_allclose(together[:1], alone, rtol=1e-6)


def test_a_row_of_one_value_divides_by_nothing(tmp_path):
    random = np.random.default_rng(0)
    matrix = random.standard_normal((WIDTH, WIDTH)).astype(np.float32)
    rows = ("rows", TensorProto.FLOAT, ["batch", WIDTH])
    nodes = [helper.make_node("MatMul", ["rows", "matrix"], ["said"])]
    write(tmp_path / "float32.onnx", nodes, {"matrix": matrix}, [rows], "said")
    write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx")
    given = np.stack([np.zeros(WIDTH), np.full(WIDTH, 3.0), np.full(WIDTH, -2.0)]).astype(np.float32)
    said = run(tmp_path / "int8.onnx", rows=given)
    np.testing.assert_allclose(said, given @ matrix, atol=0.05 * np.abs(given @ matrix).max())
    assert not said[0].any()


def test_two_matrices_share_the_rounding_of_their_rows(tmp_path):
    random = np.random.default_rng(0)
    matrices = {name: random.standard_normal((WIDTH, WIDTH)).astype(np.float32) for name in ("one", "two")}
    rows = ("rows", TensorProto.FLOAT, ["batch", "length", WIDTH])
    nodes = [helper.make_node("MatMul", ["rows", name], [f"by_{name}"]) for name in matrices]
    nodes.append(helper.make_node("Add", ["by_one", "by_two"], ["said"]))
    write(tmp_path / "float32.onnx", nodes, matrices, [rows], "said")
    write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx")
    kinds = [node.op_type for node in onnx.load(tmp_path / "int8.onnx").graph.node]
    assert kinds.count("QuantizeLinear") == 1
    assert kinds.count("MatMulIntegerToFloat") == 2
    given = random.standard_normal((4, 5, WIDTH)).astype(np.float32)
    expected = given @ (matrices["one"] + matrices["two"])
    np.testing.assert_allclose(run(tmp_path / "int8.onnx", rows=given), expected, atol=0.03 * expected.max())


def test_a_small_table_stays_as_it_is(tmp_path):
    text_graph(tmp_path / "float32.onnx", SMALLEST_TABLE - 1)
    assert write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx") is True
    kinds = [node.op_type for node in onnx.load(tmp_path / "int8.onnx").graph.node]
    assert kinds.count("Gather") == 1
    assert kinds.count("MatMulIntegerToFloat") == 1
