"""Which voice reads a project, and whether it can."""

from collections.abc import Collection, Iterable, Mapping

from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import Catalogue
from rhapsode.voices.premade import find_premade
from rhapsode.voices.suggested import suggest_voices


def default_voice(language: str, catalogue: Catalogue) -> Voice:
    """The first that is suggested for a language, or where nobody speaks it the first of all.

    None that the workspace has deleted, nor, as long as there is another, one that nobody gets unasked.
    Raises: UnknownVoice, when it has deleted all.
    """
    deleted = catalogue.edits.deleted
    voices = [voice for voice in catalogue.voices if voice.voice_id not in deleted]
    if not voices:
        msg = "All voices of this workspace were deleted."
        raise UnknownVoice(msg)
    free = [voice for voice in catalogue.index.assumed if voice.voice_id not in deleted] or voices
    # The tone takes whatever it is given, and nobody wants to hear a book in beeps.
    speakers = (voice for voice in suggest_voices(catalogue, language) if ANY_LANGUAGE not in voice.languages)
    return next((voice for voice in speakers if voice in free), free[0])


def accepted_voice(voice_id: VoiceId, catalogue: Catalogue, *, known: Collection[VoiceId] = ()) -> VoiceId:
    """The id that a voice is kept by which somebody named.

    A premade voice keeps the id that clients know it by; of the others it is the voice's own, whatever way it was
    written.
    known: voices that need not be installed, whether they were deleted or not.
    Raises: UnknownVoice, also of one that the workspace has deleted.
    """
    if voice_id in known:
        return voice_id
    voice = catalogue.get(voice_id)
    accepted = voice_id if find_premade(voice_id) else voice.voice_id
    if accepted in catalogue.edits.deleted:
        # As the catalogue begins its sentence about a voice that never was.
        msg = f"There is no voice {voice_id!r}."
        raise UnknownVoice(msg)
    return accepted


def accepted_voices(
    voice_ids: Iterable[VoiceId | None], catalogue: Catalogue, *, known: Collection[VoiceId] = ()
) -> Mapping[VoiceId | None, VoiceId | None]:
    """The same for several, by what they were named; None for None. Raises: UnknownVoice."""
    return {
        voice_id: None if voice_id is None else accepted_voice(voice_id, catalogue, known=known)
        for voice_id in set(voice_ids)
    }


def voice_not_found(voice_id: str) -> UnknownVoice:
    """What is said of an id that no voice of the workspace has, whether it never had one or it was deleted."""
    return UnknownVoice(f"A voice with voice_id {voice_id!r} was not found.")
