"""The engine `espeak`: voices and limits here, the library in a child process."""

import importlib.util
import weakref
from collections.abc import Sequence

import numpy as np

from rhapsode import processes
from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.engines.espeak.child import SpeakingChild
from rhapsode.engines.espeak.endings import with_endings
from rhapsode.engines.espeak.languages import ESPEAK_LANGUAGES
from rhapsode.engines.espeak.protocol import Failed, Request, Spoken
from rhapsode.engines.espeak.voices import TIMBRES, VOICES
from rhapsode.engines.piped_child import ChildGoneError, ChildStuckError
from rhapsode.engines.texts import check_length, check_whole_characters
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import EngineFailed, UnknownLanguage, UnknownVoice
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS, SPEECH_WALL_S
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

if importlib.util.find_spec("espeakng_loader") is None:
    _msg = "the extra `espeak` is not installed"
    raise ModuleNotFoundError(_msg, name="espeakng_loader")

_VERSION = "1"
# In plain text espeak still obeys commands that begin with U+0001; NUL would end the text.
_CONTROLS_AS_SPACES = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127), " ")


class EspeakEngine:
    """espeak-ng: every voice speaks every listed language; the same request always gives the same bytes.

    Of the settings only `speed` is heard: it multiplies the voice's rate. espeak has nothing that
    `stability`, `similarity_boost`, `style` or `use_speaker_boost` could mean, so they change no byte.

    wall_s: seconds one text may take.
    once: start a new child for every text, for systems without fork.
    """

    def __init__(self, *, wall_s: float = SPEECH_WALL_S, once: bool = not processes.CAN_FORK) -> None:
        self._wall_ms = round(wall_s * 1000)
        self._once = once
        self._child: SpeakingChild | None = None
        self._ending: weakref.finalize[[], EspeakEngine] | None = None

    @property
    def traits(self) -> EngineTraits:
        """Constant."""
        return EngineTraits(
            "espeak",
            _VERSION,
            reproducible=True,
            max_characters=MAX_SEGMENT_CHARACTERS,
            heeded_settings=("speed",),
            pronounces=True,
            prepares=0 if self._once else 1,
        )

    @property
    def process_id(self) -> int | None:
        """The child's number, while there is one."""
        return self._child.process_id if self._child else None

    def list_voices(self) -> Sequence[Voice]:
        """Every voice, the default first."""
        return VOICES

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> Speech:
        """See `Engine.synthesize`. A text with nothing to say is some milliseconds of silence.

        Sounds that the language doesn't have are read as the nearest it has; a pronunciation without any sound of it
        is left out.
        """
        request = self._request(text, voice, language, settings, pronunciations)
        return _speech(self._spoken(request), len(text))

    def prepare(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> None:
        """See `PreparingEngine.prepare`."""
        request = self._request(text, voice, language, settings, pronunciations)
        try:
            self._running_child().begin(request)
        except ChildGoneError:
            self.close()

    def _request(
        self,
        text: str,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation],
    ) -> Request:
        timbre = TIMBRES.get(voice.voice_id)
        if timbre is None:
            msg = f"espeak has no voice {voice.voice_id!r}"
            raise UnknownVoice(msg)
        if language not in ESPEAK_LANGUAGES:
            msg = f"espeak does not speak {language!r}"
            raise UnknownLanguage(msg)
        check_length(text, engine="espeak", max_characters=MAX_SEGMENT_CHARACTERS)
        check_whole_characters(text)
        return Request(
            text=text.translate(_CONTROLS_AS_SPACES),
            voice=f"{ESPEAK_LANGUAGES[language]}+{timbre.variant}",
            rate_wpm=round(timbre.rate_wpm * settings.speed),
            pitch=timbre.pitch,
            pitch_range=timbre.pitch_range,
            volume=timbre.volume,
            wall_ms=self._wall_ms,
            pronunciations=with_endings(text, pronunciations, language=language),
        )

    def close(self) -> None:
        """End the child. A later `synthesize` starts another."""
        if self._ending is not None:
            self._ending()
        self._child = self._ending = None

    def _spoken(self, request: Request) -> Spoken:
        try:
            return self._ask(request)
        except ChildStuckError as error:
            msg = "espeak's process did not answer in time"
            raise EngineFailed(msg) from error
        except ChildGoneError:
            # It may have been killed since the last text, which says nothing about this one.
            return self._ask_again(request)

    def _ask_again(self, request: Request) -> Spoken:
        try:
            return self._ask(request)
        except ChildGoneError as error:
            msg = "espeak's process ended without an answer, twice"
            raise EngineFailed(msg) from error

    def _ask(self, request: Request) -> Spoken:
        try:
            answer = self._running_child().ask(request)
        except BaseException:
            self.close()
            raise
        if self._once:
            self.close()
        if isinstance(answer, Failed):
            raise EngineFailed(answer.reason)
        return answer

    def _running_child(self) -> SpeakingChild:
        if self._child is None:
            # An interruption between its start and its name would leave a child that nobody ends.
            with processes.deaf_to_interrupts():
                self._child = SpeakingChild(once=self._once)
                # Also when the engine is forgotten without `close`, and when the interpreter ends.
                self._ending = weakref.finalize(self, self._child.end)
        return self._child


def _speech(spoken: Spoken, character_count: int) -> Speech:
    if len(spoken.boundaries) != character_count + 1:
        msg = f"espeak timed {len(spoken.boundaries) - 1} of {character_count} characters"
        raise EngineFailed(msg)
    samples = np.frombuffer(spoken.pcm, dtype="<i2").astype(np.int16, copy=False)
    return Speech(spoken.sample_rate_hz, samples, Alignment(tuple(spoken.boundaries)))
