"""Give a project its pronunciation dictionaries, and decide what becomes of the text that their rules touch."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.rendering.draft import choose_reading
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.reading import source_key_of
from rhapsode.storage import projects, takes
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice
from rhapsode.studio.ids import NodeId, ProjectId, TakeId, new_id
from rhapsode.studio.project import Block, Node, Project, Take
from rhapsode.studio.pronunciation import DictionaryLocator

SourceOf = Callable[[Block, Node], bytes | None]


@dataclass(frozen=True, slots=True)
class _Touched:
    """A node in whose text other rules fit than before, with its current take and its source key before and after."""

    node_id: NodeId
    take: Take
    was: bytes | None
    will_be: bytes


def attach_dictionaries(
    tx: Transaction,
    project_id: ProjectId,
    locators: Sequence[DictionaryLocator],
    *,
    invalidate_affected_text: bool = True,
) -> None:
    """Let these dictionaries, in this order, be all that a project has.

    locators: of dictionaries that are there (authoring.dictionaries.checked_locators).
    invalidate_affected_text: whether text in which other rules fit than before is to be converted again. Otherwise
      what was converted stands, until it is edited.
    Raises: ProjectNotFound.
    """
    before = projects.get_project(tx, project_id)
    details = replace(before.details, pronunciation_dictionary_locators=tuple(locators))
    after = replace(before, details=details)
    touched = list(_list_touched(tx, before, after))
    known = takes.list_takes(tx, [t.node_id for t in touched])
    if invalidate_affected_text:
        _undo_copies(tx, touched, known)
    else:
        standing = (t for t in touched if t.take.source_key == t.was)
        takes.set_takes(tx, ((t.node_id, _standing(t, known[t.node_id])) for t in standing))
    projects.save_project(tx, after)


def _list_touched(tx: Transaction, before: Project, after: Project) -> Iterator[_Touched]:
    source_before, source_after = _source_of(tx, before), _source_of(tx, after)
    for chapter in projects.iterate_chapters(tx, before.project_id):
        for block in chapter.blocks:
            for node in block.nodes:
                if node.take is None:
                    continue
                was, will_be = source_before(block, node), source_after(block, node)
                if will_be not in (None, was):
                    yield _Touched(node.node_id, node.take, was, will_be)


def _standing(touched: _Touched, known: Sequence[Take]) -> Take:
    """What says that a node's take is also right for the new rules: a copy of it with the new source key."""
    parts, source_key = touched.take.parts, touched.will_be
    equal = (take for take in known if (take.parts, take.source_key) == (parts, source_key))
    return next(equal, None) or Take(TakeId(new_id()), source_key, parts)


def _undo_copies(
    tx: Transaction, touched: Sequence[_Touched], known: Mapping[NodeId, Sequence[Take]]
) -> None:
    """Delete the copies by which earlier takes were to stand: now that rules are to be heard, they would pass for it.

    A copy is a take with the speech of an older one. Where it is a node's current take, the older one becomes that.
    """
    oldest = {t.node_id: {take.parts: take for take in reversed(known[t.node_id])} for t in touched}
    current = ((t, oldest[t.node_id][t.take.parts]) for t in touched)
    takes.set_takes(tx, ((t.node_id, original) for t, original in current if original != t.take))
    copies = (take for t in touched for take in known[t.node_id] if oldest[t.node_id][take.parts] != take)
    takes.drop_takes(tx, [copy.take_id for copy in copies])


def _source_of(tx: Transaction, project: Project) -> SourceOf:
    """What gives a node's source key in a project as it is; None where nobody here can read it."""
    sources = get_project_sources(tx, project)
    read_by = functools.cache(functools.partial(choose_reading, sources=sources))

    def source_of(block: Block, node: Node) -> bytes | None:
        try:
            return source_key_of(node.text, read_by(block.kind, block.language, node.voice_id))
        except (UnknownVoice, UnknownLanguage):
            return None

    return source_of
