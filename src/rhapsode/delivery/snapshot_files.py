"""A snapshot's file in stretches: of a project's, only the chapters that are in a stretch are looked up."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.delivery.chapter_files import (
    CHAPTERS_AT_ONCE,
    forget_chapter_files,
    list_pack_ends,
    open_chapter_file,
    open_chapter_files,
)
from rhapsode.delivery.composed import Composed, Content, FilePieces, LookAhead, need_size
from rhapsode.delivery.files import FilePiece, check_pack_ends, check_packs, head_pieces
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.pieces import Wanted
from rhapsode.storage.places import find_locations
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.stretches import Reading
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot


class ChapterStream(NamedTuple):
    """The segments of a chapter, which have so many bytes."""

    chapter_snapshot_id: ChapterSnapshotId
    size_bytes: int


ProjectFile = Composed[FilePiece | ChapterStream]
"""The head's pieces, and then the stream of each chapter, of which the last one's may be cut."""


def iterate_chapter(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, snapshot: ChapterSnapshot, start: int, end: int
) -> Reading:
    """A stretch of a chapter's file, as `download.ReadStretch` gives it. Raises: DataDamaged."""
    wanted = _wanted_of_chapter(records, blobs, workspace_id, snapshot, start, end)
    return Reading(blobs, wanted, on_damage=partial(forget_chapter_files, records))


def _wanted_of_chapter(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, snapshot: ChapterSnapshot, start: int, end: int
) -> Iterator[Wanted]:
    file = open_chapter_file(records, workspace_id, snapshot.chapter_snapshot_id)
    need_size(file, snapshot.file_size_bytes, snapshot.name)
    check_pack_ends(blobs, file.pack_ends)
    yield from file.wanted(start, end)


def plan_project_file(tx: Transaction, snapshot: ProjectSnapshot) -> ProjectFile:
    """What a project's single file is made of; its size is exact. Raises: DataDamaged."""
    locations = find_locations(tx, snapshot.project_snapshot_id)
    chapters = snapshots.list_chapters(tx, snapshot.project_snapshot_id)
    listed: list[FilePiece | ChapterStream] = [*head_pieces(snapshot.head, locations)]
    listed += [ChapterStream(chapter.chapter_snapshot_id, chapter.stream_bytes) for chapter in chapters]
    parts = [(part.size_bytes, part) for part in listed]
    if snapshot.chapter_snapshot_ids:
        # Without chapters all of it is the head, and nothing stands behind it that could be cut.
        size_bytes, last = parts[-1]
        parts[-1] = (size_bytes - ENCODINGS[snapshot.encoding].end_cut_bytes, last)
    return Composed(parts)


def iterate_project(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, file: ProjectFile, start: int, end: int
) -> Reading:
    """A stretch of a project's single file, likewise. Raises: DataDamaged."""
    wanted = _wanted_of_project(records, blobs, workspace_id, file, start, end)
    return Reading(blobs, wanted, on_damage=partial(forget_chapter_files, records))


def _wanted_of_project(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, file: ProjectFile, start: int, end: int
) -> Iterator[Wanted]:
    chapters = [part.chapter_snapshot_id for part in file.parts if isinstance(part, ChapterStream)]
    heads = [part for part in file.parts if isinstance(part, FilePiece)]
    check_pack_ends(blobs, list_pack_ends(records, workspace_id, chapters))
    check_packs(blobs, heads)
    open_parts = partial(_open_parts, records, workspace_id)
    yield from file.wanted(start, end, LookAhead(file.parts, open_parts, at_once=CHAPTERS_AT_ONCE).find)


def _open_parts(
    records: Records, workspace_id: WorkspaceId, parts: Sequence[FilePiece | ChapterStream]
) -> list[Content]:
    ids = [part.chapter_snapshot_id for part in parts if isinstance(part, ChapterStream)]
    streams = (chapter.stream for chapter in open_chapter_files(records, workspace_id, ids))
    opened: list[Content] = [
        FilePieces([part]) if isinstance(part, FilePiece) else next(streams) for part in parts
    ]
    for content, part in zip(opened, parts, strict=True):
        need_size(content, part.size_bytes, "A chapter")
    return opened
