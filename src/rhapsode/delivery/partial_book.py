"""How far a project is: which of its chapters are finished, each in its place in the book."""

from collections.abc import Mapping
from dataclasses import dataclass

from rhapsode.audio.encoding import ENCODINGS, Encoding
from rhapsode.delivery import snapshots as found
from rhapsode.rendering.listening import Listened, find_listened
from rhapsode.storage import snapshots
from rhapsode.storage.conversions import ConversionChapter
from rhapsode.storage.outlines import list_chapter_outlines
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ChapterId, ConversionId, ProjectId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot


@dataclass(frozen=True, slots=True)
class PartialChapter:
    """A chapter in its place. ordinal: from 1.    snapshot: None as long as it isn't finished."""

    ordinal: int
    chapter_id: ChapterId
    name: str
    snapshot: ChapterSnapshot | None


@dataclass(frozen=True, slots=True)
class PartialBook:
    """A project as far as it is finished.

    conversion_id: of the conversion that runs or waits; None where there is none, and all chapters are finished.
    chapters: all of the whole book, in order.
    """

    name: str
    encoding: Encoding
    conversion_id: ConversionId | None
    chapters: tuple[PartialChapter, ...]

    @property
    def finished(self) -> dict[int, ChapterSnapshot]:
        """The chapters that can be had, by their places, in order."""
        return {c.ordinal: c.snapshot for c in self.chapters if c.snapshot is not None}


def get_partial_book(tx: Transaction, project_id: ProjectId) -> PartialBook:
    """How far a project is in the conversion that runs, or begins next; without one, its newest snapshot.

    Raises: ProjectNotFound; SnapshotNotFound, when it isn't being converted and never was.
    """
    found.need_project(tx, project_id)
    listened = find_listened(tx, project_id)
    if listened is not None and listened.chapters:
        return _of_conversion(tx, project_id, listened)
    return _of_snapshot(tx, found.get_newest_of_project(tx, project_id))


def _of_conversion(tx: Transaction, project_id: ProjectId, listened: Listened) -> PartialBook:
    names = {outline.chapter_id: outline.name for outline in list_chapter_outlines(tx, project_id)}
    newest = snapshots.list_latest_chapter_snapshots(tx, project_id)
    chapters = []
    for ordinal, chapter in enumerate(listened.chapters, start=1):
        snapshot = _find_finished(tx, chapter, newest)
        # What isn't finished is called as it is called now; a chapter that was deleted meanwhile has its number.
        name = names.get(chapter.chapter_id, "") if snapshot is None else snapshot.name
        chapters.append(PartialChapter(ordinal, chapter.chapter_id, name, snapshot))
    return PartialBook(listened.name, listened.encoding, listened.conversion_id, tuple(chapters))


def _find_finished(
    tx: Transaction, chapter: ConversionChapter, newest: Mapping[ChapterId, ChapterSnapshot]
) -> ChapterSnapshot | None:
    """What a conversion has of a chapter: nearly always the newest snapshot of it, and those are read at once."""
    snapshot_id, snapshot = chapter.chapter_snapshot_id, newest.get(chapter.chapter_id)
    if snapshot_id is None:
        return None
    if snapshot is not None and snapshot.chapter_snapshot_id == snapshot_id:
        return snapshot
    return snapshots.get_chapter_snapshot(tx, snapshot_id)


def _of_snapshot(tx: Transaction, snapshot: ProjectSnapshot) -> PartialBook:
    chapters = snapshots.list_chapters(tx, snapshot.project_snapshot_id)
    placed = tuple(PartialChapter(i, c.chapter_id, c.name, c) for i, c in enumerate(chapters, start=1))
    return PartialBook(snapshot.name, ENCODINGS[snapshot.encoding], None, placed)
