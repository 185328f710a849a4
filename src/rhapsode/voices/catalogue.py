"""The voices of a workspace: those that come with engines, those that are files, and how a client may name them."""

import difflib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rhapsode.engines import registry
from rhapsode.engines.languages import ANY_LANGUAGE, primary_language, speaks
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.voice_edits import VoiceEdits, list_voice_edits
from rhapsode.storage.voices import StoredVoice, list_voices_ever
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.project import Project
from rhapsode.studio.voice import Voice
from rhapsode.voices.premade import assign_local_voices, find_premade


@dataclass(frozen=True, slots=True, eq=False)
class VoiceIndex:
    """Voices, those that are taken first where nobody has named one before the others, and how they are found.

    assumed: those that may stand for one that isn't here.
    """

    voices: tuple[Voice, ...]
    by_id: Mapping[str, Voice]
    by_name: Mapping[str, Voice]
    by_premade_id: Mapping[VoiceId, Voice]
    assumed: tuple[Voice, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a workspace has. edits: what it has made of them.    own: the voices that are its alone.

    A voice that was deleted there is in the catalogue all the same: projects that have it go on with it.
    removed: voices that were files and aren't installed any more.
    readers: of one project, who has read for premade voices so far (ProjectDetails).
    """

    index: VoiceIndex
    edits: VoiceEdits = field(default_factory=lambda: VoiceEdits({}))
    own: frozenset[VoiceId] = frozenset()
    removed: tuple[StoredVoice, ...] = ()
    readers: Mapping[str, VoiceId] = field(default_factory=dict)

    def for_project(self, project: Project) -> "Catalogue":
        """The same for a project, which goes on with those who have read it for premade voices."""
        return replace(self, readers=project.details.readers)

    @property
    def voices(self) -> tuple[Voice, ...]:
        """All of them, the default first."""
        return self.index.voices

    @property
    def premade(self) -> Mapping[VoiceId, Voice]:
        """Which voice answers each id that clients of the original have in their code; none without English."""
        return self.index.by_premade_id

    def get(self, name_or_id: str) -> Voice:
        """The voice with this id or, whatever its case, this name.

        The id of a premade voice of the original (voices.premade) gives the voice that answers it.
        Raises: UnknownVoice, with the names that come closest.
        """
        found = self.find(name_or_id)
        if found is None:
            raise UnknownVoice(self._why_not(name_or_id))
        return found

    def find(self, name_or_id: str) -> Voice | None:
        """The same; None where there is none."""
        if find_premade(name_or_id) is not None and self.premade:
            return self.premade[VoiceId(name_or_id)]
        wanted = name_or_id.strip().casefold()
        return self.index.by_id.get(wanted) or self.index.by_name.get(wanted)

    def get_reader(self, name_or_id: str, language: str | None) -> Voice:
        """The voice that reads texts of a language for whoever names this one.

        It is the voice itself, but for a premade one whose voice doesn't speak the language: clients expect that each
        of these speaks all, so another of its gender reads it that does.
        language: a BCP 47 tag; None for the voice's own.    Raises: UnknownVoice.
        """
        return self._reader(self.get(name_or_id), name_or_id, language)

    def find_reader(self, name_or_id: str, language: str | None) -> Voice | None:
        """The same; None where there is no such voice."""
        voice = self.find(name_or_id)
        return None if voice is None else self._reader(voice, name_or_id, language)

    def _reader(self, voice: Voice, name_or_id: str, language: str | None) -> Voice:
        if language is None or find_premade(name_or_id) is None:
            return voice
        before = self.readers.get(reader_key(name_or_id, language))
        if before is not None and before.casefold() in self.index.by_id:
            return self.index.by_id[before.casefold()]
        if speaks(voice, language):
            return voice
        return _premade_in(self.index, primary_language(language)).get(VoiceId(name_or_id), voice)

    def _why_not(self, name_or_id: str) -> str:
        wanted = name_or_id.strip().casefold()
        for stored in self.removed:
            if wanted in (stored.voice.voice_id.casefold(), stored.voice.name.casefold()):
                return say_removed(stored)
        for name in registry.list_engines():
            if wanted.startswith(f"{name}_") and _is_remote(name) and not self._has_voices_of(name):
                return (
                    f"There is no voice {name_or_id!r}: the server of {name} isn't set, or hasn't listed its voices "
                    "yet. It is asked for them in the background; docs/remote-voices.md tells how it is set."
                )
        return _suggestion(name_or_id, self.voices)

    def _has_voices_of(self, engine: str) -> bool:
        return any(voice.engine == engine for voice in self.voices)

    def name_of(self, voice_id: VoiceId) -> str:
        """What the workspace calls a voice; its id where it isn't installed any more."""
        premade, voice = find_premade(voice_id), self.find(voice_id)
        own = premade.name if premade is not None else voice_id if voice is None else voice.name
        return self.edits.name_of(voice_id, own)


def reader_key(premade_id: str, language: str) -> str:
    """What a project remembers the reader of a premade voice by. language: a BCP 47 tag."""
    return f"{premade_id}/{primary_language(language)}"


def open_catalogue(tx: Transaction) -> Catalogue:
    """What the workspace has now."""
    stored = list_voices_ever(tx)
    installed = [each for each in stored if not each.is_removed]
    removed = tuple(each for each in stored if each.is_removed)
    own = frozenset(each.voice.voice_id for each in installed if not each.is_shared)
    return Catalogue(_index_of(_Listed.of(installed)), list_voice_edits(tx), own, removed)


def read_catalogue(records: Records, workspace_id: WorkspaceId) -> Catalogue:
    """The same, for those who have no transaction."""
    with records.read(workspace_id) as tx:
        return open_catalogue(tx)


def engine_catalogue() -> Catalogue:
    """What comes with the engines, as a workspace has it that has made nothing of it."""
    return Catalogue(_index_of(_Listed.of(())))


@dataclass(frozen=True, slots=True)
class _Listed:
    """Voices, equal where nothing of them has changed: an engine's says its version, a row when it was changed."""

    seen: tuple[tuple[VoiceId, str, int], ...]
    voices: tuple[Voice, ...] = field(compare=False)

    @classmethod
    def of(cls, stored: Sequence[StoredVoice]) -> "_Listed":
        engines = registry.list_voices()
        rows = ((each.voice.voice_id, "", each.changed_at_ms) for each in stored)
        seen = (*rows, *((voice.voice_id, voice.version, 0) for voice in engines))
        return cls(seen, (*(each.voice for each in stored), *engines))


# Each is what one workspace has; most have the same.
@functools.lru_cache(maxsize=64)
def _index_of(listed: _Listed) -> VoiceIndex:
    return _indexed(sorted(listed.voices, key=_place))


def _place(voice: Voice) -> int:
    """Whoever has installed a voice wants to hear it; but none is assumed that may not be used for everything."""
    if ANY_LANGUAGE in voice.languages:
        return 3  # beeps
    if not _is_assumed(voice):
        return 2
    return 0 if voice.files else 1


def _is_assumed(voice: Voice) -> bool:
    """Whether it may be taken where nobody has named it: what it says may be sold, and it is there for nothing."""
    return voice.commercial_use == "yes" and not _is_remote(voice.engine)


def _is_remote(engine: str) -> bool:
    # A voice that was installed may outlive its engine.
    return engine in registry.list_engines() and registry.get_engine(engine).traits.is_remote


def _indexed(voices: Sequence[Voice]) -> VoiceIndex:
    assumed = [voice for voice in voices if _is_assumed(voice)]
    return VoiceIndex(
        voices=tuple(voices),
        by_id={voice.voice_id.casefold(): voice for voice in voices},
        by_name={voice.name.casefold(): voice for voice in reversed(voices)},
        by_premade_id=assign_local_voices(assumed),
        assumed=tuple(assumed),
    )


@functools.lru_cache(maxsize=64)
def _premade_in(index: VoiceIndex, language: str) -> Mapping[VoiceId, Voice]:
    """Which voice answers each premade id in a language that its own voice doesn't speak."""
    return assign_local_voices(index.assumed, language=language)


def say_removed(stored: StoredVoice) -> str:
    """What somebody is told who needs a voice that was removed."""
    again = f" Install it again with: rhapsode voices install {stored.origin}" if stored.origin else ""
    return f"The voice {stored.voice.name} isn't installed any more.{again}"


def _suggestion(name_or_id: str, voices: Sequence[Voice]) -> str:
    names = {spelling.casefold(): voice.name for voice in voices for spelling in (voice.voice_id, voice.name)}
    close = dict.fromkeys(_close_names(name_or_id.strip().casefold(), names))
    if close:
        return f"There is no voice {name_or_id!r}; did you mean {' or '.join(close)}?"
    some = ", ".join(voice.name for voice in voices[:3])
    return f"There is no voice {name_or_id!r}; there are {some} and others."


def _close_names(wanted: str, names: Mapping[str, str]) -> Iterator[str]:
    return (names[match] for match in difflib.get_close_matches(wanted, names, n=3))
