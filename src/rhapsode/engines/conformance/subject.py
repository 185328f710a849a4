"""An engine that is checked, and what checks have in common."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from rhapsode.engines.engine import (
    Engine,
    EngineTraits,
    PreparingEngine,
    Speech,
    UntimedEngine,
    UntimedSpeech,
)
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

AnyEngine = Engine | UntimedEngine
AnySpeech = Speech | UntimedSpeech

SENTENCE = "It was the first of the two: one, and then another."
"""What is said where it doesn't matter what."""


class NotConforming(AssertionError):
    """An engine doesn't do what the contract says."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An engine that is checked, and what it is checked with.

    new: makes an instance as the registry does: the engine's class, which another process must be able to import.
    voices: to speak with; () for those that come with the engine.
    files: of each voice that is files, by its id and what each file is to the engine.
    """

    new: Callable[[], AnyEngine]
    voices: tuple[Voice, ...] = ()
    files: Mapping[VoiceId, Mapping[str, Path]] = field(default_factory=dict)

    @property
    def traits(self) -> EngineTraits:
        """Of a new instance, which says them before it has loaded anything."""
        return self.new().traits

    @contextlib.contextmanager
    def open(self) -> Iterator["Speaker"]:
        """A new instance, closed at the end. One is enough for all checks, and for those that are slow to start."""
        engine = self.new()
        try:
            yield Speaker(self, engine, self.voices or tuple(engine.list_voices()))
        finally:
            engine.close()


@dataclass(frozen=True, slots=True)
class Speaker:
    """An instance with the voices that it speaks with, the first where nobody says which."""

    subject: Subject
    engine: AnyEngine
    voices: tuple[Voice, ...]

    @property
    def traits(self) -> EngineTraits:
        """Of the engine."""
        return self.engine.traits

    def speak(
        self,
        text: str,
        *,
        voice: Voice | None = None,
        language: str | None = None,
        speed: float = 1.0,
        pronunciations: Sequence[Pronunciation] = (),
        **more: Any,
    ) -> AnySpeech:
        """What `synthesize` returns. more: such as `seed`, for an engine that has it."""
        asked = self._asked(voice, language, speed) | {"pronunciations": pronunciations} | more
        return self.engine.synthesize(text, **asked)

    def prepare(self, text: str) -> None:
        """`prepare` what `speak` would ask for."""
        cast("PreparingEngine", self.engine).prepare(text, **self._asked(None, None, 1.0))

    def _asked(self, voice: Voice | None, language: str | None, speed: float) -> dict[str, Any]:
        voice = voice or self.voices[0]
        asked = {
            "voice": voice,
            "language": language or voice.language,
            "settings": VoiceSettings(speed=speed),
        }
        files = self.subject.files.get(voice.voice_id, {})
        return asked | {"files": files} if self.traits.has_files else asked


def always(traits: EngineTraits) -> bool:  # noqa: ARG001 -- what checks are asked
    """Of a check that every engine has to pass."""
    return True


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an engine must do. applies: whether it says anything of an engine with these traits."""

    run: Callable[[Speaker], None]
    applies: Callable[[EngineTraits], bool] = always

    def __call__(self, speaker: Speaker) -> None:
        """Check it, with an instance that may have been checked before. Raises: NotConforming."""
        self.run(speaker)

    def __str__(self) -> str:
        """What it is called in a list of tests."""
        return getattr(self.run, "__name__", "check").replace("_", "-")


def expect(condition: bool, sentence: str) -> None:
    """Raises: NotConforming, with a sentence that says what is wrong, unless the condition holds."""
    if not condition:
        raise NotConforming(sentence)


def expect_same(speaker: Speaker, first: AnySpeech, second: AnySpeech, *, sentence: str) -> None:
    """See that two readings of a text are the same, of an engine that claims to be reproducible."""
    if speaker.traits.reproducible:
        expect(is_same(first, second), sentence)


def is_same(first: AnySpeech, second: AnySpeech) -> bool:
    """Whether two readings have the same samples and the same times."""
    same_times = getattr(first, "alignment", None) == getattr(second, "alignment", None)
    same_rate = first.sample_rate_hz == second.sample_rate_hz
    return same_times and same_rate and np.array_equal(first.samples, second.samples)


def shortened(text: str, traits: EngineTraits) -> str:
    """As much of a text as the engine takes."""
    return text[: traits.max_characters]
