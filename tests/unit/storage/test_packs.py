"""Reading packs, and finding every bit that has changed in them."""

import os
import random
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhapsode.storage.alignments import pack_alignment
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import (
    AudioMeta,
    ClosedPack,
    MediaMeta,
    PackWriter,
    SegmentLocation,
    SpeechMeta,
    list_pack_ids,
    pack_key,
    read_index,
    read_segment,
    verify_pack,
)
from rhapsode.storage.stretches import Reading
from rhapsode.storage.wanted import find_blocks
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import BlobMissing, DataDamaged
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import BLOCK_BYTES

WORKSPACE = WorkspaceId("0MqR6cJ2nXw5b8TzK3vA")
META = AudioMeta(frame_count=80, encoding="mp3_44100_128", speech_key=bytes(32))


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def write_pack(blobs: LocalBlobs, contents: list[bytes]) -> ClosedPack:
    writer = PackWriter(blobs.temporary_directory(), WORKSPACE, "audio")
    for number, content in enumerate(contents):
        writer.append(number.to_bytes(32, "big"), content, META)
    pack = writer.close(blobs)
    assert pack is not None
    return pack


def change(blobs: LocalBlobs, pack: ClosedPack, change_bytes: Callable[[bytearray], None]) -> None:
    path = blobs.path(pack_key(pack.pack_id))
    content = bytearray(path.read_bytes())
    change_bytes(content)
    path.write_bytes(content)


