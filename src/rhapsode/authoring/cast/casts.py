"""Make, change and undo the cast of a project, as its owner asks for it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.authoring.cast.casting import Casting, cast_project, paragraphs_of, with_voices_of, without_cast
from rhapsode.authoring.cast.characters import merged
from rhapsode.authoring.cast.recasting import analysed
from rhapsode.authoring.cast.voices import with_voices
from rhapsode.authoring.checks import checked_name
from rhapsode.authoring.filling import check_made
from rhapsode.authoring.voices import accepted_voice
from rhapsode.storage import cast as casts
from rhapsode.storage import chapters as stored_chapters
from rhapsode.storage import projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.cast import SAID, Cast, CastLine, Character
from rhapsode.studio.errors import CharacterNotFound, InvalidInput, QuotationNotFound
from rhapsode.studio.ids import BlockId, ChapterId, CharacterId, NodeId, ProjectId, VoiceId, WorkspaceId
from rhapsode.studio.project import Chapter, Node, Project
from rhapsode.text.cast.book import BookCast
from rhapsode.voices.catalogue import open_catalogue

_ACTOR = "api"


@dataclass(frozen=True, slots=True)
class CastShare:
    """How much of a project somebody speaks. characters: code points of its text."""

    quotations: int
    characters: int


@dataclass(frozen=True, slots=True)
class CastView:
    """A cast with what each speaks, by character; None is the narrator, whose quotations nobody else has."""

    cast: Cast
    shares: Mapping[CharacterId | None, CastShare]


@dataclass(frozen=True, slots=True)
class CastQuotation:
    """A quotation as its owner sees it."""

    block_id: BlockId
    node: Node
    line: CastLine


@dataclass(frozen=True, slots=True)
class CharacterChanges:
    """What is changed of a character: only the fields in `said`, of name, gender, age, accent and voice_id.

    merge_into: whose the quotations are from now on; the character is gone then.
    """

    said: frozenset[str]
    name: str | None = None
    gender: str | None = None
    age: str | None = None
    accent: str | None = None
    voice_id: VoiceId | None = None
    merge_into: CharacterId | None = None


def get_cast(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> CastView:
    """The cast of a project; without characters where none was made. Raises: ProjectNotFound."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        return _view(tx, project_id)


def _view(tx: Transaction, project_id: ProjectId) -> CastView:
    cast = casts.find_cast(tx, project_id) or Cast()
    quotations: Counter[CharacterId | None] = Counter()
    characters: Counter[CharacterId | None] = Counter()
    for chapter in projects.iterate_chapters(tx, project_id) if cast.characters else ():
        for node in (node for block in chapter.blocks if block.is_spoken for node in block.nodes):
            line = cast.lines.get(node.node_id)
            speaker = None if line is None else line.character_id
            quotations[speaker] += line is not None
            characters[speaker] += len(node.text)
    return CastView(cast, {who: CastShare(quotations[who], count) for who, count in characters.items()})


