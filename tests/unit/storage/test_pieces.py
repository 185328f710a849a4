"""Pieces of files: any stretch of them is what it would be of the whole, and each block is read once for a piece."""

import random
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

import pytest

from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.pieces import GATHERED_BYTES, Piece, Wanted, in_pieces
from rhapsode.storage.stretches import Reading
from rhapsode.storage.wanted import find_blocks

from .stored import key_of, write_pack

PAUSE = b"a pause"


def located(blobs: LocalBlobs, contents: Iterable[bytes]) -> list[SegmentLocation]:
    """Segments that lie one behind the other."""
    pack = write_pack(blobs, {key_of(content): content for content in contents})
    return [packed.location for packed in pack.segments]


@pytest.mark.parametrize("seed", range(5))
def test_any_stretch_of_pieces_is_that_of_the_whole(tmp_path: Path, seed: int) -> None:
    """Wherever it is cut: within a block, between blocks, in bytes that are at hand; and among whole pieces."""
    chance = random.Random(seed)
    blobs = LocalBlobs(tmp_path)
    contents = [PAUSE, *(chance.randbytes(chance.randint(1, 400_000)) for _ in range(20))]
    places = located(blobs, contents)
    wanted: list[Wanted] = [b"head"]
    whole = b"head"
    for place, content in zip(places, contents, strict=True):
        wanted += [*find_blocks(place, 0, len(content)), *find_blocks(places[0], 1, len(PAUSE)), b"-"]
        whole += content + PAUSE[1:] + b"-"
    pieces = list(in_pieces(wanted))
    ends = list(accumulate(piece.size_bytes for piece in pieces))
    assert ends[-1] == len(whole)

    for _ in range(30):
        start, end = sorted(chance.sample(range(len(whole) + 1), 2))
        some, inside = list[Wanted](), list[Piece]()
        for piece, last in zip(pieces, ends, strict=True):
            first = last - piece.size_bytes
            if first < end and last > start:
                some += piece.wanted(start - first, end - first)
            if start <= first and last <= end:
                inside.append(piece)
        assert b"".join(Reading(blobs, some)) == whole[start:end]
        assert [one for one in some if isinstance(one, Piece)] == inside


@pytest.mark.parametrize("behind", [0, 1, 11])
def test_neighbours_are_read_at_once_and_a_pause_once(tmp_path: Path, behind: int) -> None:
    """The pause stands between all of them, and lies before the first, behind it, or behind the last."""
    blobs = LocalBlobs(tmp_path)
    contents = [bytes([i]) * 10_000 for i in range(11)]
    places = located(blobs, [*contents[:behind], PAUSE, *contents[behind:]])
    pause = places.pop(behind)
    wanted = [block for place in places for each in (place, pause) for block in find_blocks(each, 0, each[2])]

    first, second = in_pieces(wanted)
    assert sum(run.size_bytes for run in first.runs) == 40_000 + len(PAUSE)
    assert sum(run.size_bytes for run in second.runs) == 70_000 + len(PAUSE)
    assert max(len(first.runs), len(second.runs)) <= 2
    assert b"".join(Reading(blobs, wanted)) == b"".join(content + PAUSE for content in contents)


def test_pieces_that_were_made_before_are_handed_on_as_they_are(tmp_path: Path) -> None:
    """With the bytes that are at hand before one, but not with what has to be read."""
    first, second = located(LocalBlobs(tmp_path), [bytes(GATHERED_BYTES), bytes(1000)])
    made, *_ = in_pieces(find_blocks(first, 0, 1000))
    itself, read, again, both, last = in_pieces(
        [made, *find_blocks(second, 0, 1000), made, b"before", made, b"after"]
    )
    assert itself is again is made
    assert (read.size_bytes, last.parts) == (1000, [b"after"])
    assert (both.parts, both.runs) == ([b"before", *made.parts], made.runs)
    assert both.size_bytes == len(b"before") + made.size_bytes
