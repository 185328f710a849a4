"""A chapter from one of its blocks on: of a snapshot, a file of known length with a head of its own."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.audio.head import bare_head
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.chapter_files import forget_chapter_files, open_chapter_file
from rhapsode.delivery.composed import need_size
from rhapsode.delivery.download import Download
from rhapsode.delivery.files import check_pack_ends
from rhapsode.rendering.listening import Listened, find_newest, parts_from
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.keys import digest
from rhapsode.storage.pieces import Wanted
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.stretches import Reading
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot


def find_heard(
    tx: Transaction, project_id: ProjectId, chapter_id: ChapterId, block_id: BlockId
) -> Listened | ChapterSnapshot:
    """What is heard of a chapter from a block on: what a conversion makes of it, or its newest snapshot.

    Raises: ProjectNotFound; ChapterNotFound; SnapshotNotFound, when it was never converted.
    """
    found.need_chapter(tx, project_id, chapter_id)
    newest = find_newest(tx, project_id, chapter_id, block_id)
    if isinstance(newest, Listened):
        return newest
    if newest is not None:
        return snapshots.get_chapter_snapshot(tx, newest)
    return found.get_newest_of_chapter(tx, project_id, chapter_id)


def open_chapter_tail(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, snapshot: ChapterSnapshot, block_id: BlockId
) -> Download:
    """What a chapter's file has from a block on, without its tags. Raises: BlockNotFound."""
    encoding = ENCODINGS[snapshot.encoding]
    with records.read(workspace_id) as tx:
        parts = parts_from(snapshots.get_parts(tx, snapshot.chapter_snapshot_id), block_id)
        content = snapshots.get_chapter_digest(tx, snapshot.chapter_snapshot_id)
    stream_bytes = sum(part.size_bytes for part in parts) - encoding.end_cut_bytes
    frame_count = sum(part.frame_count for part in parts)
    tail = _Tail(
        snapshot, bare_head(encoding, frame_count=frame_count, stream_bytes=stream_bytes), stream_bytes
    )
    return Download(
        filename=f"{snapshot.name}.{encoding.extension}",
        media_type=encoding.media_type,
        size_bytes=len(tail.head) + stream_bytes,
        digest=digest("chapter-tail/1", content, tail.head, stream_bytes),
        modified_at_ms=snapshot.created_at_ms,
        read=partial(_read, records, blobs, workspace_id, tail),
    )


class _Tail(NamedTuple):
    """A head of its own, and then so many bytes of the end of a chapter's file."""

    snapshot: ChapterSnapshot
    head: bytes
    stream_bytes: int


def _read(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, tail: _Tail, start: int, end: int
) -> Reading:
    wanted = _wanted(records, blobs, workspace_id, tail, start, end)
    return Reading(blobs, wanted, on_damage=partial(forget_chapter_files, records))


def _wanted(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, tail: _Tail, start: int, end: int
) -> Iterator[Wanted]:
    snapshot, head_bytes = tail.snapshot, len(tail.head)
    file = open_chapter_file(records, workspace_id, snapshot.chapter_snapshot_id)
    need_size(file, snapshot.file_size_bytes, snapshot.name)
    check_pack_ends(blobs, file.pack_ends)
    if start < head_bytes:
        yield tail.head[start:end]
    if end > head_bytes:
        before_bytes = snapshot.file_size_bytes - tail.stream_bytes - head_bytes
        yield from file.wanted(max(start, head_bytes) + before_bytes, end + before_bytes)
