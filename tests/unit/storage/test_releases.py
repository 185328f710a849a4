"""Data directories that earlier versions left, one for each migration since: this version opens all of them.

tests/data/releases has a small book of the instant voice in each, and from 0002 on a key and an item of the history.
Beside it is what that version said of them: the digests of the archive and of the item's audio.
`python -m tests.releases` makes one of the present version, before a migration comes.
"""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import sqlalchemy as sa
from tests.factories import ThisProcess
from tests.postgres import sqlite_only
from tests.releases import KEY, RELEASES
from tests.rounds import rounds

from rhapsode.access.keys import find_owner
from rhapsode.audio.peaks import PEAK_SAMPLES
from rhapsode.delivery.downloads import open_book, open_chapter, open_item
from rhapsode.delivery.peaks import full_scale, iterate_peaks
from rhapsode.storage import schema
from rhapsode.storage.check import check_storage
from rhapsode.storage.earlier_records import list_copies
from rhapsode.storage.history_list import HistoryQuery, list_page
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.migration import find_revision
from rhapsode.storage.records import Records
from rhapsode.storage.snapshots import list_chapters
from rhapsode.storage.sqlite import sqlite_engine
from rhapsode.studio.errors import StorageFull
from rhapsode.studio.ids import ProjectSnapshotId

from .stored import WORKSPACE, records_path

# Python learned it in 3.11.4, and asks for it from 3.14 on.
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
REVISIONS = sorted(path.stem for path in RELEASES.glob("*.json"))


@dataclass(frozen=True)
class Release:
    """A data directory of an earlier version, and what that said of it."""

    root: Path
    said: dict[str, Any]

    @property
    def revision(self) -> str:
        """What migration its records have been through last."""
        engine = sqlite_engine(records_path(self.root), writes=False)
        with engine.connect() as connection:
            revision = find_revision(connection)
        engine.dispose()
        return str(revision)


def unpacked(revision: str, root: Path) -> Release:
    with tarfile.open(RELEASES / f"{revision}.tar.xz") as archive:
        archive.extractall(root, **_FILTER)
    return Release(root, json.loads((RELEASES / f"{revision}.json").read_text()))


def opened(release: Release) -> Iterator[tuple[Records, LocalBlobs]]:
    records = Records.open_sqlite(records_path(release.root))
    yield records, LocalBlobs(release.root / "blobs")
    records.close()


def digest_of(download: Any) -> str:
    return hashlib.sha256(b"".join(download.content)).hexdigest()


def assert_as_it_was(release: Release) -> None:
    """Check finds nothing wrong, the archive and the history are what they were, and the key opens the workspace."""
    said = release.said
    for records, blobs in opened(release):
        assert check_storage(records, blobs).problems == ()
        snapshot_id = ProjectSnapshotId(said["project_snapshot_id"])
        assert digest_of(open_book(records, blobs, WORKSPACE, snapshot_id, "zip")) == said["archive_sha256"]
        if "history" in said:
            with records.read(WORKSPACE) as tx:
                items = list_page(tx, HistoryQuery(search="again"), 10).items
            assert [item.text for item in items] == [said["history"]["text"]]
            file = open_item(records, blobs, WORKSPACE, items[0].history_item_id, None)
            assert digest_of(file) == said["history"]["sha256"]
            owner = find_owner(records, KEY)
            assert owner is not None
            assert owner.workspace_id == WORKSPACE


@sqlite_only
@pytest.mark.parametrize("revision", REVISIONS)
def test_what_an_earlier_version_left_is_all_there(revision: str, tmp_path: Path) -> None:
    """Its archive has the same bytes, its history is found and heard, its key opens; and a copy of it was made."""
    release = unpacked(revision, tmp_path)

    assert release.revision == revision
    assert_as_it_was(release)
    assert release.revision == schema.REVISION
    (*_, copy) = list_copies(records_path(tmp_path)) if revision != schema.REVISION else [None]
    if copy is not None:
        copy.replace(records_path(tmp_path))
        assert release.revision == revision
        assert_as_it_was(release)


