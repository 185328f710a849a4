"""Clean-up takes what nobody needs, and never a byte that somebody does."""

import random
import shutil
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.postgres import sqlite_only
from tests.rounds import rounds

from rhapsode.storage import projects, references, schema, segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check import adopt_unknown_packs, check_storage
from rhapsode.storage.cleanup import CleanupPolicy, CleanupReport, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.masters import find_dropped
from rhapsode.storage.packs import SegmentKind, list_pack_ids, pack_key, read_segment
from rhapsode.storage.records import Records
from rhapsode.storage.retention import RetentionChange, set_retention
from rhapsode.studio.errors import StorageFull
from rhapsode.studio.ids import TakeId, new_id
from rhapsode.studio.project import Take, TakePart

from .stored import (
    DAY_MS,
    FOREIGN,
    WORKSPACE,
    commit,
    grow_older,
    keep_snapshot,
    key_of,
    make_chapter,
    make_project,
    read_all,
    records_path,
    rows_of,
    want,
    write_pack,
)

POLICY = CleanupPolicy(
    unused_segment_ms=10 * DAY_MS, unused_bytes=20_000, small_pack_bytes=2_000, small_pack_count=6
)


MASTERS_DAYS = 3


def run(records: Records, blobs: Blobs, policy: CleanupPolicy = POLICY) -> CleanupReport:
    with records.read(WORKSPACE) as tx:
        now_ms = tx.now_ms
    return clean_up(records, blobs, policy, now_ms=now_ms + 1)


def drop(records: Records, *owner_ids: str) -> None:
    with records.write(WORKSPACE) as tx:
        references.drop_references(tx, owner_ids)


def keys(records: Records) -> set[bytes]:
    return {row["key"] for row in rows_of(records, schema.segments)}


def pack_ids(blobs: LocalBlobs) -> set[str]:
    return {pack_id for pack_id, _ in list_pack_ids(blobs)}


def recorded(records: Records) -> set[str]:
    return {row["pack_id"] for row in rows_of(records, schema.packs)}


def test_nothing_is_done_twice(records: Records, blobs: LocalBlobs) -> None:
    """A second run right after the first finds nothing to do."""
    for number in range(10):
        want(records, f"owner {number}", [key_of(number)])
        commit(records, write_pack(blobs, {key_of(number): bytes(100), key_of(-number - 1): bytes(300)}))
    grow_older(records, 11 * DAY_MS)

    first = run(records, blobs)

    assert first == CleanupReport(0, 10, 10, 0)
    assert run(records, blobs) == CleanupReport(0, 0, 0, 0)


def test_an_unused_segment_goes_when_it_is_old(records: Records, blobs: LocalBlobs) -> None:
    """Its age counts from the moment its last owner let go; wanted ones go as well, referenced ones never."""
    want(records, "gone", [key_of(1), key_of("wanted")])
    want(records, "here", [key_of(2)])
    commit(records, write_pack(blobs, {key_of(n): b"x" for n in (1, 2, 3)}))
    grow_older(records, 30 * DAY_MS)
    drop(records, "gone")

    assert run(records, blobs).evicted_segments == 1
    assert keys(records) == {key_of(1), key_of(2), key_of("wanted")}
    grow_older(records, 9 * DAY_MS)
    assert run(records, blobs).evicted_segments == 0
    grow_older(records, 1 * DAY_MS)
    assert run(records, blobs).evicted_segments == 2
    assert keys(records) == {key_of(2)}


def test_unused_segments_beyond_the_limit_go_first_used_first(records: Records, blobs: LocalBlobs) -> None:
    """What is too much goes, the longest unused first; referenced bytes don't count."""
    want(records, "here", [key_of("kept")])
    commit(records, write_pack(blobs, {key_of("kept"): bytes(50_000)}))
    for number in range(5):
        commit(records, write_pack(blobs, {key_of(number): bytes(6_000)}))
        grow_older(records, 1000)

    assert run(records, blobs).evicted_segments == 2
    assert keys(records) == {key_of("kept"), key_of(2), key_of(3), key_of(4)}


