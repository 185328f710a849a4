"""The contract of a speech engine: text and voice in, speech out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol

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
class UntimedSpeech:
    """What an engine returns that doesn't know when it says what; the fields are those of Speech."""

    sample_rate_hz: int
    samples: NDArray[np.int16]


Unit = Literal["node", "sentence"]
"""What is spoken at once, and what an edit has spoken again: all of a node's text, or each sentence by itself."""


@dataclass(frozen=True, slots=True)
class EngineTraits:
    """What the rest of the product needs to know of an engine before it speaks.

    version: the adapter's version, raised when the same text would sound different. Part of every speech key.
    reproducible: the same request gives the same bytes, in any process, on any day.
    max_characters: code points of one `synthesize`.
    heeded_settings: names of the VoiceSettings that change what this engine says; others make nothing stale.
    pronounces: whether it heeds pronunciations; where it doesn't, it is given none.
    has_seeds: it is a SeededEngine, which says the same text in other ways.
    unit: what it is given at once. A voice that takes its tone from a whole paragraph says `node`; one that is slow,
      or loses its way in long texts, says `sentence`.
    prepares: how many texts it may be told of that will most likely be asked for next; above 0 it is a
      PreparingEngine, which speaks while its caller does something else.
    has_files: it is a FileEngine, whose voices are files.
    can_clone: it is a CloningEngine, which makes voices of recordings.
    is_remote: it speaks on another machine, which may be away or cost money: nobody gets one of its voices unasked.
    is_timed: it knows when it says what, whichever of its voices speaks. Otherwise it is an UntimedEngine, and the
      aligner finds that out where the engine doesn't say it.
    """

    name: str
    version: str
    reproducible: bool
    max_characters: int
    heeded_settings: tuple[str, ...] = ()
    pronounces: bool = False
    has_seeds: bool = False
    unit: Unit = "node"
    prepares: int = 0
    has_files: bool = False
    can_clone: bool = False
    is_timed: bool = True
    is_remote: bool = False


class Engine(Protocol):
    """One speech engine in one process. Not thread-safe: one thread uses one instance.

    Found through the entry points of the group `rhapsode.engines`; constructed without arguments, which
    must be cheap and must not load a library or a model: that happens at the first `synthesize`. What can be set of
    it is read from the environment, from variables that begin with RHAPSODE_ and its name. One that can't be imported
    or constructed, or whose name isn't its entry point's, is left out (engines.registry).
    """

    @property
    def traits(self) -> EngineTraits:
        """Constant for the life of the process."""

    def list_voices(self) -> Sequence[Voice]:
        """Every voice that comes with the engine, in a stable order, the default first.

        Their ids are nobody else's, so they had better begin with the engine's name. Neither a model is loaded for it
        nor another machine asked.
        """

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
        """End child processes and release the model. Safe to call twice; `synthesize` starts again.

        Also after an exception such as KeyboardInterrupt has come out of `synthesize`, after which an instance that
        isn't closed speaks on. A signal handler that wants to end a program raises, and calls nothing here itself.
        """


class FileEngine(Engine, Protocol):
    """An engine whose voices are files that were installed: its traits say `has_files`."""

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
        files: Mapping[str, Path] = MappingProxyType({}),
    ) -> Speech:
        """See `Engine.synthesize`. files: where those of `voice.files` are, which nobody changes."""

    def read_voices(self, files: Mapping[str, Path]) -> Sequence[Voice]:
        """The voices that files make, as they describe themselves.

        Returns: at least one, without `files`, `version` and times, which whoever installs them knows; the id is one
        that the same files always have, and names and labels are empty where the files say nothing of them.
        Raises: VoiceRefused, saying what is wrong with which file.
        """


class CloningEngine(Protocol):
    """What an engine can beside speaking that makes voices of recordings: its traits say `can_clone`."""

    def clone(
        self,
        name: str,
        samples: Sequence[Path],
        *,
        description: str = "",
        labels: Mapping[str, str] = MappingProxyType({}),
        remove_background_noise: bool = False,
    ) -> Voice:
        """Make a voice that sounds like whoever is heard in recordings, which are in any format.

        Returns: the voice, which `synthesize` speaks with from now on; `list_voices` leaves it out, because it is
        only for whoever had it made. Its category is `cloned`.
        Raises: VoiceRefused, saying what is wrong with the recordings; EngineUnavailable; EngineFailed.
        """


class UntimedEngine(Protocol):
    """An engine some of whose voices, or all, don't know when they say what: its traits say `is_timed=False`.

    See `Engine` for all else; one whose voices are files is given `files`, as a FileEngine is.
    """

    @property
    def traits(self) -> EngineTraits:
        """Constant for the life of the process."""

    def list_voices(self) -> Sequence[Voice]:
        """See `Engine.list_voices`."""

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> Speech | UntimedSpeech:
        """See `Engine.synthesize`. Speech without an alignment is of a voice that doesn't know its timing."""

    def close(self) -> None:
        """See `Engine.close`."""


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
    """An engine that speaks in another process or on another machine: its traits say how many texts it `prepares`."""

    def prepare(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> None:
        """Begin with what will most likely be asked for soon, and return at once.

        The `synthesize` that asks for the same takes what was made; what isn't asked for is forgotten after
        `prepares` others. What goes wrong with the speaking is told there.
        Raises: UnknownVoice, UnknownLanguage, TextRefused.
        """
