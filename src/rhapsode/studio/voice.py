"""Voices and how they are set."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rhapsode.studio.ids import VoiceId


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """The wire's five voice settings.

    speed: 0.7 to 1.2, times the voice's own rate. The others are 0 to 1.
    Source: schema VoiceSettingsResponseModel.
    """

    stability: float = 0.5
    similarity_boost: float = 0.75
    style: float = 0.0
    speed: float = 1.0
    use_speaker_boost: bool = True


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that can be chosen.

    voice_id: what the wire calls it.    engine: the entry point that speaks it.
    language: BCP 47 tag of its own language and accent; `languages`: all that it speaks.
    labels: gender, age, accent and description, as the wire's `labels`.
    version: of the file it is made of, where it has one; a new version makes nothing stale.
    """

    voice_id: VoiceId
    name: str
    engine: str
    language: str
    languages: tuple[str, ...]
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
