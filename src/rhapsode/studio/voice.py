"""Voices and how they are set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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


CommercialUse = Literal["yes", "no", "unknown"]
"""Whether what a voice says may be sold; where nobody knows, that is said."""

VoiceCategory = Literal["premade", "generated", "cloned", "professional"]
"""Where a voice comes from, in the words of the wire. Source: schema VoiceResponseModel."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that can be chosen.

    voice_id: what the wire calls it.    engine: the entry point that speaks it.
    language: BCP 47 tag of its own language and accent; `languages`: all that it speaks.
    labels: gender, age, accent and description, as the wire's `labels`.
    version: of the files it is made of, where it has any; a new version makes nothing stale.
    files: what it is made of, for an engine whose voices are files: SHA-256 digests in hex by what each is to the
      engine, such as `model`.    speaker: which of the voices that are in these files, in the engine's words.
    license: its name or SPDX id, as whoever made the voice says it.
    created_at_ms: when it was installed or made, in Unix milliseconds; None for what comes with an engine.
    """

    voice_id: VoiceId
    name: str
    engine: str
    language: str
    languages: tuple[str, ...]
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    speaker: str = ""
    license: str = ""
    commercial_use: CommercialUse = "unknown"
    category: VoiceCategory = "premade"
    created_at_ms: int | None = None
