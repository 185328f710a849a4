"""A Piper voice that costs what real ones of medium quality cost, with random weights: none can be had everywhere.

Its layers are those of VITS as Piper trains it (hidden size 192): a text encoder of six transformer layers, a flow of
four WaveNets, and HiFi-GAN's generator with an initial width of 256 and upsampling by 8, 8 and 4. Durations are those
of the tests' voice, and what is heard are mostly its tones: noise would be taken for speech that went wrong.
"""

import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from tests.voice_graphs import VoiceFiles, piper_config, piper_graph

_HIDDEN, _FILTER, _ENCODER_LAYERS, _HEADS = 192, 768, 6, 2
_FLOWS, _WAVE_LAYERS, _WAVE_KERNEL = 4, 4, 5
_INITIAL = 256
_UPSAMPLING = ((8, 16), (8, 16), (4, 8))
_BLOCKS = ((3, (1, 2)), (5, (2, 6)), (7, (3, 12)))
_HEARD = 1e-3
"""How loud the generator is beside the tones."""


def export(folder: Path) -> VoiceFiles:
    """Write the model, 60 MB as real ones are, and its config."""
    model = onnx.ModelProto.FromString(piper_graph())
    _Layers(model.graph).append()
    files = VoiceFiles(folder / "medium.onnx", folder / "medium.onnx.json")
    files.model.write_bytes(model.SerializeToString())
    files.config.write_text(json.dumps({**piper_config(), "dataset": "medium"}))
    return files


class _Layers:
    """Puts the layers of VITS behind a voice of tones, whose durations and frames it takes."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._numbers = count()
        self._random = np.random.default_rng(1)

    def append(self) -> None:
        """Let the graph's output be its tones with a little of what the generator makes of them."""
        tones = self._graph.node[-1]
        tones.output[0] = "tones_sound"
        generated = self._generator(self._flow(self._frames(self._encoder())))
        quiet = self._node("Mul", [generated, self._constant(np.array(_HEARD, np.float32))])
        shaped = self._node("Reshape", [quiet, self._constant(np.array([1, 1, 1, -1], np.int64))])
        self._node("Add", ["tones_sound", shaped], output="output")

    def _encoder(self) -> str:
        """The phonemes, [1, 192, phonemes]."""
        table = self._weights(256, _HIDDEN)
        x = self._node("Transpose", [self._node("Gather", [table, "input"], axis=0)], perm=[0, 2, 1])
        for _ in range(_ENCODER_LAYERS):
            x = self._node("Add", [x, self._attention(x)])
            wide = self._node("Relu", [self._conv(x, _HIDDEN, _FILTER, 3)])
            x = self._node("Add", [x, self._conv(wide, _FILTER, _HIDDEN, 3)])
        return x

    def _attention(self, x: str) -> str:
        shape = self._constant(np.array([1, _HEADS, _HIDDEN // _HEADS, -1], np.int64))
        query, key, value = (
            self._node("Reshape", [self._conv(x, _HIDDEN, _HIDDEN, 1), shape]) for _ in range(3)
        )
        turned = self._node("Transpose", [query], perm=[0, 1, 3, 2])
        weights = self._node("Softmax", [self._node("MatMul", [turned, key])], axis=-1)
        mixed = self._node("MatMul", [value, self._node("Transpose", [weights], perm=[0, 1, 3, 2])])
        flat = self._constant(np.array([1, _HIDDEN, -1], np.int64))
        return self._conv(self._node("Reshape", [mixed, flat]), _HIDDEN, _HIDDEN, 1)

    def _frames(self, encoded: str) -> str:
        """What each frame is said with, [1, 192, frames], and as much noise as real voices draw."""
        means = self._node("Gather", [encoded, "place"], axis=2)
        noise = self._node("RandomNormalLike", [means])
        scaled = self._node("Mul", [self._node("Mul", [noise, "noise"]), "tenth"])
        return self._node("Add", [means, scaled])

    def _flow(self, z: str) -> str:
        for _ in range(_FLOWS):
            x = z
            for layer in range(_WAVE_LAYERS):
                inside = self._conv(x, _HIDDEN, 2 * _HIDDEN, _WAVE_KERNEL)
                left, right = self._halves(inside)
                gated = self._node("Mul", [self._node("Tanh", [left]), self._node("Sigmoid", [right])])
                width = 2 * _HIDDEN if layer < _WAVE_LAYERS - 1 else _HIDDEN
                x = self._conv(gated, _HIDDEN, width, 1)
                if width > _HIDDEN:
                    x = self._node("Add", list(self._halves(x)))
            z = self._node("Add", [z, x])
        return z

    def _generator(self, z: str) -> str:
        """HiFi-GAN's, [1, 1, samples]."""
        width = _INITIAL
        x = self._conv(z, _HIDDEN, width, 7)
        for stride, kernel in _UPSAMPLING:
            x = self._node("LeakyRelu", [x], alpha=0.1)
            x = self._upsampled(x, width, stride, kernel)
            width //= 2
            x = self._blocks(x, width)
        return self._node("Tanh", [self._conv(self._node("LeakyRelu", [x], alpha=0.1), width, 1, 7)])

    def _upsampled(self, x: str, width: int, stride: int, kernel: int) -> str:
        weights = self._weights(width, width // 2, kernel)
        padding = (kernel - stride) // 2
        return self._node(
            "ConvTranspose", [x, weights], kernel_shape=[kernel], strides=[stride], pads=[padding, padding]
        )

    def _blocks(self, x: str, width: int) -> str:
        """The sum of residual blocks with kernels of their own."""
        sums = []
        for kernel, dilations in _BLOCKS:
            y = x
            for dilation in dilations:
                inside = self._node("LeakyRelu", [y], alpha=0.1)
                y = self._node("Add", [y, self._conv(inside, width, width, kernel, dilation)])
            sums.append(y)
        mean = self._constant(np.array(1 / len(_BLOCKS), np.float32))
        return self._node("Mul", [self._node("Sum", sums), mean])

    def _conv(self, x: str, width: int, to_width: int, kernel: int, dilation: int = 1) -> str:
        padding = dilation * (kernel - 1) // 2
        return self._node(
            "Conv",
            [x, self._weights(to_width, width, kernel), self._constant(np.zeros(to_width, np.float32))],
            kernel_shape=[kernel],
            dilations=[dilation],
            pads=[padding, padding],
        )

    def _halves(self, x: str) -> tuple[str, str]:
        left, right = f"half_{next(self._numbers)}", f"half_{next(self._numbers)}"
        self._graph.node.append(helper.make_node("Split", [x], [left, right], axis=1))
        return left, right

    def _weights(self, *shape: int) -> str:
        """So small that what goes through many layers stays finite."""
        scale = 0.5 / np.sqrt(np.prod(shape[1:]))
        return self._constant((self._random.standard_normal(shape) * scale).astype(np.float32))

    def _constant(self, array: NDArray[Any]) -> str:
        name = f"weights_{next(self._numbers)}"
        self._graph.initializer.append(numpy_helper.from_array(array, name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str = "", **settings: Any) -> str:
        output = output or f"layer_{next(self._numbers)}"
        self._graph.node.append(helper.make_node(kind, inputs, [output], **settings))
        return output
