"""libespeak-ng through ctypes, for its phonemes: loaded here only in a child process that speaks (GPL).

Two packages bring one along, and a voice is fed what the one it was trained with says: piper-tts and espeakng-loader.
Constants and structures follow espeak-ng's public header `speak_lib.h` (API revision 12).
"""

import ctypes
import functools
import importlib.util
import itertools
import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from rhapsode.engines.espeak.timing import Event

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS = 0x0001
_INITIALIZE_PHONEMES_IN_IPA = 0x0002
_INITIALIZE_DONT_EXIT = 0x8000
_POSITION_CHARACTER = 1
_CHARS_UTF8 = 1
_PHONEMES_IN_IPA = 0x02
_BUFFER_MS = 1000
_PARAMETER_RATE = 1
_PARAMETER_PITCH = 3
_EVENT_LIST_TERMINATED = 0
_EVENT_WORD = 1
_EVENT_PHONEME = 7

# What is spoken here nobody hears. It has the words and phonemes that it has at 175, in half the time.
_RATE_WPM = 400
# As high as can be, which changes the samples alone: the higher a voice, the fewer overtones have to be made.
_HIGHEST = "+zac"
_PITCH = 99

_ARABIC = "ar"
# What piper-tts asks for.
_TASKEEN_THRESHOLD = 0.8


class PhonemesError(Exception):
    """The library or its data can't be loaded, or it refused what was asked."""


class Clause(NamedTuple):
    """What espeak-ng makes of a clause.

    phonemes: in IPA, words apart by spaces; "(en)" before what is read as another language.
    mark: the punctuation it ends with, as far as voices know it, or nothing.    ends_sentence: whether it does.
    """

    phonemes: str
    mark: str
    ends_sentence: bool


class Espeak(Protocol):
    """espeak-ng with a voice set. One instance in a process, which has one state."""

    def set_voice(self, name: str) -> None:
        """Set the voice by its name, such as "en-us". Raises: PhonemesError."""

    def vowelled(self, text: str) -> str:
        """A text with the vowels that its script leaves out, for a voice whose phonemes were made so."""

    def clauses(self, text: str) -> Sequence[Clause]:
        """The phonemes of a text, the same whatever was asked before."""

    def events(self, text: str) -> Sequence[Event]:
        """Its words and phonemes, the latter in IPA, with their characters; the samples are of another pace."""


# An espeak_EVENT: type, (unique_identifier), text_position, length, (audio_position), sample, (user_data), id.
_EVENT = struct.Struct(f"i4xii4xi{struct.calcsize('P')}x8s")
# The events are a pointer to characters, because slices of that are bytes.
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(ctypes.c_char)
)


class LoadedEspeak:
    """The library of espeakng-loader: see `Espeak`. This process stands in the folder of its data from now on.

    Raises: PhonemesError at construction when the library or its data is missing.
    """

    def __init__(self) -> None:
        # GPL: only a process that speaks makes one.
        import espeakng_loader

        self._start(Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path()))

    def _start(self, library: Path, data: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        # The library cuts its data path at 160 bytes, and installations are deeper than that; "." never is.
        os.chdir(data.parent)
        flags = _INITIALIZE_PHONEME_EVENTS | _INITIALIZE_PHONEMES_IN_IPA | _INITIALIZE_DONT_EXIT
        if self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, b".", flags) <= 0:
            msg = "espeak-ng could not load its data"
            raise PhonemesError(msg)
        self._events: list[Event] = []
        # The library keeps the bare pointer, so the callback must live as long as this object.
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def set_voice(self, name: str) -> None:
        """See `Espeak.set_voice`."""
        variant = "" if "+" in name else _HIGHEST
        code = self._library.espeak_SetVoiceByName(f"{name}{variant}".encode())
        if code != 0:
            # Without this check it would go on in the voice set before.
            msg = f"espeak-ng has no voice {name!r} (code {code})"
            raise PhonemesError(msg)
        self._library.espeak_SetParameter(_PARAMETER_RATE, _RATE_WPM, 0)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, _PITCH, 0)

    def vowelled(self, text: str) -> str:
        """See `Espeak.vowelled`: here as it is."""
        return text

    def clauses(self, text: str) -> Sequence[Clause]:
        """See `Espeak.clauses`. This library doesn't tell what ends a clause."""
        position = ctypes.c_char_p(text.encode())
        found = []
        # Not until nothing is left to read: it reads ahead, and what it has read would begin the next text.
        while ctypes.cast(position, ctypes.c_void_p).value:
            phonemes = self._library.espeak_TextToPhonemes(
                ctypes.byref(position), _CHARS_UTF8, _PHONEMES_IN_IPA
            )
            found.append(Clause((phonemes or b"").decode(errors="replace"), "", ends_sentence=False))
        return found

    def events(self, text: str) -> Sequence[Event]:
        """See `Espeak.events`. Raises: PhonemesError."""
        self._events = []
        content = text.encode()
        code = self._library.espeak_Synth(
            content, ctypes.c_size_t(len(content) + 1), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        if code != 0:
            msg = f"espeak-ng could not read a text (code {code})"
            raise PhonemesError(msg)
        return self._events

    def _collect(
        self,
        _samples: "ctypes._Pointer[ctypes.c_short]",
        _count: int,
        events: "ctypes._Pointer[ctypes.c_char]",
    ) -> int:
        for offset in itertools.count(step=_EVENT.size):
            event = events[offset : offset + _EVENT.size]
            kind, position, length, sample, name = _EVENT.unpack(event)  # type: ignore[arg-type]  # bytes, not a list
            if kind == _EVENT_PHONEME:
                phoneme = name.partition(b"\0")[0].decode(errors="ignore")
                self._events.append((phoneme, sample, position - 1, 0))
            elif kind == _EVENT_WORD:
                self._events.append(("", sample, position - 1, length))
            elif kind == _EVENT_LIST_TERMINATED:
                break
        return 0


class PiperEspeak(LoadedEspeak):
    """The library inside of piper-tts: see `Espeak`. This process stands in the folder of its data from now on."""

    def __init__(self) -> None:
        folder = _folder("piper")
        # The module is the library: it has one state, whichever way it is called.
        from piper import espeakbridge

        self._bridge = espeakbridge
        self._vowels: Callable[[str], str] | None = None
        self._voice = ""
        self._start(Path(espeakbridge.__file__), folder / "espeak-ng-data")

    def set_voice(self, name: str) -> None:
        """See `Espeak.set_voice`."""
        super().set_voice(name)
        self._voice = name

    def vowelled(self, text: str) -> str:
        """See `Espeak.vowelled`: Arabic is, by the model that comes with piper-tts."""
        if self._voice != _ARABIC:
            return text
        self._vowels = self._vowels or _load_vowels()
        return self._vowels(text)

    def clauses(self, text: str) -> Sequence[Clause]:
        """See `Espeak.clauses`."""
        return [Clause(*clause) for clause in self._bridge.get_phonemes(text)]


def _load_vowels() -> Callable[[str], str]:
    from piper.tashkeel import TASHKEEL_DIR, TashkeelDiacritizer

    from rhapsode.engines.neural.sessions import open_session

    vowels = TashkeelDiacritizer()
    # Its own would have a thread for each core.
    vowels.session = open_session((TASHKEEL_DIR / "model.onnx").read_bytes(), "cpu")
    return functools.partial(vowels, taskeen_threshold=_TASKEEN_THRESHOLD)


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])
