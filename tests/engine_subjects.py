"""Every engine, opened as it has to be to speak: whoever adds an engine adds it to `SUBJECTS`, and nowhere else."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from tests.kokoro_graphs import kokoro_files
from tests.speech_servers import answered, speech_server, wait_for_voices
from tests.voice_graphs import piper_voice

from rhapsode.engines import registry
from rhapsode.engines.conformance import Subject
from rhapsode.engines.engine import FileEngine


@contextmanager
def _with_own_voices(name: str) -> Iterator[Subject]:
    """An engine that needs nothing else than to be there."""
    yield Subject(type(registry.get_engine(name)))


def _with_files(make: Callable[[], Mapping[str, Path]]) -> Callable[[str], AbstractContextManager[Subject]]:
    """An engine whose voices are files: those that a test exports."""

    @contextmanager
    def opened(name: str) -> Iterator[Subject]:
        files = make()
        new = type(registry.get_engine(name))
        with closing(cast("FileEngine", new())) as reader:
            voices = tuple(reader.read_voices(files))
        yield Subject(new, voices, {voice.voice_id: files for voice in voices})

    return opened


@contextmanager
def _with_server(name: str) -> Iterator[Subject]:
    """An engine on another machine: a server on this one, which has two voices."""
    with (
        pytest.MonkeyPatch.context() as patch,
        TemporaryDirectory() as folder,
        speech_server(answered, patch, Path(folder), name.upper(), VOICES=""),
    ):
        new = type(registry.get_engine(name))
        with closing(new()) as engine:
            wait_for_voices(engine)
        yield Subject(new)


# How each engine is opened: with voices and their files, a server that answers, settings in the
# environment. All of it is closed at the end.
SUBJECTS: Mapping[str, Callable[[str], AbstractContextManager[Subject]]] = {
    "elevenlabs": _with_server,
    "espeak": _with_own_voices,
    "kokoro": _with_files(lambda: kokoro_files().files),
    "openai": _with_server,
    "piper": _with_files(lambda: piper_voice(speakers=2).files),
    "tone": _with_own_voices,
}
