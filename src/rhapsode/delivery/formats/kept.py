"""Parts of exports that are there already."""

from collections.abc import Iterator

from rhapsode.audio.head import Head
from rhapsode.delivery.formats.format import ExportPart, ExportSource, KeptStretch
from rhapsode.storage import snapshots
from rhapsode.storage.segments import StoredSegment


def kept_head(head: Head, cover: StoredSegment | None) -> Iterator[ExportPart]:
    """A head around a cover, which isn't copied."""
    yield head.before_cover
    if cover is not None:
        yield KeptStretch(cover.key, cover.location.size_bytes)
    yield head.after_cover


def kept_segments(source: ExportSource) -> list[KeptStretch]:
    """What the snapshot's own files are made of. Raises: SnapshotNotFound; DataDamaged."""
    with source.records.read(source.workspace_id) as tx:
        return [
            KeptStretch(part.segment_key, part.size_bytes)
            for chapter in source.chapters
            for part in snapshots.get_parts(tx, chapter.chapter_snapshot_id)
        ]
