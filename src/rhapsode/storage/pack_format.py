"""The bytes of a pack: header, segments, index, footer (docs/storage.md, "Packs")."""

import functools
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isal import isal_zlib

from rhapsode.storage.packed import (
    META_TYPES,
    ClosedPack,
    PackedSegment,
    SegmentKind,
    SegmentLocation,
    SegmentMeta,
)
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import BLOCK_BYTES

FORMAT_VERSION = 1
_HEADER = struct.Struct("<8sH6s")
_HEADER_MAGIC = b"RHAPPACK"
_FOOTER = struct.Struct("<QQII8s")
_FOOTER_MAGIC = b"PACKINDX"
HEADER_BYTES = _HEADER.size
FOOTER_BYTES = _FOOTER.size
HEADER = _HEADER.pack(_HEADER_MAGIC, FORMAT_VERSION, bytes(6))


def pack_key(pack_id: str) -> str:
    """The key of the blob that is this pack."""
    return f"packs/{pack_id[:2]}/{pack_id}.pack"


@dataclass(frozen=True, slots=True)
class PackEntry:
    """A segment in a pack that has no name yet."""

    key: bytes
    offset: int
    size_bytes: int
    block_crcs: tuple[int, ...]
    meta: SegmentMeta

    def as_json(self) -> dict[str, Any]:
        """The entry as the index has it."""
        return {
            "key": self.key.hex(),
            "offset": self.offset,
            "size_bytes": self.size_bytes,
            "block_crcs": self.block_crcs,
            "meta": self.meta.as_json(),
        }

    def in_pack(self, pack_id: str, kind: SegmentKind) -> PackedSegment:
        """The segment, once its pack has a name."""
        location = SegmentLocation(pack_id, self.offset, self.size_bytes, self.block_crcs)
        return PackedSegment(
            self.key, kind, location, joined_crc32(self.block_crcs, self.size_bytes), self.meta
        )


def block_sizes(size_bytes: int) -> Iterator[int]:
    """The sizes of the blocks that `size_bytes` bytes are checked in."""
    for offset in range(0, size_bytes, BLOCK_BYTES):
        yield min(BLOCK_BYTES, size_bytes - offset)


def block_crcs_of(content: bytes) -> tuple[int, ...]:
    """CRC-32 of each block."""
    view = memoryview(content)
    return tuple(
        isal_zlib.crc32(view[offset : offset + BLOCK_BYTES]) for offset in range(0, len(view), BLOCK_BYTES)
    )


def joined_crc32(block_crcs: Sequence[int], size_bytes: int) -> int:
    """CRC-32 of `size_bytes` bytes from those of their blocks."""
    parts = zip(block_crcs, block_sizes(size_bytes), strict=True)
    return functools.reduce(lambda crc, part: int(isal_zlib.crc32_combine(crc, *part)), parts, 0)


def index_bytes(workspace_id: WorkspaceId, kind: SegmentKind, entries: Sequence[PackEntry]) -> bytes:
    """The index of a pack; the same segments always give the same bytes."""
    index = {"workspace": workspace_id, "kind": kind, "segments": [entry.as_json() for entry in entries]}
    return json.dumps(index, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def footer_bytes(*, index: bytes, index_offset: int, segment_count: int) -> bytes:
    """The last bytes of a pack, which say where its index is."""
    return _FOOTER.pack(index_offset, len(index), isal_zlib.crc32(index), segment_count, _FOOTER_MAGIC)


@dataclass(frozen=True, slots=True)
class Footer:
    """What a pack's last bytes say."""

    index_offset: int
    index_size_bytes: int
    index_crc32: int
    segment_count: int


def footer_from_bytes(content: bytes, *, file_size_bytes: int) -> Footer:
    """Raises: DataDamaged when these aren't the last bytes of a pack of this size."""
    *numbers, magic = _FOOTER.unpack(content)
    footer = Footer(*numbers)
    end = footer.index_offset + footer.index_size_bytes + FOOTER_BYTES
    if magic != _FOOTER_MAGIC or end != file_size_bytes or footer.index_offset < HEADER_BYTES:
        msg = "the end of the file isn't that of a pack"
        raise DataDamaged(msg)
    return footer


def find_header_problem(content: bytes) -> str | None:
    """What is wrong with a pack's first bytes; None when nothing is."""
    if content == HEADER:
        return None
    magic, version, _reserved = _HEADER.unpack(content)
    if magic == _HEADER_MAGIC and version > FORMAT_VERSION:
        return f"its format {version} is newer than this version of Rhapsode can read"
    return "the beginning of the file isn't that of a pack"


def pack_from_index(content: bytes, footer: Footer, *, pack_id: str) -> ClosedPack:
    """The pack that an index describes. Raises: DataDamaged when it isn't the index that the footer means."""
    if isal_zlib.crc32(content) != footer.index_crc32:
        msg = "the index differs from its checksum"
        raise DataDamaged(msg)
    try:
        index = json.loads(content)
        kind: SegmentKind = index["kind"]
        meta_type = META_TYPES[kind]
        entries = [_entry_from_json(values, meta_type) for values in index["segments"]]
        workspace_id = WorkspaceId(str(index["workspace"]))
    except (KeyError, TypeError, ValueError) as error:
        msg = f"the index can't be understood ({error!r})"
        raise DataDamaged(msg) from error
    _check_layout(entries, footer)
    size_bytes = footer.index_offset + footer.index_size_bytes + FOOTER_BYTES
    segments = tuple(entry.in_pack(pack_id, kind) for entry in entries)
    return ClosedPack(pack_id, workspace_id, kind, size_bytes, segments)


def _entry_from_json(values: Mapping[str, Any], meta_type: type[SegmentMeta]) -> PackEntry:
    return PackEntry(
        key=bytes.fromhex(values["key"]),
        offset=int(values["offset"]),
        size_bytes=int(values["size_bytes"]),
        block_crcs=tuple(int(crc) for crc in values["block_crcs"]),
        meta=meta_type.from_json(values["meta"]),
    )


def _check_layout(entries: Sequence[PackEntry], footer: Footer) -> None:
    """The segments must fill the space between header and index, so that no byte goes unchecked."""
    end = HEADER_BYTES
    for entry in entries:
        block_count = sum(1 for _ in block_sizes(entry.size_bytes))
        if entry.offset != end or entry.size_bytes < 0 or len(entry.block_crcs) != block_count:
            break
        end += entry.size_bytes
    else:
        if end == footer.index_offset and len(entries) == footer.segment_count:
            return
    msg = "the index doesn't describe the file"
    raise DataDamaged(msg)
