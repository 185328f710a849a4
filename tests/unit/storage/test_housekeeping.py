"""Regular clean-up, by the clock of the system."""

import time

from rhapsode.storage import schema
from rhapsode.storage.housekeeping import Housekeeping
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.membership import WholePart
from rhapsode.storage.records import Records

from .stored import commit, grow_older, key_of, rows_of, write_pack

MONTHS_MS = 90 * 24 * 3600 * 1000


def wait_until_empty(records: Records) -> None:
    deadline = time.monotonic() + 20
    while rows_of(records, schema.segments):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_cleans_up_again_and_again(records: Records, blobs: LocalBlobs) -> None:
    """What nobody has needed for long goes at the first run, and what grows old later at a later one."""
    housekeeping = Housekeeping(records, blobs, first_after_s=0.01, every_s=0.01)
    assert housekeeping.find_last_run() is None
    housekeeping.start()
    try:
        for name in ("first", "second"):
            commit(records, write_pack(blobs, {key_of(name): b"unused"}))
            grow_older(records, MONTHS_MS)
            wait_until_empty(records)
    finally:
        housekeeping.stop()
    last = housekeeping.find_last_run()
    assert last is not None
    assert last.error is None


def test_it_stops_at_once(records: Records, blobs: LocalBlobs) -> None:
    """Between two runs a stop waits for nothing, and no run follows."""
    housekeeping = Housekeeping(records, blobs, first_after_s=60, every_s=60)
    housekeeping.start()
    commit(records, write_pack(blobs, {key_of("kept"): b"unused"}))
    grow_older(records, MONTHS_MS)
    began_s = time.monotonic()

    housekeeping.stop()

    assert time.monotonic() - began_s < 10
    assert rows_of(records, schema.segments)


def test_it_waits_for_downloads(records: Records, blobs: LocalBlobs) -> None:
    """What has become old since the oldest of them began goes when that has ended."""
    began_ms = time.time_ns() // 1_000_000 - MONTHS_MS // 2
    asked: list[int] = []
    running: list[int] = [began_ms]

    def find_oldest_download() -> int | None:
        asked.append(1)
        return min(running, default=None)

    commit(records, write_pack(blobs, {key_of("unused"): b"unused"}))
    grow_older(records, MONTHS_MS // 2 + 1_000)
    housekeeping = Housekeeping(
        records, blobs, first_after_s=0.01, every_s=0.01, part=WholePart(find_oldest_download)
    )
    housekeeping.start()
    try:
        while len(asked) < 3:
            time.sleep(0.01)
        assert rows_of(records, schema.segments)
        running.clear()
        wait_until_empty(records)
    finally:
        housekeeping.stop()
