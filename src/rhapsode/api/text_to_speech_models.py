"""What text-to-speech is asked for. Sources: the schemas that each model names."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from rhapsode.api.alignment_models import CharacterAlignment
from rhapsode.audio.output_formats import OUTPUT_FORMATS
from rhapsode.studio.models import DEFAULT_MODEL_ID
from rhapsode.studio.voice import VoiceSettings

_SPEED_RANGE = (0.7, 1.2)
_SHARE_RANGE = (0.0, 1.0)
_DEFAULTS = VoiceSettings()


class SpeechQuery(BaseModel):
    """How the audio is wanted. Source: the query of operation text_to_speech_full.

    output_format: looked up after the body has been read, so that an unknown one is a 400, as in the original.
    enable_logging: false keeps nothing.    optimize_streaming_latency: accepted, and changes nothing.
    """

    output_format: Annotated[str, Field(json_schema_extra={"enum": list(OUTPUT_FORMATS)})] = "mp3_44100_128"
    enable_logging: bool = True
    optimize_streaming_latency: Annotated[int | None, Field(deprecated=True)] = None


class VoiceSettingsBody(BaseModel):
    """Any of them may be missing or null. Source: schema VoiceSettingsResponseModel."""

    stability: float | None = None
    similarity_boost: float | None = None
    style: float | None = None
    speed: float | None = None
    use_speaker_boost: bool | None = None


class DictionaryLocator(BaseModel):
    """Source: schema PronunciationDictionaryVersionLocatorRequestModel."""

    pronunciation_dictionary_id: str
    version_id: str | None = None


class SpeechBody(BaseModel):
    """A text and how to speak it; what isn't named here is ignored. Source: schema Body_text_to_speech_full.

    Accepted and without effect, because no engine heeds them: `seed`, what was said before and after,
    `use_pvc_as_ivc` and `apply_language_text_normalization`.
    """

    text: str
    model_id: str = DEFAULT_MODEL_ID
    language_code: str | None = None
    voice_settings: VoiceSettingsBody | None = None
    pronunciation_dictionary_locators: Annotated[list[DictionaryLocator], Field(fail_fast=True)] | None = None
    seed: int | None = None
    previous_text: str | None = None
    next_text: str | None = None
    previous_request_ids: Annotated[list[str], Field(fail_fast=True)] | None = None
    next_request_ids: Annotated[list[str], Field(fail_fast=True)] | None = None
    use_pvc_as_ivc: Annotated[bool, Field(deprecated=True)] = False
    apply_text_normalization: Literal["auto", "on", "off"] = "auto"
    apply_language_text_normalization: bool = False


class AudioWithTimestamps(BaseModel):
    """Audio, and where each character of the text is heard in it.

    Sources: schemas AudioWithTimestampsResponseModel and StreamingAudioChunkWithTimestampsResponseModel.
    """

    audio_base64: str
    alignment: CharacterAlignment | None
    normalized_alignment: CharacterAlignment | None


def clamped_settings(body: VoiceSettingsBody | None, *, unsaid: VoiceSettings = _DEFAULTS) -> VoiceSettings:
    """The settings, each brought into its range, as the original does. unsaid: for what is missing or null."""
    if body is None:
        return unsaid
    return VoiceSettings(
        stability=_clamped(body.stability, unsaid.stability, _SHARE_RANGE),
        similarity_boost=_clamped(body.similarity_boost, unsaid.similarity_boost, _SHARE_RANGE),
        style=_clamped(body.style, unsaid.style, _SHARE_RANGE),
        speed=_clamped(body.speed, unsaid.speed, _SPEED_RANGE),
        use_speaker_boost=unsaid.use_speaker_boost
        if body.use_speaker_boost is None
        else body.use_speaker_boost,
    )


def _clamped(value: float | None, default: float, bounds: tuple[float, float]) -> float:
    if value is None:
        return default
    lowest, highest = bounds
    # In this order, NaN becomes the highest: no comparison with it is true.
    return max(lowest, min(highest, value))
