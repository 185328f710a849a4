"""From what a client sends to the dialogue that is spoken: everything about it that is checked before it is."""

from collections.abc import Sequence

from rhapsode.api.speech_request import (
    Asking,
    check_format,
    check_locator_count,
    check_timed_length,
    heeded_language,
)
from rhapsode.api.text_to_dialogue_models import DialogueBody, DialogueInput, DialogueSettings
from rhapsode.authoring.voices import accepted_voice
from rhapsode.rendering.dialogue import DialogueRequest, RequestedLine
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_DIALOGUE_LINES, MAX_DIALOGUE_VOICES
from rhapsode.studio.models import get_model
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import Catalogue


def dialogue_request(body: DialogueBody, asking: Asking) -> DialogueRequest:
    """What is to be spoken. The order of refusals is that of `speak_request`.

    Raises: UnknownOutputFormat; InvalidInput; UnknownModel; UnknownVoice; TextTooLong;
    PronunciationDictionaryNotFound.
    """
    check_format(asking.output_format, streamed=asking.form.streamed)
    locators = body.pronunciation_dictionary_locators or []
    check_locator_count(locators)
    _check_counts(body.inputs)
    model = get_model(body.model_id)
    lines = [_line(line, body.language_code, asking.catalogue) for line in body.inputs]
    check_timed_length(sum(len(line.text) for line in lines), model, asking.form)
    return DialogueRequest(
        lines=tuple(lines),
        output_format=asking.output_format,
        model_id=model.model_id,
        request_id=asking.request_id,
        settings=_settings(body.settings),
        rules=asking.find_rules(locators),
        normalization=body.apply_text_normalization,
    )


def _line(line: DialogueInput, language_code: str | None, catalogue: Catalogue) -> RequestedLine:
    accepted_voice(VoiceId(line.voice_id), catalogue)
    reader = catalogue.get_reader(line.voice_id, language_code or None)
    language = heeded_language(language_code, reader)
    return RequestedLine(line.text, VoiceId(line.voice_id), language)


def _check_counts(inputs: Sequence[DialogueInput]) -> None:
    if len(inputs) > MAX_DIALOGUE_LINES:
        msg = f"A dialogue may have {MAX_DIALOGUE_LINES} lines, not {len(inputs)}."
        raise InvalidInput(msg)
    voice_count = len({line.voice_id for line in inputs})
    if voice_count > MAX_DIALOGUE_VOICES:
        msg = f"A dialogue may have {MAX_DIALOGUE_VOICES} voices, not {voice_count}."
        raise InvalidInput(msg)


def _settings(body: DialogueSettings | None) -> VoiceSettings:
    if body is None or body.stability is None:
        return VoiceSettings()
    return VoiceSettings(stability=body.stability)
