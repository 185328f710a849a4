"""What a data directory holds, read without changing it: its owner may be dead, and the next one must mend it."""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import list_pack_ids, read_index

RECORDS = "records.sqlite3"
FLAC_MAGIC = b"fLaC"


@dataclass(frozen=True)
class Stored:
    """What would survive the death of everybody.

    recorded: pack of each segment that the records have. speech: those that are speech.
    packed: the segments of each whole pack.    spoken: what the ledger says was ever spoken.
    lost_speech, lost_bytes: passages in packs that were never finished, and bytes of all such packs.
    """

    recorded: dict[bytes, str]
    speech: frozenset[bytes]
    packed: dict[str, tuple[bytes, ...]]
    spoken: int
    lost_speech: int
    lost_bytes: int

    @property
    def durable(self) -> frozenset[bytes]:
        """Every segment that never has to be made again."""
        return frozenset(self.recorded).union(*self.packed.values())


NOTHING = Stored({}, frozenset(), {}, 0, 0, 0)
"""Before anything was begun."""


@contextlib.contextmanager
def copied_records(data: Path) -> Iterator[sqlite3.Connection]:
    """The records as they lie there: opening the originals would already mend them."""
    with tempfile.TemporaryDirectory() as folder:
        for part in data.glob(f"{RECORDS}*"):
            shutil.copy(part, folder)
        with contextlib.closing(sqlite3.connect(Path(folder) / RECORDS)) as connection:
            yield connection


def look(data: Path) -> Stored:
    """What is stored now. Only while no command runs."""
    unfinished = [path.read_bytes() for path in data.glob("blobs/.temporary/*")]
    with copied_records(data) as connection:
        rows = _rows(connection, "SELECT key, pack_id, kind FROM segments WHERE pack_id IS NOT NULL")
        ledger = _rows(connection, "SELECT segment_count FROM usage_ledger WHERE kind = 'speech'")
    return Stored(
        recorded={key: pack for key, pack, _ in rows},
        speech=frozenset(key for key, _, kind in rows if kind == "speech"),
        packed=_packed(data),
        spoken=sum(count for (count,) in ledger),
        lost_speech=sum(content.count(FLAC_MAGIC) for content in unfinished),
        lost_bytes=sum(map(len, unfinished)),
    )


def _rows(connection: sqlite3.Connection, query: str) -> list[tuple[Any, ...]]:
    """Rows; none where a command was killed before it had made the tables."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    return list(connection.execute(query)) if "usage_ledger" in tables else []


def _packed(data: Path) -> dict[str, tuple[bytes, ...]]:
    blobs = LocalBlobs(data / "blobs")
    return {
        pack_id: tuple(segment.key for segment in read_index(blobs, pack_id).segments)
        for pack_id, _ in list_pack_ids(blobs)
    }
