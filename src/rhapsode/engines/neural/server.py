"""The child that speaks: `python -m rhapsode.engines.neural.server BACKEND DEVICE IDLE_S`.

BACKEND is a module with a function `load` (`backend.Load`). One request frame is answered by one answer frame, in
order (`messages`). One thread computes; another only reads, so that the child ends at once when its parent does,
whatever it is in the middle of; a third only writes, since nobody may ever read what was prepared. The child also
ends when it has had nothing to do for IDLE_S, which gives the memory back. A model may be anybody's, and its library
may tell its maker of what it does, so on a processor the child has limited memory, no network and no other programs.
"""

import contextlib
import functools
import importlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NoReturn

from rhapsode import processes
from rhapsode.engines.frames import EndOfStreamError, private_stdout, read_frame, write_frame
from rhapsode.engines.neural.backend import LoadedVoice, Said
from rhapsode.engines.neural.loaded import LoadedVoices
from rhapsode.engines.neural.messages import (
    NeuralAnswer,
    NeuralRequest,
    pack_answer,
    pack_failure,
    unpack_request,
)
from rhapsode.studio.errors import EngineFailed

_Frames = queue.SimpleQueue[bytes]

_MAX_MEMORY_BYTES = 8 * 2**30
"""Kokoro, the largest of the models, takes less than 2 GiB for its longest texts."""


def main() -> None:
    """Answer requests until stdin ends, or none has come for a while."""
    # Ctrl-C reaches the whole process group; the parent decides, and ends this process by its stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stdout = private_stdout()
    backend, device, idle_s = sys.argv[1:]
    if device == "cpu":
        # A GPU's libraries take what they want of this machine's memory for themselves, and talk to its driver.
        processes.limit_own_memory(_MAX_MEMORY_BYTES)
        processes.only_compute()
    requests, answers = _Frames(), _Frames()
    threading.Thread(target=_read, args=(sys.stdin.buffer, requests), daemon=True).start()
    threading.Thread(target=_write, args=(stdout, answers), daemon=True).start()
    voices = LoadedVoices(functools.partial(_load, backend), device)
    while True:
        try:
            body = requests.get(timeout=float(idle_s))
        except queue.Empty:
            _end()
        answers.put(answer(voices, unpack_request(body)))


def _load(backend: str, files: Mapping[str, Path], device: str) -> LoadedVoice:
    """Load a voice, and with the first one its library: what is missing is told to whoever asks."""
    voice: LoadedVoice = importlib.import_module(backend).load(files, device)
    return voice


def _read(stream: IO[bytes], requests: _Frames) -> None:
    with contextlib.suppress(EndOfStreamError, OSError):
        while True:
            requests.put(read_frame(stream))
    _end()


def _write(stream: IO[bytes], answers: _Frames) -> None:
    with contextlib.suppress(OSError):
        while True:
            write_frame(stream, answers.get())
    _end()


def _end() -> NoReturn:
    """At once: there is nothing to tidy up, and a model in the middle of a sentence would be waited for."""
    os._exit(0)


def answer(voices: LoadedVoices, request: NeuralRequest) -> bytes:
    """Do what a request asks for, and return the body of its answer frame."""
    try:
        voice = voices.get(request.files)
        if request.task == "check":
            return pack_answer(NeuralAnswer())
        return pack_answer(_answer(voice.speak(request), request.text))
    except Exception as error:
        # Libraries raise what they like. Whoever has asked is told, and the next request is another matter.
        return pack_failure(error)


def _answer(said: Said, text: str) -> NeuralAnswer:
    pcm = said.samples.astype("<i2", copy=False).tobytes()
    if said.boundaries is None:
        return NeuralAnswer(said.sample_rate_hz, (), pcm)
    boundaries = [int(boundary) for boundary in said.boundaries]
    if len(boundaries) != len(text) + 1 or boundaries[-1] > said.samples.size:
        msg = f"{len(boundaries) - 1} of {len(text)} characters were timed, in {said.samples.size} samples"
        raise EngineFailed(msg)
    return NeuralAnswer(said.sample_rate_hz, boundaries, pcm)


if __name__ == "__main__":
    main()
