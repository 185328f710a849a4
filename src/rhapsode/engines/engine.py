"""The contract of a speech engine: text and voice in, speech out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rhapsode.studio.alignment import Alignment
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings


@dataclass(frozen=True, slots=True)
class Speech:
    """What an engine returns for one segment.

    samples: mono 16-bit PCM, shape (n,), at `sample_rate_hz`.
    alignment: of the spoken text, in samples at that rate; its last boundary is at most n.
    flaws: what seems wrong with it (audio.flaws). No engine says that of itself; whoever has it speak does.
    """

    sample_rate_hz: int
    samples: NDArray[np.int16]
    alignment: Alignment
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineTraits:
    """What the rest of the product needs to know of an engine before it speaks.

    version: the adapter's version, raised when the same text would sound different. Part of every speech key.
    reproducible: the same request gives the same bytes, in any process, on any day.
    max_characters: code points of one `synthesize`.
    heeded_settings: names of the VoiceSettings that change what this engine says; others make nothing stale.
    pronounces: whether it heeds pronunciations; where it doesn't, it is given none.
    has_seeds: it is a SeededEngine, which says the same text in other ways.
    prepares: it is a PreparingEngine, which speaks while its caller does something else.
    """

    name: str
    version: str
    reproducible: bool
    max_characters: int
    heeded_settings: tuple[str, ...] = ()
    pronounces: bool = False
    has_seeds: bool = False
    prepares: bool = False


class Engine(Protocol):
    """One speech engine in one process. Not thread-safe: one thread uses one instance.

    Found through the entry points of the group `rhapsode.engines`; constructed without arguments, which
    must be cheap and must not load a library or a model: that happens at the first `synthesize`.
    """

    @property
    def traits(self) -> EngineTraits:
        """Constant for the life of the process."""

    def list_voices(self) -> Sequence[Voice]:
        """Every voice, in a stable order, the default first; without loading a model."""

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> Speech:
        """Speak `text`, 1 to `max_characters` code points; markup in it is spoken, never obeyed.

        language: one of `voice.languages`.
        pronunciations: stretches of the text, in order and apart, that are read with other sounds than they spell.
        Returns: speech whose alignment has exactly `len(text)` characters.
        Raises: UnknownVoice, UnknownLanguage, TextRefused (final); EngineFailed (another attempt may help).
        """

    def close(self) -> None:
        """End child processes and release the model. Safe to call twice; `synthesize` starts again."""


class SeededEngine(Engine, Protocol):
    """An engine that chance has a part in: its traits say `has_seeds`."""

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
        seed: int = 0,
    ) -> Speech:
        """See `Engine.synthesize`. Where the engine is reproducible, the same seed gives the same bytes."""


class PreparingEngine(Engine, Protocol):
    """An engine that speaks in another process: its traits say `prepares`."""

    def prepare(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> None:
        """Begin with what will most likely be asked for next, and return at once.

        The `synthesize` that asks for the same takes what was made, and any other forgets it. What goes wrong with
        the speaking is told there.
        Raises: UnknownVoice, UnknownLanguage, TextRefused.
        """
