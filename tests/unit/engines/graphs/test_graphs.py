"""Graphs that are made to repeat themselves, as onnxruntime runs them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.voice_graphs import HOP_SAMPLES, need_engine, piper_graph

from rhapsode.engines.graphs.seeded import SeededSession, make_noise

if TYPE_CHECKING:
    import onnx

SHORT, LONG = list(range(14, 20)), list(range(14, 40)) * 8


def seeded(content: bytes, folder: Path) -> tuple[SeededSession, str]:
    """A loaded graph, and which output tells its durations."""
    need_engine("piper")
    import onnxruntime

    from rhapsode.engines.graphs.rewriting import seeded_graph

    file = folder / "voice.onnx"
    file.write_bytes(content)
    graph = seeded_graph(file)
    session = onnxruntime.InferenceSession(graph.content, providers=["CPUExecutionProvider"])
    return SeededSession(session, graph.noises), graph.durations


def say(session: SeededSession, ids: list[int], durations: str, *, seed: int) -> list[NDArray[Any]]:
    """What Piper's graph says, with its durations."""
    asked = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array([0.667, 1, 0.8], np.float32),
    }
    return session.run(["output", durations], asked, seed=seed)


@pytest.fixture
def piper(tmp_path: Path) -> Callable[[list[int], int], list[NDArray[Any]]]:
    """Says numbers with a seed, in a session of its own."""
    need_engine("piper")

    def said(ids: list[int], seed: int) -> list[NDArray[Any]]:
        session, durations = seeded(piper_graph(), tmp_path)
        return say(session, ids, durations, seed=seed)

    return said


def test_a_seed_gives_the_same_speech_whatever_was_said_before(
    piper: Callable[[list[int], int], list[NDArray[Any]]], tmp_path: Path
) -> None:
    """Also after a longer text, and with another seed between."""
    session, durations = seeded(piper_graph(), tmp_path)
    say(session, LONG, durations, seed=3)
    say(session, SHORT, durations, seed=4)

    for ids in (SHORT, LONG):
        again, alone = say(session, ids, durations, seed=3), piper(ids, 3)
        assert all(np.array_equal(one, other) for one, other in zip(again, alone, strict=True))


def test_another_seed_is_another_reading(piper: Callable[[list[int], int], list[NDArray[Any]]]) -> None:
    """With other durations, which make up the sound exactly."""
    (one, one_frames), (other, other_frames) = piper(LONG, 0), piper(LONG, 1)

    assert not np.array_equal(one_frames, other_frames)
    assert one_frames.sum() * HOP_SAMPLES == one.size
    assert other_frames.sum() * HOP_SAMPLES == other.size


def test_a_graph_tells_its_durations_only_where_they_are_found(tmp_path: Path) -> None:
    """Without the one Ceil nobody knows where they are."""
    need_engine("piper")

    assert seeded(piper_graph(is_timed=False), tmp_path)[1] == ""
    assert seeded(piper_graph(), tmp_path)[1] == "w_ceil"


def model_of(nodes: "list[onnx.NodeProto]", inputs: list[str], outputs: list[str]) -> bytes:
    """A graph of floats."""
    from onnx import TensorProto, helper

    def values(names: list[str]) -> list[Any]:
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]

    graph = helper.make_graph(nodes, "small", values(inputs), values(outputs))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)])
    model.ir_version = 8
    return bytes(model.SerializeToString())


