"""The bytes of a pack."""

import json
import os
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.storage.pack_format import (
    HEADER,
    Footer,
    PackEntry,
    block_crcs_of,
    block_sizes,
    find_header_problem,
    footer_bytes,
    footer_from_bytes,
    index_bytes,
    joined_crc32,
    pack_from_index,
    pack_key,
)
from rhapsode.storage.packed import AudioMeta, MediaMeta, SegmentKind, SegmentMeta, SpeechMeta
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import BLOCK_BYTES

WORKSPACE = WorkspaceId("0MqR6cJ2nXw5b8TzK3vA")
PACK_ID = "ab" * 32
SPEECH = SpeechMeta(sample_rate_hz=22_050, sample_count=41_000, alignment=b"\x00\x01\xff")
PAUSE = AudioMeta(frame_count=23, encoding="mp3_44100_128", speech_key=None)
AUDIO = AudioMeta(frame_count=80, encoding="mp3_44100_128", speech_key=bytes(range(32)))
IMAGE = MediaMeta("image/jpeg")


def entry(
    meta: SegmentMeta, *, offset: int = 16, size_bytes: int = 10, crcs: tuple[int, ...] = (7,)
) -> PackEntry:
    return PackEntry(bytes([offset % 256] * 32), offset, size_bytes, crcs, meta)


def test_the_index_is_as_documented() -> None:
    """The index is JSON with sorted keys and no spaces, the same in every version."""
    assert index_bytes(WORKSPACE, "audio", [entry(AUDIO), entry(PAUSE, offset=26)]).decode() == (
        '{"kind":"audio","segments":['
        '{"block_crcs":[7],"key":"' + "10" * 32 + '","meta":{"encoding":"mp3_44100_128","frame_count":80,'
        '"speech_key":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"},'
        '"offset":16,"size_bytes":10},'
        '{"block_crcs":[7],"key":"' + "1a" * 32 + '","meta":{"encoding":"mp3_44100_128","frame_count":23,'
        '"speech_key":null},"offset":26,"size_bytes":10}],'
        '"workspace":"0MqR6cJ2nXw5b8TzK3vA"}'
    )


def test_mastering_is_told_where_there_is_any() -> None:
    """An index that an earlier version has written, without it, is of audio that was left as it is."""
    mastered = replace(AUDIO, mastering="gain +1.0 dB, ceiling -3.5 dB")
    values = mastered.as_json()

    assert values == AUDIO.as_json() | {"mastering": "gain +1.0 dB, ceiling -3.5 dB"}
    assert AudioMeta.from_json(values) == mastered
    assert AudioMeta.from_json({k: v for k, v in values.items() if k != "mastering"}) == AUDIO


def test_other_kinds_are_as_documented() -> None:
    """Speech has its alignment in base 64; an image has its media type."""
    speech = json.loads(index_bytes(WORKSPACE, "speech", [entry(SPEECH)]))
    image = json.loads(index_bytes(WORKSPACE, "image", [entry(IMAGE)]))

    assert speech["segments"][0]["meta"] == {
        "sample_rate_hz": 22_050,
        "sample_count": 41_000,
        "alignment": "AAH/",
    }
    assert image["segments"][0]["meta"] == {"media_type": "image/jpeg"}


def test_header_and_footer_are_as_documented() -> None:
    """The first 16 and the last 32 bytes are little-endian, between two magic words."""
    footer = footer_bytes(index=b"{}", index_offset=0x0102, segment_count=3)

    assert HEADER == b"RHAPPACK\x01\x00\x00\x00\x00\x00\x00\x00"
    assert footer == (
        b"\x02\x01\x00\x00\x00\x00\x00\x00"
        b"\x02\x00\x00\x00\x00\x00\x00\x00"
        + zlib.crc32(b"{}").to_bytes(4, "little")
        + b"\x03\x00\x00\x00PACKINDX"
    )


def test_a_pack_is_named_by_its_digest() -> None:
    """Packs are spread over 256 directories by the first digits of their names."""
    assert pack_key(PACK_ID) == f"packs/ab/{PACK_ID}.pack"


@pytest.mark.parametrize(
    ("kind", "metas"),
    [("speech", [SPEECH, SPEECH]), ("audio", [AUDIO, PAUSE]), ("image", [IMAGE]), ("audio", [])],
)
def test_an_index_comes_back(kind: SegmentKind, metas: list[SegmentMeta]) -> None:
    """What an index says is what was written, with the pack's size and each segment's CRC-32."""
    entries = [entry(meta, offset=16 + 10 * i) for i, meta in enumerate(metas)]
    index = index_bytes(WORKSPACE, kind, entries)
    end = footer_bytes(index=index, index_offset=16 + 10 * len(metas), segment_count=len(metas))
    size_bytes = 16 + 10 * len(metas) + len(index) + 32

    pack = pack_from_index(index, footer_from_bytes(end, file_size_bytes=size_bytes), pack_id=PACK_ID)

    assert (pack.pack_id, pack.workspace_id, pack.kind, pack.size_bytes) == (
        PACK_ID,
        WORKSPACE,
        kind,
        size_bytes,
    )
    assert list(pack.segments) == [entry.in_pack(PACK_ID, kind) for entry in entries]
    assert [segment.crc32 for segment in pack.segments] == [7] * len(metas)