@sqlite_only
@pytest.mark.parametrize("revision", ["0001", "0007"])
def test_older_audio_gets_peaks(revision: str, tmp_path: Path) -> None:
    """Of what is heard, whether it was measured or not; check finds nothing wrong with them."""
    release = unpacked(revision, tmp_path)
    for records, blobs in opened(release):
        with records.read(WORKSPACE) as tx:
            chapters = list_chapters(tx, ProjectSnapshotId(release.said["project_snapshot_id"]))
        for chapter in chapters:
            file = open_chapter(records, blobs, WORKSPACE, chapter.chapter_snapshot_id)
            samples, _ = soundfile.read(io.BytesIO(b"".join(file.content)))
            heard = np.abs(samples).reshape(-1, PEAK_SAMPLES).max(axis=1)
            peaks = np.concatenate([*iterate_peaks(records, blobs, ThisProcess(1), WORKSPACE, chapter)])
            assert peaks / 255 * full_scale(chapter) == pytest.approx(heard, abs=0.03)
            assert heard.max() > 0.1
        assert check_storage(records, blobs).problems == ()


@sqlite_only
def test_the_newest_two_copies_stay(tmp_path: Path) -> None:
    """Older ones go with the next migration that succeeds; without a migration none is made."""
    release = unpacked("0001", tmp_path)
    path = records_path(tmp_path)
    for revision in ("0002", "0003", "0004"):
        path.with_name(f"records.before-{revision}.sqlite3").write_bytes(b"older")
    for _ in opened(release):
        pass
    names = [copy.name for copy in list_copies(path)]
    list_copies(path)[-1].unlink()
    for _ in opened(release):
        pass

    assert names == ["records.before-0004.sqlite3", f"records.before-{schema.REVISION}.sqlite3"]
    assert [copy.name for copy in list_copies(path)] == names[:1]


@sqlite_only
def test_records_that_can_not_be_copied_are_not_migrated(tmp_path: Path) -> None:
    """Where the disk is full, the sentence says what there is no space for, and everything is as it was."""
    release = unpacked("0001", tmp_path)
    before = records_path(tmp_path).read_bytes()
    program = (
        "import resource, signal, sys; from pathlib import Path; from rhapsode.storage.records import Records\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "Records.open_sqlite(Path(sys.argv[1]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(records_path(tmp_path))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"{StorageFull.__name__}: There is no space left for records.before" in ran.stderr
    assert records_path(tmp_path).read_bytes() == before
    assert list_copies(records_path(tmp_path)) == []
    assert_as_it_was(release)


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
import sqlalchemy as sa
from alembic import command
from rhapsode.storage.records import Records

root, every = Path(sys.argv[1]), int(sys.argv[2])
count = nth = 0

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def kill(*_):
    global count
    count += 1
    if count == nth:
        os.kill(os.getpid(), signal.SIGKILL)

def open_copy(name):
    global count
    count = 0
    folder = root / name
    folder.mkdir()
    shutil.copy(root / "records.sqlite3", folder)
    Records.open_sqlite(folder / "records.sqlite3").close()

open_copy("whole")
total = count
for nth in sorted({*range(1, total, every), *range(total - 3, total + 1)}):
    pid = os.fork()
    if pid == 0:
        open_copy(str(nth))
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    print(nth)
"""


@sqlite_only
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_killed_migration_of_an_earlier_version_leaves_the_old_or_the_new_schema(tmp_path: Path) -> None:
    """Whichever statement is the last, the records are the old ones or the new, and the next start goes on."""
    unpacked("0001", tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(rounds(120, 1))],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    whole = contents_of(tmp_path / "whole")
    old = contents_of(tmp_path)

    states = {nth: contents_of(tmp_path / nth) for nth in ran.stdout.split()}
    assert all(found in (old, whole) for found in states.values())
    assert whole in states.values()
    # All that are alike are opened alike.
    first_old = next(nth for nth, found in states.items() if found == old)
    for nth in (first_old, *(nth for nth, found in states.items() if found == whole)):
        Records.open_sqlite(records_path(tmp_path / nth)).close()
        assert contents_of(tmp_path / nth) == whole


def contents_of(folder: Path) -> dict[str, list[Any]]:
    """Every row of every table, and what the tables are."""
    engine = sqlite_engine(records_path(folder), writes=False)
    with engine.connect() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        found = {
            name: sorted(map(repr, connection.execute(sa.text(f"SELECT * FROM {name}"))))
            for name in tables.tables
            if not name.startswith("history_texts")
        }
    engine.dispose()
    return found
