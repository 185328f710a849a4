"""Packs: immutable files of many segments, written once, that can rebuild the records of what they hold.

One pack belongs to one workspace and holds one kind of segment, in reading order. Here they are read and
verified; what they are made of and how they are written is offered here too.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from isal import isal_zlib

from rhapsode.storage.blobs import Blobs, Stretch
from rhapsode.storage.pack_format import (
    FOOTER_BYTES,
    HEADER_BYTES,
    block_crcs_of,
    block_sizes,
    find_header_problem,
    footer_from_bytes,
    pack_from_index,
    pack_key,
)
from rhapsode.storage.pack_writer import PackWriter, close_packs
from rhapsode.storage.packed import (
    AudioMeta,
    ClosedPack,
    MediaMeta,
    PackedSegment,
    SegmentKind,
    SegmentLocation,
    SegmentMeta,
    SpeechMeta,
)
from rhapsode.studio.errors import BlobMissing, DataDamaged

__all__ = [
    "AudioMeta",
    "ClosedPack",
    "MediaMeta",
    "PackProblem",
    "PackWriter",
    "PackedSegment",
    "SegmentKind",
    "SegmentLocation",
    "SegmentMeta",
    "SpeechMeta",
    "close_packs",
    "list_pack_ids",
    "pack_key",
    "read_index",
    "read_segment",
    "verify_pack",
]

_PACK_KEY = re.compile(r"packs/([0-9a-f]{2})/(\1[0-9a-f]{62})\.pack")


def list_pack_ids(blobs: Blobs) -> Iterator[tuple[str, int]]:
    """Every pack that is stored and its size in bytes, in the order of their ids."""
    for key, size_bytes in blobs.list_keys("packs/"):
        match = _PACK_KEY.fullmatch(key)
        if match:
            yield match[2], size_bytes


def read_index(blobs: Blobs, pack_id: str) -> ClosedPack:
    """What a pack says of itself: all that its records need. The segments' bytes aren't read.

    Raises: BlobMissing; DataDamaged.
    """
    problem = find_header_problem(blobs.read(pack_key(pack_id), 0, HEADER_BYTES))
    if problem is not None:
        raise _damaged(pack_id, problem)
    return _read_index(blobs, pack_id)


def _read_index(blobs: Blobs, pack_id: str) -> ClosedPack:
    key = pack_key(pack_id)
    size_bytes = blobs.size_bytes(key)
    if size_bytes < HEADER_BYTES + FOOTER_BYTES:
        raise _damaged(pack_id, "it is shorter than an empty pack")
    try:
        end = blobs.read(key, size_bytes - FOOTER_BYTES, FOOTER_BYTES)
        footer = footer_from_bytes(end, file_size_bytes=size_bytes)
        return pack_from_index(
            blobs.read(key, footer.index_offset, footer.index_size_bytes), footer, pack_id=pack_id
        )
    except BlobMissing:
        raise
    except DataDamaged as error:
        raise _damaged(pack_id, str(error)) from error


def read_segment(blobs: Blobs, location: SegmentLocation) -> bytes:
    """All bytes of a segment, checked. Raises: BlobMissing; DataDamaged."""
    content = blobs.read(pack_key(location.pack_id), location.offset, location.size_bytes)
    if block_crcs_of(content) != location.block_crcs:
        raise _segment_damaged(location)
    return content


def _blocks(blobs: Blobs, location: SegmentLocation) -> Iterator[tuple[bytes, int]]:
    key, offset = pack_key(location.pack_id), location.offset
    for size_bytes, crc32 in zip(block_sizes(location.size_bytes), location.block_crcs, strict=True):
        yield blobs.read(key, offset, size_bytes), crc32
        offset += size_bytes


def _stretches(pack: ClosedPack) -> Iterator[Stretch]:
    """All blocks of a pack, in order."""
    for segment in pack.segments:
        offset = segment.location.offset
        for size_bytes in block_sizes(segment.location.size_bytes):
            yield Stretch(pack_key(pack.pack_id), offset, size_bytes)
            offset += size_bytes


@dataclass(frozen=True, slots=True)
class PackProblem:
    """Something wrong with a pack, in words. `segment_key` where it is one segment that is hit."""

    pack_id: str
    what: str
    segment_key: bytes | None = None


def verify_pack(blobs: Blobs, pack_id: str) -> list[PackProblem]:
    """Everything wrong with a pack; empty only when each of its bytes is the one that was written.

    Names each segment whose bytes have changed; none when the index is unreadable, as the pack alone can't
    tell then. Reads the file once and holds its index and one block. Raises: OSError where the disk fails.
    """
    problems: list[PackProblem] = []
    try:
        problems.extend(_find_problems(blobs, _read_index(blobs, pack_id)))
    except DataDamaged as error:
        problems.append(PackProblem(pack_id, str(error)))
    return problems


def _find_problems(blobs: Blobs, pack: ClosedPack) -> Iterator[PackProblem]:
    key, hasher = pack_key(pack.pack_id), hashlib.sha256()
    header = blobs.read(key, 0, HEADER_BYTES)
    hasher.update(header)
    problem = find_header_problem(header)
    if problem is not None:
        yield PackProblem(pack.pack_id, f"Pack {pack.pack_id}: {problem}.")
    end = HEADER_BYTES
    blocks = blobs.read_many(_stretches(pack))
    for segment in pack.segments:
        whole = True
        for crc32 in segment.location.block_crcs:
            block = next(blocks)
            hasher.update(block)
            whole = whole and isal_zlib.crc32(block) == crc32
        end += segment.location.size_bytes
        if not whole:
            yield PackProblem(pack.pack_id, str(_segment_damaged(segment.location)), segment.key)
    hasher.update(blobs.read(key, end, pack.size_bytes - end))
    if hasher.hexdigest() != pack.pack_id:
        yield PackProblem(pack.pack_id, f"Pack {pack.pack_id}: its SHA-256 isn't its name.")


def _damaged(pack_id: str, what: str) -> DataDamaged:
    return DataDamaged(f"Pack {pack_id}: {what}.")


def _segment_damaged(location: SegmentLocation) -> DataDamaged:
    end = location.offset + location.size_bytes
    return _damaged(location.pack_id, f"bytes {location.offset} to {end} differ from their checksums")