def test_an_old_segment_that_was_used_again_stays(records: Records, blobs: LocalBlobs) -> None:
    """A new owner takes a segment out of the reach of age, and its end makes it young again."""
    commit(records, write_pack(blobs, {key_of(1): b"x"}))
    grow_older(records, 30 * DAY_MS)
    want(records, "late", [key_of(1)])

    assert run(records, blobs).evicted_segments == 0
    drop(records, "late")
    assert run(records, blobs).evicted_segments == 0
    grow_older(records, 11 * DAY_MS)
    assert run(records, blobs).evicted_segments == 1


def test_deleted_chapters_are_purged(records: Records, blobs: LocalBlobs) -> None:
    """A day after its deletion a chapter goes with its takes; their speech is unused from then on."""
    project, chapter = make_project(), make_chapter("One.")
    want(records, "conversion", [key_of("speech")], "speech")
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
        projects.save_chapters(tx, project.project_id, [chapter])
        take = Take(TakeId("take"), key_of("source"), (TakePart(0, 4, key_of("speech")),))
        projects.set_takes(tx, [(chapter.blocks[0].nodes[0].node_id, take)])
        projects.save_chapters(tx, project.project_id, [])
    drop(records, "conversion")

    assert run(records, blobs).purged_chapters == 0
    grow_older(records, DAY_MS)
    assert run(records, blobs).purged_chapters == 1
    assert rows_of(records, schema.takes) == rows_of(records, schema.nodes) == []
    assert keys(records) == {key_of("speech")}
    grow_older(records, 11 * DAY_MS)
    run(records, blobs)
    assert keys(records) == set()


def test_a_dead_pack_goes_a_day_later(records: Records, blobs: LocalBlobs) -> None:
    """Its file is there for readers that have begun, for a day after its last segment went."""
    pack = write_pack(blobs, {key_of(1): b"x"})
    commit(records, pack)
    grow_older(records, 11 * DAY_MS)

    assert run(records, blobs) == CleanupReport(0, 1, 0, 0)
    assert pack_ids(blobs) == {pack.pack_id}
    grow_older(records, DAY_MS - 60_000)
    assert run(records, blobs).deleted_packs == 0
    grow_older(records, 60_000)
    assert run(records, blobs).deleted_packs == 1
    assert pack_ids(blobs) == recorded(records) == set()
    assert run(records, blobs) == CleanupReport(0, 0, 0, 0)


def test_a_retired_pack_whose_segments_are_wanted_again_lives_on(records: Records, blobs: LocalBlobs) -> None:
    """Whoever makes the same segments again may have put the same pack already: it must not go then."""
    contents = {key_of(1): b"one", key_of(2): b"two"}
    commit(records, write_pack(blobs, contents))
    grow_older(records, 11 * DAY_MS)
    run(records, blobs)
    assert keys(records) == set()
    grow_older(records, 2 * DAY_MS)
    want(records, "conversion", [key_of(1)])
    again = write_pack(blobs, contents)

    assert run(records, blobs).deleted_packs == 0
    assert read_all(records, blobs, contents) == {key_of(1): b"one"}
    assert commit(records, again) == 1

    assert read_all(records, blobs, contents) == contents
    grow_older(records, 2 * DAY_MS)
    run(records, blobs)
    assert check_storage(records, blobs).problems == ()


def test_a_mostly_dead_pack_is_rewritten(records: Records, blobs: LocalBlobs) -> None:
    """What lives in it moves to a new pack; the old one stays readable for a day, then its space is free."""
    contents = {key_of(number): bytes([number]) * 5_000 for number in range(10)}
    old = write_pack(blobs, contents)
    alive = [key_of(2), key_of(7)]
    want(records, "here", alive)
    commit(records, old)
    grow_older(records, 11 * DAY_MS)
    with records.read(WORKSPACE) as tx:
        before = segments.find_segments(tx, alive)

    assert run(records, blobs) == CleanupReport(0, 8, 1, 0)

    assert read_all(records, blobs, alive) == {key: contents[key] for key in alive}
    with records.read(WORKSPACE) as tx:
        assert {s.location.pack_id for s in segments.find_segments(tx, alive).values()} == pack_ids(blobs) - {
            old.pack_id
        }
    for key, segment in before.items():
        assert read_segment(blobs, segment.location) == contents[key]
    grow_older(records, 2 * DAY_MS)
    assert run(records, blobs) == CleanupReport(0, 0, 0, 1)
    assert old.pack_id not in pack_ids(blobs)
    assert read_all(records, blobs, alive) == {key: contents[key] for key in alive}


