"""A snapshot's file as pieces: literal bytes and stored segments, in order, all sizes known beforehand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import SegmentLocation, pack_key
from rhapsode.storage.places import find_locations, find_locations_of
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.snapshot_document import list_segment_keys
from rhapsode.storage.snapshots import StoredFile
from rhapsode.storage.stretches import Reading
from rhapsode.storage.wanted import Wanted, find_blocks
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, ProjectSnapshot


class FilePiece(NamedTuple):
    """Either literal `content`, or the first `size_bytes` bytes of the segment at `location`."""

    size_bytes: int
    content: bytes | None = None
    location: SegmentLocation | None = None


def chapter_file(tx: Transaction, snapshot: ChapterSnapshot) -> list[FilePiece]:
    """All pieces of a chapter's file. Raises: DataDamaged, when the records have lost a segment."""
    (pieces,) = chapter_files(tx, [snapshot.chapter_snapshot_id])
    return pieces


def chapter_files(tx: Transaction, ids: Sequence[ChapterSnapshotId]) -> list[list[FilePiece]]:
    """The same of several chapters, which are looked up together. Raises: SnapshotNotFound; DataDamaged."""
    locations = find_locations_of(tx, ids)
    return [
        _file(stored, locations.get(each, {}))
        for each, stored in zip(ids, snapshots.list_stored_files(tx, ids), strict=True)
    ]


def _file(stored: StoredFile, locations: Mapping[bytes, SegmentLocation]) -> list[FilePiece]:
    pieces = [*head_pieces(stored.head, locations), *_pieces(stored.document, locations)]
    return _without_end(pieces, ENCODINGS[stored.encoding].end_cut_bytes)


def project_file(tx: Transaction, snapshot: ProjectSnapshot) -> list[FilePiece]:
    """All pieces of the single file of a project: its head, then the segments of all chapters.

    Raises: DataDamaged, when the records have lost a segment.
    """
    pieces = [*head_pieces(snapshot.head, find_locations(tx, snapshot.project_snapshot_id))]
    for chapter_id in snapshot.chapter_snapshot_ids:
        chapter = snapshots.get_chapter_snapshot(tx, chapter_id)
        pieces += _stream(tx, chapter, find_locations(tx, chapter_id))
    if not snapshot.chapter_snapshot_ids:
        # All of it is the head: nothing stands behind it that could be cut.
        return pieces
    return _without_end(pieces, ENCODINGS[snapshot.encoding].end_cut_bytes)


def head_pieces(head: FileHead, locations: Mapping[bytes, SegmentLocation]) -> Iterator[FilePiece]:
    """What comes before the first segment, the cover included. Raises: DataDamaged."""
    if head.cover_offset is None or head.cover_key is None:
        yield FilePiece(len(head.content), head.content)
        return
    before, after = head.content[: head.cover_offset], head.content[head.cover_offset :]
    yield FilePiece(len(before), before)
    yield _segment(locations, head.cover_key)
    yield FilePiece(len(after), after)


def _stream(
    tx: Transaction, snapshot: ChapterSnapshot, locations: Mapping[bytes, SegmentLocation]
) -> Iterator[FilePiece]:
    return _pieces(snapshots.get_document(tx, snapshot.chapter_snapshot_id)[0], locations)


def _pieces(document: bytes, locations: Mapping[bytes, SegmentLocation]) -> Iterator[FilePiece]:
    keys = list_segment_keys(document)
    # Every other one may be the same pause.
    pieces = {key: _segment(locations, key) for key in dict.fromkeys(keys)}
    return map(pieces.__getitem__, keys)


def _segment(locations: Mapping[bytes, SegmentLocation], key: bytes) -> FilePiece:
    if key not in locations:
        msg = f"Segment {key.hex()} of a snapshot is missing. Convert the project again."
        raise DataDamaged(msg)
    return FilePiece(locations[key].size_bytes, location=locations[key])


def _without_end(pieces: list[FilePiece], cut_bytes: int) -> list[FilePiece]:
    if cut_bytes:
        pieces[-1] = pieces[-1]._replace(size_bytes=pieces[-1].size_bytes - cut_bytes)
    return pieces


def check_packs(blobs: Blobs, pieces: Iterable[FilePiece]) -> None:
    """See that every pack is there and long enough, without reading it. Raises: DataDamaged."""
    ends: dict[str, int] = {}
    for location in (piece.location for piece in pieces if piece.location is not None):
        end = location.offset + location.size_bytes
        ends[location.pack_id] = max(end, ends.get(location.pack_id, 0))
    check_pack_ends(blobs, ends)


def check_pack_ends(blobs: Blobs, ends: Mapping[str, int]) -> None:
    """See that packs are there and have at least so many bytes. ends: by id. Raises: DataDamaged."""
    sizes_bytes = blobs.sizes_bytes([pack_key(pack_id) for pack_id in ends])
    for (pack_id, end), size_bytes in zip(ends.items(), sizes_bytes, strict=True):
        if size_bytes < end:
            msg = f"Pack {pack_id} is cut short."
            raise DataDamaged(msg)


def iterate_file(blobs: Blobs, pieces: Sequence[FilePiece]) -> Iterator[bytes]:
    """The bytes of a file in checked blocks; no byte when a pack is missing. Raises: DataDamaged."""
    check_packs(blobs, pieces)
    yield from iterate_stretch(blobs, pieces, 0, sum(piece.size_bytes for piece in pieces))


def iterate_stretch(blobs: Blobs, pieces: Sequence[FilePiece], start: int, end: int) -> Reading:
    """The bytes of a file from `start` to before `end`, in checked blocks. Raises: DataDamaged."""
    return Reading(blobs, wanted_of(pieces, start, end))


def wanted_of(pieces: Iterable[FilePiece], start: int, end: int) -> Iterator[Wanted]:
    """What has to be read for the bytes of a file from `start` to before `end`; no piece behind them is asked for."""
    for size_bytes, content, location in pieces:
        first, last = max(start, 0), min(end, size_bytes)
        start, end = start - size_bytes, end - size_bytes
        if first < last and content is not None:
            yield content[first:last]
        elif first < last and location is not None:
            yield from find_blocks(location, first, last)
        if end <= 0:
            return


def chapter_bytes(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, chapter_snapshot_id: ChapterSnapshotId
) -> Iterator[bytes]:
    """A chapter's file in checked blocks. Raises: NotFound; DataDamaged."""
    yield from iterate_file(blobs, chapter_pieces(records, workspace_id, chapter_snapshot_id))


def chapter_pieces(
    records: Records, workspace_id: WorkspaceId, chapter_snapshot_id: ChapterSnapshotId
) -> list[FilePiece]:
    """`chapter_file` in a transaction of its own. Raises: NotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        (pieces,) = chapter_files(tx, [chapter_snapshot_id])
    return pieces


def stream_pieces(
    records: Records, workspace_id: WorkspaceId, chapter_snapshot_id: ChapterSnapshotId
) -> list[FilePiece]:
    """The segments of a chapter, whole and without its head. Raises: NotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        document, _ = snapshots.get_document(tx, chapter_snapshot_id)
        return [*_pieces(document, find_locations(tx, chapter_snapshot_id))]