def flip(blobs: LocalBlobs, pack: ClosedPack, bit: int) -> None:
    with blobs.path(pack_key(pack.pack_id)).open("r+b") as file:
        file.seek(bit // 8)
        (byte,) = file.read(1)
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def keys_hit(pack: ClosedPack, bits: set[int]) -> set[bytes]:
    return {
        segment.key
        for segment in pack.segments
        for bit in bits
        if 0 <= bit // 8 - segment.location.offset < segment.location.size_bytes
    }


def blocks_of(blobs: LocalBlobs, location: SegmentLocation) -> Reading:
    """A segment as downloads read it."""
    return Reading(blobs, find_blocks(location, 0, location.size_bytes))


@pytest.mark.parametrize(
    ("kind", "meta"),
    [
        ("speech", SpeechMeta(sample_rate_hz=22_050, sample_count=7, alignment=b"\x01\x02")),
        ("audio", META),
        ("audio", AudioMeta(frame_count=3, encoding="mp3_44100_128", speech_key=None)),
        (
            "audio",
            AudioMeta(frame_count=3, encoding="pcm_44100", speech_key=bytes(32), mastering="gain +1.0 dB"),
        ),
        ("image", MediaMeta("image/png")),
    ],
)
def test_an_index_is_all_that_records_need(
    blobs: LocalBlobs, kind: str, meta: SpeechMeta | AudioMeta | MediaMeta
) -> None:
    """What is read from a pack is what its writer said of it, for every kind of segment."""
    writer = PackWriter(blobs.temporary_directory(), WORKSPACE, kind)  # type: ignore[arg-type]
    writer.append(b"k" * 32, b"content", meta)
    pack = writer.close(blobs)

    assert pack is not None
    assert read_index(blobs, pack.pack_id) == pack
    assert pack.segments[0].meta == meta
    assert verify_pack(blobs, pack.pack_id) == []


def test_columns_are_named_as_in_records() -> None:
    """Each kind hands its values to records under the columns' names, digests as bytes."""
    assert SpeechMeta(22_050, 7, b"\x01").as_columns() == {
        "sample_rate_hz": 22_050,
        "sample_count": 7,
        "alignment": b"\x01",
        "flaws": None,
        "dropped_bytes": None,
        "dropped_crc32": None,
    }
    assert META.as_columns() == {
        "frame_count": 80,
        "encoding": "mp3_44100_128",
        "speech_key": bytes(32),
        "mastering": None,
        "measurements": None,
        "packet_sizes": None,
    }
    assert MediaMeta("image/png").as_columns() == {"media_type": "image/png"}


def test_packs_are_listed(blobs: LocalBlobs) -> None:
    """All packs are listed with their sizes, and other blobs aren't."""
    packs = [write_pack(blobs, [os.urandom(10)]) for _ in range(5)]
    for key in ("packs/readme", f"packs/00/{'ab' * 32}.pack", "other/file"):
        source = blobs.temporary_directory() / "source"
        source.touch()
        blobs.put(key, source)

    assert list(list_pack_ids(blobs)) == sorted((pack.pack_id, pack.size_bytes) for pack in packs)


def test_blocks_are_handed_out_one_by_one(blobs: LocalBlobs) -> None:
    """A segment comes in checked pieces of one block, the last one shorter."""
    content = os.urandom(2 * BLOCK_BYTES + 5)
    pack = write_pack(blobs, [b"before", content])

    blocks = list(blocks_of(blobs, pack.segments[1].location))

    assert b"".join(blocks) == content
    assert [len(block) for block in blocks] == [BLOCK_BYTES, BLOCK_BYTES, 5]


def test_a_damaged_block_is_never_handed_out(blobs: LocalBlobs) -> None:
    """Blocks before the damage come out, the damaged one raises, and its neighbours in the pack are fine."""
    pack = write_pack(blobs, [b"before", bytes(3 * BLOCK_BYTES), b"behind"])
    before, damaged, behind = (segment.location for segment in pack.segments)
    flip(blobs, pack, (damaged.offset + BLOCK_BYTES) * 8)

    blocks = blocks_of(blobs, damaged)
    assert next(blocks) == bytes(BLOCK_BYTES)
    with pytest.raises(DataDamaged, match=pack.pack_id):
        next(blocks)
    with pytest.raises(DataDamaged, match=pack.pack_id):
        read_segment(blobs, damaged)
    assert read_segment(blobs, before) == b"before"
    assert read_segment(blobs, behind) == b"behind"


def test_a_missing_pack_is_missing(blobs: LocalBlobs) -> None:
    """Every way of reading says that the pack isn't there, and verifying finds it."""
    pack = write_pack(blobs, [b"hello"])
    blobs.delete(pack_key(pack.pack_id))

    with pytest.raises(BlobMissing):
        read_index(blobs, pack.pack_id)
    with pytest.raises(BlobMissing):
        read_segment(blobs, pack.segments[0].location)
    with pytest.raises(BlobMissing):
        next(blocks_of(blobs, pack.segments[0].location))
    (problem,) = verify_pack(blobs, pack.pack_id)
    assert "is missing" in problem.what


def test_every_flipped_bit_is_found(blobs: LocalBlobs) -> None:
    """Verifying finds each single bit of a pack, and names the segment exactly where one is hit."""
    pack = write_pack(blobs, [b"first", b"second"])

    for bit in range(pack.size_bytes * 8):
        flip(blobs, pack, bit)
        problems = verify_pack(blobs, pack.pack_id)
        flip(blobs, pack, bit)

        assert problems
        assert {p.segment_key for p in problems if p.segment_key} == keys_hit(pack, {bit})
        assert all(pack.pack_id in problem.what for problem in problems)
    assert verify_pack(blobs, pack.pack_id) == []


def test_every_length_but_the_right_one_is_found(blobs: LocalBlobs) -> None:
    """Verifying finds a pack that was cut off anywhere, and one that has grown."""
    pack = write_pack(blobs, [b"first", b"second"])
    path = blobs.path(pack_key(pack.pack_id))
    whole = path.read_bytes()
    wrong = [whole[:length] for length in range(len(whole))]
    wrong += [whole + extra for extra in (b"\x00", bytes(32), whole, whole[-32:])] + [
        b"\x00" + whole,
        whole[1:],
    ]

    for content in wrong:
        path.write_bytes(content)
        assert verify_pack(blobs, pack.pack_id)
        with pytest.raises(DataDamaged):
            read_index(blobs, pack.pack_id)
    path.write_bytes(whole)
    assert verify_pack(blobs, pack.pack_id) == []


@given(
    sizes=st.lists(
        st.sampled_from([0, 1, 100, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1]), min_size=1, max_size=5
    ),
    seed=st.integers(0, 2**32),
    places=st.sets(st.floats(0, 1, exclude_max=True), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_random_flips_are_found_in_packs_of_any_shape(
    sizes: list[int], seed: int, places: set[float]
) -> None:
    """Some flipped bits anywhere in a pack of any shape are found, and every segment that is hit is named.

    Without its index a pack can't name segments, so flips there are only found.
    """
    source = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory:
        blobs = LocalBlobs(Path(directory))
        pack = write_pack(blobs, [source.randbytes(size) for size in sizes])
        bits = {int(place * pack.size_bytes * 8) for place in places}
        for bit in bits:
            flip(blobs, pack, bit)

        problems = verify_pack(blobs, pack.pack_id)

        index_offset = pack.segments[-1].location.offset + pack.segments[-1].location.size_bytes
        expected = set() if any(bit // 8 >= index_offset for bit in bits) else keys_hit(pack, bits)
        assert problems
        assert {problem.segment_key for problem in problems if problem.segment_key} == expected
        assert keys_hit(pack, bits) == set(unreadable(blobs, pack))


def unreadable(blobs: LocalBlobs, pack: ClosedPack) -> Iterator[bytes]:
    for segment in pack.segments:
        try:
            read_segment(blobs, segment.location)
        except DataDamaged:
            yield segment.key


def test_another_pack_under_the_name_is_found(blobs: LocalBlobs) -> None:
    """A whole and sound pack under the name of another is a problem."""
    first, second = write_pack(blobs, [b"first"]), write_pack(blobs, [b"other"])
    blobs.path(pack_key(first.pack_id)).write_bytes(blobs.path(pack_key(second.pack_id)).read_bytes())

    (problem,) = verify_pack(blobs, first.pack_id)

    assert "its SHA-256 isn't its name" in problem.what


def test_a_newer_format_is_called_so(blobs: LocalBlobs) -> None:
    """A pack of a later format isn't read by guessing."""
    pack = write_pack(blobs, [b"hello"])
    change(blobs, pack, lambda content: content.__setitem__(8, 2))

    with pytest.raises(DataDamaged, match="format 2 is newer"):
        read_index(blobs, pack.pack_id)


def test_verifying_holds_little(blobs: LocalBlobs) -> None:
    """Verifying a pack of 16 MiB in one segment takes less than four blocks of memory."""
    pack = write_pack(blobs, [bytes(64 * BLOCK_BYTES)])

    tracemalloc.start()
    assert verify_pack(blobs, pack.pack_id) == []
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak_bytes < 4 * BLOCK_BYTES


def test_the_documented_reader_reads_a_pack(blobs: LocalBlobs) -> None:
    """The program in docs/storage.md reads a pack of speech, and stops at a damaged one."""
    guide = (Path(__file__).parents[3] / "docs" / "storage.md").read_text("utf-8")
    program = guide.split("```python\n")[1].split("```")[0]
    writer = PackWriter(blobs.temporary_directory(), WORKSPACE, "speech")
    meta = SpeechMeta(22_050, 900, pack_alignment(Alignment((0, 5, 900))))
    writer.append(b"k" * 32, bytes(BLOCK_BYTES + 3), meta)
    pack = writer.close(blobs)
    assert pack is not None
    command = [sys.executable, "-c", program, str(blobs.path(pack_key(pack.pack_id)))]

    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    flip(blobs, pack, 16 * 8)
    damaged = subprocess.run(command, capture_output=True, text=True, check=False)

    first, second, third = ran.stdout.splitlines()
    assert first == f"{pack.pack_id} {WORKSPACE} speech"
    assert second.startswith(f"{(b'k' * 32).hex()} {BLOCK_BYTES + 3} ")
    assert third == "(0, 5, 895)"
    assert damaged.returncode != 0
