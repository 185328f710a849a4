"""Which voice each character gets: its gender and age, and one that no other has, as long as there is one."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.studio.cast import Character
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.project import Project
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import Catalogue

_AGES = ("young", "middle_aged", "old")
# What a voice loses: for another gender more than for anything else, for another engine than the narrator's, which
# sounds like another recording, more than for being given twice, and for that more than for an unknown gender or for
# another age.
_OTHER_GENDER, _OTHER_ENGINE, _USED, _UNKNOWN_GENDER, _OTHER_ACCENT, _OTHER_REGION = 20, 9, 4, 3, 2, 1


def with_voices(
    characters: Sequence[Character], project: Project, catalogue: Catalogue
) -> tuple[Character, ...]:
    """The same characters, each that has no voice with one. characters: who speaks most first, who chooses first.

    What somebody has a voice by stays, so that whoever comes later changes nobody else's. Without a voice beside the
    narrator's, the narrator speaks for all. Deterministic.
    """
    narrators = _narrators(project, catalogue)
    voices = _suitable(project, catalogue, narrators)
    engines = {voice.engine for voice in narrators.values()}
    uses = Counter(character.voice_id for character in characters if character.voice_id is not None)
    found: list[Character] = []
    for character in characters:
        if _needs_voice(character) and voices:
            voice = _best(character, voices, uses, project, engines)
            uses[voice.voice_id] += 1
            character = replace(character, voice_id=voice.voice_id)
        found.append(character)
    return tuple(found)


def _needs_voice(character: Character) -> bool:
    return character.voice_id is None and "voice_id" not in character.said


def _best(
    character: Character,
    voices: Sequence[Voice],
    uses: Mapping[VoiceId, int],
    project: Project,
    engines: Collection[str],
) -> Voice:
    """engines: the narrator's."""

    def place(voice: Voice) -> tuple[int, bytes]:
        cost = _cost(character, voice, uses, project) + _OTHER_ENGINE * (voice.engine not in engines)
        return cost, _lot(character, voice)

    return min(voices, key=place)


def _suitable(project: Project, catalogue: Catalogue, narrators: Mapping[VoiceId, Voice]) -> list[Voice]:
    """Voices that may be used for everything and speak the language; where the narrator beeps, those that do too."""
    beeps = any(ANY_LANGUAGE in voice.languages for voice in narrators.values())
    return [
        voice
        for voice in catalogue.voices
        if voice.commercial_use == "yes"
        and voice.voice_id not in catalogue.edits.deleted
        and voice.voice_id not in narrators
        and _speaks(voice, project.language)
        and beeps == (ANY_LANGUAGE in voice.languages)
    ]


def _narrators(project: Project, catalogue: Catalogue) -> Mapping[VoiceId, Voice]:
    """Whoever reads for the voices of titles and paragraphs, by their own ids."""
    named = (project.default_title_voice_id, project.default_paragraph_voice_id)
    readers = (catalogue.for_project(project).find_reader(name, project.language) for name in named)
    return {voice.voice_id: voice for voice in readers if voice is not None}


def _speaks(voice: Voice, language: str) -> bool:
    """Whether it is a voice of this very language, or of all: others have it as a foreign one."""
    return ANY_LANGUAGE in voice.languages or _letters(voice.language) == _letters(language)


def _letters(tag: str) -> str:
    return tag.replace("_", "-").split("-")[0].lower()


def _cost(character: Character, voice: Voice, uses: Mapping[VoiceId, int], project: Project) -> int:
    labels = voice.labels
    cost = _USED * uses.get(voice.voice_id, 0) + _genders_apart(character.gender, labels.get("gender"))
    cost += _ages_apart(character.age or "middle_aged", labels.get("age"))
    cost += _OTHER_ACCENT * (character.accent is not None and character.accent != labels.get("accent"))
    return cost + _OTHER_REGION * ("-" in project.language and voice.language != project.language)


def _genders_apart(gender: str | None, other: str | None) -> int:
    if gender is None or gender == other:
        return 0
    return _UNKNOWN_GENDER if other is None else _OTHER_GENDER


def _ages_apart(age: str, other: str | None) -> int:
    return abs(_AGES.index(age) - _AGES.index(other)) if age in _AGES and other in _AGES else 1


def _lot(character: Character, voice: Voice) -> bytes:
    """What decides between voices that suit equally well: always the same for the same two."""
    return hashlib.sha256(f"{character.name}\0{voice.voice_id}".encode()).digest()
