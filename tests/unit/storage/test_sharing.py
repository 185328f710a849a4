"""Shared segments under concurrency: clients that want, commit and let go, while clean-up runs among them.

A model says at every moment which owner needs which segment. What anybody needs can be read, with its bytes; at the
end, when all have let go and time has passed, nothing is left. `RHAPSODE_TEST_FULL=1` takes 10,000 steps.
"""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.rounds import rounds

from rhapsode.storage import segments
from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import list_pack_ids
from rhapsode.storage.records import Records
from rhapsode.storage.references import drop_references
from rhapsode.studio.errors import BlobMissing
from rhapsode.studio.ids import new_id

from .stored import DAY_MS, WORKSPACE, everything, key_of, read_all, write_pack

CLIENTS = 4
STEPS = rounds(240, 10_000)
CLEANS = 1 / 12
MOST_OWNERS = 3
"""Of a client: with more, everything would be needed by somebody at all times, and nothing ever go."""

CLEANING = threading.Lock()
KEYS = [key_of(number) for number in range(80)]
AGED = CleanupPolicy(
    unused_segment_ms=0, retired_pack_ms=0, live_share=0.7, small_pack_bytes=2**12, small_pack_count=6
)
"""Everything that may go goes at once, and packs are rewritten all the time."""


def content_of(key: bytes) -> bytes:
    """The same for a key whoever makes it, so that packs of the same segments are the same pack."""
    return key * (1 + key[0] % 9)


class Client:
    """One of those who work at once. What it owns, nobody else lets go of. owned: keys by owner."""

    def __init__(self, records: Records, blobs: LocalBlobs, seed: int) -> None:
        self.records, self.blobs = records, blobs
        self.chance = random.Random(seed)
        self.owned: dict[str, list[bytes]] = {}
        self.moved = 0

    def step(self) -> None:
        """Do one thing, as a conversion, a reader or a deletion does it."""
        if self.chance.random() < CLEANS:
            self.clean_up()
        elif len(self.owned) > MOST_OWNERS:
            self.let_go()
        else:
            self.chance.choice([self.convert, self.convert, self.read, self.let_go, self.hand_over])()

    def clean_up(self) -> None:
        """Clean up among the others, as if it were the day after everything; one does at a time."""
        if CLEANING.acquire(blocking=False):
            try:
                report = clean_up(self.records, self.blobs, AGED, now_ms=later_ms(self.records))
            finally:
                CLEANING.release()
            self.moved += report.deleted_packs + report.rewritten_packs

    def convert(self) -> None:
        """Refer to segments first, then make those that don't exist, then commit them."""
        owner_id, keys = new_id(), self.chance.sample(KEYS, self.chance.randrange(1, 8))
        with self.records.write(WORKSPACE) as tx:
            segments.want_segments(tx, owner_id, {"audio": keys})
        self.owned[owner_id] = keys
        with self.records.read(WORKSPACE) as tx:
            existing = segments.find_existing_keys(tx, owner_id)
        missing = [key for key in keys if key not in existing]
        if missing:
            pack = write_pack(self.blobs, {key: content_of(key) for key in missing})
            with self.records.write(WORKSPACE) as tx:
                segments.commit_pack(tx, pack)

    def hand_over(self) -> None:
        """Let a new owner hold what an old one did, in one transaction, as a snapshot does for its conversion."""
        if self.owned:
            owner_id = self.chance.choice(sorted(self.owned))
            keys, next_id = self.owned.pop(owner_id), new_id()
            with self.records.write(WORKSPACE) as tx:
                segments.want_segments(tx, next_id, {"audio": keys})
                drop_references(tx, [owner_id])
            self.owned[next_id] = keys

    def read(self) -> None:
        """Everything that an owner holds is there, with its bytes, wherever it was moved to."""
        if self.owned:
            keys = self.owned[self.chance.choice(sorted(self.owned))]
            assert self.found(keys) == {key: content_of(key) for key in keys}

    def found(self, keys: list[bytes]) -> dict[bytes, bytes]:
        """Their bytes. Asked again where a pack was rewritten in between: here no file waits for its readers."""
        while True:
            places = self.places(keys)
            try:
                return read_all(self.records, self.blobs, keys)
            except BlobMissing:
                if self.places(keys) == places:
                    raise

    def places(self, keys: list[bytes]) -> dict[bytes, str]:
        """Which pack each is in."""
        with self.records.read(WORKSPACE) as tx:
            found = segments.find_segments(tx, keys)
        return {key: segment.location.pack_id for key, segment in found.items()}

    def let_go(self) -> None:
        """Delete an owner."""
        if self.owned:
            owner_id = self.chance.choice(sorted(self.owned))
            with self.records.write(WORKSPACE) as tx:
                drop_references(tx, [owner_id])
            del self.owned[owner_id]


def later_ms(records: Records) -> int:
    with records.read(WORKSPACE) as tx:
        return tx.now_ms + DAY_MS


@pytest.mark.slow
@pytest.mark.timeout(rounds(300, 3_600))
def test_what_somebody_needs_is_there_and_nothing_else_for_ever(
    records: Records, blobs: LocalBlobs, tmp_path: Path
) -> None:
    """Through all steps of all clients and of clean-up; then check is content, and after ageing nothing is left."""
    clients = [Client(records, blobs, seed) for seed in range(CLIENTS)]

    def work(client: Client) -> None:
        for _ in range(STEPS // CLIENTS):
            client.step()

    with ThreadPoolExecutor(CLIENTS) as threads:
        for done in [threads.submit(work, client) for client in clients]:
            done.result()

    assert sum(client.moved for client in clients) > STEPS // 100
    needed = {key for client in clients for keys in client.owned.values() for key in keys}
    assert needed
    assert read_all(records, blobs, needed) == {key: content_of(key) for key in needed}
    assert check_storage(records, blobs).problems == ()
    for _ in range(3):
        clean_up(records, blobs, AGED, now_ms=later_ms(records))
    stored = {row["key"] for row in everything(records)["segments"]}
    assert stored == needed
    with records.write(WORKSPACE) as tx:
        drop_references(tx, [owner_id for client in clients for owner_id in client.owned])
    for _ in range(3):
        clean_up(records, blobs, AGED, now_ms=later_ms(records))
    left = everything(records)
    assert (left["segments"], left["segment_references"], left["packs"]) == ([], [], [])
    assert list(list_pack_ids(blobs)) == []