def read_back(index: bytes, *, segment_count: int, index_offset: int) -> None:
    footer = Footer(index_offset, len(index), zlib.crc32(index), segment_count)
    pack_from_index(index, footer, pack_id=PACK_ID)


GOOD = [entry(PAUSE), entry(PAUSE, offset=26)]


@pytest.mark.parametrize(
    "entries",
    [
        GOOD[:1],
        GOOD[1:],
        GOOD[::-1],
        [GOOD[0], entry(PAUSE, offset=27, size_bytes=9)],
        [GOOD[0], entry(PAUSE, offset=25, size_bytes=11)],
        [GOOD[0], entry(PAUSE, offset=26, size_bytes=9)],
        [GOOD[0], entry(PAUSE, offset=26, crcs=())],
        [GOOD[0], entry(PAUSE, offset=26, crcs=(7, 7))],
        [*GOOD, entry(PAUSE, offset=36, size_bytes=0, crcs=())],
        [entry(PAUSE, size_bytes=30), entry(PAUSE, offset=46, size_bytes=-10, crcs=())],
    ],
)
def test_an_index_that_leaves_bytes_out_is_damage(entries: list[PackEntry]) -> None:
    """Segments must fill the space between header and index, in order, each with a CRC per block."""
    read_back(index_bytes(WORKSPACE, "audio", GOOD), segment_count=2, index_offset=36)

    with pytest.raises(DataDamaged, match="doesn't describe the file"):
        read_back(index_bytes(WORKSPACE, "audio", entries), segment_count=2, index_offset=36)


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"kind":"video","segments":[],"workspace":"w"}',
        b'{"kind":"audio","segments":[],"workspac":"w"}',
        b'{"kind":"audio","segments":[{}],"workspace":"w"}',
        b'{"kind":"audio","segments":3,"workspace":"w"}',
        b'{"kind":["audio"],"segments":[],"workspace":"w"}',
        index_bytes(WORKSPACE, "audio", [entry(IMAGE)]),
        index_bytes(WORKSPACE, "speech", [entry(SPEECH)]).replace(b"AAH/", b"AAH?"),
        index_bytes(WORKSPACE, "audio", [entry(PAUSE)]).replace(b'"10', b'"xx'),
    ],
)
def test_an_index_of_something_else_is_damage(index: bytes) -> None:
    """JSON that isn't an index is refused, whatever it is."""
    with pytest.raises(DataDamaged, match="can't be understood"):
        read_back(index, segment_count=1, index_offset=26)


def test_an_index_with_another_checksum_is_damage() -> None:
    """The index must have the CRC-32 that the footer says."""
    index = index_bytes(WORKSPACE, "audio", [])

    with pytest.raises(DataDamaged, match="differs from its checksum"):
        pack_from_index(index, Footer(16, len(index), zlib.crc32(index) ^ 1, 0), pack_id=PACK_ID)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (HEADER, None),
        (b"RHAPPACK\x02\x00" + bytes(6), "newer"),
        (b"RHAPPACK\x00\x00" + bytes(6), "the beginning"),
        (b"RHAPPACK\x01\x00" + bytes(5) + b"\x01", "the beginning"),
        (b"ZHAPPACK\x02\x00" + bytes(6), "the beginning"),
    ],
)
def test_a_header_is_ours_or_refused(content: bytes, problem: str | None) -> None:
    """Only the exact header is accepted; a newer format is called so."""
    found = find_header_problem(content)

    assert found is None if problem is None else problem in str(found)


@pytest.mark.parametrize("size_bytes", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES])
def test_blocks_cover_all_bytes(size_bytes: int) -> None:
    """Block sizes add up, none is larger than a block, and each block has the CRC-32 of its bytes."""
    content = os.urandom(size_bytes)
    blocks = [content[i : i + BLOCK_BYTES] for i in range(0, size_bytes, BLOCK_BYTES)]

    assert list(block_sizes(size_bytes)) == [len(block) for block in blocks]
    assert block_crcs_of(content) == tuple(zlib.crc32(block) for block in blocks)
    assert joined_crc32(block_crcs_of(content), size_bytes) == zlib.crc32(content)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**32))
def test_random_bytes_are_no_footer(content: bytes, file_size_bytes: int) -> None:
    """Bytes that aren't a footer are refused."""
    with pytest.raises(DataDamaged):
        footer_from_bytes(content, file_size_bytes=file_size_bytes)
