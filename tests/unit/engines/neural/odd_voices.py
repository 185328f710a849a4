"""Voices that do what the text says, for tests of the child: it runs this module as an engine's backend."""

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from rhapsode.engines.neural.backend import Said
from rhapsode.engines.neural.messages import NeuralRequest
from rhapsode.studio.errors import TextRefused, VoiceRefused

RATE_HZ = 8_000

WAYS_OUT: Mapping[str, Callable[[], object]] = {
    "connect": lambda: _called("socket", socket.AF_INET, socket.SOCK_STREAM, 0),
    "start": lambda: subprocess.run(["/bin/true"], check=True),
    "become": lambda: os.execv("/bin/true", ["true"]),
}


def _called(name: str, *arguments: int) -> None:
    """Past Python, which refuses by itself."""
    if int(getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)) < 0:
        raise PermissionError(ctypes.get_errno(), name)


class OddVoice:
    """Says as many samples as the text has characters, each of them how many texts the voice has said."""

    def __init__(self) -> None:
        self._count = 0

    def speak(self, request: NeuralRequest) -> Said:
        """See `LoadedVoice.speak`."""
        if request.text == "end":
            os._exit(3)
        if request.text == "hang":
            time.sleep(3600)
        if request.text == "refuse":
            msg = "It says nothing of the kind."
            raise TextRefused(msg)
        if request.text == "break":
            msg = "a list of one has no second"
            raise IndexError(msg)
        if request.text == "eat":
            bytearray(9 * 2**30)
        if request.text == "mistime":
            return Said(RATE_HZ, np.zeros(1, np.int16), [0, 1])
        if request.text in WAYS_OUT:
            WAYS_OUT[request.text]()
        if request.text == "print":
            print("a library tells of itself", file=sys.stdout, flush=True)
        self._count += 1
        size = len(request.text)
        return Said(RATE_HZ, np.full(size, self._count, np.int16), range(size + 1))


def load(files: Mapping[str, Path], device: str) -> OddVoice:
    """See `backend.Load`."""
    if files["model"].name == "broken":
        msg = f"The model broken can't be used on {device}"
        raise VoiceRefused(msg)
    return OddVoice()
