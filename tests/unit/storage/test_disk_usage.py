"""What takes up the disk, told from what is needed, adds up to the files."""

from pathlib import Path

from rhapsode.storage.disk_usage import DiskUsage, measure_disk
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.projects import save_project
from rhapsode.storage.records import Records
from rhapsode.storage.references import add_references
from rhapsode.storage.voice_files import voice_file_key

from .stored import FOREIGN, WORKSPACE, commit, keep_snapshot, key_of, make_project, want, write_pack


def assert_adds_up(usage: DiskUsage, root: Path) -> None:
    """The sum of all parts is the sum of all files."""
    packs = sum(path.stat().st_size for path in root.glob("blobs/packs/*/*"))
    parts = sum(
        sum(place.own_in_all for place in workspace.places)
        + workspace.shared_bytes
        + workspace.unused_bytes
        + workspace.dead_bytes
        + workspace.index_bytes
        for workspace in usage.workspaces
    )
    assert parts == packs == sum(workspace.pack_bytes for workspace in usage.workspaces)
    assert usage.total_bytes == packs + usage.voice_bytes + usage.copy_bytes + usage.records_bytes


def test_what_projects_share_is_told_apart_and_counted_once(
    records: Records, blobs: LocalBlobs, tmp_path: Path
) -> None:
    """Own, shared, unused and dead bytes are exact; a foreign workspace and the files of voices are their own."""
    tides = make_project(name="Tides", origin="tides")
    storms = make_project(name="Storms", origin="storms")
    with records.write(WORKSPACE) as tx:
        save_project(tx, tides)
        save_project(tx, storms)
    alone, both = key_of("alone"), key_of("both")
    commit(records, write_pack(blobs, {alone: b"a" * 100, both: b"b" * 1000, key_of("idle"): b"c" * 10_000}))
    commit(records, write_pack(blobs, {key_of("cover"): b"png" * 50}, "image"))
    # Written twice: the second time it is dead weight.
    commit(records, write_pack(blobs, {both: b"b" * 1000, key_of("late"): b"d" * 5}))
    commit(records, write_pack(blobs, {alone: b"theirs"}, workspace_id=FOREIGN))
    want(records, "00item/mp3_44100_128", [key_of("late")])
    with records.write(WORKSPACE) as tx:
        add_references(tx, [(tides.project_id, alone), (tides.project_id, key_of("cover"))])
        add_references(tx, [(tides.project_id, both), (storms.project_id, both)])
    source = blobs.temporary_directory() / "voice"
    source.write_bytes(b"model" * 20)
    blobs.put(voice_file_key("ab" * 32), source)

    usage = measure_disk(records, blobs)

    own, foreign = sorted(usage.workspaces, key=lambda workspace: workspace.workspace_id)
    assert (own.workspace_id, foreign.workspace_id) == (WORKSPACE, FOREIGN)
    assert {place.name: (dict(place.own_bytes), dict(place.shared_bytes)) for place in own.places} == {
        "Tides": ({"audio": 100, "image": 150}, {"audio": 1000}),
        "Storms": ({}, {"audio": 1000}),
        "history": ({"audio": 5}, {}),
    }
    assert (own.shared_bytes, own.unused_bytes, own.dead_bytes) == (1000, 10_000, 1000)
    assert (foreign.unused_bytes, usage.voice_bytes) == (6, 100)
    assert usage.reclaimable_bytes == 11_006
    assert usage.records_bytes == sum(path.stat().st_size for path in tmp_path.glob("*.sqlite3*"))
    assert_adds_up(usage, tmp_path)


def test_a_snapshot_belongs_to_its_project(records: Records, blobs: LocalBlobs, tmp_path: Path) -> None:
    """So that what an edit has left of older snapshots is found with the project."""
    snapshot = keep_snapshot(records, blobs, ["one", "two"])

    usage = measure_disk(records, blobs)

    (place,) = usage.workspaces[0].places
    assert place.project_id == snapshot.project_id
    assert set(place.own_bytes) == {"speech", "audio"}
    assert_adds_up(usage, tmp_path)
