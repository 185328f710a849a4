"""The archive of a project that is being converted: the chapters that are finished, called as in the final one."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from rhapsode.authoring.selection import parse_ordinals
from rhapsode.delivery.archive import ArchiveLayout, archive_digest, chapter_entry, iterate_archive
from rhapsode.delivery.download import Download
from rhapsode.delivery.downloads import ZIP
from rhapsode.delivery.partial_book import PartialBook, get_partial_book
from rhapsode.delivery.zip_layout import ZipEntry, entry_name, plan_zip
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.checksums import crc32_of
from rhapsode.storage.records import Records
from rhapsode.studio.errors import SnapshotNotFound
from rhapsode.studio.ids import ProjectId, WorkspaceId

MISSING_NAME = "Missing chapters.txt"
"""No chapter's file has it: those begin with their number."""


@dataclass(frozen=True, slots=True)
class PartialArchive:
    """An archive of some chapters. ordinals: their places, in order.    chapter_count: of the whole book."""

    download: Download
    ordinals: tuple[int, ...]
    chapter_count: int

    @property
    def is_partial(self) -> bool:
        """Whether a chapter is missing."""
        return len(self.ordinals) < self.chapter_count


def open_partial(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapters: str | None = None,
) -> PartialArchive:
    """The archive of a project's finished chapters; of a project that is finished, its archive, byte for byte.

    chapters: those that are wanted, by their places ("1-3,5"); None for all that are finished. They give the same
    bytes whatever else is finished by then, so that a download that was begun can be gone on with.
    Raises: ProjectNotFound; UnknownChapters; SnapshotNotFound, when nothing is finished, or not all that is wanted.
    """
    with records.read(workspace_id) as tx:
        book = get_partial_book(tx, project_id)
    ordinals = _choose(book, chapters)
    layout = plan_partial(book, ordinals)
    is_whole = len(ordinals) == len(book.chapters)
    download = Download(
        filename=f"{book.name}.zip" if is_whole else f"{book.name} (partial).zip",
        media_type=ZIP,
        size_bytes=layout.size_bytes,
        digest=archive_digest(layout),
        modified_at_ms=max((book.finished[ordinal].created_at_ms for ordinal in ordinals), default=0),
        read=partial(iterate_archive, records, blobs, workspace_id, layout),
    )
    return PartialArchive(download, ordinals, len(book.chapters))


def _choose(book: PartialBook, chapters: str | None) -> tuple[int, ...]:
    finished = book.finished
    if book.chapters and not finished:
        msg = f"None of the {len(book.chapters)} chapters is finished yet. Ask again in a while."
        raise SnapshotNotFound(msg)
    if chapters is None:
        return tuple(finished)
    wanted = sorted(parse_ordinals(chapters, len(book.chapters)))
    unfinished = [ordinal for ordinal in wanted if ordinal not in finished]
    if unfinished:
        msg = f"Chapter {unfinished[0]} isn't finished yet. Ask again in a while, or for those that are."
        raise SnapshotNotFound(msg)
    return tuple(wanted)


def plan_partial(book: PartialBook, ordinals: Collection[int]) -> ArchiveLayout:
    """Where every byte of an archive of these chapters comes from, all of which are finished.

    Where it isn't the whole book, its last file says which chapters are missing.
    """
    count, finished = len(book.chapters), book.finished
    entries = [chapter_entry(finished[ordinal], ordinal, count) for ordinal in ordinals]
    if len(ordinals) < count:
        missing = _missing_text(book, ordinals).encode()
        entries.append(ZipEntry(MISSING_NAME, len(missing), crc32_of(missing), missing))
    return plan_zip(entries)


def _missing_text(book: PartialBook, ordinals: Collection[int]) -> str:
    count = len(book.chapters)
    missing = [
        entry_name(chapter.ordinal, count, chapter.name, book.encoding.extension)
        for chapter in book.chapters
        if chapter.ordinal not in ordinals
    ]
    begins = f"{book.name}: {len(ordinals)} of {count} chapters are in this archive. These are missing:"
    return "\n".join([begins, "", *missing, ""])


def ordinals_text(ordinals: Collection[int]) -> str:
    """Places of chapters, in order, as `open_partial` takes them: "1-3,5"."""
    runs: list[tuple[int, int]] = []
    for ordinal in ordinals:
        if runs and runs[-1][1] == ordinal - 1:
            runs[-1] = runs[-1][0], ordinal
        else:
            runs.append((ordinal, ordinal))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
