"""Alignments as bytes, for packs and records (docs/storage.md, "Alignments")."""

import itertools
import struct
import zlib

from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import DataDamaged


def pack_alignment(alignment: Alignment) -> bytes:
    """An alignment as deflated steps between its boundaries, which lie between 0 and 2**32 - 1 samples."""
    steps = (later - earlier for earlier, later in itertools.pairwise((0, *alignment.boundaries)))
    return zlib.compress(struct.pack(f"<{len(alignment.boundaries)}I", *steps))


def unpack_alignment(packed: bytes) -> Alignment:
    """The alignment that `pack_alignment` was given. Raises: DataDamaged when it can't be one."""
    try:
        content = zlib.decompress(packed)
        steps = struct.unpack(f"<{len(content) // 4}I", content)
        return Alignment(tuple(itertools.accumulate(steps)))
    except (zlib.error, struct.error, ValueError) as error:
        msg = f"A stored alignment can't be read: {error}."
        raise DataDamaged(msg) from error
