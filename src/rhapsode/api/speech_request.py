"""From what a client sends to what is spoken: everything about a text that is checked before it is."""

from rhapsode.api.text_to_speech_models import DictionaryLocator, SpeechBody, clamped_settings
from rhapsode.audio.output_formats import get_output_format
from rhapsode.engines.languages import resolve_language
from rhapsode.engines.registry import get_voice
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.studio.errors import (
    InvalidInput,
    PronunciationDictionaryNotFound,
    UnknownLanguage,
    UnknownOutputFormat,
)
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_LOCATORS
from rhapsode.studio.models import get_model


def speak_request(
    body: SpeechBody, *, voice_id: str, output_format: str, streamed: bool, request_id: str
) -> SpeakRequest:
    """What is to be spoken. The format is looked at first, then the locators, the model, the voice.

    Raises: UnknownOutputFormat; InvalidInput; UnknownModel; UnknownVoice; PronunciationDictionaryNotFound.
    """
    _check_format(output_format, streamed=streamed)
    locators = body.pronunciation_dictionary_locators or []
    _check_count(locators)
    model = get_model(body.model_id)
    language = _heeded_language(body.language_code, voice_id)
    _find_dictionaries(locators)
    return SpeakRequest(
        text=body.text,
        voice_id=VoiceId(voice_id),
        output_format=output_format,
        model_id=model.model_id,
        request_id=request_id,
        settings=clamped_settings(body.voice_settings),
        language=language,
    )


def _check_format(name: str, *, streamed: bool) -> None:
    if streamed and get_output_format(name).codec == "wav":
        msg = f"{name} can't be streamed: the head of a WAV file says how long it is."
        raise UnknownOutputFormat(msg)
    get_output_format(name)


def _check_count(locators: list[DictionaryLocator]) -> None:
    if len(locators) > MAX_LOCATORS:
        msg = f"A text may have {MAX_LOCATORS} pronunciation dictionary locators, not {len(locators)}."
        raise InvalidInput(msg)


def _heeded_language(code: str | None, voice_id: str) -> str | None:
    """As the contract has it, a language that isn't supported is ignored."""
    voice = get_voice(voice_id)
    try:
        return resolve_language(code, voice) if code else None
    except UnknownLanguage:
        return None


def _find_dictionaries(locators: list[DictionaryLocator]) -> None:
    # Nothing makes a dictionary yet, so whatever a client names isn't there.
    for locator in locators:
        msg = f"There is no pronunciation dictionary {locator.pronunciation_dictionary_id}."
        raise PronunciationDictionaryNotFound(msg)
