"""Small voices for the real neural engines: graphs with the inputs and outputs of real ones, which sound as tones.

They are exported when a test first asks for them, into a folder that lives as long as the tests do. Each phoneme is
a tone of its own, so that where an alignment says it is can be checked against what is heard there.
"""

import atexit
import functools
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.lacking import lack

from rhapsode.engines.registry import list_engines

HOP_SAMPLES = 256
RATE_HZ = 22_050
PAD, BEGIN, END = "_", "^", "$"

# The alphabet of Piper's voices: a phoneme's number is its place.
_ALPHABET = (
    "_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyzæçðøħŋœǀǁǂǃɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘ"
    'ʙʛʜʝʟʡʢʲˈˌːˑ˞βθχᵻⱱ0123456789\u0327\u0303\u032a\u032f\u0329ʰˤε↓#"↑\u033a\u033bgʦX\u031d\u030a'
)
_SILENT = "_^$ !'(),-.:;?ˈˌ\""
_FRAMES = MappingProxyType({PAD: 1, BEGIN: 2, END: 4, " ": 3, "ˈ": 1, "ˌ": 1} | dict.fromkeys("!,.:;?", 12))
_LOWEST_HZ, _STEP_HZ, _SPEAKER_HZ = 240, 20, 10
_SYMBOLS = 256


@dataclass(frozen=True, slots=True)
class VoiceFiles:
    """An exported voice, as it is downloaded. files: by role, as `FileEngine` has them."""

    model: Path
    config: Path

    @property
    def files(self) -> Mapping[str, Path]:
        """By what each is to the engine."""
        return {"model": self.model, "config": self.config}


def need_engine(name: str) -> None:
    """Skip a test of an engine that isn't installed; in CI that is a failure."""
    if name not in list_engines():
        lack(f"the engine {name} is not installed")


def phoneme_ids() -> dict[str, list[int]]:
    """The numbers of each phoneme, as the config of a Piper voice has them."""
    return {phoneme: [number] for number, phoneme in enumerate(_ALPHABET)}


def tone_hz(phoneme: str, speaker: int = 0) -> int:
    """What a phoneme sounds as in a Piper voice of ours; 0 for silence."""
    return int(_tones(speaker + 1)[speaker, _ALPHABET.index(phoneme)])


@functools.cache
def piper_voice(*, speakers: int = 1, is_timed: bool = True, espeak_voice: str = "en-us") -> VoiceFiles:
    """A voice with the inputs and outputs of real exports: made once, and never changed.

    is_timed: the graph has the one Ceil that durations are found by.
    """
    need_engine("piper")
    name = f"{espeak_voice}-{speakers}-{'timed' if is_timed else 'untimed'}"
    model = _folder() / f"{name}.onnx"
    config = _folder() / f"{name}.onnx.json"
    model.write_bytes(piper_graph(speakers=speakers, is_timed=is_timed))
    config.write_text(json.dumps(piper_config(speakers=speakers, espeak_voice=espeak_voice)))
    return VoiceFiles(model, config)


def piper_config(*, speakers: int = 1, espeak_voice: str = "en-us") -> dict[str, Any]:
    """The config beside a Piper voice, in the shape of the published ones."""
    names = [f"p{225 + number}" for number in range(speakers)] if speakers > 1 else []
    language, _, region = espeak_voice.partition("-")
    return {
        "audio": {"sample_rate": RATE_HZ, "quality": "medium"},
        "espeak": {"voice": espeak_voice},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": phoneme_ids(),
        "num_symbols": _SYMBOLS,
        "num_speakers": speakers,
        "speaker_id_map": {name: number for number, name in enumerate(names)},
        "piper_version": "1.0.0",
        "language": {
            "code": f"{language}_{(region or language).upper()}",
            "family": language,
            "region": (region or language).upper(),
            "name_native": "English" if language == "en" else language,
            "name_english": "English" if language == "en" else language,
        },
        "dataset": "tides",
    }


def piper_graph(*, speakers: int = 1, is_timed: bool = True) -> bytes:
    """A graph that says a tone for each phoneme; the same bytes every time.

    As in real ones, its first random node moves the durations, by scales[2], and its second the sound, by scales[0];
    scales[1] multiplies the durations, which are whole after the one Ceil of the graph.
    """
    from onnx import TensorProto, helper

    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch_size", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch_size"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, ["batch_size"]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch_size", 1, 1, "time"])
    nodes = [
        *_speaker_nodes(speakers),
        *_duration_nodes("Ceil" if is_timed else "Round"),
        *_sound_nodes(),
    ]
    graph = helper.make_graph(nodes, "tones", inputs, [output], _constants(speakers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], producer_name="tests")
    model.ir_version = 8
    return bytes(model.SerializeToString(deterministic=True))


def _speaker_nodes(speakers: int) -> list[Any]:
    """To `tones`: the tone of each number, [256]."""
    from onnx import helper

    if speakers == 1:
        return [helper.make_node("Gather", ["tones_of", "zero"], ["tones"], axis=0)]
    return [
        helper.make_node("Squeeze", ["sid", "axis_0"], ["speaker"]),
        helper.make_node("Gather", ["tones_of", "speaker"], ["tones"], axis=0),
    ]


