"""From what a client sends to what is spoken: everything about a text that is checked before it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rhapsode.api.text_to_speech_models import DictionaryLocator as Locator
from rhapsode.api.text_to_speech_models import SpeechBody, clamped_settings
from rhapsode.audio.output_formats import get_output_format
from rhapsode.authoring.voices import accepted_voice
from rhapsode.engines.languages import resolve_language
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.storage.dictionaries import list_rules_in_force
from rhapsode.storage.records import Records
from rhapsode.studio.errors import InvalidInput, TextTooLong, UnknownLanguage, UnknownOutputFormat
from rhapsode.studio.ids import DictionaryId, DictionaryVersionId, VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_LOCATORS
from rhapsode.studio.models import Model, get_model
from rhapsode.studio.pronunciation import DictionaryLocator, PronunciationRule
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import Catalogue

FindRules = Callable[[Sequence[Locator]], tuple[PronunciationRule, ...]]
"""Gives the rules of dictionaries. Raises: PronunciationDictionaryNotFound."""


@dataclass(frozen=True, slots=True)
class Form:
    """In which of the four forms of an operation audio is answered.

    streamed: on a route that ends in `stream`, or does so before its timestamps.    timed: with timestamps.
    """

    streamed: bool = False
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request says beside its body, and what its workspace has. catalogue: its voices."""

    form: Form
    output_format: str
    request_id: str
    find_rules: FindRules
    catalogue: Catalogue


def speak_request(body: SpeechBody, asking: Asking, *, voice_id: str) -> SpeakRequest:
    """What is to be spoken. The format is looked at first, then the locators, the model, the voice.

    Raises: UnknownOutputFormat; InvalidInput; UnknownModel; UnknownVoice; TextTooLong;
    PronunciationDictionaryNotFound.
    """
    check_format(asking.output_format, streamed=asking.form.streamed)
    locators = body.pronunciation_dictionary_locators or []
    check_locator_count(locators)
    model = get_model(body.model_id)
    accepted = accepted_voice(VoiceId(voice_id), asking.catalogue)
    reader = asking.catalogue.get_reader(voice_id, body.language_code or None)
    language = heeded_language(body.language_code, reader)
    check_timed_length(len(body.text), model, asking.form)
    rules = asking.find_rules(locators)
    return SpeakRequest(
        text=body.text,
        voice_id=VoiceId(voice_id),
        output_format=asking.output_format,
        model_id=model.model_id,
        request_id=asking.request_id,
        settings=clamped_settings(body.voice_settings, unsaid=asking.catalogue.edits.settings_of(accepted)),
        language=language,
        rules=rules,
        normalization=body.apply_text_normalization,
    )


def rules_finder(records: Records, workspace_id: WorkspaceId) -> FindRules:
    """Looks dictionaries up in a workspace; without any, it asks for nothing."""

    def find_rules(locators: Sequence[Locator]) -> tuple[PronunciationRule, ...]:
        if not locators:
            return ()
        with records.read(workspace_id) as tx:
            return list_rules_in_force(tx, [_dictionary(locator) for locator in locators])

    return find_rules


def _dictionary(locator: Locator) -> DictionaryLocator:
    version_id = locator.version_id
    return DictionaryLocator(
        DictionaryId(locator.pronunciation_dictionary_id),
        None if version_id is None else DictionaryVersionId(version_id),
    )


def check_format(name: str, *, streamed: bool) -> None:
    """Raises: UnknownOutputFormat."""
    if streamed and get_output_format(name).codec == "wav":
        msg = f"{name} can't be streamed: the head of a WAV file says how long it is."
        raise UnknownOutputFormat(msg)
    get_output_format(name)


def check_timed_length(character_count: int, model: Model, form: Form) -> None:
    """Raises: TextTooLong, when a text with timestamps has more characters than its model takes."""
    if form.timed and character_count > model.max_characters:
        msg = (
            f"With timestamps, {model.model_id} takes {model.max_characters} characters in one request, and this "
            f"text has {character_count}."
        )
        raise TextTooLong(msg)


def check_locator_count(locators: Sequence[Locator]) -> None:
    """Raises: InvalidInput, when a request names too many dictionaries."""
    if len(locators) > MAX_LOCATORS:
        msg = f"A text may have {MAX_LOCATORS} pronunciation dictionary locators, not {len(locators)}."
        raise InvalidInput(msg)


def heeded_language(code: str | None, voice: Voice) -> str | None:
    """The language of a text; as the contract has it, one that the voice doesn't speak is ignored."""
    try:
        resolve_language(code or voice.language, voice)
    except UnknownLanguage:
        return None
    return code or None
