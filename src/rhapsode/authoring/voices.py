"""Which voice reads a project, and whether it can."""

from collections.abc import Collection, Iterable, Mapping

from rhapsode.engines.premade import find_premade
from rhapsode.engines.registry import get_voice, list_voices
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice


def default_voice(language: str, *, deleted: Collection[VoiceId] = ()) -> Voice:
    """The first voice whose own language it is, else the first of all: voices speak more than their own.

    deleted: voices that the workspace doesn't want.    Raises: UnknownVoice, when it wants none.
    """
    voices = [voice for voice in list_voices() if voice.voice_id not in deleted]
    if not voices:
        msg = "All voices of this workspace were deleted."
        raise UnknownVoice(msg)
    wanted = language.replace("_", "-").split("-")[0].lower()
    return next((voice for voice in voices if voice.language.split("-")[0] == wanted), voices[0])


def accepted_voice(
    voice_id: VoiceId, *, known: Collection[VoiceId] = (), deleted: Collection[VoiceId] = ()
) -> VoiceId:
    """The id that a voice is kept by which somebody named.

    A premade voice keeps the id that clients know it by; of the others it is the voice's own, whatever way it was
    written.
    known: voices that need not be installed, whether they were deleted or not.    deleted: in the workspace.
    Raises: UnknownVoice.
    """
    if voice_id in known:
        return voice_id
    voice = get_voice(voice_id)
    accepted = voice_id if find_premade(voice_id) else voice.voice_id
    if accepted in deleted:
        # As the registry begins its sentence about a voice that never was.
        msg = f"There is no voice {voice_id!r}."
        raise UnknownVoice(msg)
    return accepted


def accepted_voices(
    voice_ids: Iterable[VoiceId | None],
    *,
    known: Collection[VoiceId] = (),
    deleted: Collection[VoiceId] = (),
) -> Mapping[VoiceId | None, VoiceId | None]:
    """The same for several, by what they were named; None for None. Raises: UnknownVoice."""
    return {
        voice_id: None if voice_id is None else accepted_voice(voice_id, known=known, deleted=deleted)
        for voice_id in set(voice_ids)
    }


def voice_not_found(voice_id: str) -> UnknownVoice:
    """What is said of an id that no voice of the workspace has, whether it never had one or it was deleted."""
    return UnknownVoice(f"A voice with voice_id {voice_id!r} was not found.")