@pytest.mark.parametrize("kind", segments.SEGMENT_KINDS)
def test_a_pack_of_tiny_segments_is_not_rewritten_for_ever(
    records: Records, blobs: LocalBlobs, kind: SegmentKind
) -> None:
    """Where the index is larger than the segments nothing is wasted, so nothing is done."""
    commit(records, write_pack(blobs, {key_of(number): b"x" for number in range(3)}, kind))

    assert run(records, blobs) == CleanupReport(0, 0, 0, 0)


def test_bytes_that_came_second_are_dead_weight(records: Records, blobs: LocalBlobs) -> None:
    """A pack in which most is a repetition is rewritten without it."""
    commit(records, write_pack(blobs, {key_of(1): bytes(1000)}))
    second = write_pack(blobs, {key_of(1): bytes(1000), key_of(2): b"new"})
    commit(records, second)

    assert run(records, blobs).rewritten_packs == 1
    with records.read(WORKSPACE) as tx:
        assert segments.find_segments(tx, [key_of(2)])[key_of(2)].location.pack_id != second.pack_id
    assert read_all(records, blobs, [key_of(2)]) == {key_of(2): b"new"}


def test_small_packs_are_merged_once(records: Records, blobs: LocalBlobs) -> None:
    """Many small packs of a kind become one, in the order they were made, and that one is left alone."""
    for number in range(12):
        for kind in ("audio", "speech"):
            pack = write_pack(
                blobs, {key_of((kind, number)): bytes([number])}, "audio" if kind == "audio" else "speech"
            )
            commit(records, pack)
        grow_older(records, 1000)
    before = read_all(records, blobs, keys(records))

    assert run(records, blobs).rewritten_packs == 24
    assert run(records, blobs).rewritten_packs == 0

    rows = [row for row in rows_of(records, schema.segments) if row["kind"] == "audio"]
    in_place = sorted(rows, key=lambda row: row["offset_bytes"])
    assert len({row["pack_id"] for row in rows_of(records, schema.segments)}) == 2
    assert [row["key"] for row in in_place] == [key_of(("audio", number)) for number in range(12)]
    assert read_all(records, blobs, before) == before


def test_a_few_small_packs_are_left_alone(records: Records, blobs: LocalBlobs) -> None:
    """Merging waits until it is worth it."""
    for number in range(5):
        commit(records, write_pack(blobs, {key_of(number): b"x"}))

    assert run(records, blobs).rewritten_packs == 0


def test_packs_of_two_workspaces_are_never_merged(records: Records, blobs: LocalBlobs) -> None:
    """Each workspace's small packs are merged by themselves."""
    for number in range(6):
        commit(records, write_pack(blobs, {key_of(number): b"mine"}))
        commit(records, write_pack(blobs, {key_of(number): b"theirs"}, workspace_id=FOREIGN))

    assert run(records, blobs).rewritten_packs == 12
    assert check_storage(records, blobs).problems == ()
    rows = rows_of(records, schema.segments)
    assert len({row["pack_id"] for row in rows}) == 2
    assert len({(row["workspace_id"], row["pack_id"]) for row in rows}) == 2


def test_a_damaged_pack_is_left_as_it_is(records: Records, blobs: LocalBlobs) -> None:
    """Nothing is copied out of a pack in which anything alive has changed, and the others are rewritten."""
    want(records, "here", [key_of((name, 0)) for name in ("bad", "good")])
    want(records, "here", [key_of(("bad", 1))])
    packs = {}
    for name in ("bad", "good"):
        packs[name] = write_pack(
            blobs, {key_of((name, number)): f"{name}{number}".encode() * 99 for number in range(9)}
        )
        commit(records, packs[name])
    path = blobs.path(pack_key(packs["bad"].pack_id))
    content = bytearray(path.read_bytes())
    content[packs["bad"].segments[1].location.offset] ^= 1
    path.write_bytes(content)
    grow_older(records, 11 * DAY_MS)

    for _ in range(3):
        assert run(records, blobs).rewritten_packs <= 1
        grow_older(records, 2 * DAY_MS)

    with records.read(WORKSPACE) as tx:
        places = segments.find_owned_segments(tx, "here")
    assert places[key_of(("bad", 0))].location.pack_id == packs["bad"].pack_id
    assert places[key_of(("bad", 1))].location.pack_id == packs["bad"].pack_id
    assert places[key_of(("good", 0))].location.pack_id not in (packs["good"].pack_id, packs["bad"].pack_id)
    assert path.read_bytes() == content


