"""Voices of a server, as it was last asked for them: whoever lists them waits for no network."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import structlog

from rhapsode.engines.remote.asking import ask_meanwhile
from rhapsode.engines.remote.exchange import RefusedError, SetbackError

_log = structlog.get_logger()

_FRESH_S = 3600.0
_ASK_AGAIN_S = 30.0
MAX_VOICES = 2_000
"""Of one server. The largest collections of voices for Kokoro and Piper have some hundred."""

_MAX_VOICE_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class RemoteVoice:
    """A voice in its server's words. name: what it is asked for by.    title: what a person calls it.

    language: its own, as BCP 47; `mul` where it speaks any.    languages: all that it speaks.
    labels: gender, age, accent and description, as far as they are known.
    """

    name: str
    title: str
    language: str
    languages: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


Ask = Callable[[], Sequence[RemoteVoice]]
"""Asks the server. Raises: SetbackError; RefusedError; ValueError, when what comes is no list of voices."""


class RememberedVoices:
    """The file in which a server's voices are kept, and who asks for them anew: one thread, now and then.

    Who asks first of all finds none; they are there a moment later, in every process.
    """

    def __init__(self, folder: Path, ask: Ask) -> None:
        self._path = folder / "voices.json"
        self._asked_path = folder / "voices.asked"
        self._ask = ask
        self._lock = threading.Lock()
        self._read_of: tuple[int, int] | None = None
        self._voices: tuple[RemoteVoice, ...] = ()

    def list(self) -> tuple[RemoteVoice, ...]:
        """What the server had when it was asked last; the same value as long as that hasn't changed."""
        with self._lock:
            self._read()
            if _age_s(self._path) > _FRESH_S and _age_s(self._asked_path) > _ASK_AGAIN_S:
                self._note_asked()
                ask_meanwhile(self._refresh)
            return self._voices

    def _read(self) -> None:
        """Look whether somebody has asked meanwhile, in whichever process."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            found = self._path.stat()
            if self._read_of != (found.st_mtime_ns, found.st_size):
                self._voices = _parsed(self._path.read_text("utf-8"))
                self._read_of = (found.st_mtime_ns, found.st_size)

    def _note_asked(self) -> None:
        """Let all processes know, so that not each of them asks a server that is away."""
        with contextlib.suppress(OSError):
            self._asked_path.parent.mkdir(parents=True, exist_ok=True)
            self._asked_path.touch()

    def _refresh(self) -> None:
        try:
            voices = [voice for voice in self._ask() if _can_be_told(voice)][:MAX_VOICES]
            unfinished = self._path.with_name(f"voices.json.{os.getpid()}")
            unfinished.write_text(json.dumps([asdict(voice) for voice in voices]), "utf-8")
            unfinished.replace(self._path)
        except (SetbackError, RefusedError, ValueError, OSError) as error:
            _log.info("engine.voices_not_listed", error=str(error) or type(error).__name__)


def _can_be_told(voice: RemoteVoice) -> bool:
    """Whether it has words that can be sent to anybody, and no book in place of a name."""
    try:
        return len(json.dumps(asdict(voice), ensure_ascii=False).encode()) <= _MAX_VOICE_BYTES
    except UnicodeEncodeError:
        return False


def _age_s(path: Path) -> float:
    """Seconds since a file was written; without end where there is none."""
    try:
        return abs(time.time() - path.stat().st_mtime)
    except OSError:
        return float("inf")


def _parsed(text: str) -> tuple[RemoteVoice, ...]:
    return tuple(
        RemoteVoice(**{**voice, "languages": tuple(voice["languages"])}) for voice in json.loads(text)
    )
