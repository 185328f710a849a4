"""A small Kokoro: a graph with the inputs and outputs of the real one, which sounds as tones, and a file of styles.

Each symbol is a tone of its own, moved by the voice's style, with a little noise in it and silence around it, as the
real one has. It is exported when a test first asks for it, into a folder that lives as long as the tests do.
"""

import atexit
import functools
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.voice_graphs import need_engine

HOP_SAMPLES = 600
RATE_HZ = 24_000
NAMES = ("af_heart", "bf_emma", "jf_alpha")
SILENT_FRAMES = 12
"""Before and behind what is said: 0.3 s."""

_SYMBOLS = 256
_SILENT = ' ;:,.!?—…"()“”ˈˌː'
_LOWEST_HZ, _STEP_HZ, _SPEAKER_HZ = 240, 20, 10


@dataclass(frozen=True, slots=True)
class KokoroFiles:
    """An exported Kokoro, as it is downloaded."""

    model: Path
    styles: Path

    @property
    def files(self) -> Mapping[str, Path]:
        """By what each is to the engine."""
        return {"model": self.model, "styles": self.styles}


@functools.cache
def kokoro_files(
    *, tokens: str = "tokens", tells: str = "duration", whole_speeds: bool = False
) -> KokoroFiles:
    """A Kokoro: made once, and never changed.

    tokens: what the graph calls its symbols.    whole_speeds: it takes int32 speeds only.
    tells: how it does its durations: the output of that name; "clip" for none, but the nodes that the published graph
    finds them with; "nothing" for others.
    """
    need_engine("kokoro")
    model = _folder() / f"kokoro-{tokens}-{tells}-{'int' if whole_speeds else 'float'}.onnx"
    model.write_bytes(kokoro_graph(tokens=tokens, tells=tells, whole_speeds=whole_speeds))
    styles = _folder() / "voices.bin"
    if not styles.exists():
        write_styles(styles, NAMES)
    return KokoroFiles(model, styles)


def write_styles(file: Path, names: Sequence[str], shape: Sequence[int] = (510, 1, 256)) -> None:
    """A file of styles: each voice is as many times 10 Hz higher as its place."""
    styles = {}
    for place, name in enumerate(names):
        styles[name] = np.zeros(shape, np.float32)
        styles[name][..., 0] = _SPEAKER_HZ * place
    with file.open("wb") as opened:
        np.savez(opened, **styles)  # type: ignore[arg-type]  # its stubs take the names for options


def tone_hz(symbol: str, speaker: int = 0) -> int:
    """What a symbol sounds as; 0 for silence."""
    return int(_tones()[_numbers()[symbol]] + _SPEAKER_HZ * speaker) if symbol not in _SILENT else 0


def kokoro_graph(
    *, tokens: str = "tokens", tells: str = "duration", whole_speeds: bool = False, vocabulary: str = ""
) -> bytes:
    """The graph; the same bytes every time. vocabulary: JSON that it was exported with."""
    from onnx import TensorProto, helper

    speed_kind = TensorProto.INT32 if whole_speeds else TensorProto.FLOAT
    inputs = [
        helper.make_tensor_value_info(tokens, TensorProto.INT64, [1, "symbols"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", speed_kind, [1]),
    ]
    outputs = [helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["samples"])]
    if tells not in {"clip", "nothing"}:
        outputs.append(helper.make_tensor_value_info(tells, TensorProto.INT64, ["symbols"]))
    nodes = [*_duration_nodes(tokens, tells), *_sound_nodes()]
    graph = helper.make_graph(nodes, "tones", inputs, outputs, _constants())
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="tests")
    model.ir_version = 8
    if vocabulary:
        helper.set_model_props(model, {"kokoro_config": json.dumps({"vocab": json.loads(vocabulary)})})
    return bytes(model.SerializeToString(deterministic=True))


def _duration_nodes(tokens: str, tells: str) -> list[Any]:
    """To `frames`: whole frames of each symbol, [symbols], of which the real one makes them in the same way."""
    from onnx import TensorProto, helper

    node = helper.make_node
    # A sum that is cut off has the same sounds, and nobody finds out where its frames are.
    whole = (
        [node("Round", ["w"], ["w_round"]), node("Clip", ["w_round", "one_frame"], ["w_whole"])]
        if tells != "nothing"
        else [node("Add", ["w", "half"], ["w_more"]), node("Floor", ["w_more"], ["w_whole"])]
    )
    told = [] if tells in {"clip", "nothing"} else [node("Identity", ["frames"], [tells])]
    return [
        node("Squeeze", [tokens, "axis_0"], ["ids"]),
        node("Gather", ["frames_of", "ids"], ["w_mean"], axis=0),
        node("Cast", ["speed"], ["speed_float"], to=TensorProto.FLOAT),
        node("Div", ["w_mean", "speed_float"], ["w"]),
        *whole,
        node("Cast", ["w_whole"], ["frames"], to=TensorProto.INT64),
        *told,
    ]