def test_rewriting_holds_little(records: Records, blobs: LocalBlobs) -> None:
    """Rewriting 48 packs of 1 MiB takes the memory of a few packs, and closes its packs at their limit."""
    for number in range(48):
        commit(
            records,
            write_pack(
                blobs, {key_of((number, n)): random.Random(number).randbytes(2**18) for n in range(4)}
            ),
        )
    policy = CleanupPolicy(small_pack_bytes=2**21, small_pack_count=10)

    tracemalloc.start()
    report = run(records, blobs, policy)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert report.rewritten_packs == 48
    assert peak_bytes < 5 * 2**20
    live = {row["pack_id"] for row in rows_of(records, schema.segments)}
    sizes = {row["pack_id"]: row["payload_bytes"] for row in rows_of(records, schema.packs)}
    assert sorted(sizes[pack_id] for pack_id in live) == [8 * 2**20] * 6
    assert run(records, blobs, policy).rewritten_packs == 0


def test_a_full_disk_still_lets_dead_packs_go(records: Records, blobs: LocalBlobs) -> None:
    """Space is freed before any is asked for: a disk too full to rewrite is emptied all the same."""

    class Full(LocalBlobs):
        def put(self, key: str, source: Path) -> None:
            source.unlink()
            msg = "full"
            raise StorageFull(msg)

    dead = write_pack(blobs, {key_of("dead"): b"x"})
    commit(records, dead)
    grow_older(records, 11 * DAY_MS)
    run(records, blobs)
    for number in range(6):
        commit(records, write_pack(blobs, {key_of(number): b"x"}))
    grow_older(records, 2 * DAY_MS)
    before = read_all(records, blobs, map(key_of, range(6)))

    with pytest.raises(StorageFull):
        run(records, Full(blobs.path("packs").parent))

    assert dead.pack_id not in pack_ids(blobs)
    assert read_all(records, blobs, map(key_of, range(6))) == before
    assert list(blobs.temporary_directory().iterdir()) == []
    assert run(records, blobs).rewritten_packs == 6


# Crashes

EVERY = rounds(5, 1)
"""At one of so many calls of the store clean-up crashes."""


class Crash(Exception):
    """The machine stops here."""


class Crashing:
    """Blobs that crash at the n-th call: before it has happened, or after."""

    def __init__(self, blobs: LocalBlobs, nth: int, *, after: bool) -> None:
        self._blobs = blobs
        self._left = nth
        self._after = after

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._blobs, name)

        def call(*arguments: object) -> object:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Crash
            result = method(*arguments)
            if self._left == 0:
                raise Crash
            return result

        return call


def crash_scene(directory: Path) -> dict[bytes, bytes]:
    """Something to do for every step of a clean-up; returns the bytes that must survive."""
    records, blobs = Records.open_sqlite(records_path(directory)), LocalBlobs(directory / "blobs")
    for number in range(2):
        commit(records, write_pack(blobs, {key_of(("dead", number)): bytes([number])}))
    grow_older(records, 11 * DAY_MS)
    run(records, blobs)
    contents = {key_of(("half", number)): bytes([number]) * 3000 for number in range(8)}
    contents |= {key_of(("small", number)): bytes([number]) * 30 for number in range(7)}
    alive = {key: content for key, content in contents.items() if key != key_of(("small", 3))}
    for number in range(2, 8):
        del alive[key_of(("half", number))]
    want(records, "here", alive)
    commit(records, write_pack(blobs, {k: c for k, c in contents.items() if len(c) == 3000}))
    for key, content in contents.items():
        if len(content) == 30:
            commit(records, write_pack(blobs, {key: content}))
    keep_snapshot(records, blobs, ["kept"])
    for number in range(3):
        want(records, "a take", [key_of(("master", number))], "speech")
        commit(records, write_pack(blobs, {key_of(("master", number)): bytes([number])}, "speech"))
    keep_masters(records)
    grow_older(records, 11 * DAY_MS)
    want(records, "revived", [key_of(("dead", 1))])
    records.close()
    return alive


