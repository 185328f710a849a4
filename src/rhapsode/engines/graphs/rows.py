"""Convolutions over time as those of pictures of one row. Values in, values out, with the library `onnx`.

onnxruntime has its fast convolutions for pictures alone: a voice of Piper's adds up the same products of the same
numbers in another order, and takes a sixth less time (docs/decisions/0053).
"""

from collections.abc import Iterable, Iterator

import onnx
from onnx import TensorProto, helper

_CONVOLUTION = frozenset({"Conv"})
_POINTWISE = frozenset({"Add", "LeakyRelu", "Relu", "Sigmoid", "Sum", "Tanh"})
"""What is done to each number by itself is done to rows, so that they stay rows from one convolution to the next."""

_STANDARD = ("", "ai.onnx")
"""What ONNX itself calls its operators' domain; others may give an operator the same name and mean something else."""

_AXIS = 2
_AXES = "rhapsode/axes_of_rows"
_AXES_ARE_INPUTS = 13
"""From this version of the operators on."""

_BRANCHES = (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)


def lay_in_rows(model: onnx.ModelProto) -> None:
    """Change a graph's convolutions over time, and what lies between them. Its inputs and outputs stay what they are.

    What has branches stays as it is, since these may name anything in it, and so does what isn't in order. Nothing is
    raised for a graph that can't be run: onnxruntime says what is wrong with it.
    """
    graph = model.graph
    weights = _weights(graph)
    version = next((each.version for each in model.opset_import if each.domain in _STANDARD), None)
    if version is None or not weights or not _is_straight(graph):
        return
    for tensor in graph.initializer:
        if tensor.name in weights:
            tensor.dims.insert(_AXIS, 1)
    rows = _Rows(weights, axes_are_inputs=version >= _AXES_ARE_INPUTS)
    nodes = [laid for node in graph.node for laid in rows.lay(node)]
    nodes += rows.squeezed(output.name for output in graph.output)
    if version >= _AXES_ARE_INPUTS:
        graph.initializer.append(helper.make_tensor(_AXES, TensorProto.INT64, [1], [_AXIS]))
    del graph.node[:]
    graph.node.extend(nodes)


def _weights(graph: onnx.GraphProto) -> frozenset[str]:
    """The names of kernels over time that nothing else uses, and nobody outside sets."""
    over_time = {tensor.name for tensor in graph.initializer if len(tensor.dims) == _AXIS + 1}
    others = {each.name for each in [*graph.input, *graph.output]}
    kernels: set[str] = set()
    for node in graph.node:
        is_convolution = _is_of(node, _CONVOLUTION) and len(node.input) > 1
        kernels.update(node.input[1:2] if is_convolution else [])
        others.update(name for i, name in enumerate(node.input) if i != 1 or not is_convolution)
    return frozenset(over_time & kernels - others)


def _is_of(node: onnx.NodeProto, kinds: frozenset[str]) -> bool:
    return node.op_type in kinds and node.domain in _STANDARD


def _is_straight(graph: onnx.GraphProto) -> bool:
    """Whether each node uses only what is there before it, and none has branches."""
    made = {name for node in graph.node for name in node.output if name}
    for node in graph.node:
        if made.intersection(node.input) or any(a.type in _BRANCHES for a in node.attribute):
            return False
        made.difference_update(node.output)
    return True


class _Rows:
    """A graph on its way: which of its values there are as rows, and which of these were made plain again."""

    def __init__(self, weights: frozenset[str], *, axes_are_inputs: bool) -> None:
        self._weights = weights
        self._axes_are_inputs = axes_are_inputs
        self._rows: dict[str, str] = {}
        self._plain: set[str] = set()

    def lay(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """The nodes that do what a node does; they come in the order of the graph's."""
        if _is_of(node, _CONVOLUTION) and self._weights.intersection(node.input[1:2]):
            yield from self._unsqueezed(node.input[0])
            yield self._in_rows(node, [self._rows[node.input[0]], *node.input[1:]], _flat(node))
        elif _is_of(node, _POINTWISE) and all(name in self._rows for name in node.input):
            yield self._in_rows(node, [self._rows[name] for name in node.input], node.attribute)
        else:
            yield from self.squeezed(node.input)
            yield node

    def squeezed(self, names: Iterable[str]) -> Iterator[onnx.NodeProto]:
        """The nodes that make values plain which there are only as rows."""
        for name in names:
            if name in self._rows and name not in self._plain:
                self._plain.add(name)
                yield self._reshaped("Squeeze", self._rows[name], name)

    def _unsqueezed(self, name: str) -> Iterator[onnx.NodeProto]:
        if name not in self._rows:
            self._plain.add(name)
            self._rows[name] = _row(name)
            yield self._reshaped("Unsqueeze", name, _row(name))

    def _in_rows(
        self, node: onnx.NodeProto, inputs: list[str], attributes: Iterable[onnx.AttributeProto]
    ) -> onnx.NodeProto:
        (name,) = node.output
        self._rows[name] = _row(name)
        laid = helper.make_node(node.op_type, inputs, [_row(name)], name=_row(name))
        laid.attribute.extend(attributes)
        return laid

    def _reshaped(self, kind: str, before: str, after: str) -> onnx.NodeProto:
        if self._axes_are_inputs:
            return helper.make_node(kind, [before, _AXES], [after])
        return helper.make_node(kind, [before], [after], axes=[_AXIS])


def _row(name: str) -> str:
    return f"rhapsode/row_of_{name}"


def _flat(node: onnx.NodeProto) -> Iterator[onnx.AttributeProto]:
    """What is set of a convolution over time, for one over a row."""
    for attribute in node.attribute:
        values = list(attribute.ints)
        if attribute.name in ("kernel_shape", "strides", "dilations"):
            yield helper.make_attribute(attribute.name, [1, *values])
        elif attribute.name == "pads":
            half = len(values) // 2
            yield helper.make_attribute(attribute.name, [0, *values[:half], 0, *values[half:]])
        else:
            yield attribute
