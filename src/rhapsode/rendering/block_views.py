"""The blocks of a chapter as somebody sees them who edits it, without what it takes to narrate them."""

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from rhapsode.rendering.failures import error_at
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.project_state import find_failure
from rhapsode.rendering.statistics import find_reading, reader_of
from rhapsode.rendering.unsaid import find_unsaid_source
from rhapsode.storage import outlines
from rhapsode.storage.flawed import find_flaws
from rhapsode.storage.outlines import NodeOutline
from rhapsode.storage.records import Transaction
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, ChapterId, VoiceId
from rhapsode.studio.project import Project


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block that is heard.

    converted: its takes say what it is now, or it is locked with them.    flaws: what seems wrong with their sound.
    nodes: (text, voice) of each that has any text; the voice None means the project's default.
    error: why the chapter's last conversion failed at this block, which is as it was then; None if it didn't.
    """

    block_id: BlockId
    kind: BlockKind
    sub_type: str
    locked: bool
    converted: bool
    flaws: tuple[str, ...]
    nodes: tuple[tuple[str, VoiceId | None], ...]
    error: str | None


def view_blocks(
    tx: Transaction, project: Project, chapter_id: ChapterId, only: Collection[BlockId] | None = None
) -> list[BlockView]:
    """The blocks of a project's chapter that are heard, in order. only: those that are asked for; None for all."""
    sources = get_project_sources(tx, project)
    read_by = functools.cache(functools.partial(find_reading, sources=sources))
    flaws = find_flaws(tx, chapter_id, only)
    failure = find_failure(tx, project.project_id, chapter_id)
    nodes = outlines.list_chapter_node_outlines(tx, project.project_id, [chapter_id], only)

    def view(block_id: BlockId, of_block: Sequence[NodeOutline]) -> BlockView:
        spoken = (node for node in of_block if node.text.strip())
        found = (find_unsaid_source(node, read_by(reader_of(node))[1]) for node in spoken)
        unsaid = frozenset(key for key in found if key is not None)
        first = of_block[0]
        return BlockView(
            block_id=block_id,
            kind=first.kind,
            sub_type=first.sub_type,
            locked=first.locked,
            converted=not unsaid,
            flaws=tuple(sorted(flaws.get(block_id, ()))),
            nodes=tuple((node.text, node.voice_id) for node in of_block if node.text),
            error=error_at(unsaid, failure),
        )

    blocks = ((block_id, list(group)) for block_id, group in groupby(nodes, key=lambda node: node.block_id))
    return [view(block_id, of_block) for block_id, of_block in blocks if _is_heard(of_block)]


def _is_heard(nodes: Sequence[NodeOutline]) -> bool:
    """As Block.is_spoken, of a block that is narrated."""
    return nodes[0].kind is not BlockKind.SCENE_BREAK and bool("".join(node.text for node in nodes).strip())
