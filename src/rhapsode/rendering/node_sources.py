"""What nodes are read as now, for whoever compares that with what was made of them."""

import functools
from collections.abc import Callable

from rhapsode.rendering.draft import choose_reading, keeps_take
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.reading import key_of_source, source_of
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice
from rhapsode.studio.ids import BlockId
from rhapsode.studio.project import Block, Chapter, Node, Project, TakeSource


def read_node(tx: Transaction, project: Project, block: Block, node: Node) -> tuple[TakeSource, bytes]:
    """What would be made of a node of a block, and its key. Raises: UnknownVoice; UnknownLanguage."""
    source = _sources_of_nodes(tx, project)(block, node)
    return source, key_of_source(source)


def list_converted(tx: Transaction, project: Project, chapter: Chapter) -> set[BlockId]:
    """The blocks of a chapter whose takes say what they are now, or are locked."""
    source_of_node = _sources_of_nodes(tx, project)

    def stands(block: Block, node: Node) -> bool:
        if node.take is None:
            return not node.text.strip()
        if keeps_take(block, node):
            return True
        try:
            return node.take.source_key == key_of_source(source_of_node(block, node))
        except (UnknownVoice, UnknownLanguage):
            return False

    return {block.block_id for block in chapter.blocks if all(stands(block, node) for node in block.nodes)}


def _sources_of_nodes(tx: Transaction, project: Project) -> Callable[[Block, Node], TakeSource]:
    sources = get_project_sources(tx, project)
    read_by = functools.cache(functools.partial(choose_reading, sources=sources))
    return lambda block, node: source_of(node.text, read_by(block.kind, block.language, node.voice_id))
