"""Alignments as bytes, for packs and records (docs/storage.md, "Alignments")."""

import itertools
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import DataDamaged
from rhapsode.text.spoken import SpanMap, project


def pack_alignment(alignment: Alignment) -> bytes:
    """An alignment as deflated steps between its boundaries, which lie between 0 and 2**32 - 1 samples."""
    steps = (later - earlier for earlier, later in itertools.pairwise((0, *alignment.boundaries)))
    return zlib.compress(struct.pack(f"<{len(alignment.boundaries)}I", *steps))


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
    return tuple(original_samples(text, spans, packed, sample_rate_hz=sample_rate_hz).tolist())


def original_samples(
    text: str, spans: Sequence[int], packed: bytes, *, sample_rate_hz: int
) -> NDArray[np.int64]:
    """`original_boundaries` as an array, shape (characters + 1,): a novel has a million of them."""
    spoken = _at_44100(_unpacked(packed), sample_rate_hz)
    try:
        if not spans:
            _check_length(spoken, text)
            return spoken
        return np.array(project(spoken.tolist(), SpanMap.from_list(spans), len(text)), np.int64)
    except ValueError as error:
        msg = "The alignment of a text is that of another text."
        raise DataDamaged(msg) from error


def _unpacked(packed: bytes) -> NDArray[np.int64]:
    try:
        return np.cumsum(np.frombuffer(zlib.decompress(packed), "<u4"), dtype=np.int64)
    except (zlib.error, ValueError) as error:
        msg = f"A stored alignment can't be read: {error}."
        raise DataDamaged(msg) from error


def _at_44100(samples: NDArray[np.int64], from_hz: int) -> NDArray[np.int64]:
    """Rounded to the nearest: fewer than 2**32 samples, so the product fits."""
    return (samples * SAMPLE_RATE_HZ + from_hz // 2) // from_hz


def _check_length(boundaries: NDArray[np.int64], text: str) -> None:
    if boundaries.size != len(text) + 1:
        msg = f"{boundaries.size} boundaries are not those of {len(text)} characters"
        raise ValueError(msg)
