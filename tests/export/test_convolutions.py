"""int8 convolutions: which ones, how near, each movie's answer its own, whatever shape an encoder has."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from cinefuse.export.quantise import write_int8

from .conftest import run, write

CHANNELS, SIDE = 16, 24
POSTERS = ("posters", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])


def posters(count, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3, SIDE, SIDE)).astype(np.float32)


def films(count=3):
    return [{"posters": posters(4, seed)} for seed in range(1, count + 1)]


def convolve(read, weights, said, **attributes):
    return helper.make_node("Conv", [read, weights], [said], pads=[1, 1, 1, 1], **attributes)


def kernel(random, outputs, inputs):
    return (random.standard_normal((outputs, inputs, 3, 3)) / (3 * inputs**0.5)).astype(np.float32)


def residual_graph(path, deep_inputs=CHANNELS):
    """A stem on pixels, a block whose sum is rectified, a last convolution, the mean over places."""
    random = np.random.default_rng(0)
    constants = {
        "stem": kernel(random, CHANNELS, 3),
        "one": kernel(random, CHANNELS, CHANNELS),
        "two": kernel(random, CHANNELS, CHANNELS),
        "beside": kernel(random, CHANNELS, CHANNELS),
        "deep": kernel(random, CHANNELS, deep_inputs),
        "axes": np.array([2, 3]),
    }
    nodes = [
        convolve("posters", "stem", "a"),
        helper.make_node("Relu", ["a"], ["b"]),
        convolve("b", "one", "c"),
        helper.make_node("Relu", ["c"], ["d"]),
        convolve("d", "two", "e"),
        convolve("b", "beside", "f"),
        helper.make_node("Add", ["e", "f"], ["g"]),
        helper.make_node("Relu", ["g"], ["h"]),
        convolve("h", "deep", "i", group=CHANNELS // deep_inputs),
        helper.make_node("ReduceMean", ["i", "axes"], ["said"], keepdims=0),
    ]
    write(path, nodes, constants, [POSTERS], "said")


@pytest.fixture
def paths(tmp_path):
    residual_graph(tmp_path / "float32.onnx")
    assert write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx", films()) is True
    return tmp_path / "float32.onnx", tmp_path / "int8.onnx"


def test_all_but_the_stem_run_in_bytes(paths, tmp_path):
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    onnxruntime.InferenceSession(paths[1], options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node]
    assert kinds.count("QLinearConv") == 4
    assert kinds.count("QLinearAdd") == 1
    assert kinds.count("QuantizeLinear") == 1  # once, after the stem: what stands between is bytes
    assert sum(kind in {"Conv", "FusedConv"} for kind in kinds) == 1


def test_it_says_nearly_the_same(paths):
    expected, said = (run(path, posters=posters(32)) for path in paths)
    error = np.abs(said - expected)
    assert 0 < error.max() < 0.05 * np.abs(expected).max()
    assert error.mean() < 0.01 * np.abs(expected).max()


def test_what_a_movie_gets_does_not_depend_on_its_batch(paths):
    given = posters(3) * np.array([0.01, 1, 40], np.float32)[:, None, None, None]
    together = run(paths[1], posters=given)
    for place in range(len(given)):
        np.testing.assert_array_equal(run(paths[1], posters=given[place : place + 1])[0], together[place])


def test_without_films_they_stay(tmp_path):
    residual_graph(tmp_path / "float32.onnx")
    assert write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx") is False
    assert not (tmp_path / "int8.onnx").exists()


@pytest.mark.parametrize(("inputs", "quantised"), [(1, False), (CHANNELS // 2, True)])
def test_beside_depthwise_ones_they_stay(tmp_path, inputs, quantised):
    residual_graph(tmp_path / "float32.onnx", inputs)
    assert write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx", films()) is quantised


def test_one_that_reads_pixels_has_no_int8(tmp_path):
    stem = {"stem": kernel(np.random.default_rng(0), CHANNELS, 3)}
    write(tmp_path / "float32.onnx", [convolve("posters", "stem", "said")], stem, [POSTERS], "said")
    assert write_int8(tmp_path / "float32.onnx", tmp_path / "int8.onnx", films()) is False
    assert not (tmp_path / "int8.onnx").exists()
