"""An ONNX graph whose chance comes from outside. Values in, values out, with the library `onnx`.

A graph draws its noise from a generator that nobody can set for one text, so a voice never says a text twice in the
same way. Here each node that draws becomes an input and the nodes that cut it to the shape that is needed. How long
that is, the graph knows only while it runs: so it tells how much it wanted, and fills up with zeros meanwhile.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper
from onnx.external_data_helper import uses_external_data

from rhapsode.engines.graphs.rows import lay_in_rows
from rhapsode.engines.graphs.seeded import Noise, SeededGraph

_LIKE = {"RandomNormalLike": True, "RandomUniformLike": False}
_SHAPED = {"RandomNormal": True, "RandomUniform": False}
_OTHERS = frozenset({"Bernoulli", "Multinomial"})
_DURATIONS = ("duration", "durations", "pred_dur")


class GraphError(Exception):
    """A graph that isn't one, or that can't be made to repeat itself."""


def seeded_graph(file: Path) -> SeededGraph:
    """Rewrite a graph, also so that it takes less time, and let it tell its durations where they are found.

    They are an output of that name, or where whole frames are made of them: what the only Ceil gives in voices of
    Piper's kind (VITS), and the only Round in Kokoro, cut off at one frame.
    Raises: GraphError; OSError.
    """
    model = _read(file)
    _check(model)
    noises = tuple(_replace_draws(model.graph))
    durations = _find_durations(model.graph)
    lay_in_rows(model)
    return SeededGraph(model.SerializeToString(), noises, durations)


def _read(file: Path) -> onnx.ModelProto:
    # Not onnx.load, which would look for further files that a voice doesn't have.
    model = onnx.ModelProto()
    try:
        model.ParseFromString(file.read_bytes())
    except Exception as error:
        # Which error it is depends on how protobuf was built.
        msg = "it is no ONNX graph"
        raise GraphError(msg) from error
    if not model.graph.node or not model.graph.output:
        msg = "it is no ONNX graph"
        raise GraphError(msg)
    return model


def _check(model: onnx.ModelProto) -> None:
    """Raises: GraphError, for chance that nothing here reaches, and for weights that would be read from elsewhere."""
    functions = [node for function in model.functions for node in function.node]
    inside = [*functions, *_nodes_below([*model.graph.node, *functions])]
    draws = (node for node in inside if node.op_type in {*_LIKE, *_SHAPED, *_OTHERS})
    draw = next(chain(draws, (node for node in model.graph.node if node.op_type in _OTHERS)), None)
    if draw is not None:
        msg = f"its node {draw.name or draw.op_type} draws lots where no seed reaches it"
        raise GraphError(msg)
    # A model that somebody sends could name any file of this machine.
    if any(map(uses_external_data, _tensors(model.graph, [*model.graph.node, *inside]))):
        msg = "its weights are in another file"
        raise GraphError(msg)


def _nodes_below(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    """The nodes of the branches and loops that nodes have."""
    for branch in _branches(nodes):
        yield from branch.node
        yield from _nodes_below(branch.node)


def _branches(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.GraphProto]:
    for node in nodes:
        for attribute in node.attribute:
            yield from [attribute.g, *attribute.graphs]


def _tensors(graph: onnx.GraphProto, nodes: Sequence[onnx.NodeProto]) -> Iterator[onnx.TensorProto]:
    """What has weights in it. nodes: of the graph and of everything in it."""
    for each in [graph, *_branches(nodes)]:
        yield from each.initializer
    for node in nodes:
        for attribute in node.attribute:
            yield from [attribute.t, *attribute.tensors]


def _replace_draws(graph: onnx.GraphProto) -> Iterator[Noise]:
    """Put inputs in place of the nodes that draw; how much each wants becomes an output."""
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        is_normal = (_LIKE | _SHAPED).get(node.op_type)
        if is_normal is None:
            graph.node.append(node)
            continue
        noise = Noise(f"noise_of_{node.output[0]}", f"size_of_{node.output[0]}", is_normal=is_normal)
        graph.node.extend(_cut_to_shape(node, noise))
        graph.input.append(helper.make_tensor_value_info(noise.name, TensorProto.FLOAT, [None]))
        graph.output.append(helper.make_tensor_value_info(noise.size_name, TensorProto.INT64, [1]))
        yield noise


def _cut_to_shape(node: onnx.NodeProto, noise: Noise) -> Iterator[onnx.NodeProto]:
    """The nodes that give `node`'s output, of the shape it would have, from the noise."""
    settings = {each.name: helper.get_attribute_value(each) for each in node.attribute}

    def name(what: str) -> str:
        return f"{noise.name}_{what}"

    def constant(what: str, kind: int, values: list[Any], dimensions: list[int]) -> onnx.NodeProto:
        tensor = helper.make_tensor(name(what), kind, dimensions, values)
        return helper.make_node("Constant", [], [name(what)], value=tensor)

    if node.op_type in _LIKE:
        yield helper.make_node("Shape", [node.input[0]], [name("shape")])
    else:
        shape = list(settings["shape"])
        yield constant("shape", TensorProto.INT64, shape, [len(shape)])
    offset, factor = _scale(settings, is_normal=noise.is_normal)
    yield constant("zero", TensorProto.INT64, [0], [1])
    yield constant("flat", TensorProto.INT64, [1], [1])
    yield constant("factor", TensorProto.FLOAT, [factor], [])
    yield constant("offset", TensorProto.FLOAT, [offset], [])
    yield helper.make_node("ReduceProd", [name("shape")], [name("count")], keepdims=0)
    yield helper.make_node("Reshape", [name("count"), name("flat")], [noise.size_name])
    yield helper.make_node("ConstantOfShape", [noise.size_name], [name("rest")])
    yield helper.make_node("Concat", [noise.name, name("rest")], [name("enough")], axis=0)
    yield helper.make_node("Slice", [name("enough"), name("zero"), noise.size_name], [name("cut")])
    yield helper.make_node("Reshape", [name("cut"), name("shape")], [name("shaped")])
    yield helper.make_node("Mul", [name("shaped"), name("factor")], [name("scaled")])
    yield helper.make_node("Add", [name("scaled"), name("offset")], [name("moved")])
    yield helper.make_node(
        "Cast", [name("moved")], [node.output[0]], to=settings.get("dtype", TensorProto.FLOAT)
    )


