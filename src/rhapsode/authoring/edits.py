"""Edits of single blocks, and what they make of a chapter. Pure: values in, values out.

Each edit says what its client saw. One that meets something else isn't done, and is told as a conflict; all others
are, so two who edit different blocks never lose each other's work. What is so already counts as done, by whomever:
after a connection that broke, the same edits can be sent again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.authoring.content import SentBlock, SentNode, revise_block
from rhapsode.studio.ids import BlockId
from rhapsode.studio.project import Block, Project


@dataclass(frozen=True, slots=True)
class SetBlock:
    """Give a block that is still `was` another text. Without any text, the block goes."""

    block_id: BlockId
    was: SentBlock
    to: SentBlock


@dataclass(frozen=True, slots=True)
class InsertBlock:
    """Put a new block behind another: at the beginning for None, at the end where that one is gone."""

    block_id: BlockId
    to: SentBlock
    after: BlockId | None


@dataclass(frozen=True, slots=True)
class DeleteBlock:
    """Take a block away that is still `was`."""

    block_id: BlockId
    was: SentBlock


@dataclass(frozen=True, slots=True)
class MoveBlock:
    """Put a block behind another: to the beginning for None. Where that one is gone, it stays where it is."""

    block_id: BlockId
    after: BlockId | None


Edit = SetBlock | InsertBlock | DeleteBlock | MoveBlock


@dataclass(frozen=True, slots=True)
class EditedPart:
    """What of a chapter edits are about.

    order: all of its blocks.    unseen: those of them that no client sees, such as notes.
    blocks: those that edits name and that are heard.    taken: ids that edits name and no new block can have.
    """

    order: Sequence[BlockId]
    unseen: Collection[BlockId]
    blocks: Mapping[BlockId, Block]
    taken: Collection[BlockId] = frozenset()


@dataclass(frozen=True, slots=True)
class Edited:
    """What becomes of it.

    order: all blocks of the chapter from now on.    placed: those of them that weren't there, or elsewhere.
    blocks: as EditedPart.blocks, now.    refused: the places of the edits that weren't done.
    """

    order: tuple[BlockId, ...]
    placed: frozenset[BlockId]
    blocks: Mapping[BlockId, Block]
    refused: tuple[int, ...]


def apply_edits(part: EditedPart, edits: Sequence[Edit], project: Project) -> Edited:
    """Do all edits that can be done, one after the other. project: says who the default voices are."""
    editing = _Editing(part, edits, project)
    refused = tuple(index for index, edit in enumerate(edits) if not editing.apply(edit))
    return editing.result(refused)


class _Editing:
    """A chapter between two edits. Blocks that are deleted keep their places until the end: others may go there."""

    def __init__(self, part: EditedPart, edits: Sequence[Edit], project: Project) -> None:
        self._part, self._project = part, project
        self._order = list(part.order)
        self._blocks = dict(part.blocks)
        self._deleted: set[BlockId] = set()
        self._placed: set[BlockId] = set()
        # What each block is in the end: where edits follow each other, the first ones find that when they come again.
        self._wanted = {edit.block_id: _wanted(edit) for edit in edits if not isinstance(edit, MoveBlock)}

    def result(self, refused: tuple[int, ...]) -> Edited:
        order = tuple(block_id for block_id in self._order if block_id not in self._deleted)
        return Edited(order, frozenset(self._placed - self._deleted), self._blocks, refused)

    def apply(self, edit: Edit) -> bool:
        """Whether an edit is done by now."""
        match edit:
            case SetBlock():
                done = self._set(edit)
            case InsertBlock():
                done = self._insert(edit)
            case DeleteBlock():
                done = self._delete(edit)
            case MoveBlock():
                done = self._move(edit)
        return done or self._is_as_wanted(edit.block_id)

    def _is_as_wanted(self, block_id: BlockId) -> bool:
        return block_id in self._wanted and self._is(block_id, self._wanted[block_id])

    def _is(self, block_id: BlockId, wanted: SentBlock | None) -> bool:
        """Whether a block is what somebody wants, who wants it to be gone with None."""
        present = self._blocks.get(block_id)
        if present is None or wanted is None:
            return present is None and wanted is None
        return revise_block(present, wanted, self._project) == present

    def _set(self, edit: SetBlock) -> bool:
        present = self._blocks.get(edit.block_id)
        if present is None or self._is(edit.block_id, edit.to):
            return present is not None
        if present.locked or not _looks_like(present, edit.was):
            return False
        if edit.to.has_text:
            self._blocks[edit.block_id] = revise_block(present, edit.to, self._project)
        else:
            self._remove(edit.block_id)
        return True

    def _insert(self, edit: InsertBlock) -> bool:
        if edit.block_id in self._blocks:
            return self._is(edit.block_id, edit.to)
        if edit.block_id in self._part.taken:
            return False
        if edit.to.has_text:
            # One that was deleted by the same edits comes back as it was, with its takes.
            block = revise_block(self._part.blocks.get(edit.block_id), edit.to, self._project)
            index = self._index_behind(edit.after)
            index = len(self._order) if index is None else index
            if edit.block_id in self._deleted:
                start = self._order.index(edit.block_id)
                index = self._lift(start, start + 1, index)
            self._place([edit.block_id], index)
            self._blocks[edit.block_id] = replace(block, block_id=edit.block_id)
        return True

    def _delete(self, edit: DeleteBlock) -> bool:
        present = self._blocks.get(edit.block_id)
        if present is None:
            return True
        if present.locked or not _looks_like(present, edit.was):
            return False
        self._remove(edit.block_id)
        return True

    def _remove(self, block_id: BlockId) -> None:
        del self._blocks[block_id]
        self._deleted.add(block_id)

    def _move(self, edit: MoveBlock) -> bool:
        if edit.block_id not in self._blocks:
            return False
        index = self._index_behind(edit.after)
        start = self._order.index(edit.block_id)
        end = self._end_of_unseen(start + 1)
        if index is not None and not start <= index <= end:
            moved = self._order[start:end]
            self._place(moved, self._lift(start, end, index))
        return True

    def _lift(self, start: int, end: int, index: int) -> int:
        """Take blocks out of the order; an index behind them or in front of them, as it is then."""
        del self._order[start:end]
        return index - (end - start) if index >= end else index

    def _place(self, block_ids: Sequence[BlockId], index: int) -> None:
        self._order[index:index] = block_ids
        self._placed.update(block_ids)
        self._deleted.difference_update(block_ids)

    def _index_behind(self, block_id: BlockId | None) -> int | None:
        """Behind a block and what nobody sees behind it; None where there is no such block."""
        if block_id is None:
            return self._end_of_unseen(0)
        if block_id not in self._blocks and block_id not in self._deleted:
            return None
        return self._end_of_unseen(self._order.index(block_id) + 1)

    def _end_of_unseen(self, index: int) -> int:
        while index < len(self._order) and self._order[index] in self._part.unseen:
            index += 1
        return index


def _wanted(edit: SetBlock | InsertBlock | DeleteBlock) -> SentBlock | None:
    return None if isinstance(edit, DeleteBlock) or not edit.to.has_text else edit.to


def _looks_like(block: Block, sent: SentBlock) -> bool:
    """Whether a block is what its client saw."""
    shown = tuple(SentNode(node.text, node.voice_id) for node in block.nodes if node.text)
    was = tuple(node for node in sent.nodes if node.text)
    return shown == was and sent.sub_type in (None, block.sub_type)
