"""From what a client sends to what is spoken: everything about a text that is checked before it is."""

from collections.abc import Callable, Sequence

from rhapsode.api.text_to_speech_models import DictionaryLocator as Locator
from rhapsode.api.text_to_speech_models import SpeechBody, clamped_settings
from rhapsode.audio.output_formats import get_output_format
from rhapsode.authoring.voices import accepted_voice
from rhapsode.engines.languages import resolve_language
from rhapsode.engines.registry import get_voice
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.storage.dictionaries import list_rules_in_force
from rhapsode.storage.records import Records
from rhapsode.storage.voice_edits import VoiceEdits
from rhapsode.studio.errors import InvalidInput, UnknownLanguage, UnknownOutputFormat
from rhapsode.studio.ids import DictionaryId, DictionaryVersionId, VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_LOCATORS
from rhapsode.studio.models import get_model
from rhapsode.studio.pronunciation import DictionaryLocator, PronunciationRule

FindRules = Callable[[Sequence[Locator]], tuple[PronunciationRule, ...]]
"""Gives the rules of dictionaries. Raises: PronunciationDictionaryNotFound."""


def speak_request(
    body: SpeechBody,
    *,
    voice_id: str,
    output_format: str,
    streamed: bool,
    request_id: str,
    find_rules: FindRules,
    edits: VoiceEdits,
) -> SpeakRequest:
    """What is to be spoken. The format is looked at first, then the locators, the model, the voice.

    edits: what the workspace has made of its voices.

    Raises: UnknownOutputFormat; InvalidInput; UnknownModel; UnknownVoice; PronunciationDictionaryNotFound.
    """
    check_format(output_format, streamed=streamed)
    locators = body.pronunciation_dictionary_locators or []
    check_locator_count(locators)
    model = get_model(body.model_id)
    accepted = accepted_voice(VoiceId(voice_id), deleted=edits.deleted)
    language = heeded_language(body.language_code, voice_id)
    rules = find_rules(locators)
    return SpeakRequest(
        text=body.text,
        voice_id=VoiceId(voice_id),
        output_format=output_format,
        model_id=model.model_id,
        request_id=request_id,
        settings=clamped_settings(body.voice_settings, unsaid=edits.settings_of(accepted)),
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


def check_locator_count(locators: Sequence[Locator]) -> None:
    """Raises: InvalidInput, when a request names too many dictionaries."""
    if len(locators) > MAX_LOCATORS:
        msg = f"A text may have {MAX_LOCATORS} pronunciation dictionary locators, not {len(locators)}."
        raise InvalidInput(msg)


def heeded_language(code: str | None, voice_id: str) -> str | None:
    """The language of a text; as the contract has it, one that the voice doesn't speak is ignored.

    Raises: UnknownVoice.
    """
    voice = get_voice(voice_id)
    try:
        resolve_language(code or voice.language, voice)
    except UnknownLanguage:
        return None
    return code or None