def _duration_nodes(whole: str) -> list[Any]:
    """To `w_ceil`: the frames of each phoneme, [1, 1, phonemes]."""
    from onnx import helper

    node = helper.make_node
    return [
        node("Gather", ["frames_of", "input"], ["w_flat"], axis=0),
        node("Unsqueeze", ["w_flat", "axis_1"], ["w_mean"]),
        node("RandomNormalLike", ["w_mean"], ["w_noise"], name="/dp/RandomNormalLike"),
        node("Gather", ["scales", "two"], ["noise_w"], axis=0),
        node("Mul", ["w_noise", "noise_w"], ["w_moved"]),
        node("Mul", ["w_moved", "tenth"], ["w_log"]),
        node("Exp", ["w_log"], ["w_factor"]),
        node("Mul", ["w_mean", "w_factor"], ["w_random"]),
        node("Gather", ["scales", "one"], ["length_scale"], axis=0),
        node("Mul", ["w_random", "length_scale"], ["w"]),
        node(whole, ["w"], ["w_ceil"], name=f"/{whole}"),
    ]


def _sound_nodes() -> list[Any]:
    """From `w_ceil` and `tones` to `output`: a sine for each frame, moved a little in its loudness."""
    from onnx import TensorProto, helper

    node = helper.make_node
    return [
        node("Cast", ["w_ceil"], ["w_whole"], to=TensorProto.INT64),
        node("CumSum", ["w_whole", "two"], ["ends"]),
        node("ReduceSum", ["w_whole"], ["frame_count"], keepdims=0),
        node("Range", ["zero", "frame_count", "one"], ["frame"]),
        node("Unsqueeze", ["frame", "axis_1"], ["frame_column"]),
        node("Squeeze", ["ends", "axis_0"], ["ends_row"]),
        node("GreaterOrEqual", ["frame_column", "ends_row"], ["is_over"]),
        node("Cast", ["is_over"], ["over"], to=TensorProto.INT64),
        node("ReduceSum", ["over", "axis_1"], ["place"], keepdims=0),
        node("Squeeze", ["input", "axis_0"], ["ids"]),
        node("Gather", ["ids", "place"], ["frame_ids"], axis=0),
        node("Gather", ["tones", "frame_ids"], ["frame_hz"], axis=0),
        node("Gather", ["levels_of", "frame_ids"], ["level"], axis=0),
        node("RandomNormalLike", ["level"], ["z_noise"], name="/RandomNormalLike"),
        node("Gather", ["scales", "zero"], ["noise"], axis=0),
        node("Mul", ["z_noise", "noise"], ["z_scaled"]),
        node("Mul", ["z_scaled", "tenth"], ["z_moved"]),
        node("Mul", ["z_moved", "level"], ["z"]),
        node("Add", ["z", "level"], ["frame_level"]),
        # The phase is counted in whole numbers, so that the end of a long text is as exact as its beginning.
        node("Mul", ["frame_column", "hop"], ["frame_start"]),
        node("Add", ["frame_start", "within"], ["sample"]),
        node("Unsqueeze", ["frame_hz", "axis_1"], ["hz_column"]),
        node("Mul", ["sample", "hz_column"], ["turns"]),
        node("Mod", ["turns", "rate"], ["turned"]),
        node("Cast", ["turned"], ["turned_float"], to=TensorProto.FLOAT),
        node("Mul", ["turned_float", "radians"], ["angle"]),
        node("Sin", ["angle"], ["sine"]),
        node("Unsqueeze", ["frame_level", "axis_1"], ["level_column"]),
        node("Mul", ["sine", "level_column"], ["sound"]),
        node("Reshape", ["sound", "audio_shape"], ["output"]),
    ]


def _constants(speakers: int) -> Sequence[Any]:
    from onnx import numpy_helper

    whole = {"zero": 0, "one": 1, "two": 2, "hop": HOP_SAMPLES, "rate": RATE_HZ}
    arrays: dict[str, NDArray[Any]] = {name: np.array(value, np.int64) for name, value in whole.items()}
    arrays |= {
        "axis_0": np.array([0], np.int64),
        "axis_1": np.array([1], np.int64),
        "audio_shape": np.array([1, 1, 1, -1], np.int64),
        "within": np.arange(HOP_SAMPLES, dtype=np.int64),
        "tenth": np.array(0.1, np.float32),
        "radians": np.array(2 * np.pi / RATE_HZ, np.float32),
        "frames_of": _frames(),
        "levels_of": (_tones(1)[0] > 0).astype(np.float32) * np.float32(0.3),
        "tones_of": _tones(speakers),
    }
    return [numpy_helper.from_array(array, name) for name, array in arrays.items()]


def _frames() -> NDArray[np.float32]:
    frames = np.full(_SYMBOLS, 6, np.float32)
    for number, phoneme in enumerate(_ALPHABET):
        frames[number] = _FRAMES.get(phoneme, 5 + number % 4)
    # What a Ceil makes of a whole number that was computed is not sure: between two of them it is.
    return frames - np.float32(0.5)


def _tones(speakers: int) -> NDArray[np.int64]:
    """[speakers, 256]: whole Hertz, 0 for what is silent."""
    numbers = np.arange(_SYMBOLS, dtype=np.int64)
    tones = np.stack([_LOWEST_HZ + _STEP_HZ * numbers + _SPEAKER_HZ * speaker for speaker in range(speakers)])
    tones[:, [_ALPHABET.index(phoneme) for phoneme in _SILENT]] = 0
    return tones


@functools.cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="rhapsode-voices-")
    atexit.register(folder.cleanup)
    return Path(folder.name)
