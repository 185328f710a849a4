"""Takes as their owner knows them: list what a block has sounded like, restore it, remove it.

A take that stands for what a node is now, though it was made for something else, is kept as a copy with another
source key. Nobody sees copies: to its owner, all of one speech is one take, with the id and the time of the first.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from rhapsode.authoring.filling import check_made
from rhapsode.authoring.locks import locked_error
from rhapsode.storage import chapters, projects, segments, takes
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.takes import KeptTake
from rhapsode.studio.errors import TakeInUse, TakeNotFound, TakeUnavailable
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, ProjectId, TakeId, VoiceId, WorkspaceId, new_id
from rhapsode.studio.project import Block, Node, Project, Take, TakeSource
from rhapsode.voices.catalogue import Catalogue, open_catalogue

ReadNow = Callable[[Transaction, Project, Block, Node], tuple[TakeSource, bytes]]
"""What would be made of a node as it is read now, and its key. Raises: UnknownVoice; UnknownLanguage."""

_ACTOR = "api"


@dataclass(frozen=True, slots=True)
class ListedTake:
    """A take as its owner knows it.

    take: the one that was made first.    copies: all of the same speech, that one included, the oldest first.
    is_current: whether its node has it, or a copy. The node may have another text by now.
    """

    node_id: NodeId
    take: Take
    created_at_ms: int
    is_current: bool
    copies: tuple[Take, ...]


@dataclass(frozen=True, slots=True)
class TakePlace:
    """Where a block's takes are."""

    project_id: ProjectId
    chapter_id: ChapterId
    block_id: BlockId


def list_takes(tx: Transaction, place: TakePlace) -> list[ListedTake]:
    """The takes of a block, the newest first. Raises: ProjectNotFound; ChapterNotFound; BlockNotFound."""
    _, block = _get_block(tx, place)
    return _takes_of(tx, block)


def get_take(tx: Transaction, place: TakePlace, take_id: TakeId) -> ListedTake:
    """One of them. Raises: as `list_takes`; TakeNotFound."""
    return _get_take(list_takes(tx, place), take_id)


def restore_take(
    records: Records, workspace_id: WorkspaceId, place: TakePlace, take_id: TakeId, read_now: ReadNow
) -> None:
    """Let a node say an earlier take again, in its words and its voice; nothing is spoken for it.

    It stands for the node as it is read now, whatever settings and rules it was made with, and so it stays until
    one of these changes. The revision of its chapter rises.
    Raises: as `get_take`; ProjectCreating; BlockLocked; TakeUnavailable, when its speech is gone, or an earlier
    version made it and nobody knows its text; UnknownVoice, UnknownLanguage, when nobody here can read it.
    """
    with records.write(workspace_id) as tx:
        project, block = _get_block(tx, place)
        check_made(tx, place.project_id)
        listed = _get_take(_takes_of(tx, block), take_id)
        if block.locked:
            raise locked_error(block)
        _check_available(tx, listed.take)
        before = next(node for node in block.nodes if node.node_id == listed.node_id)
        after = _saying(listed, before, block, project, open_catalogue(tx).for_project(project))
        source, source_key = read_now(tx, project, block, after)
        if listed.take.source is None and all(take.source_key != source_key for take in listed.copies):
            msg = (
                "The take was made by an earlier version, which didn't keep its text. Only its sound is left."
            )
            raise TakeUnavailable(msg)
        standing = _standing(tx, listed, source, source_key)
        if replace(after, take=standing) == before:
            return
        chapters.update_node(tx, place.chapter_id, after)
        takes.set_takes(tx, [(after.node_id, standing)])
        # However often one goes to and fro, there are two of a take: the first, and the one that stands.
        older = (copy for copy in listed.copies[1:] if copy.source_key == source_key and copy != standing)
        takes.drop_takes(tx, [copy.take_id for copy in older])
        add_audit_entry(tx, actor=_ACTOR, action="take.restored", object_id=listed.take.take_id)


