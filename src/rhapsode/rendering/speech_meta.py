"""What is kept of speech beside its sound. Without SQL: the processes that render read this."""

from rhapsode.audio.pace import UNKNOWN_PACE, Pace, pace_of
from rhapsode.engines.engine import Speech
from rhapsode.storage.alignments import pack_alignment
from rhapsode.storage.packed import SpeechMeta
from rhapsode.text.pauses import is_pause, pause_ms_of


def speech_meta(speech: Speech) -> SpeechMeta:
    """What a pack says of speech: also the flaws that stay."""
    alignment = pack_alignment(speech.alignment)
    return SpeechMeta(
        speech.sample_rate_hz, speech.samples.size, alignment, flaws=",".join(speech.flaws) or None
    )


def pace_of_speech(spoken_text: str, speech: Speech) -> Pace:
    """What speech tells of the pace of its voice, without pauses; nothing, where anything seems wrong with it."""
    if speech.flaws:
        return UNKNOWN_PACE
    pauses_ms = sum(pause_ms_of(character) for character in spoken_text if is_pause(character))
    return pace_of(spoken_text, speech.samples.size / speech.sample_rate_hz - pauses_ms / 1_000)
