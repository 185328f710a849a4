"""Backups: whole at every moment, each byte once, and restored as the same records and the same blobs."""

import hashlib
import json
import os
import random
import shutil
import signal
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.postgres import sqlite_only

from rhapsode.storage import schema
from rhapsode.storage.backups import rows as backup_rows
from rhapsode.storage.backups.backup import backup_key, rows_key
from rhapsode.storage.backups.places import DirectoryPlace
from rhapsode.storage.backups.restoring import RestoreReport, restore_backup
from rhapsode.storage.backups.taking import BackupReport, take_backup
from rhapsode.storage.backups.target import list_backup_ids, put_bytes, readable_target, writable_target
from rhapsode.storage.backups.verifying import VerifyReport, verify_backups
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.history_list import HistoryQuery, list_page
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import pack_key
from rhapsode.storage.records import Records
from rhapsode.storage.references import drop_references
from rhapsode.studio.errors import (
    BackupNotFound,
    DataDamaged,
    DataDirectoryInUse,
    DataDirectoryRefused,
    InvalidInput,
)
from rhapsode.studio.snapshot import ChapterSnapshot

from .stored import DAY_MS, WORKSPACE, commit, everything, keep_snapshot, key_of, write_pack
from .test_history import insert, make_item

Kept = tuple[Records, LocalBlobs]


@pytest.fixture
def snapshot(records: Records, blobs: LocalBlobs) -> ChapterSnapshot:
    """A snapshot, packs that nothing refers to, and items of the history."""
    commit(records, write_pack(blobs, {key_of("spare"): b"unused"}))
    insert(records, make_item(text="The tide comes in."), make_item(1_770_000_000_000, text="It goes out."))
    return keep_snapshot(records, blobs, ["one", "two", "three"])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A place for backups, which isn't there yet."""
    return tmp_path / "far" / "backups"