def list_quotations(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, chapter_id: ChapterId
) -> list[CastQuotation]:
    """The quotations of a chapter, in order. Raises: ProjectNotFound; ChapterNotFound."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        chapter = stored_chapters.get_chapter(tx, project_id, chapter_id)
        cast = casts.find_cast(tx, project_id) or Cast()
    return [
        CastQuotation(block.block_id, node, cast.lines[node.node_id])
        for block in chapter.blocks
        for node in block.nodes
        if node.node_id in cast.lines
    ]


def make_cast(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, found: BookCast | None = None
) -> None:
    """Find out who speaks in a project, and give each a voice; what its owner has said of the cast stays.

    found: what is known already, of the text as it is; what doesn't fit that any more is left to the rules.
    Raises: ProjectNotFound.
    """
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        paragraphs = paragraphs_of(projects.iterate_chapters(tx, project_id))
    analysed(paragraphs)
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        chapters = projects.list_chapters(tx, project_id)
        by_rules = analysed(paragraphs_of(chapters))
        used = found if found is not None and _fits(found, by_rules) else by_rules
        before = casts.find_cast(tx, project_id) or Cast()
        casting = cast_project(project, chapters, used, open_catalogue(tx), before=before)
        _save(tx, project_id, chapters, casting, action="project.cast_made")


def _fits(found: BookCast, by_rules: BookCast) -> bool:
    """Whether both are of the same quotations."""
    first, second = (
        [[[said.quotation for said in block] for block in chapter] for chapter in one.said]
        for one in (found, by_rules)
    )
    return first == second


def change_character(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    character_id: CharacterId,
    changes: CharacterChanges,
) -> None:
    """Change what somebody is called, is like, or sounds like, or who they are; only theirs is spoken again.

    Another gender or age chooses another voice, unless somebody has said one.
    Raises: ProjectNotFound; ProjectCreating; CharacterNotFound; InvalidInput; UnknownVoice.
    """

    def changed(tx: Transaction, project: Project, before: Cast) -> Cast:
        character = _get_character(before, character_id)
        if changes.merge_into is not None:
            if changes.said:
                msg = "A character that is another one is gone then: change the other one."
                raise InvalidInput(msg)
            return _merged(before, character, _get_character(before, changes.merge_into))
        after = _changed(tx, character, changes)
        characters = tuple(after if one.character_id == character_id else one for one in before.characters)
        return replace(before, characters=with_voices(characters, project, open_catalogue(tx)))

    _edit(records, workspace_id, project_id, changed)


def _changed(tx: Transaction, character: Character, changes: CharacterChanges) -> Character:
    known = () if character.voice_id is None else (character.voice_id,)
    values: dict[str, str | None] = {
        "name": checked_name(changes.name or "", what="The character's name")
        if "name" in changes.said
        else None,
        "gender": changes.gender,
        "age": changes.age,
        "accent": changes.accent,
        "voice_id": None
        if changes.voice_id is None
        else accepted_voice(changes.voice_id, open_catalogue(tx), known=known),
    }
    after = replace(
        character,
        said=character.said | changes.said,
        **{name: values[name] for name in changes.said},  # type: ignore[arg-type]
    )
    is_other = after.gender != character.gender or after.age != character.age
    return replace(after, voice_id=None) if is_other and "voice_id" not in after.said else after


def _merged(before: Cast, gone: Character, into: Character) -> Cast:
    if gone.character_id == into.character_id:
        msg = "A character can't be merged into itself."
        raise InvalidInput(msg)
    lines = {
        node_id: replace(line, character_id=into.character_id)
        if line.character_id == gone.character_id
        else line
        for node_id, line in before.lines.items()
    }
    return Cast(merged(before.characters, gone, into), lines)


def set_speaker(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    node_id: NodeId,
    character_id: CharacterId | None,
) -> None:
    """Say who speaks a quotation; None is the narrator. Nothing that is found later changes that.

    Raises: ProjectNotFound; ProjectCreating; QuotationNotFound; CharacterNotFound.
    """

    def changed(_tx: Transaction, _project: Project, before: Cast) -> Cast:
        if node_id not in before.lines:
            msg = f"There is no quotation {node_id}."
            raise QuotationNotFound(msg)
        if character_id is not None:
            _get_character(before, character_id)
        line = CastLine(node_id, character_id, SAID, 1.0)
        return replace(before, lines={**before.lines, node_id: line})

    _edit(records, workspace_id, project_id, changed)


def _edit(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    changed: Callable[[Transaction, Project, Cast], Cast],
) -> None:
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        check_made(tx, project_id)
        before = casts.find_cast(tx, project_id) or Cast()
        after = changed(tx, project, before)
        chapters = projects.list_chapters(tx, project_id)
        casting = Casting(with_voices_of(chapters, after, before), after)
        _save(tx, project_id, chapters, casting, action="project.cast_edited")


def drop_cast(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
    """Let the narrator read all of a project again; one without a cast stays as it is.

    Raises: ProjectNotFound; ProjectCreating.
    """
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        check_made(tx, project_id)
        before = casts.find_cast(tx, project_id)
        if before is not None:
            chapters = projects.list_chapters(tx, project_id)
            casting = Casting(without_cast(chapters, before), Cast())
            _save(tx, project_id, chapters, casting, action="project.cast_dropped")


def _save(
    tx: Transaction, project_id: ProjectId, before: Sequence[Chapter], casting: Casting, *, action: str
) -> None:
    revised = [
        after if after == chapter else replace(after, revision=chapter.revision + 1)
        for chapter, after in zip(before, casting.chapters, strict=True)
    ]
    projects.save_chapters(tx, project_id, revised)
    casts.save_cast(tx, project_id, casting.cast)
    add_audit_entry(tx, actor=_ACTOR, action=action, object_id=project_id)


def _get_character(cast: Cast, character_id: CharacterId) -> Character:
    for character in cast.characters:
        if character.character_id == character_id:
            return character
    msg = f"There is no character {character_id}."
    raise CharacterNotFound(msg)
