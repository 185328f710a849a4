"""Text of one project as the text of another, with the takes that it has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rhapsode.storage import takes
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, ProjectId, TakeId, derived_id, new_id
from rhapsode.studio.project import Block, Chapter, Node, Take


def copied(project_id: ProjectId, place: str, chapter: Chapter, blocks: Sequence[Block]) -> Chapter:
    """Blocks as a chapter of the export. place: what tells this chapter from all others there.

    Every id depends on the place, so that no block is ever at two.
    """

    def copied_block(block: Block) -> Block:
        nodes = tuple(
            replace(
                node, node_id=NodeId(derived_id("export", project_id, place, block.block_id, node.node_id))
            )
            for node in block.nodes
        )
        return replace(
            block, block_id=BlockId(derived_id("export", project_id, place, block.block_id)), nodes=nodes
        )

    return replace(
        chapter,
        chapter_id=ChapterId(derived_id("export", project_id, place)),
        blocks=tuple(copied_block(block) for block in blocks),
        revision=1,
    )


def nodes_of(chapters: Iterable[Chapter]) -> Iterator[Node]:
    """All nodes of some chapters, in order."""
    return (node for chapter in chapters for block in chapter.blocks for node in block.nodes)


def with_takes(chapter: Chapter, current: Mapping[NodeId, Take | None]) -> Chapter:
    """The same with other takes: those that nodes of the export have, or none."""
    return replace(
        chapter,
        blocks=tuple(
            replace(block, nodes=tuple(replace(node, take=current.get(node.node_id)) for node in block.nodes))
            for block in chapter.blocks
        ),
    )


def copy_takes(tx: Transaction, current: Mapping[NodeId, Take | None], wanted: Sequence[Chapter]) -> None:
    """Let nodes say what the nodes that they are copies of say: also what was chosen, or is older.

    current: the takes that nodes of the export have.    wanted: with the takes of what they are copies of.
    """
    differing = [
        (node.node_id, node.take)
        for node in nodes_of(wanted)
        if node.take is not None and not _is_equal(current.get(node.node_id), node.take)
    ]
    known = takes.list_takes(tx, [node_id for node_id, _ in differing])
    takes.set_takes(
        tx, ((node_id, _copied_take(take, known.get(node_id, ()))) for node_id, take in differing)
    )


def _is_equal(own: Take | None, take: Take) -> bool:
    return own is not None and (own.source_key, own.parts) == (take.source_key, take.parts)


def _copied_take(take: Take, known: Sequence[Take]) -> Take:
    equal = (own for own in known if _is_equal(own, take))
    return next(equal, None) or replace(take, take_id=TakeId(new_id()))
