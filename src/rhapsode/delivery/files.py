"""A snapshot's file as pieces: literal bytes and stored segments, in order, all sizes known beforehand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import SegmentLocation, pack_key
from rhapsode.storage.pieces import Wanted
from rhapsode.storage.places import find_locations_of
from rhapsode.storage.records import Transaction
from rhapsode.storage.snapshot_document import list_segment_keys
from rhapsode.storage.snapshots import StoredFile
from rhapsode.storage.stretches import Reading
from rhapsode.storage.wanted import find_blocks
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId
from rhapsode.studio.snapshot import FileHead


class FilePiece(NamedTuple):
    """Either literal `content`, or the first `size_bytes` bytes of the segment at `location`."""

    size_bytes: int
    content: bytes | None = None
    location: SegmentLocation | None = None


class ChapterPieces(NamedTuple):
    """What a chapter's file is made of: its head, and all segments but for so many bytes of the last one."""

    head: list[FilePiece]
    segments: list[FilePiece]
    cut_bytes: int


def chapter_file(tx: Transaction, chapter_snapshot_id: ChapterSnapshotId) -> list[FilePiece]:
    """All pieces of a chapter's file. Raises: SnapshotNotFound; DataDamaged, when the records have lost a segment."""
    ((head, segments, cut_bytes),) = list_chapter_pieces(tx, [chapter_snapshot_id])
    pieces = [*head, *segments]
    pieces[-1] = pieces[-1]._replace(size_bytes=pieces[-1].size_bytes - cut_bytes)
    return pieces


def list_chapter_pieces(tx: Transaction, ids: Sequence[ChapterSnapshotId]) -> list[ChapterPieces]:
    """The pieces of several chapters, which are looked up together. Raises: SnapshotNotFound; DataDamaged."""
    places = find_locations_of(tx, ids)
    return [
        _chapter_pieces(stored, places.get(each, {}))
        for each, stored in zip(ids, snapshots.list_stored_files(tx, ids), strict=True)
    ]


def _chapter_pieces(stored: StoredFile, locations: Mapping[bytes, SegmentLocation]) -> ChapterPieces:
    keys = list_segment_keys(stored.document)
    # Every other one may be the same pause.
    pieces = {key: _segment(locations, key) for key in dict.fromkeys(keys)}
    segments = [pieces[key] for key in keys]
    return ChapterPieces(
        [*head_pieces(stored.head, locations)], segments, ENCODINGS[stored.encoding].end_cut_bytes
    )


def head_pieces(head: FileHead, locations: Mapping[bytes, SegmentLocation]) -> Iterator[FilePiece]:
    """What comes before the first segment, the cover included. Raises: DataDamaged."""
    if head.cover_offset is None or head.cover_key is None:
        yield FilePiece(len(head.content), head.content)
        return
    before, after = head.content[: head.cover_offset], head.content[head.cover_offset :]
    yield FilePiece(len(before), before)
    yield _segment(locations, head.cover_key)
    yield FilePiece(len(after), after)


def _segment(locations: Mapping[bytes, SegmentLocation], key: bytes) -> FilePiece:
    if key not in locations:
        msg = f"Segment {key.hex()} of a snapshot is missing. Convert the project again."
        raise DataDamaged(msg)
    return FilePiece(locations[key].size_bytes, location=locations[key])


def check_packs(blobs: Blobs, pieces: Iterable[FilePiece]) -> None:
    """See that every pack is there and long enough, without reading it. Raises: DataDamaged."""
    check_pack_ends(blobs, pack_ends(pieces))


def pack_ends(pieces: Iterable[FilePiece]) -> dict[str, int]:
    """Every pack that pieces are in, and the byte where the last of them ends."""
    locations = (piece.location for piece in pieces if piece.location is not None)
    return last_ends((location.pack_id, location.offset + location.size_bytes) for location in locations)


def merge_pack_ends(some: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Those of several files."""
    return last_ends(chain.from_iterable(each.items() for each in some))


def last_ends(places: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Of all ends that each pack comes with, the last."""
    ends: dict[str, int] = {}
    for pack_id, end in places:
        ends[pack_id] = max(end, ends.get(pack_id, 0))
    return ends


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
