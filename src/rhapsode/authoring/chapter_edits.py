"""Edits of single blocks of a chapter, done in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.authoring.checks import check_blocks
from rhapsode.authoring.content import SentBlock, with_voices
from rhapsode.authoring.edits import (
    DeleteBlock,
    Edit,
    Edited,
    EditedPart,
    InsertBlock,
    MoveBlock,
    SetBlock,
    apply_edits,
)
from rhapsode.authoring.filling import check_made
from rhapsode.authoring.voices import accepted_voices
from rhapsode.storage import block_edits, chapters, projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.block_edits import BlockChanges, BlockPlace
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, VoiceId, WorkspaceId, is_id
from rhapsode.studio.limits import AUDIT_EDITING_MS, MAX_BLOCKS
from rhapsode.studio.project import Project
from rhapsode.voices.catalogue import open_catalogue

_ACTOR = "api"


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit that wasn't done, because there is something else now. index: among those that were sent."""

    index: int
    block_id: BlockId


@dataclass(frozen=True, slots=True)
class EditedChapter:
    """revision: of the chapter by now.    block_ids: of what was edited, some of which may be gone."""

    revision: int
    block_ids: tuple[BlockId, ...]
    conflicts: tuple[Conflict, ...]


def edit_chapter(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId,
    edits: Sequence[Edit],
) -> EditedChapter:
    """Do all edits that can be done; the revision rises by one where that changes anything.

    Raises: ProjectNotFound; ProjectCreating; ChapterNotFound; InvalidInput, TextTooLong, with what can't be used;
    UnknownVoice, unless the chapter or the project has that voice already.
    """
    _check(edits)
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        check_made(tx, project_id)
        revision = chapters.get_outline(tx, project_id, chapter_id).revision
        places = block_edits.list_places(tx, chapter_id)
        part = _part(tx, chapter_id, places, edits)
        edited = apply_edits(part, _with_accepted_voices(tx, project, chapter_id, edits), project)
        if edited.blocks != part.blocks or edited.order != part.order:
            _check_count(edited, part)
            changes = BlockChanges(part.blocks, edited.blocks, edited.order, edited.placed)
            block_edits.save_changes(tx, chapter_id, places, changes)
            add_audit_entry(
                tx, actor=_ACTOR, action="chapter.updated", object_id=chapter_id, once_ms=AUDIT_EDITING_MS
            )
            revision += 1
    return _result(revision, edits, edited)


def _check(edits: Sequence[Edit]) -> None:
    for index, edit in enumerate(edits):
        if isinstance(edit, InsertBlock) and not is_id(edit.block_id):
            msg = (
                f"The block_id of edits[{index}] isn't 20 of the digits and letters of ASCII. Choose another."
            )
            raise InvalidInput(msg)
        if isinstance(edit, SetBlock | InsertBlock):
            check_blocks([edit.to], where=f" of edits[{index}]")


def _check_count(edited: Edited, part: EditedPart) -> None:
    count = len(edited.order) - len(part.unseen)
    if count > MAX_BLOCKS and len(edited.order) > len(part.order):
        msg = f"The chapter would have {count:,} blocks; it has at most {MAX_BLOCKS:,}."
        raise InvalidInput(msg)


def _part(
    tx: Transaction, chapter_id: ChapterId, places: Sequence[BlockPlace], edits: Sequence[Edit]
) -> EditedPart:
    named = {edit.block_id for edit in edits}
    named |= {edit.after for edit in edits if isinstance(edit, InsertBlock | MoveBlock) and edit.after}
    blocks = block_edits.find_blocks(tx, chapter_id, named)
    inserted = {edit.block_id for edit in edits if isinstance(edit, InsertBlock)}
    return EditedPart(
        order=tuple(place.block_id for place in places),
        unseen=frozenset(place.block_id for place in places if not place.is_seen),
        blocks=blocks,
        taken=block_edits.find_taken_ids(tx, inserted - blocks.keys()),
    )


def _with_accepted_voices(
    tx: Transaction, project: Project, chapter_id: ChapterId, edits: Sequence[Edit]
) -> list[Edit]:
    """The edits with each voice's id as it is kept."""
    wanted = _voices_of([edit.to for edit in edits if isinstance(edit, SetBlock | InsertBlock)])
    accepted: dict[VoiceId | None, VoiceId | None] = {None: None}
    if wanted - {None}:
        known = block_edits.list_voice_ids(tx, chapter_id)
        known |= {project.default_title_voice_id, project.default_paragraph_voice_id}
        accepted |= accepted_voices(wanted, open_catalogue(tx), known=known)
    # What a client has seen is only compared, so a voice in it that nobody has is no fault.
    accepted |= {each: each for each in _voices_seen(edits) if each not in accepted}
    return [_with_voices(edit, accepted) for edit in edits]


def _voices_seen(edits: Sequence[Edit]) -> set[VoiceId | None]:
    return _voices_of([edit.was for edit in edits if isinstance(edit, SetBlock | DeleteBlock)])


def _voices_of(blocks: Collection[SentBlock]) -> set[VoiceId | None]:
    return {node.voice_id for block in blocks for node in block.nodes}


def _with_voices(edit: Edit, accepted: Mapping[VoiceId | None, VoiceId | None]) -> Edit:
    match edit:
        case SetBlock():
            was, to = with_voices([edit.was, edit.to], accepted)
            return replace(edit, was=was, to=to)
        case InsertBlock():
            return replace(edit, to=with_voices([edit.to], accepted)[0])
        case DeleteBlock():
            return replace(edit, was=with_voices([edit.was], accepted)[0])
        case MoveBlock():
            return edit


def _result(revision: int, edits: Sequence[Edit], edited: Edited) -> EditedChapter:
    refused = set(edited.refused)
    done = dict.fromkeys(edit.block_id for index, edit in enumerate(edits) if index not in refused)
    conflicts = tuple(Conflict(index, edits[index].block_id) for index in edited.refused)
    return EditedChapter(revision, tuple(done), conflicts)
