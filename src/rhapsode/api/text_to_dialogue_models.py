"""What text-to-dialogue is asked for, and what it adds to an answer. Sources: the schemas that each model names."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from rhapsode.api.text_to_speech_models import AudioWithTimestamps, DictionaryLocator
from rhapsode.studio.models import DIALOGUE_MODEL_ID
from rhapsode.studio.voice import VoiceSettings


class DialogueInput(BaseModel):
    """What one voice says. Source: schema DialogueInput."""

    text: str
    voice_id: str


class DialogueSettings(BaseModel):
    """Source: schema ModelSettingsResponseModel."""

    stability: Annotated[float | None, Field(ge=0, le=1)] = VoiceSettings().stability


class DialogueBody(BaseModel):
    """Lines and how to speak them; what isn't named here is ignored. Source: schema Body_text_to_dialogue.

    seed: accepted, and changes nothing: no engine heeds it.
    """

    inputs: Annotated[list[DialogueInput], Field(fail_fast=True)]
    model_id: str = DIALOGUE_MODEL_ID
    language_code: str | None = None
    settings: DialogueSettings | None = None
    pronunciation_dictionary_locators: Annotated[list[DictionaryLocator], Field(fail_fast=True)] | None = None
    seed: int | None = None
    apply_text_normalization: Literal["auto", "on", "off"] = "auto"


class VoiceSegment(BaseModel):
    """Where a line, or the stretch of it that is in this object, is in the object's characters and in the sound.

    character_end_index: exclusive.    dialogue_input_index: the line's place among the inputs, from 0.
    Times are in seconds from the beginning of the whole audio. Source: schema VoiceSegment.
    """

    voice_id: str
    start_time_seconds: float
    end_time_seconds: float
    character_start_index: int
    character_end_index: int
    dialogue_input_index: int


class DialogueWithTimestamps(AudioWithTimestamps):
    """Audio, where each character of the lines is heard in it, and who says what.

    The lines are joined with line feeds, each of which is the pause between two.
    Sources: schemas AudioWithTimestampsAndVoiceSegmentsResponseModel and
    StreamingAudioChunkWithTimestampsAndVoiceSegmentsResponseModel.
    """

    voice_segments: list[VoiceSegment]
