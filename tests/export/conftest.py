"""Exports that tests read and never write to; small graphs, written and run."""

import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from cinefuse.corpus.record import Corpus
from cinefuse.export import ExportOptions, export_run


@pytest.fixture(scope="session")
def tiny_export(tiny_run, tiny_corpus: Corpus, tmp_path_factory):
    """The tiny run, in float32 and int8."""
    directory = tmp_path_factory.mktemp("exports") / "late-fusion"
    export_run(tiny_run, directory, tiny_corpus, ExportOptions(split="test"))
    return directory


def write(path, nodes, constants, inputs, output):
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)


def run(path, **inputs):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]
