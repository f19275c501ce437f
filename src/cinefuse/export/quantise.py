"""The float32 graph with its matrices, word tables and convolutions in 8 bits.

Matrices: a scale for each output, and for what is multiplied with them a scale and a lowest value for each
row (one word of one plot), taken when the row is known. So nothing is to be calibrated, and a movie's answer
does not depend on the others of its batch, as it would were the whole batch rounded by one scale, which is
what onnxruntime's own dynamic quantiser does. Weights of matrices are whole numbers of 7 bits: a processor
with AVX2 or AVX-512 and no VNNI adds products of a byte and a weight two by two in 16 bits, which two of 8
bits overflow, and would answer otherwise than others (onnxruntime's `reduce_range`). Word tables: a scale for
each word, 8 bits. LSTM and the layers of the head stay in float32; convolutions are `convolutions`' matter.
"""

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cinefuse.errors import MissingExtra
from cinefuse.export.convolutions import quantise_convolutions
from cinefuse.exported.features import Arrays
from cinefuse.training.matrices import SMALLEST
from cinefuse.training.rounding import MOST, NEAREST_ZERO

if TYPE_CHECKING:
    from onnx import GraphProto

SMALLEST_TABLE = 1_000  # words; a smaller table is not worth it
BYTE = 127  # the largest number in a table; in a matrix it is `MOST`: 2 * 255 * 64 is below 2 ** 15


def write_int8(float32: Path, path: Path, films: Iterable[Arrays] | None = None) -> bool:
    """Reads the graph `float32` and writes its int8 form as `path`.

    Args:
        films: batches of what the graph reads, for the ranges of convolutions; None leaves those as they are.

    Returns:
        Whether there was anything to quantise; if not, nothing is written.

    Raises:
        MissingExtra: without onnx and onnxruntime.
    """
    try:
        import onnx
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise MissingExtra("exporting to int8", "onnx") from error
    with tempfile.TemporaryDirectory() as folder, _quiet():
        simplified, convolved = Path(folder) / "simplified.onnx", Path(folder) / "convolved.onnx"
        # folds constants first: a transposed weight is a weight, and may be quantised; batch norms are folded
        quant_pre_process(float32, simplified, skip_symbolic_shape=True)
        by_films = films is not None and quantise_convolutions(simplified, convolved, films)
        model = onnx.load(convolved if by_films else simplified)
    quantised = Int8Graph(model.graph).rewrite()
    if quantised:
        domains = {opset.domain for opset in model.opset_import}
        if Int8Graph.DOMAIN not in domains:
            model.opset_import.append(onnx.helper.make_opsetid(Int8Graph.DOMAIN, 1))
    if quantised or by_films:
        onnx.save(model, path)
    return quantised or by_films


