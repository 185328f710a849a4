"""Alignments as bytes, for packs and records (docs/storage.md, "Alignments")."""

import itertools
import struct
import zlib
from collections.abc import Sequence

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import DataDamaged
from rhapsode.text.spoken import SpanMap, project


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


def pause_boundaries(text: str, frame_count: int) -> tuple[int, ...]:
    """The boundaries of a text that is heard as a pause: its characters share it equally, in samples at 44.1 kHz."""
    return tuple(frame_count * FRAME_SAMPLES * share // max(len(text), 1) for share in range(len(text) + 1))


def original_boundaries(
    text: str, spans: Sequence[int], packed: bytes, *, sample_rate_hz: int
) -> tuple[int, ...]:
    """The boundaries of an original text's characters, in samples at 44.1 kHz from the beginning of its speech.

    packed, sample_rate_hz: the alignment of what was spoken for it, and its rate.    spans: as SnapshotPart.
    Raises: DataDamaged, also when the alignment is that of another text.
    """
    spoken = unpack_alignment(packed).at_rate(from_hz=sample_rate_hz, to_hz=SAMPLE_RATE_HZ)
    try:
        return project(spoken.boundaries, SpanMap.from_list(spans), len(text))
    except ValueError as error:
        msg = "The alignment of a text is that of another text."
        raise DataDamaged(msg) from error