def test_every_kind_of_chance_keeps_its_range_and_shape(tmp_path: Path) -> None:
    """Normal and even, of a shape that is written down or taken from a value."""
    need_engine("piper")
    from onnx import helper

    nodes = [
        helper.make_node("RandomNormalLike", ["x"], ["a"], mean=5.0, scale=0.1),
        helper.make_node("RandomUniformLike", ["x"], ["b"], low=2.0, high=3.0),
        helper.make_node("RandomNormal", [], ["c"], shape=[4, 500]),
        helper.make_node("RandomUniform", [], ["d"], shape=[1000]),
    ]
    session, _ = seeded(model_of(nodes, ["x"], ["a", "b", "c", "d"]), tmp_path)

    a, b, c, d = session.run(["a", "b", "c", "d"], {"x": np.zeros((2, 3, 500), np.float32)}, seed=0)

    assert [each.shape for each in (a, b, c, d)] == [(2, 3, 500), (2, 3, 500), (4, 500), (1000,)]
    assert a.mean() == pytest.approx(5, abs=0.01)
    assert a.std() == pytest.approx(0.1, rel=0.1)
    assert 2 <= b.min() < 2.1 < 2.9 < b.max() < 3
    assert abs(c.mean()) < 0.1
    assert c.std() == pytest.approx(1, rel=0.1)
    assert 0 <= d.min() < 0.1 < 0.9 < d.max() < 1


def test_chance_that_no_seed_reaches_is_refused(tmp_path: Path) -> None:
    """In a branch, or of a kind that isn't known: the voice wouldn't repeat itself, and nobody would know."""
    need_engine("piper")
    from onnx import TensorProto, helper

    from rhapsode.engines.graphs.rewriting import GraphError

    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    drawn = helper.make_node("RandomNormal", [], ["y"], shape=[1])
    branch = helper.make_graph([drawn], "branch", [], [out])
    inside = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    for node in (inside, helper.make_node("Bernoulli", ["x"], ["y"])):
        with pytest.raises(GraphError, match="draws lots"):
            seeded(model_of([node], ["x"], ["y"]), tmp_path)


def test_weights_in_another_file_are_refused(tmp_path: Path) -> None:
    """A model that somebody sends could name any file of this machine, and have it read out."""
    need_engine("piper")
    import onnx
    from onnx import helper, numpy_helper

    from rhapsode.engines.graphs.rewriting import GraphError

    model = onnx.load_from_string(model_of([helper.make_node("Add", ["x", "w"], ["y"])], ["x"], ["y"]))
    weights = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="passwd")
    model.graph.initializer.append(weights)

    with pytest.raises(GraphError, match="weights are in another file"):
        seeded(model.SerializeToString(), tmp_path)


@pytest.mark.parametrize("content", [b"", b"no graph at all", b"\x08\x08"])
def test_what_is_no_graph_is_refused(content: bytes, tmp_path: Path) -> None:
    """With a sentence, whatever protobuf makes of it."""
    need_engine("piper")
    from rhapsode.engines.graphs.rewriting import GraphError

    with pytest.raises(GraphError, match="no ONNX graph"):
        seeded(content, tmp_path)


def test_more_noise_begins_with_the_same() -> None:
    """So how much of it is there changes nothing; seeds and places have their own."""
    for is_normal in (True, False):
        short = make_noise(1_000, seed=7, place=1, is_normal=is_normal)
        long = make_noise(5_000, seed=7, place=1, is_normal=is_normal)
        assert np.array_equal(short, long[:1_000])
        for seed, place in ((8, 1), (7, 0), (2**64 + 8, 1)):
            other = make_noise(1_000, seed=seed, place=place, is_normal=is_normal)
            assert not np.array_equal(short, other)


def test_noise_is_made_until_it_is_enough(tmp_path: Path) -> None:
    """However much is wanted, what comes out is the seed's; and less of it afterwards is the beginning of that."""
    need_engine("piper")
    from onnx import helper

    nodes = [helper.make_node("RandomNormalLike", ["x"], ["y"])]
    session, _ = seeded(model_of(nodes, ["x"], ["y"]), tmp_path)

    for size in (10, 300_000, 20):
        (found,) = session.run(["y"], {"x": np.zeros(size, np.float32)}, seed=1)
        assert np.array_equal(found, make_noise(size, seed=1, place=0, is_normal=True))
