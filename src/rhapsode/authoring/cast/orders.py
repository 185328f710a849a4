"""What a command wants of a cast, in the words of a person: characters by their names, voices by theirs."""

from dataclasses import dataclass

from rhapsode.authoring.cast.casts import CastView, CharacterChanges, change_character, drop_cast, get_cast
from rhapsode.storage.records import Records
from rhapsode.studio.cast import Cast, Character
from rhapsode.studio.errors import CharacterNotFound
from rhapsode.studio.ids import ProjectId, VoiceId, WorkspaceId
from rhapsode.voices.catalogue import Catalogue, read_catalogue

_NARRATOR = "narrator"
_SOME = 5  # names that an error tells


@dataclass(frozen=True, slots=True)
class CastOrder:
    """voices: (character, voice) each; `narrator` is the narrator's.    merges: (character, who that is, too).

    undo: whether the narrator reads everything again.
    """

    voices: tuple[tuple[str, str], ...] = ()
    merges: tuple[tuple[str, str], ...] = ()
    undo: bool = False


@dataclass(frozen=True, slots=True)
class CastRow:
    """A character as a person is told of it. voice: its name.    share: of the text, 0 to 1."""

    name: str
    gender: str | None
    age: str | None
    voice: str
    quotations: int
    share: float


def carry_out(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, order: CastOrder
) -> list[CastRow]:
    """Change a cast, and tell what it is then, who speaks most first.

    Raises: ProjectNotFound; ProjectCreating; CharacterNotFound; UnknownVoice; InvalidInput.
    """
    if order.undo:
        drop_cast(records, workspace_id, project_id)
    for name, into in order.merges:
        cast = get_cast(records, workspace_id, project_id).cast
        changes = CharacterChanges(frozenset(), merge_into=_named(cast, into).character_id)
        change_character(records, workspace_id, project_id, _named(cast, name).character_id, changes)
    for name, voice in order.voices:
        cast = get_cast(records, workspace_id, project_id).cast
        voice_id = None if voice.casefold() == _NARRATOR else VoiceId(voice)
        changes = CharacterChanges(frozenset({"voice_id"}), voice_id=voice_id)
        change_character(records, workspace_id, project_id, _named(cast, name).character_id, changes)
    return _rows(get_cast(records, workspace_id, project_id), read_catalogue(records, workspace_id))


def _named(cast: Cast, name: str) -> Character:
    wanted = name.strip().casefold()
    for character in cast.characters:
        if wanted in {character.name.casefold(), *map(str.casefold, character.aliases)}:
            return character
    some = ", ".join(character.name for character in cast.characters[:_SOME])
    others = " and others" if len(cast.characters) > _SOME else ""
    msg = f"There is no character {name!r}" + (f"; there are {some}{others}." if some else " in this cast.")
    raise CharacterNotFound(msg)


def _rows(view: CastView, catalogue: Catalogue) -> list[CastRow]:
    total = sum(share.characters for share in view.shares.values())
    rows = []
    for character in view.cast.characters:
        share = view.shares.get(character.character_id)
        rows.append(
            CastRow(
                name=character.name,
                gender=character.gender,
                age=character.age,
                voice=_NARRATOR if character.voice_id is None else catalogue.name_of(character.voice_id),
                quotations=0 if share is None else share.quotations,
                share=0.0 if share is None else share.characters / total,
            )
        )
    return rows