class Int8Graph:
    """A graph whose nodes are replaced one by one.

    Args:
        graph: changed in place.
    """

    DOMAIN = "com.microsoft"  # where onnxruntime keeps its own operations

    def __init__(self, graph: "GraphProto") -> None:
        from onnx import numpy_helper

        self.graph = graph
        self._arrays = {
            tensor.name: numpy_helper.to_array(tensor)
            for tensor in graph.initializer
            if len(tensor.dims) == 2
        }
        self._nodes: list[Any] = []
        self._constants: dict[str, NDArray[Any]] = {
            "int8.one": np.array(1, np.float32),
            "int8.zero": np.array(0, np.uint8),
            "int8.steps": np.array(255, np.float32),
            "int8.nearest": np.array(NEAREST_ZERO, np.float32),
            "int8.last": np.array([-1], np.int64),
        }
        self._rounded: set[str] = set()

    def rewrite(self) -> bool:
        """Quantises what gains by it; says whether anything did."""
        from onnx import numpy_helper

        before = len(self._constants)
        for node in self.graph.node:
            if self._is_matrix(node):
                self._multiply(node.input[0], node.input[1], node.output[0])
            elif self._is_table(node):
                self._look_up(node.input[0], node.input[1], node.output[0])
            else:
                self._nodes.append(node)
        if len(self._constants) == before:
            return False
        read = {name for node in self._nodes for name in node.input}
        kept = [tensor for tensor in self.graph.initializer if tensor.name in read]
        made = [
            numpy_helper.from_array(array, name) for name, array in self._constants.items() if name in read
        ]
        del self.graph.initializer[:], self.graph.node[:]
        self.graph.initializer.extend([*kept, *made])
        self.graph.node.extend(self._nodes)
        return True

    def _is_matrix(self, node: Any) -> bool:
        array = self._float32(node.input[1]) if node.op_type == "MatMul" else None
        return array is not None and array.size >= SMALLEST

    def _is_table(self, node: Any) -> bool:
        by_row = not any(one.name == "axis" and one.i != 0 for one in node.attribute)
        array = self._float32(node.input[0]) if node.op_type == "Gather" and by_row else None
        return array is not None and len(array) >= SMALLEST_TABLE

    def _float32(self, name: str) -> NDArray[np.float32] | None:
        array = self._arrays.get(name)
        return array if array is not None and array.dtype == np.float32 else None

    def _multiply(self, rows: str, matrix: str, output: str) -> None:
        """(..., K) rows @ (K, N) matrix.

        With row = lowest + scale * bytes, the product is scale * (bytes @ matrix) + lowest * (column sums).
        """
        self._round(rows)
        weights, scales = _to_int8(self._arrays[matrix], axis=0, most=MOST)
        self._constants[f"{matrix}.int8"] = weights
        self._constants[f"{matrix}.scales"] = scales[0]
        self._constants[f"{matrix}.sums"] = (weights * scales).sum(axis=0)
        whole = [f"{rows}.int8", f"{matrix}.int8", "int8.one", f"{matrix}.scales"]
        self._add("MatMulIntegerToFloat", whole, f"{output}.whole", domain=self.DOMAIN)
        self._add("Mul", [f"{output}.whole", f"{rows}.scale"], f"{output}.scaled")
        self._add("Mul", [f"{rows}.lowest", f"{matrix}.sums"], f"{output}.lowest")
        self._add("Add", [f"{output}.scaled", f"{output}.lowest"], output)

    def _round(self, rows: str) -> None:
        """Bytes of each row with their scale and lowest value, once for all matrices that they meet."""
        if rows in self._rounded:
            return
        self._rounded.add(rows)
        self._add("ReduceMax", [rows, "int8.last"], f"{rows}.highest", keepdims=1)
        self._add("ReduceMin", [rows, "int8.last"], f"{rows}.lowest", keepdims=1)
        self._add("Sub", [f"{rows}.highest", f"{rows}.lowest"], f"{rows}.range")
        self._add("Max", [f"{rows}.range", "int8.nearest"], f"{rows}.some_range")
        self._add("Div", [f"{rows}.some_range", "int8.steps"], f"{rows}.scale")
        self._add("Sub", [rows, f"{rows}.lowest"], f"{rows}.above")
        self._add("Div", [f"{rows}.above", f"{rows}.scale"], f"{rows}.in_steps")
        self._add("QuantizeLinear", [f"{rows}.in_steps", "int8.one", "int8.zero"], f"{rows}.int8")

    def _look_up(self, table: str, indices: str, output: str) -> None:
        """(V, D) table -> (..., D) rows, each by its own scale."""
        numbers, scales = _to_int8(self._arrays[table], axis=1, most=BYTE)
        self._constants[f"{table}.int8"], self._constants[f"{table}.scales"] = numbers, scales
        self._add("Gather", [f"{table}.int8", indices], f"{output}.found", axis=0)
        self._add("Cast", [f"{output}.found"], f"{output}.steps", to=1)  # 1 is float32
        self._add("Gather", [f"{table}.scales", indices], f"{output}.step", axis=0)
        self._add("Mul", [f"{output}.steps", f"{output}.step"], output)

    def _add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))


def _to_int8(
    weights: NDArray[np.float32], axis: int, most: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Whole numbers of -most to most, and the scales that they are multiples of, along `axis`."""
    largest = np.abs(weights).max(axis=axis, keepdims=True)
    scales = np.maximum(largest, NEAREST_ZERO).astype(np.float32) / most
    return np.round(weights / scales).astype(np.int8), scales.astype(np.float32)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice that onnxruntime's tools log at the root."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
