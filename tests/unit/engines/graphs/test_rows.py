"""Convolutions over time that are laid in rows, as onnxruntime runs them: they say what they said before."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.voice_graphs import need_engine

if TYPE_CHECKING:
    import onnx

CHANNELS = 4
SOUND = np.random.default_rng(1).standard_normal((1, CHANNELS, 50), dtype=np.float32)


def node(kind: str, inputs: str, output: str, **settings: Any) -> "onnx.NodeProto":
    from onnx import helper

    return helper.make_node(kind, inputs.split(), [output], **settings)


def model(
    nodes: "list[onnx.NodeProto]",
    outputs: str,
    *,
    version: int = 17,
    tensors: dict[str, NDArray[Any]] | None = None,
) -> "onnx.ModelProto":
    """A model from `sound` to some outputs. It has the kernels `wide`, `deep` (in two groups) and `point`."""
    from onnx import TensorProto, helper, numpy_helper

    chance = np.random.default_rng(2)
    weights = {
        "wide": chance.standard_normal((CHANNELS, CHANNELS, 5), dtype=np.float32),
        "deep": chance.standard_normal((CHANNELS, CHANNELS // 2, 3), dtype=np.float32),
        "point": chance.standard_normal((CHANNELS, CHANNELS, 1), dtype=np.float32),
        "bias": chance.standard_normal(CHANNELS, dtype=np.float32),
        **(tensors or {}),
    }
    graph = helper.make_graph(
        nodes,
        "voice",
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, [1, CHANNELS, None])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs.split()],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)


def run(made: "onnx.ModelProto") -> list[NDArray[Any]]:
    import onnxruntime

    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return list(session.run(None, {"sound": SOUND}))


def laid(made: "onnx.ModelProto") -> "onnx.ModelProto":
    """A copy that is laid in rows."""
    import onnx

    from rhapsode.engines.graphs.rows import lay_in_rows

    copied = onnx.ModelProto()
    copied.CopyFrom(made)
    lay_in_rows(copied)
    return copied


def kinds(made: "onnx.ModelProto") -> list[str]:
    return [each.op_type for each in made.graph.node]


@pytest.fixture(autouse=True)
def _needs_onnx() -> None:
    need_engine("piper")


@pytest.mark.parametrize("version", [11, 13, 17])
def test_a_residual_block_says_the_same(version: int) -> None:
    """Strides, dilations, groups, padding and biases, what lies between them, and an output in the middle."""
    made = model(
        [
            node("LeakyRelu", "sound", "leaky", alpha=0.1),
            node("Conv", "leaky wide bias", "first", kernel_shape=[5], dilations=[3], pads=[6, 6]),
            node("LeakyRelu", "first", "warm", alpha=0.1),
            node("Conv", "warm deep", "second", pads=[2, 0], group=2),
            node("Add", "second first", "sum"),
            node("Tanh", "sum", "calm"),
            node("Conv", "calm point", "end", strides=[2]),
            node("Mul", "end end", "square"),
        ],
        "square sum",
        version=version,
    )
    rows = laid(made)

    assert kinds(rows).count("Unsqueeze") == 1
    assert kinds(rows).count("Squeeze") == 2
    for before, after in zip(run(made), run(rows), strict=True):
        assert before.shape == after.shape
        np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5)


def test_a_kernel_may_be_used_twice() -> None:
    """It has one shape, which fits both; a bias may be left out by an empty name."""
    made = model(
        [
            node("Conv", "sound wide", "first", auto_pad="SAME_UPPER"),
            node("Relu", "first", "positive"),
            node("Sigmoid", "first", "small"),
            node("Sum", "positive small first", "sum"),
            node("Conv", "sum wide", "second", pads=[2, 2]),
        ],
        "second",
    )
    made.graph.node[0].input.append("")
    rows = laid(made)

    assert kinds(rows) == ["Unsqueeze", "Conv", "Relu", "Sigmoid", "Sum", "Conv", "Squeeze"]
    np.testing.assert_allclose(run(rows)[0], run(made)[0], rtol=1e-5, atol=1e-4)


def test_what_something_else_uses_stays_as_it_is() -> None:
    """A kernel that is also looked at otherwise, and one that is computed."""
    made = model(
        [
            node("Conv", "sound wide", "first", pads=[2, 2]),
            node("Mul", "point scale", "computed"),
            node("Conv", "first computed", "second"),
            node("ReduceMax", "wide", "highest", keepdims=0),
        ],
        "second highest",
        tensors={"scale": np.array(0.5, np.float32)},
    )

    assert laid(made) == made


def test_what_has_branches_stays_as_it_is() -> None:
    """They may name any value of the graph around them."""
    from onnx import TensorProto, helper

    branch = helper.make_graph(
        [node("Identity", "first", "chosen")],
        "branch",
        [],
        [helper.make_tensor_value_info("chosen", TensorProto.FLOAT, None)],
    )
    made = model(
        [
            node("Conv", "sound wide", "first"),
            node("If", "yes", "end", then_branch=branch, else_branch=branch),
        ],
        "end",
        tensors={"yes": np.array(True)},
    )

    assert laid(made) == made


def test_what_is_not_in_order_stays_as_it_is() -> None:
    """onnxruntime sorts what somebody has edited by hand."""
    made = model([node("Abs", "first", "end"), node("Conv", "sound wide", "first")], "end")

    assert laid(made) == made
    run(made)


def test_an_operator_of_others_may_have_the_same_name() -> None:
    """Here one that doubles is called Relu, and one that adds Conv."""
    from onnx import helper

    made = model(
        [
            node("Conv", "sound wide", "first", pads=[2, 2]),
            node("Relu", "first", "second", domain="custom"),
            node("Conv", "second deep", "third", domain="custom"),
        ],
        "third",
        tensors={"deep": np.ones((1, CHANNELS, 1), np.float32)},
    )
    for kind, inputs, done in (("Relu", "x x", "Add"), ("Conv", "x y", "Add")):
        names = sorted(set(inputs.split()))
        opset = [helper.make_opsetid("", 17)]
        made.functions.append(
            helper.make_function("custom", kind, names, ["z"], [node(done, inputs, "z")], opset)
        )
    made.opset_import.append(helper.make_opsetid("custom", 1))
    rows = laid(made)

    assert kinds(rows) == ["Unsqueeze", "Conv", "Squeeze", "Relu", "Conv"]
    np.testing.assert_allclose(run(rows)[0], run(made)[0], rtol=1e-5, atol=1e-4)
