"""Which voice reads a project, and whether it can."""

from collections.abc import Collection, Iterable, Mapping

from rhapsode.engines.premade import find_premade
from rhapsode.engines.registry import get_voice, list_voices
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice


def default_voice(language: str) -> Voice:
    """The first voice whose own language it is, else the first of all: voices speak more than their own."""
    voices = list_voices()
    wanted = language.replace("_", "-").split("-")[0].lower()
    return next((voice for voice in voices if voice.language.split("-")[0] == wanted), voices[0])


def accepted_voice(voice_id: VoiceId, *, known: Collection[VoiceId] = ()) -> VoiceId:
    """The id that a project keeps of a voice that somebody named. known: voices that need not be installed.

    A premade voice keeps the id that clients know it by; of the others it is the voice's own, whatever way it was
    written.
    Raises: UnknownVoice.
    """
    if voice_id in known:
        return voice_id
    voice = get_voice(voice_id)
    return voice_id if find_premade(voice_id) else voice.voice_id


def accepted_voices(
    voice_ids: Iterable[VoiceId | None], *, known: Collection[VoiceId] = ()
) -> Mapping[VoiceId | None, VoiceId | None]:
    """The same for several, by what they were named; None for None. Raises: UnknownVoice."""
    return {
        voice_id: None if voice_id is None else accepted_voice(voice_id, known=known)
        for voice_id in set(voice_ids)
    }
