"""The convolutions of a graph in 8 bits, by ranges that some films had.

onnxruntime's own tools do it: weights get a scale for each channel that comes out, what goes through them one
range for all posters, watched beforehand, so that a movie's answer does not depend on others of its batch.
What is between them (ReLU, sums, max-pools) stays in 8 bits; the first, which reads the pixels, in float32.
A graph with depthwise convolutions keeps all of them in float32: their channels are of very different ranges,
which one range for all wastes (Sheng et al., arXiv:1803.08607, and decision 0016), and left out alone they
cost more in passing from bytes to numbers and back than the others gain.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cinefuse.exported.features import Arrays

if TYPE_CHECKING:
    from onnx import GraphProto

FEWEST_CHANNELS = 4  # that a convolution sums over to be worth it: fewer are pixels
BETWEEN = {"Add", "Clip", "MaxPool", "Relu"}  # what bytes pass through as bytes


def quantise_convolutions(float32: Path, path: Path, films: Iterable[Arrays]) -> bool:
    """Reads the graph `float32` and writes it as `path`, with its convolutions in 8 bits.

    Args:
        films: batches of what the graph reads, whose ranges are kept.

    Returns:
        Whether there was anything to quantise; if not, nothing is written.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Films(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._batches: Iterator[Arrays] = iter(films)

        def get_next(self) -> Arrays | None:
            return next(self._batches, None)

    model = onnx.load(float32)
    for number, node in enumerate(model.graph.node):
        node.name = f"{node.op_type}.{number}"  # nodes are told by names, and not all have one
    names = _quantised(model.graph)
    if not names:
        return False
    quantize_static(
        model,
        path,
        Films(),
        quant_format=QuantFormat.QDQ,  # which onnxruntime makes operations on bytes of when it opens it
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,  # weights of 7 bits, as `quantise` says
        nodes_to_quantize=names,
        op_types_to_quantize=sorted({"Conv", *BETWEEN}),
    )
    return True


def _quantised(graph: "GraphProto") -> list[str]:
    """Names of nodes to quantise: convolutions, and what stands between them; none beside depthwise ones."""
    sizes = {tensor.name: tensor.dims for tensor in graph.initializer}
    if any(_groups(node) > 1 and sizes.get(node.input[1], (0, 0))[1] == 1 for node in graph.node):
        return []
    names: list[str] = []
    made: set[str] = set()
    for node in graph.node:
        read = [name for name in node.input if name and name not in sizes]
        if _is_wide(node, sizes) or (node.op_type in BETWEEN and made.issuperset(read)):
            names.append(node.name)
            made.update(node.output)
    return names


def _is_wide(node: Any, sizes: dict[str, Any]) -> bool:
    """Whether it is a convolution of more than pixels; weights are (out, in / groups, height, width)."""
    if node.op_type != "Conv" or node.input[1] not in sizes:
        return False
    return bool(_groups(node) * sizes[node.input[1]][1] >= FEWEST_CHANNELS)


def _groups(node: Any) -> int:
    """Into how many groups a convolution parts its channels; 0 of any other node."""
    if node.op_type != "Conv":
        return 0
    return next((one.i for one in node.attribute if one.name == "group"), 1)