def _scale(settings: dict[str, Any], *, is_normal: bool) -> tuple[float, float]:
    """What noise of 0 to 1, or around 0, is moved by and multiplied with."""
    if is_normal:
        return settings.get("mean", 0.0), settings.get("scale", 1.0)
    low = settings.get("low", 0.0)
    return low, settings.get("high", 1.0) - low


def _find_durations(graph: onnx.GraphProto) -> str:
    """The output that tells the durations, made one if need be; "" where there is none."""
    named = next((output.name for output in graph.output if output.name in _DURATIONS), "")
    name = str(named or _durations_of_piper(graph) or _durations_of_kokoro(graph))
    if name and name not in {output.name for output in graph.output}:
        # Without a type, which onnxruntime finds out by itself.
        graph.output.append(onnx.ValueInfoProto(name=name))
    return name


def _durations_of_piper(graph: onnx.GraphProto) -> str:
    """What the only Ceil gives."""
    whole = [node.output[0] for node in graph.node if node.op_type == "Ceil"]
    return str(whole[0]) if len(whole) == 1 else ""


def _durations_of_kokoro(graph: onnx.GraphProto) -> str:
    """What the only Round gives, when it is at least one frame."""
    rounded = [node.output[0] for node in graph.node if node.op_type == "Round"]
    if len(rounded) != 1:
        return ""
    clipped = [
        node.output[0] for node in graph.node if node.op_type == "Clip" and node.input[0] == rounded[0]
    ]
    return str(clipped[0]) if len(clipped) == 1 else ""
