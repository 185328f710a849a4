"""Give a project its pronunciation dictionaries, and decide what becomes of the text that their rules touch."""

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.rendering.draft import choose_reading
from rhapsode.rendering.planned import Load, TakesBySource
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.reading import key_of_source, source_of
from rhapsode.storage import projects, takes
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice
from rhapsode.studio.ids import ChapterId, NodeId, ProjectId, TakeId, new_id
from rhapsode.studio.project import Block, Chapter, Node, Project, Take, TakePart, TakeSource
from rhapsode.studio.pronunciation import DictionaryLocator

SourceOf = Callable[[Block, Node], TakeSource | None]


@dataclass(frozen=True, slots=True)
class _Touched:
    """A node in whose text other rules fit than before, with its current take and its source before and after."""

    node_id: NodeId
    take: Take
    was: TakeSource | None
    will_be: TakeSource

    @property
    def is_converted(self) -> bool:
        """Whether the take said what was asked for before."""
        return self.was is not None and self.take.source_key == key_of_source(self.was)


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
        standing = (t for t in touched if t.is_converted)
        takes.set_takes(tx, ((t.node_id, _standing(t, known[t.node_id])) for t in standing))
    projects.save_project(tx, after)


def _list_touched(tx: Transaction, before: Project, after: Project) -> Iterator[_Touched]:
    source_before, source_after = _source_of(tx, before), _source_of(tx, after)
    for chapter in projects.iterate_chapters(tx, before.project_id):
        yield from _touched_of(chapter, source_before, source_after)


def _touched_of(chapter: Chapter, source_before: SourceOf, source_after: SourceOf) -> Iterator[_Touched]:
    for block in chapter.blocks:
        for node in block.nodes:
            if node.take is None:
                continue
            was, will_be = source_before(block, node), source_after(block, node)
            if will_be is not None and (was is None or key_of_source(was) != key_of_source(will_be)):
                yield _Touched(node.node_id, node.take, was, will_be)


def _standing(touched: _Touched, known: Sequence[Take]) -> Take:
    """What says that a node's take is also right for the new rules: a copy of it with the new source."""
    parts, source_key = touched.take.parts, key_of_source(touched.will_be)
    equal = (take for take in known if (take.parts, take.source_key) == (parts, source_key))
    spoken_by = touched.take.source
    # Whoever has spoken it: a newer version would speak it in another way, with these rules too.
    source = spoken_by and replace(touched.will_be, engine_version=spoken_by.engine_version)
    return next(equal, None) or Take(TakeId(new_id()), source_key, parts, source)


def load_as_if_attached(tx: Transaction, before: Project, after: Project) -> Load:
    """What loads the chapters of a project as they would be once `attach_dictionaries` has made it `after`.

    Text that other rules fit is to be converted again, as it is unless somebody says otherwise.
    """
    source_before, source_after = _source_of(tx, before), _source_of(tx, after)

    def load(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> tuple[Chapter, TakesBySource]:
        chapter = projects.get_chapter(tx, project_id, chapter_id)
        known = takes.list_takes(tx, [node.node_id for block in chapter.blocks for node in block.nodes])
        touched = {t.node_id for t in _touched_of(chapter, source_before, source_after)}
        return _without_copies(chapter, known, touched)

    return load


def _without_copies(
    chapter: Chapter, known: Mapping[NodeId, Sequence[Take]], touched: Collection[NodeId]
) -> tuple[Chapter, TakesBySource]:
    """A chapter whose touched nodes have no copies of takes any more, as `_undo_copies` leaves them."""
    oldest = {node_id: _oldest_by_parts(known[node_id]) for node_id in touched}

    def node_without(node: Node) -> Node:
        if node.node_id not in touched or node.take is None:
            return node
        return replace(node, take=oldest[node.node_id][node.take.parts])

    blocks = (replace(b, nodes=tuple(map(node_without, b.nodes))) for b in chapter.blocks)
    kept = {
        (node_id, take.source_key): take
        for node_id, listed in known.items()
        for take in listed
        if node_id not in touched or oldest[node_id][take.parts] == take
    }
    return replace(chapter, blocks=tuple(blocks)), kept


def _oldest_by_parts(known: Sequence[Take]) -> dict[tuple[TakePart, ...], Take]:
    return {take.parts: take for take in reversed(known)}


def _undo_copies(
    tx: Transaction, touched: Sequence[_Touched], known: Mapping[NodeId, Sequence[Take]]
) -> None:
    """Delete the copies by which earlier takes were to stand: now that rules are to be heard, they would pass for it.

    A copy is a take with the speech of an older one. Where it is a node's current take, the older one becomes that.
    """
    oldest = {t.node_id: _oldest_by_parts(known[t.node_id]) for t in touched}
    current = ((t, oldest[t.node_id][t.take.parts]) for t in touched)
    takes.set_takes(tx, ((t.node_id, original) for t, original in current if original != t.take))
    copies = (take for t in touched for take in known[t.node_id] if oldest[t.node_id][take.parts] != take)
    takes.drop_takes(tx, [copy.take_id for copy in copies])


def _source_of(tx: Transaction, project: Project) -> SourceOf:
    """What gives a node's source in a project as it is; None where nobody here can read it."""
    sources = get_project_sources(tx, project)
    read_by = functools.cache(functools.partial(choose_reading, sources=sources))

    def find_source(block: Block, node: Node) -> TakeSource | None:
        try:
            return source_of(node.text, read_by(block.kind, block.language, node.voice_id))
        except (UnknownVoice, UnknownLanguage):
            return None

    return find_source