def keep_masters(records: Records) -> None:
    """For as long as MASTERS_DAYS."""
    set_retention(records, RetentionChange(WORKSPACE, "masters", MASTERS_DAYS))


def settle(directory: Path) -> tuple[set[bytes], int, set[str]]:
    """Start again as after a crash, let days pass with clean-ups, and see what is left."""
    records, blobs = Records.open_sqlite(records_path(directory)), LocalBlobs(directory / "blobs")
    blobs.remove_temporaries()
    adopt_unknown_packs(records, blobs)
    for _ in range(4):
        run(records, blobs)
        assert check_storage(records, blobs).problems == ()
        grow_older(records, 6 * DAY_MS)
    with records.read(WORKSPACE) as tx:
        assert len(find_dropped(tx, [key_of(("master", number)) for number in range(3)])) == 3
    left = keys(records), len(pack_ids(blobs)), pack_ids(blobs) ^ recorded(records)
    records.close()
    return left


def crashes(
    tmp_path: Path, clean: Callable[[Records, LocalBlobs, int], None], *, first: int = 1, every: int = 1
) -> int:
    """Run clean-ups that crash at their n-th chance, each on a copy of the same directory; the last n."""
    scene = tmp_path / "scene"
    scene.mkdir()
    alive = crash_scene(scene)
    expected = settle(shutil.copytree(scene, tmp_path / "undisturbed"))
    assert expected[0] >= set(alive)
    nth, crashed = first - every, True
    while crashed:
        nth += every
        directory = shutil.copytree(scene, tmp_path / str(nth))
        records, blobs = Records.open_sqlite(records_path(directory)), LocalBlobs(directory / "blobs")
        try:
            clean(records, blobs, nth)
            crashed = False
        except Crash:
            pass
        assert read_all(records, blobs, alive) == alive, nth
        records.close()
        left = settle(directory)
        assert left[0] == expected[0], nth
        assert left[2] == set(), nth
        records = Records.open_sqlite(records_path(directory))
        assert read_all(records, blobs, alive) == alive, nth
        records.close()
        shutil.rmtree(directory)
    return nth - every


@sqlite_only
@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_of_the_store_is_safe(tmp_path: Path, after: bool) -> None:
    """Wherever clean-up stops between two calls of the store, all that is needed is there, then and later.

    After a call is before the next: where few are tried, the two cases crash at different ones.
    """

    def clean(records: Records, blobs: LocalBlobs, nth: int) -> None:
        run(records, Crashing(blobs, nth, after=after))  # type: ignore[arg-type]

    assert crashes(tmp_path, clean, first=1 + (after and EVERY > 1), every=EVERY) > 30


@sqlite_only
@pytest.mark.slow
def test_a_crash_at_any_commit_is_safe(tmp_path: Path) -> None:
    """Wherever clean-up stops before a transaction is committed, all that is needed is there, then and later."""

    def clean(records: Records, blobs: LocalBlobs, nth: int) -> None:
        left = nth

        def crash(_connection: sa.Connection) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Crash

        with records.write(WORKSPACE) as tx:
            engine = tx.connection.engine
        sa.event.listen(engine, "commit", crash)
        run(records, blobs)

    assert crashes(tmp_path, clean) >= 7


# A walk

WORK = "speaking/" + new_id()
"""How the owners begin that are work under way."""