def unheard(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def take(records: Records, blobs: Blobs, target: Path | str, keep: int | None = None) -> BackupReport:
    return take_backup(records, blobs, str(target), keep=keep, on_progress=unheard)


def restore(
    target: Path | str, data: Path, backup_id: str | None = None, blobs_url: str | None = None
) -> RestoreReport:
    return restore_backup(str(target), data, backup_id=backup_id, blobs_url=blobs_url, on_progress=unheard)


def verify(target: Path | str) -> VerifyReport:
    return verify_backups(str(target), on_progress=unheard)


def opened(data: Path) -> Iterator[Kept]:
    """What is in a data directory."""
    with DataDirectory.open(data, "test") as directory:
        records = Records.open_sqlite(directory.records_path)
        yield records, LocalBlobs(directory.blobs_path)
        records.close()


def list_backups(target: Path) -> list[str]:
    with readable_target(str(target)) as blobs:
        return list_backup_ids(blobs)


def packs_of(blobs: LocalBlobs) -> dict[str, bytes]:
    return {key: blobs.read(key, 0, size_bytes) for key, size_bytes in blobs.list_keys("packs/")}


def find_texts(records: Records, needle: str) -> list[str]:
    with records.read(WORKSPACE) as tx:
        page = list_page(tx, HistoryQuery(search=needle), 10)
        return [item.text for item in page.items]


@sqlite_only
def test_a_restored_directory_has_the_same_rows_packs_and_index(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path
) -> None:
    """Every row of every table, every byte of every pack; the index of the history, made anew, finds the same."""
    report = take(records, blobs, target)
    assert restore(target, tmp_path / "new").missing == report.missing == ()

    for restored_records, restored_blobs in opened(tmp_path / "new"):
        found, expected = everything(restored_records), everything(records)
        for name in backup_rows.NOT_KEPT:
            del found[name], expected[name]
        assert found == expected
        assert packs_of(restored_blobs) == packs_of(blobs)
        assert find_texts(restored_records, "tide") == ["The tide comes in."] == find_texts(records, "tide")
        assert check_storage(restored_records, restored_blobs).problems == ()


def test_a_second_backup_copies_what_is_new(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path
) -> None:
    """A pack that is there is copied by no later one, and rows that haven't changed are there once."""
    first = take(records, blobs, target)
    unchanged = take(records, blobs, target)
    new = write_pack(blobs, {key_of("new"): b"new" * 1000})
    commit(records, new)
    last = take(records, blobs, target)

    assert first.copied_bytes > first.size_bytes > unchanged.copied_bytes
    assert new.size_bytes < last.copied_bytes < first.copied_bytes + new.size_bytes
    assert list_backups(target) == [first.backup_id, unchanged.backup_id, last.backup_id]
    restore(target, tmp_path / "old", first.backup_id)
    for _, restored_blobs in opened(tmp_path / "old"):
        assert pack_key(new.pack_id) not in packs_of(restored_blobs)


def test_rows_are_cut_where_their_contents_say(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that comes in the middle changes the stretch it is in, and a neighbour at most."""
    monkeypatch.setattr(backup_rows, "_STRETCH_BYTES", 2_000)
    insert(records, *(make_item(1_760_000_000_000 + 10 * number) for number in range(300)))
    with records.read(WORKSPACE) as tx:
        before = list(backup_rows.row_stretches(tx))
    insert(records, make_item(1_760_000_001_005))
    with records.read(WORKSPACE) as tx:
        after = list(backup_rows.row_stretches(tx))

    assert len(before) > 20
    assert len(set(after) - set(before)) <= 2
    assert b"".join(after).count(b"\n") == b"".join(before).count(b"\n") + 1


def test_older_backups_go_with_what_they_alone_need(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path
) -> None:
    """`keep` leaves the newest, whole; a pack that only an older one had is gone."""
    spare = write_pack(blobs, {key_of("spare"): b"unused"})
    take(records, blobs, target)
    now_ms = records_now_ms(records)
    for later_ms in (40 * DAY_MS, 42 * DAY_MS):
        clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms + later_ms)

    report = take(records, blobs, target, keep=1)

    assert (report.removed_count, list_backups(target)) == (1, [report.backup_id])
    assert pack_key(spare.pack_id) not in packs_of(LocalBlobs(target))
    assert verify(target).problems == ()
    assert restore(target, tmp_path / "new").missing == ()


def records_now_ms(records: Records) -> int:
    with records.read(WORKSPACE) as tx:
        return tx.now_ms


@pytest.mark.parametrize("what", ["packs", "rows", "backups"])
def test_verifying_finds_a_changed_byte_wherever_it_is(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path, what: str
) -> None:
    """It names the file and the backups that it hits; a backup with damaged rows isn't restored at all."""
    backup_id = take(records, blobs, target).backup_id
    path = random.Random(1).choice(sorted(path for path in (target / what).rglob("*") if path.is_file()))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    (problem,) = verify(target).problems

    assert backup_id in problem
    assert path.stem in problem or what == "backups"
    if what == "packs":
        (missing,) = restore(target, tmp_path / "new").missing
        assert path.stem in missing
    else:
        with pytest.raises(DataDamaged):
            restore(target, tmp_path / "new")
        assert not (tmp_path / "new").exists()


def test_a_damaged_pack_is_told_and_keeps_older_backups(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path
) -> None:
    """A backup of a damaged directory has all that is whole, says what isn't, and removes no other."""
    take(records, blobs, target)
    new = write_pack(blobs, {key_of("new"): b"new" * 1000})
    commit(records, new)
    path = blobs.path(pack_key(new.pack_id))
    path.write_bytes(path.read_bytes()[:-40] + bytes(40))

    report = take(records, blobs, target, keep=1)

    assert report.missing == (pack_key(new.pack_id),)
    assert len(list_backups(target)) == 2
    assert "lost before the backup" in "".join(verify(target).problems)


def test_what_can_not_be_read_is_damage(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path
) -> None:
    """A backup and a restore copy all else, and tell of it; so it is with a sector that a disk can't read."""
    lost, *_, harmed = sorted(packs_of(blobs))
    make_unreadable(blobs.path(lost))
    report = take(records, blobs, target)
    make_unreadable(target / harmed)

    assert report.missing == (lost,)
    assert f"The stored file {harmed} can't be read" in verify(target).problems[-1]
    assert set(restore(target, tmp_path / "new").missing) == {lost, harmed}

    rows = next(path for path in (target / "rows").rglob("*.gz"))
    make_unreadable(rows)
    assert f"{rows.name} can't be read" in "".join(verify(target).problems)


NO_ROWS: tuple[bytes, ...] = (
    b"[1]",
    b'{"table":"nothing","columns":[],"binary":[]}',
    b'{"table":"workspaces","columns":["workspace_id"],"binary":[]}\n[1,2]',
    b'{"table":"workspaces","columns":["workspace_id"],"binary":[]}\n["w"]',
    b'{"table":"workspaces","columns":["workspace_id","nothing"],"binary":[]}\n["w",1]',
    b'{"table":"workspaces","columns":["workspace_id"],"binary":[]}\n[["w"]]',
    b'{"table":"workspaces","columns":["workspace_id"],"binary":["workspace_id"]}\n["\xc3\xa4"]',
    b"[" * 100_000,
    b"\xff\n",
)


def test_rows_that_nobody_has_written_are_refused(records: Records) -> None:
    """Whatever they say: in a sentence, and nothing of them stays."""
    before = everything(records)

    for rows in NO_ROWS:
        with pytest.raises(DataDamaged, match="make no sense"), records.write(WORKSPACE) as tx:
            backup_rows.insert_lines(tx.connection, [rows])

    assert everything(records) == before


def test_no_more_is_unpacked_than_a_stretch_may_have(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes that would fill the memory are refused with the limit's name."""
    monkeypatch.setattr(backup_rows, "MAX_STRETCH_BYTES", 2**20)
    rows = bytes(2**20 + 1)
    digest = hashlib.sha256(rows).hexdigest()
    packed = backup_rows.packed_stretch(rows)
    forge(target, {"rows": [digest]}, {rows_key(digest): packed})

    (problem,) = verify(target).problems
    assert "RHAPSODE_LIMIT_MAX_STRETCH_BYTES" in problem
    assert (
        backup_rows.unpacked_stretch(
            hashlib.sha256(rows[1:]).hexdigest(), backup_rows.packed_stretch(rows[1:])
        )
        == rows[1:]
    )
    for size_bytes in (0, 1, len(packed) // 2, len(packed) - 1):
        with pytest.raises(DataDamaged):
            backup_rows.unpacked_stretch(digest, packed[:size_bytes])


@pytest.mark.parametrize(
    "said",
    [
        [],
        {"missing": None},
        {"rows": ["../../../x"]},
        {"rows": 7},
        {"blobs": [["packs/aa/../../x", 1]]},
        {"blobs": [["packs"]]},
        {"created_at_ms": float("inf")},
    ],
    ids=str,
)
def test_a_backup_that_nobody_has_made_is_refused(said: object, target: Path) -> None:
    """Its id is the digest of what it says, which anybody can reckon."""
    forge(target, said)

    (problem,) = verify(target).problems
    assert "isn't what Rhapsode writes" in problem


def forge(target: Path, said: object, files: dict[str, bytes] | None = None) -> None:
    """Make a backup that says something else than one of an empty directory would."""
    usual = {"format": 1, "created_at_ms": 0, "version": "1", "revision": schema.REVISION}
    values = usual | {"rows": [], "blobs": [], "missing": []} | said if isinstance(said, dict) else said
    content = json.dumps(values).encode()
    backup_id = f"2026-11-22t03-17-00.000z-{hashlib.sha256(content).hexdigest()[:16]}"
    with writable_target(str(target)) as blobs:
        for key, file in {backup_key(backup_id): content, **(files or {})}.items():
            put_bytes(blobs, key, file)


def make_unreadable(path: Path) -> None:
    """Let there be something that nobody, not even root, can open."""
    path.unlink()
    path.symlink_to(path.name)


def test_a_new_place_is_nobody_else_s(records: Records, blobs: LocalBlobs, target: Path) -> None:
    """As a data directory is: all texts are in it. A folder that was there keeps its rights."""
    given = target.with_name("given")
    given.mkdir(parents=True, mode=0o755)
    for place in (target, given):
        take(records, blobs, place)

    assert [stat.S_IMODE(place.stat().st_mode) for place in (target, given)] == [0o700, 0o755]


def test_a_place_that_can_be_no_folder_is_refused(
    records: Records, blobs: LocalBlobs, tmp_path: Path
) -> None:
    """A file, or something within one, is told in a sentence."""
    file = tmp_path / "afile"
    file.write_bytes(b"x")
    for place in (file, file / "within"):
        with pytest.raises(InvalidInput, match=r"can't be used for backups: \w.*\.$"):
            take(records, blobs, place)


def test_what_is_lost_here_comes_back_from_an_earlier_backup(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path
) -> None:
    """A pack that the target has is taken from there, whatever has become of it since."""
    expected = packs_of(blobs)
    take(records, blobs, target)
    blobs.delete(min(expected))

    assert take(records, blobs, target).missing == ()
    restore(target, tmp_path / "new")
    for _, restored_blobs in opened(tmp_path / "new"):
        assert packs_of(restored_blobs) == expected


def test_clean_up_takes_nothing_that_a_backup_has_read_of(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path
) -> None:
    """While a backup copies for days, what the records spoke of stays; afterwards it goes."""
    began_ms = records_now_ms(records)

    def clean_up_meanwhile(_done: int, _total: int) -> None:
        with records.write(WORKSPACE) as tx:
            drop_references(tx, [snapshot.chapter_snapshot_id])
        for day in (31, 33, 35):
            now_ms = records_now_ms(records) + day * DAY_MS
            policy = CleanupPolicy(download_ms=365 * DAY_MS)
            clean_up(records, blobs, policy, now_ms=now_ms, oldest_download_at_ms=began_ms)

    report = take_backup(records, blobs, str(target), keep=None, on_progress=clean_up_meanwhile)

    assert report.missing == ()
    assert verify(target).problems == ()


def test_a_killed_backup_leaves_earlier_ones_whole(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path
) -> None:
    """Whichever file it was about to put, or to delete, the others are whole, and the next backup goes on."""
    take(records, blobs, target)
    commit(records, write_pack(blobs, {key_of("new"): b"new" * 1000}))
    count = 0
    # Each on a copy: what a killed one has put, the next would not have to put.
    while _is_killed_at(tmp_path, shutil.copytree(target, tmp_path / str(count)), step=count):
        killed = tmp_path / str(count)
        assert verify(killed).problems == ()
        assert len(list_backups(killed)) in {1, 2}
        assert take(records, blobs, killed, keep=1).missing == ()
        assert verify(killed).backup_count == 1
        count += 1

    # A pack, rows and a list of them; and at least the list that it replaces.
    assert count >= 4


def _is_killed_at(root: Path, target: Path, *, step: int) -> bool:
    """Take a backup in a process that is killed when it puts or deletes file number `step`; False when it ended."""
    child = os.fork()
    if child == 0:
        left = iter(range(step))
        put, delete = LocalBlobs.put, LocalBlobs.delete

        def counted_put(self: LocalBlobs, key: str, source: Path) -> None:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            put(self, key, source)

        def counted_delete(self: LocalBlobs, key: str) -> None:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            delete(self, key)

        LocalBlobs.put, LocalBlobs.delete = counted_put, counted_delete  # type: ignore[method-assign]
        records = Records.open_sqlite(root / "records.sqlite3")
        take(records, LocalBlobs(root / "blobs"), target, keep=1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in {0, signal.SIGKILL}
    return status != 0


def test_a_killed_restore_is_nobodys_directory_until_it_is_repeated(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path
) -> None:
    """No command takes it for data; the same restore goes on, and then it is whole."""
    take(records, blobs, target)
    data = tmp_path / "new"
    with DataDirectory.open(data, "restore", restores=True) as directory:
        directory.begin_restore()

    with pytest.raises(DataDirectoryRefused, match="rhapsode restore"):
        DataDirectory.open(data, "narrate")
    restore(target, data)
    for restored_records, restored_blobs in opened(data):
        assert check_storage(restored_records, restored_blobs).problems == ()


def test_records_are_made_of_rows_that_are_here(
    records: Records, blobs: LocalBlobs, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the place is, no transaction waits for it; nothing of them is left beside the records."""
    insert(records, make_item(text="The tide comes in."))
    take(records, blobs, target)
    make_records = DirectoryPlace.make_records

    def without_place(self: DirectoryPlace, revision: str, stretches: Iterable[bytes]) -> None:
        shutil.rmtree(target)
        make_records(self, revision, stretches)

    monkeypatch.setattr(DirectoryPlace, "make_records", without_place)
    restore(target, tmp_path / "new")

    assert list((tmp_path / "new" / "blobs" / ".temporary").iterdir()) == []
    for restored_records, _ in opened(tmp_path / "new"):
        assert find_texts(restored_records, "tide") == ["The tide comes in."]


def test_nothing_is_restored_over_data(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path, tmp_path: Path
) -> None:
    """Nor is a folder with other files taken, for either purpose."""
    take(records, blobs, target)
    restore(target, tmp_path / "new")
    before = sorted((tmp_path / "new").rglob("*"))
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("Dear Rhea")

    with pytest.raises(DataDirectoryRefused, match="has data already"):
        restore(target, tmp_path / "new")
    with pytest.raises(DataDirectoryRefused, match="other files"):
        restore(target, tmp_path / "letters")
    with pytest.raises(DataDirectoryRefused, match="something else"):
        take(records, blobs, tmp_path / "letters")
    with pytest.raises(BackupNotFound):
        restore(tmp_path / "letters", tmp_path / "other")
    with pytest.raises(BackupNotFound):
        restore(target, tmp_path / "other", "absent")
    assert sorted((tmp_path / "new").rglob("*")) == before


def test_one_writes_to_a_target_at_a_time(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, target: Path
) -> None:
    """A second backup meanwhile is refused, and the first one is whole."""

    def take_another(_done: int, _total: int) -> None:
        with pytest.raises(DataDirectoryInUse, match="Wait"):
            take(records, blobs, target)

    take_backup(records, blobs, str(target), keep=None, on_progress=take_another)
    assert verify(target).problems == ()