def delete_take(records: Records, workspace_id: WorkspaceId, place: TakePlace, take_id: TakeId) -> None:
    """Forget a take; its speech goes with it, unless something else needs it.

    Raises: as `get_take`; TakeInUse, when it is its node's current one.
    """
    with records.write(workspace_id) as tx:
        listed = get_take(tx, place, take_id)
        if listed.is_current:
            raise TakeInUse
        takes.drop_takes(tx, [take.take_id for take in listed.copies])
        add_audit_entry(tx, actor=_ACTOR, action="take.deleted", object_id=listed.take.take_id)


def _check_available(tx: Transaction, take: Take) -> None:
    keys = {part.speech_key for part in take.parts}
    # What was dropped is there for all that was made of it, and is spoken again for the rest.
    if len(segments.find_known_segments(tx, keys)) < len(keys):
        msg = "The speech of this take is gone. Convert the chapter to have the text spoken again."
        raise TakeUnavailable(msg)


def _get_block(tx: Transaction, place: TakePlace) -> tuple[Project, Block]:
    project = projects.get_project(tx, place.project_id)
    return project, chapters.get_block(tx, place.project_id, place.chapter_id, place.block_id)


def _takes_of(tx: Transaction, block: Block) -> list[ListedTake]:
    kept = takes.list_kept_takes(tx, [node.node_id for node in block.nodes])
    listed = list(_without_copies(kept, {node.take.take_id for node in block.nodes if node.take is not None}))
    return sorted(listed, key=lambda each: each.take.take_id, reverse=True)


def _without_copies(kept: Iterable[KeptTake], current: set[TakeId]) -> Iterator[ListedTake]:
    """kept: of each node, the oldest first.    current: the takes that nodes have."""
    alike: dict[tuple[object, ...], list[KeptTake]] = {}
    for each in kept:
        alike.setdefault((each.node_id, each.take.parts), []).append(each)
    for group in alike.values():
        first, copies = group[0], tuple(each.take for each in group)
        is_current = any(copy.take_id in current for copy in copies)
        yield ListedTake(first.node_id, first.take, first.created_at_ms, is_current, copies)


def _get_take(listed: Iterable[ListedTake], take_id: TakeId) -> ListedTake:
    for each in listed:
        if any(copy.take_id == take_id for copy in each.copies):
            return each
    msg = f"There is no take {take_id}."
    raise TakeNotFound(msg)


def _saying(listed: ListedTake, node: Node, block: Block, project: Project, catalogue: Catalogue) -> Node:
    """A node with the text and the voice of a take; where the take doesn't know them, as it is."""
    source = listed.take.source
    if source is None:
        return node
    # A node that follows the project's voice, or has it by its premade id, goes on so if that gives the same reader.
    ways = (node.voice_id, None)
    same = (way for way in ways if _reads(project.voice_of(block.kind, way), source, catalogue))
    return replace(node, text=source.text, voice_id=next(same, source.voice_id))


def _reads(voice_id: VoiceId, source: TakeSource, catalogue: Catalogue) -> bool:
    """Whether it was this voice, or the one that reads for it, that spoke a take."""
    voice = catalogue.find_reader(voice_id, source.language)
    return source.voice_id == (voice_id if voice is None else voice.voice_id)


def _standing(tx: Transaction, listed: ListedTake, source: TakeSource, source_key: bytes) -> Take:
    """The take, as the newest that its node has for what it is now: the newest is what is found again after edits."""
    known = takes.list_takes(tx, [listed.node_id])[listed.node_id]
    newest = next((take for take in reversed(known) if take.source_key == source_key), None)
    if newest is not None and newest.parts == listed.take.parts:
        return newest
    spoken_by = listed.take.source
    # Whoever has spoken it: a newer version would speak it in another way.
    standing_for = spoken_by and replace(source, engine_version=spoken_by.engine_version)
    return Take(TakeId(new_id()), source_key, listed.take.parts, standing_for)
