"""The archive of a project snapshot: one audio file for each chapter, in order, and a report where one is wanted."""

from collections.abc import Iterator, Sequence
from functools import partial

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.delivery.archive_extras import NO_EXTRAS, ArchiveExtras, ArchivePayload, ExtraFile
from rhapsode.delivery.chapter_files import (
    CHAPTERS_AT_ONCE,
    forget_chapter_files,
    list_pack_ends,
    open_chapter_files,
)
from rhapsode.delivery.composed import Content, FilePieces, LookAhead, wanted_of_zip
from rhapsode.delivery.files import FilePiece, check_pack_ends, check_packs
from rhapsode.delivery.report_text import project_report_text
from rhapsode.delivery.reports import report_project
from rhapsode.delivery.zip_layout import ZipEntry, ZipLayout, entry_name, listing_of, plan_zip
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.checksums import crc32_of
from rhapsode.storage.keys import digest
from rhapsode.storage.pieces import Wanted
from rhapsode.storage.records import Records
from rhapsode.storage.snapshots import ChapterFile
from rhapsode.storage.stretches import Reading
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot

REPORT_NAME = "Mastering report.txt"
"""No chapter's file has it: those begin with their number."""

ArchiveLayout = ZipLayout[ArchivePayload]


def plan_archive(
    records: Records,
    workspace_id: WorkspaceId,
    snapshot: ProjectSnapshot,
    *,
    with_report: bool = False,
    extras: ArchiveExtras = NO_EXTRAS,
) -> ArchiveLayout:
    """Where every byte of the archive comes from; its size is exact.

    with_report: whether the mastering report is its last file.    extras: other files that belong in it.
    """
    with records.read(workspace_id) as tx:
        chapters = snapshots.list_chapter_files(tx, snapshot.project_snapshot_id)
        report = project_report_text(report_project(tx, snapshot)).encode() if with_report else None
    entries: list[ZipEntry[ArchivePayload]] = []
    for ordinal, chapter in enumerate(chapters, start=1):
        audio = chapter_entry(chapter, ordinal, len(chapters))
        entries += [audio, *extras.beside(ordinal, audio.name)]
    entries += [*extras.at_end(snapshot.name, {entry.name for entry in entries})]
    if report is not None:
        entries.append(ZipEntry(REPORT_NAME, len(report), crc32_of(report), report))
    return plan_zip(entries)


def chapter_entry(
    chapter: ChapterSnapshot | ChapterFile, ordinal: int, count: int
) -> ZipEntry[ArchivePayload]:
    """The file of the chapter that has this place, from 1, among all chapters of the book."""
    return ZipEntry(
        name=entry_name(ordinal, count, chapter.name, ENCODINGS[chapter.encoding].extension),
        size_bytes=chapter.file_size_bytes,
        crc32=chapter.file_crc32,
        payload=chapter.chapter_snapshot_id,
    )


def archive_size_bytes(chapters: Sequence[ChapterFile]) -> int:
    """How large an archive is that has these chapters in it and nothing else."""
    entries = (chapter_entry(chapter, ordinal, len(chapters)) for ordinal, chapter in enumerate(chapters, 1))
    return plan_zip([*entries]).size_bytes


def archive_digest(layout: ArchiveLayout) -> bytes:
    """The digest of all that decides the archive's bytes: what is in it, and the list at its end."""
    payloads = (entry.payload for entry in layout.entries)
    parts = (payload.digest if isinstance(payload, ExtraFile) else payload for payload in payloads)
    return digest("archive/1", *parts, listing_of(layout.entries))


def iterate_archive(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, layout: ArchiveLayout, start: int, end: int
) -> Reading:
    """The archive's bytes from `start` to before `end` in checked blocks; memory doesn't grow with its size.

    Raises: DataDamaged: before the first byte when a pack is missing, else in place of the damaged block.
    """
    wanted = _wanted(records, blobs, workspace_id, layout, start, end)
    return Reading(blobs, wanted, on_damage=partial(forget_chapter_files, records))


def _wanted(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, layout: ArchiveLayout, start: int, end: int
) -> Iterator[Wanted]:
    check_pack_ends(blobs, list_pack_ends(records, workspace_id, _chapters(layout)))
    for extra in (entry.payload for entry in layout.entries):
        if isinstance(extra, ExtraFile):
            check_packs(blobs, extra.list_pieces())

    def open_files(payloads: Sequence[ArchivePayload]) -> list[Content]:
        ids = [payload for payload in payloads if isinstance(payload, str)]
        chapters = iter(open_chapter_files(records, workspace_id, ids))
        return [next(chapters) if isinstance(payload, str) else _other_file(payload) for payload in payloads]

    files = LookAhead([entry.payload for entry in layout.entries], open_files, at_once=CHAPTERS_AT_ONCE)
    yield from wanted_of_zip(layout, start, end, files.find)


def _other_file(payload: bytes | ExtraFile) -> Content:
    return FilePieces(
        [FilePiece(len(payload), payload)] if isinstance(payload, bytes) else payload.list_pieces()
    )


def _chapters(layout: ArchiveLayout) -> list[ChapterSnapshotId]:
    payloads = (entry.payload for entry in layout.entries)
    return list(dict.fromkeys(payload for payload in payloads if isinstance(payload, str)))
