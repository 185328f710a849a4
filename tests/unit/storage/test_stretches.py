"""What is read of packs is what was wanted, in its order, however it is asked for; damage ends it where it is."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from rhapsode.storage.blobs import Stretch
from rhapsode.storage.files import OpenFile
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.packs import pack_key
from rhapsode.storage.pieces import GATHERED_BYTES, Wanted, in_pieces
from rhapsode.storage.read_ahead import in_order
from rhapsode.storage.stretches import MOST_AT_ONCE, Reading
from rhapsode.storage.wanted import WantedBlock, find_blocks
from rhapsode.studio.errors import BlobMissing, DataDamaged

from .stored import key_of, write_pack

SIZES_BYTES = (1, 40, 418, 5_000, 16_384, 16_385, 65_536, 65_537, 300_000)
"""Pauses, sentences and covers: some are kept once read, some have several blocks."""

SEEDS = range(6)


class SometimesNow(LocalBlobs):
    """A store whose system has some of the bytes in memory and others not."""

    def __init__(self, root: Path, share: float, chance: random.Random) -> None:
        super().__init__(root)
        self._share = share
        self._chance = chance

    def open_now(self, key: str) -> OpenFile | None:
        """See `Blobs.open_now`."""
        return super().open_now(key) if self._chance.random() < self._share else None


class FarAway(LocalBlobs):
    """A store that is read ahead, as those over a network are."""

    def __init__(self, root: Path, threads: ThreadPoolExecutor) -> None:
        super().__init__(root)
        self._threads = threads

    def open_now(self, key: str) -> None:
        """See `Blobs.open_now`."""

    def read_many(self, stretches: Iterable[Stretch]) -> Iterator[bytes]:
        """See `Blobs.read_many`."""
        return in_order(self._threads, lambda stretch: self.read(*stretch), stretches)


class Shelf:
    """Segments in two packs, and any files that are made of stretches of them."""

    def __init__(self, blobs: LocalBlobs, chance: random.Random) -> None:
        self.blobs = blobs
        self._chance = chance
        contents = [chance.randbytes(chance.choice(SIZES_BYTES)) for _ in range(40)]
        packs = [
            write_pack(blobs, {key_of((half, i)): content for i, content in enumerate(contents[half::2])})
            for half in range(2)
        ]
        self.segments: list[tuple[SegmentLocation, bytes]] = [
            (packed.location, content)
            for half, pack in enumerate(packs)
            for packed, content in zip(pack.segments, contents[half::2], strict=True)
        ]

    def file(self) -> list[tuple[Wanted, bytes]]:
        """What a file is made of, and what it says: runs of neighbours, repeated pauses, literal bytes, cut ones."""
        chance, made = self._chance, list[tuple[Wanted, bytes]]()
        for _ in range(chance.randint(1, 40)):
            kind = chance.random()
            if kind < 0.2:
                literal = chance.randbytes(chance.randint(1, 300))
                made.append((literal, literal))
                continue
            first = chance.randrange(len(self.segments))
            for location, content in self.segments[first : first + chance.randint(1, 20)]:
                start, end = 0, len(content)
                if kind < 0.4:
                    start, end = sorted((chance.randint(0, end), chance.randint(0, end)))
                if start < end:
                    made += self._blocks(location, content, start, end)
        return made

    @staticmethod
    def _blocks(
        location: SegmentLocation, content: bytes, start: int, end: int
    ) -> Iterator[tuple[Wanted, bytes]]:
        for block in find_blocks(location, start, end):
            began = block.offset - location.offset
            yield block, content[began + block.start : began + block.end]


def some_prepared(file: Sequence[tuple[Wanted, bytes]], chance: random.Random) -> Iterator[Wanted]:
    """What a file is made of, some of it in pieces that were made before."""
    start = 0
    while start < len(file):
        end = start + chance.randint(1, 12)
        wanted = [each for each, _ in file[start:end]]
        yield from in_pieces(wanted) if chance.random() < 0.5 else wanted
        start = end


def now(reading: Reading, pieces: int = 1) -> bytes | None:
    """What `next_now` gives, kept."""
    parts = reading.next_now(pieces)
    return None if parts is None else b"".join(parts)


def read(reading: Reading, into: list[bytes], chance: random.Random, *, now_share: float) -> None:
    """Read all, in a random mix of what waits and what doesn't."""
    while True:
        piece = None
        if chance.random() < now_share and reading.wants_to_look_ahead:
            reading.look_ahead()
        if chance.random() < now_share:
            piece = now(reading, chance.randint(1, MOST_AT_ONCE))
        if piece is None:
            piece = next(reading, None)
        if piece is None:
            return
        assert piece
        into.append(piece)


Open = Callable[[Path, random.Random], LocalBlobs]