@dataclass
class Walk:
    """Random steps on real records and packs beside a model of what must be there."""

    records: Records
    blobs: LocalBlobs
    rng: random.Random
    owners: dict[str, set[bytes]] = field(default_factory=dict)
    contents: dict[bytes, bytes] = field(default_factory=dict)
    kinds: dict[bytes, SegmentKind] = field(default_factory=dict)
    made: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def step(self) -> None:
        """Do one thing at random."""
        steps = {
            self.want: 30,
            self.commit: 30,
            self.drop: 16,
            self.put_and_die: 3,
            self.restart: 2,
            self.sleep: 10,
            self.clean: 9,
        }
        (step,) = self.rng.choices(list(steps), list(steps.values()))
        self.seen[step.__name__] = self.seen.get(step.__name__, 0) + 1
        step()

    def _some_keys(self) -> list[bytes]:
        """Some keys of one kind, new ones and old ones."""
        kind: SegmentKind = self.rng.choice(("audio", "speech"))
        known = [key for key, its in self.kinds.items() if its == kind]
        chosen = self.rng.sample(known, min(len(known), self.rng.randrange(4)))
        for _ in range(self.rng.randrange(1, 5)):
            self.made += 1
            chosen.append(key_of(self.made))
            self.kinds[chosen[-1]] = kind
        return chosen

    def want(self) -> None:
        """A conversion begins: it refers first, then asks what exists."""
        owner_id = f"{self.rng.choice(('owner', WORK))} {len(self.seen)} {self.made}"
        chosen = self._some_keys()
        want(self.records, owner_id, chosen, self.kinds[chosen[0]])
        self.owners[owner_id] = self.owners.get(owner_id, set()) | set(chosen)

    def _pack(self) -> dict[bytes, bytes]:
        """New bytes for keys that somebody wants, and for some that exist."""
        wanted = self.needed()
        if not wanted:
            return {}
        kind = self.kinds[self.rng.choice(sorted(wanted))]
        chosen = sorted(key for key in wanted if self.kinds[key] == kind)
        chosen = self.rng.sample(chosen, min(len(chosen), self.rng.randrange(1, 8)))
        return {key: self._said(key) for key in chosen}

    def _said(self, key: bytes) -> bytes:
        """Of what exists, often what it was before: speech that was dropped is spoken again."""
        if key in self.contents and self.rng.random() < 0.5:
            return self.contents[key]
        return self.rng.randbytes(self.rng.randrange(1, 900))

    def commit(self) -> None:
        """A worker closes a pack; the first bytes of a key count."""
        new = self._pack()
        if new:
            dropped = self.dropped(new)
            commit(self.records, write_pack(self.blobs, new, self.kinds[next(iter(new))]))
            after = self._existing()
            for key in dropped:
                assert (key in after) == (new[key] == self.contents[key])
            self.contents |= {key: after[key] for key in new if key not in self.contents}
            self.contents |= {key: after[key] for key in new.keys() - dropped}

    def put_and_die(self) -> None:
        """A worker is killed between closing a pack and committing it."""
        new = self._pack()
        if new:
            write_pack(self.blobs, new, self.kinds[next(iter(new))])

    def restart(self) -> None:
        """A command starts and adopts what it finds."""
        before = self._existing()
        adopt_unknown_packs(self.records, self.blobs)
        after = self._existing()
        assert {key: after[key] for key in before} == before
        self.contents |= after

    def drop(self) -> None:
        """A conversion ends."""
        if self.owners:
            owner_id = self.rng.choice(sorted(self.owners))
            drop(self.records, owner_id)
            del self.owners[owner_id]

    def sleep(self) -> None:
        """Hours or days pass."""
        grow_older(self.records, int(self.rng.choice((0.1, 0.5, 1.1, 4)) * DAY_MS))

    def clean(self) -> None:
        """Clean up, and compare what went with what may go."""
        segments_before, packs_before = self._unused(), self._retired()
        before, aligned = self._existing(), self._aligned()
        with self.records.read(WORKSPACE) as tx:
            now_ms = tx.now_ms
        clean_up(self.records, self.blobs, POLICY, now_ms=now_ms)

        # A wanted segment may come back with the pack that it was in before it was evicted.
        existing, after = self._existing(), self._unused()
        self.contents |= {key: content for key, content in existing.items() if key not in before}
        assert existing.keys() >= before.keys() & self.protected()
        assert self._aligned().items() >= {k: a for k, a in aligned.items() if k in self.needed()}.items()
        limit_ms = now_ms - POLICY.unused_segment_ms
        assert all(used_at_ms >= limit_ms for used_at_ms, _ in after.values())
        assert sum(size_bytes for _, size_bytes in after.values()) <= POLICY.unused_bytes
        went_early = [s for key, s in segments_before.items() if key not in after and s[0] >= limit_ms]
        if went_early:
            assert sum(size_bytes for _, size_bytes in segments_before.values()) > POLICY.unused_bytes
            assert all(
                s[0] >= max(went_early)[0] for s in after.values() if s[1] and s in segments_before.values()
            )
        for pack_id in packs_before.keys() - recorded(self.records):
            assert packs_before[pack_id] is not None
            assert packs_before[pack_id] <= now_ms - POLICY.retired_pack_ms
            assert pack_id not in pack_ids(self.blobs)
        assert recorded(self.records) <= pack_ids(self.blobs)

    def _existing(self) -> dict[bytes, bytes]:
        return read_all(self.records, self.blobs, self.kinds)

    def needed(self) -> set[bytes]:
        """Keys that somebody refers to."""
        return {key for keys in self.owners.values() for key in keys}

    def protected(self) -> set[bytes]:
        """Those of them whose bytes nobody may drop: audio, speech that work needs, and speech used of late."""
        with self.records.read(WORKSPACE) as tx:
            now_ms = tx.now_ms
        work = {key for owner_id, keys in self.owners.items() if owner_id.startswith(WORK) for key in keys}
        rows = rows_of(self.records, schema.segments)
        late = {row["key"] for row in rows if row["used_at_ms"] >= now_ms - MASTERS_DAYS * DAY_MS}
        return {key for key in self.needed() if self.kinds[key] == "audio" or key in work | late}

    def _aligned(self) -> dict[bytes, bytes | None]:
        with self.records.read(WORKSPACE) as tx:
            return {key: s.alignment for key, s in segments.find_known_segments(tx, self.kinds).items()}

    def dropped(self, keys: Iterable[bytes]) -> set[bytes]:
        """Those of the keys whose sound was dropped."""
        with self.records.read(WORKSPACE) as tx:
            return {*find_dropped(tx, keys)}

    def _unused(self) -> dict[bytes, tuple[int, int]]:
        """When each segment without an owner was used, and its size."""
        needed = self.needed()
        rows = rows_of(self.records, schema.segments)
        return {r["key"]: (r["used_at_ms"], r["size_bytes"] or 0) for r in rows if r["key"] not in needed}

    def _retired(self) -> dict[str, int]:
        return {row["pack_id"]: row["retired_at_ms"] for row in rows_of(self.records, schema.packs)}

    def verify(self) -> None:
        """Everything that exists has the bytes that were first."""
        found = self._existing()
        assert found == {key: self.contents[key] for key in found}


