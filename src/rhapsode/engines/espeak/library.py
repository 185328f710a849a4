"""libespeak-ng through ctypes: loaded here and nowhere else, and only in the speaking child.

Constants and structures follow espeak-ng's public header `speak_lib.h` (API revision 12).
"""

import ctypes
import itertools
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rhapsode.engines.espeak.phoneme_tables import list_mnemonics
from rhapsode.engines.espeak.protocol import Request
from rhapsode.engines.espeak.sounds import Ear, find_sounds
from rhapsode.engines.espeak.timing import Event

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS = 0x0001
_INITIALIZE_DONT_EXIT = 0x8000
_POSITION_CHARACTER = 1
_CHARS_UTF8 = 1
_OBEY_MNEMONICS = 0x0100
_EVENT_LIST_TERMINATED = 0
_EVENT_WORD = 1
_EVENT_PHONEME = 7
_PARAMETER_RATE = 1
_PARAMETER_VOLUME = 2
_PARAMETER_PITCH = 3
_PARAMETER_RANGE = 4
_PHONEMES_SEPARATED_BY_SPACE = ord(" ") << 8
_PHONEMES_IN_IPA = 0x02
_PHONEME_TABLES = Path("espeak-ng-data", "phontab")

_SEED = 1

# Longer buffers mean fewer calls from C into Python; the sound is the same at any length.
_BUFFER_MS = 1000

_STOP = 1
"""What the callback returns to hear no more."""


Keep = Callable[[bytes], object]
"""Takes samples, 16-bit as the machine has them."""


class LibraryError(Exception):
    """The library or its data can't be loaded, or it refused what was asked."""


# An espeak_EVENT: type, (unique_identifier), text_position, length, (audio_position), sample, (user_data), id.
_EVENT = struct.Struct(f"i4xii4xi{struct.calcsize('P')}x8s")
# The events are a pointer to characters, because slices of that are bytes.
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(ctypes.c_char)
)


def _forget(_samples: bytes) -> None:
    """What nobody wants to hear."""


class Library:
    """The initialised library, which has one state for the whole process.

    Raises: LibraryError at construction when the package, the library or its data is missing.
    """

    def __init__(self) -> None:
        # GPL: only a process that makes a Library loads it.
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        # The library cuts its data path at 160 bytes, and installations are deeper than that; "." never is.
        os.chdir(Path(espeakng_loader.get_data_path()).parent)
        self.sample_rate_hz: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, b".", _INITIALIZE_PHONEME_EVENTS | _INITIALIZE_DONT_EXIT
        )
        if self.sample_rate_hz <= 0:
            msg = "espeak-ng could not load its data"
            raise LibraryError(msg)
        self._keep: Keep = _forget
        self._failure: OSError | None = None
        self._sample_count = 0
        self._events: list[Event] = []
        # The library keeps the bare pointer, so the callback must live as long as this object.
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, *, mnemonics: bool = False) -> tuple[bytes, Sequence[Event]]:
        """Speak a text as `speak_to` does; return the samples and the events as they came. Raises: LibraryError."""
        pieces: list[bytes] = []
        _, events = self.speak_to(pieces.append, text, mnemonics=mnemonics)
        return b"".join(pieces), events

    def speak_to(self, keep: Keep, text: str, *, mnemonics: bool = False) -> tuple[int, Sequence[Event]]:
        """Speak a text in the voice set last; return the number of samples, and the events as they came.

        keep: is called with the samples, some at a time.
        mnemonics: whether what stands between double brackets is obeyed. Everything else is plain text.
        Raises: LibraryError; OSError, of `keep`.
        """
        self._keep, self._failure = keep, None
        self._sample_count, self._events = 0, []
        # The breath of some voices is noise, whose seed would come from the clock.
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
        content = text.encode()
        flags = _CHARS_UTF8 | (_OBEY_MNEMONICS if mnemonics else 0)
        code = self._library.espeak_Synth(
            content, ctypes.c_size_t(len(content) + 1), 0, _POSITION_CHARACTER, 0, flags, None, None
        )
        if self._failure is not None:
            raise self._failure
        if code != 0:
            msg = f"espeak-ng could not speak (code {code})"
            raise LibraryError(msg)
        return self._sample_count, self._events

    def phonemes(self, text: str) -> list[str]:
        """Return the phonemes of `text` spoken by itself in the voice set last; mnemonics are obeyed if they were."""
        return [
            name for clause in self._clauses(text, _PHONEMES_SEPARATED_BY_SPACE) for name in clause.split()
        ]

    def sounds(self) -> Mapping[str, str]:
        """Return which sounds the voice set last has, see `find_sounds`. For processes that will speak one text."""
        # Mnemonics are obeyed from now on: the library has no other way to turn that on, and speaks nothing here.
        self.speak("", mnemonics=True)
        ear = Ear(self.phonemes, lambda text: "".join(self._clauses(text, _PHONEMES_IN_IPA)))
        return find_sounds(list_mnemonics(_PHONEME_TABLES.read_bytes()), ear)

    def _clauses(self, text: str, mode: int) -> list[str]:
        position = ctypes.c_char_p(text.encode())
        found = []
        while position.value:
            clause = self._library.espeak_TextToPhonemes(ctypes.byref(position), _CHARS_UTF8, mode)
            found.append((clause or b"").decode(errors="replace"))
        return found

    def set_voice(self, request: Request) -> None:
        """Set the voice and how it speaks, as a request has it. Raises: LibraryError."""
        code = self._library.espeak_SetVoiceByName(request.voice.encode("ascii"))
        if code != 0:
            # Without this check it would go on in the voice set before.
            msg = f"espeak-ng refused the voice {request.voice!r} (code {code})"
            raise LibraryError(msg)
        for parameter, value in (
            (_PARAMETER_RATE, request.rate_wpm),
            (_PARAMETER_VOLUME, request.volume),
            (_PARAMETER_PITCH, request.pitch),
            (_PARAMETER_RANGE, request.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)

    def _collect(
        self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[ctypes.c_char]"
    ) -> int:
        if count > 0:
            try:
                self._keep(ctypes.string_at(samples, 2 * count))
            except OSError as error:
                # Through the library's own frames nothing can be raised.
                self._failure = error
                return _STOP
            self._sample_count += count
        for offset in itertools.count(step=_EVENT.size):
            event = events[offset : offset + _EVENT.size]
            kind, position, length, sample, name = _EVENT.unpack(event)  # type: ignore[arg-type]  # bytes, not a list
            if kind == _EVENT_PHONEME:
                phoneme = name.partition(b"\0")[0].decode(errors="replace")
                self._events.append((phoneme, sample, position - 1, 0))
            elif kind == _EVENT_WORD:
                self._events.append(("", sample, position - 1, length))
            elif kind == _EVENT_LIST_TERMINATED:
                break
        return 0
