"""When each character is heard of a reading that came without its times: espeak reads the text too.

espeak is the one engine that needs no model and knows its own timing in every language it speaks. What is compared
is engines.aligner's; here is who reads, and as what. Recordings that are sent and speech of engines without timings
come here alike.
"""

import contextlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.aligner import AlignedReading, align_reading
from rhapsode.engines.engine import Engine, Speech, UntimedSpeech
from rhapsode.engines.languages import resolve_language
from rhapsode.engines.proportional import share_time
from rhapsode.engines.registry import get_engine, list_engines
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice
from rhapsode.studio.voice import Voice, VoiceSettings
from rhapsode.text.language_guess import guess_language, is_unreadable

_ENGINE = "espeak"
_UNCOMPARED_LOSS = 0.7


def timed(speech: UntimedSpeech, text: str, *, language: str) -> Speech:
    """The same sound with the times of its text; all of it is kept, silence too.

    text: what was spoken, without pauses (text.pauses); at least one character.
    language: what it was spoken as; see `find_reading_language`.
    Raises: UnknownVoice, when espeak isn't installed; EngineFailed.
    """
    if speech.samples.size == 0:
        boundaries: tuple[int, ...] = (0,) * (len(text) + 1)
        return Speech(speech.sample_rate_hz, speech.samples, Alignment(boundaries))
    aligned = read_along(speech.samples, speech.sample_rate_hz, text, find_reading_language(language, text))
    return Speech(speech.sample_rate_hz, speech.samples, aligned.alignment)


def read_along(
    samples: NDArray[np.int16], sample_rate_hz: int, text: str, language: str | None
) -> AlignedReading:
    """Align a reading of `text`, mono. language: as `find_reading_language` found it.

    Without one nothing is compared: each letter has the same share of what is loud, and the loss is that of sounds
    that have nothing in common.
    Raises: UnknownVoice, when espeak isn't installed; EngineFailed.
    """
    if language is None:
        return AlignedReading(share_time(samples, sample_rate_hz, text), (_UNCOMPARED_LOSS,) * len(text))
    engine = _engine()
    return align_reading(samples, sample_rate_hz, text, language, _speak(engine, engine.list_voices()[0]))


def find_reading_language(tag: str | None, text: str) -> str | None:
    """What a text is read along as: what `tag` names, a BCP 47 tag, where espeak speaks it; else a guess.

    Returns: None where espeak would only name its letters.
    Raises: UnknownVoice, when espeak isn't installed.
    """
    voice = _engine().list_voices()[0]
    if tag:
        with contextlib.suppress(UnknownLanguage):
            return resolve_language(tag, voice)
    return None if is_unreadable(text) else resolve_language(guess_language(text), voice)


def _speak(engine: Engine, voice: Voice) -> Callable[[str, str], Speech]:
    def speak(text: str, language: str) -> Speech:
        return engine.synthesize(text, voice=voice, language=language, settings=VoiceSettings())

    return speak


def _engine() -> Engine:
    if _ENGINE not in list_engines():
        msg = (
            "When each word is heard in speech without timings is found by espeak, which isn't installed: it is the"
            " extra rhapsode[espeak]."
        )
        raise UnknownVoice(msg)
    return get_engine(_ENGINE)