STEPS = rounds(400, 1500)


@pytest.mark.slow
def test_what_is_needed_is_always_there(records: Records, blobs: LocalBlobs) -> None:
    """In many random steps of work, crashes, time and clean-up, no needed byte is lost or changed."""
    walk = Walk(records, blobs, random.Random(1))
    keep_masters(records)
    dropped = 0
    for number in range(STEPS):
        needed = read_all(records, blobs, walk.needed()) if number % 10 == 0 else {}
        walk.step()
        dropped += bool(number % 100 == 0 and walk.dropped(walk.kinds))
        if number % 10 == 0:
            still = walk.protected()
            now = read_all(records, blobs, still)
            assert now.items() >= {key: content for key, content in needed.items() if key in still}.items()
        if number % 100 == 0:
            walk.verify()
            assert check_storage(records, blobs).problems == ()

    assert dropped > 0
    assert len(walk.seen) == 7
    assert min(walk.seen.values()) > STEPS // 75
    drop(records, *walk.owners)
    for _ in range(3):
        grow_older(records, 11 * DAY_MS)
        run(records, blobs)
    adopt_unknown_packs(records, blobs)
    for _ in range(3):
        grow_older(records, 11 * DAY_MS)
        run(records, blobs)
    assert keys(records) == set()
    assert pack_ids(blobs) == recorded(records) == set()