@pytest.fixture(params=["local", "sometimes now", "always now", "far away"])
def open_blobs(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens the same store in one of the ways that it may behave."""
    with ThreadPoolExecutor(8) as threads:
        ways: dict[str, Open] = {
            "local": lambda root, _: LocalBlobs(root),
            "sometimes now": lambda root, chance: SometimesNow(root, 0.6, chance),
            "always now": lambda root, chance: SometimesNow(root, 1, chance),
            "far away": lambda root, _: FarAway(root, threads),
        }
        yield ways[request.param]


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_comes_once_and_in_order(tmp_path: Path, open_blobs: Open, seed: int) -> None:
    """Wherever the pieces lie, however often they come, and in any mix of waiting and not waiting."""
    chance = random.Random(seed)
    shelf = Shelf(LocalBlobs(tmp_path), chance)
    blobs = open_blobs(tmp_path, chance)
    for now_share in (0, 0.3, 0.9, 1):
        file, got = shelf.file(), list[bytes]()
        reading = Reading(blobs, some_prepared(file, chance))
        read(reading, got, chance, now_share=now_share)
        assert b"".join(got) == b"".join(said for _, said in file)


@pytest.mark.parametrize("seed", SEEDS)
def test_damage_ends_it_where_it_is(tmp_path: Path, open_blobs: Open, seed: int) -> None:
    """All that stands before the first damaged block is given, and nothing behind it."""
    chance = random.Random(seed)
    shelf = Shelf(LocalBlobs(tmp_path), chance)
    blobs = open_blobs(tmp_path, chance)
    file = shelf.file()
    victim = chance.choice([wanted for wanted, _ in file if isinstance(wanted, WantedBlock)])
    _flip(shelf.blobs, victim.pack_id, victim.offset + chance.randrange(victim.size_bytes))
    whole_parts = _before(file, victim)

    got: list[bytes] = []
    reading = Reading(blobs, some_prepared(file, chance))
    with pytest.raises(DataDamaged, match=victim.pack_id):
        read(reading, got, chance, now_share=chance.choice([0, 0.5, 1]))

    assert b"".join(got) == b"".join(whole_parts)
    assert now(reading) is None
    assert next(reading, b"") == b""


def _flip(blobs: LocalBlobs, pack_id: str, place: int) -> None:
    with blobs.path(pack_key(pack_id)).open("r+b") as pack:
        pack.seek(place)
        byte = pack.read(1)[0]
        pack.seek(place)
        pack.write(bytes([byte ^ 1]))


def _before(file: Sequence[tuple[Wanted, bytes]], victim: WantedBlock) -> list[bytes]:
    place = victim.pack_id, victim.offset
    said: list[bytes] = []
    for wanted, content in file:
        if isinstance(wanted, WantedBlock) and (wanted.pack_id, wanted.offset) == place:
            return said
        said.append(content)
    return said


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_cut_short_or_gone_is_never_a_whole(tmp_path: Path, open_blobs: Open, seed: int) -> None:
    """What is given is a beginning, and an error ends it."""
    chance = random.Random(seed)
    shelf = Shelf(LocalBlobs(tmp_path), chance)
    file = [each for each in shelf.file() if isinstance(each[0], bytes)] + shelf.file()
    victim = chance.choice([wanted for wanted, _ in file if isinstance(wanted, WantedBlock)])
    path = shelf.blobs.path(pack_key(victim.pack_id))
    if seed % 2:
        path.unlink()
    else:
        with path.open("r+b") as pack:
            pack.truncate(victim.offset + victim.size_bytes - 1)

    got: list[bytes] = []
    reading = Reading(LocalBlobs(tmp_path), (wanted for wanted, _ in file))
    with pytest.raises(BlobMissing if seed % 2 else DataDamaged):
        read(reading, got, chance, now_share=chance.choice([0, 0.5, 1]))

    assert b"".join(said for _, said in file).startswith(b"".join(got))
    assert next(reading, b"") == b""


def test_a_block_between_others_is_cut_where_it_is_wanted_to_be(tmp_path: Path) -> None:
    """Though it lies between its neighbours as they are sent, and all of them are read at once."""
    blobs = LocalBlobs(tmp_path)
    contents = [b"a" * 500, b"b" * 500, b"c" * 500]
    pack = write_pack(blobs, {key_of(content): content for content in contents})
    first, second, third = (packed.location for packed in pack.segments)
    for start, end in ((0, 300), (200, 500), (200, 300)):
        wanted = [
            *find_blocks(first, 0, 500),
            *find_blocks(second, start, end),
            *find_blocks(third, 0, 500),
        ]
        assert b"".join(Reading(blobs, wanted)) == contents[0] + b"b" * (end - start) + contents[2]


def test_pieces_have_a_good_size(tmp_path: Path) -> None:
    """But for the first, which is sent soon, and the last; so many together as were asked for at once."""
    blobs = SometimesNow(tmp_path, 1, random.Random(0))
    contents = [bytes([i]) * 10_000 for i in range(200)]
    pack = write_pack(blobs, {key_of(content): content for content in contents})
    wanted = [block for packed in pack.segments for block in find_blocks(packed.location, 0, 10_000)]

    first, *others, last = Reading(blobs, wanted)
    assert len(first) < GATHERED_BYTES
    assert all(GATHERED_BYTES <= len(each) < GATHERED_BYTES + 10_000 for each in others)
    assert last

    reading = Reading(blobs, wanted)
    assert now(reading) is None, "nothing is planned before it is waited for once"
    assert next(reading) == first
    assert next(reading) == others[0]
    assert now(reading, 3) == b"".join(others[1:4])
    assert now(reading) == others[4]


def test_what_comes_before_an_error_of_the_plan_is_given(tmp_path: Path) -> None:
    """In pieces; and nothing is read or planned any more by a reader that was closed."""
    blobs = LocalBlobs(tmp_path)
    contents = [bytes([i]) * 60_000 for i in range(40)]
    pack = write_pack(blobs, {key_of(content): content for content in contents})
    asked: list[int] = []

    def wanted() -> Iterator[Wanted]:
        for i, packed in enumerate(pack.segments):
            asked.append(i)
            if i == 30:
                raise DataDamaged
            yield from find_blocks(packed.location, 0, 60_000)

    got: list[bytes] = []
    with pytest.raises(DataDamaged):
        got.extend(Reading(blobs, wanted()))
    assert b"".join(contents[:30]).startswith(b"".join(got))
    assert len(got) > 5

    asked.clear()
    reading = Reading(blobs, wanted())
    next(reading)
    reading.close()
    assert next(reading, b"") == b""
    assert len(asked) < 5
    assert list(pairwise(asked)) == [(i, i + 1) for i in asked[:-1]]