def _sound_nodes() -> list[Any]:
    """From `frames` and `ids` to `audio`: a sine for each frame, with noise at every sample."""
    from onnx import TensorProto, helper

    node = helper.make_node
    return [
        node("CumSum", ["frames", "zero"], ["ends"]),
        node("ReduceSum", ["frames"], ["frame_count"], keepdims=0),
        node("Range", ["zero", "frame_count", "one"], ["frame"]),
        node("Unsqueeze", ["frame", "axis_1"], ["frame_column"]),
        node("GreaterOrEqual", ["frame_column", "ends"], ["is_over"]),
        node("Cast", ["is_over"], ["over"], to=TensorProto.INT64),
        node("ReduceSum", ["over", "axis_1"], ["place"], keepdims=0),
        node("Gather", ["ids", "place"], ["frame_ids"], axis=0),
        node("Gather", ["tones_of", "frame_ids"], ["frame_hz"], axis=0),
        node("Gather", ["levels_of", "frame_ids"], ["level"], axis=0),
        node("Gather", ["style", "zero"], ["style_row"], axis=0),
        node("Gather", ["style_row", "zero"], ["style_hz"], axis=0),
        node("Cast", ["style_hz"], ["style_whole"], to=TensorProto.INT64),
        node("Add", ["frame_hz", "style_whole"], ["hz"]),
        node("Mul", ["frame_column", "hop"], ["frame_start"]),
        node("Add", ["frame_start", "within"], ["sample"]),
        node("Unsqueeze", ["hz", "axis_1"], ["hz_column"]),
        node("Mul", ["sample", "hz_column"], ["turns"]),
        node("Mod", ["turns", "rate"], ["turned"]),
        node("Cast", ["turned"], ["turned_float"], to=TensorProto.FLOAT),
        node("Mul", ["turned_float", "radians"], ["angle"]),
        # As the real one has it: a phase that is drawn evenly, and noise at every sample.
        node("RandomUniformLike", ["hz_column"], ["phase"], dtype=TensorProto.FLOAT, low=0.0, high=0.1),
        node("Add", ["angle", "phase"], ["moved_angle"]),
        node("Sin", ["moved_angle"], ["sine"]),
        node("RandomNormalLike", ["sine"], ["noise"]),
        node("Mul", ["noise", "thousandth"], ["breath"]),
        node("Add", ["sine", "breath"], ["voiced"]),
        node("Unsqueeze", ["level", "axis_1"], ["level_column"]),
        node("Mul", ["voiced", "level_column"], ["sound"]),
        node("Reshape", ["sound", "flat"], ["audio"]),
    ]


def _constants() -> list[Any]:
    from onnx import numpy_helper

    whole = {"zero": 0, "one": 1, "hop": HOP_SAMPLES, "rate": RATE_HZ}
    arrays: dict[str, NDArray[Any]] = {name: np.array(value, np.int64) for name, value in whole.items()}
    arrays |= {
        "axis_0": np.array([0], np.int64),
        "axis_1": np.array([1], np.int64),
        "flat": np.array([-1], np.int64),
        "within": np.arange(HOP_SAMPLES, dtype=np.int64),
        "one_frame": np.array(1, np.float32),
        "half": np.array(0.5, np.float32),
        "thousandth": np.array(0.001, np.float32),
        "radians": np.array(2 * np.pi / RATE_HZ, np.float32),
        "frames_of": _frames(),
        "levels_of": _levels(),
        "tones_of": _tones(),
    }
    return [numpy_helper.from_array(array, name) for name, array in arrays.items()]


def _frames() -> NDArray[np.float32]:
    frames = np.array([3 + number % 4 for number in range(_SYMBOLS)], np.float32)
    frames[0] = SILENT_FRAMES
    # What is between two whole numbers is rounded alike everywhere.
    return frames + np.float32(0.2)


def _levels() -> NDArray[np.float32]:
    levels = np.full(_SYMBOLS, 0.3, np.float32)
    levels[[0, *(_numbers()[symbol] for symbol in _SILENT)]] = 0
    return levels


def _tones() -> NDArray[np.int64]:
    return _LOWEST_HZ + _STEP_HZ * np.arange(_SYMBOLS, dtype=np.int64)


def _numbers() -> Mapping[str, int]:
    # Without the extra there is no such module.
    from rhapsode.engines.kokoro.vocabulary import vocabulary_of

    return vocabulary_of({})


@functools.cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="rhapsode-kokoro-")
    atexit.register(folder.cleanup)
    return Path(folder.name)
