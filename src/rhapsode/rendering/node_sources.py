"""What nodes are read as now, for whoever compares that with what was made of them."""

import functools
from collections.abc import Callable

from rhapsode.rendering.draft import choose_reading
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.reading import key_of_source, source_of
from rhapsode.storage.records import Transaction
from rhapsode.studio.project import Block, Node, Project, TakeSource


def read_node(tx: Transaction, project: Project, block: Block, node: Node) -> tuple[TakeSource, bytes]:
    """What would be made of a node of a block, and its key. Raises: UnknownVoice; UnknownLanguage."""
    source = _sources_of_nodes(tx, project)(block, node)
    return source, key_of_source(source)


def _sources_of_nodes(tx: Transaction, project: Project) -> Callable[[Block, Node], TakeSource]:
    sources = get_project_sources(tx, project)
    read_by = functools.cache(functools.partial(choose_reading, sources=sources))
    return lambda block, node: source_of(node.text, read_by(block.kind, block.language, node.voice_id))
