"""Snapshots come back as they were kept, hold on to their segments, and notice every change."""

import dataclasses
import re
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.postgres import sqlite_only

from rhapsode.storage import schema, segments, snapshots
from rhapsode.storage.keys import digest
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import pack_key
from rhapsode.storage.records import Records
from rhapsode.storage.snapshot_document import (
    chapter_digest,
    pack_document,
    project_digest,
    unpack_document,
)
from rhapsode.studio.errors import DataDamaged, NotFound
from rhapsode.studio.ids import BlockId, ChapterId, ChapterSnapshotId, NodeId, ProjectId, ProjectSnapshotId
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, ProjectSnapshot, SnapshotPart

from .stored import (
    WORKSPACE,
    commit,
    keep_snapshot,
    key_of,
    make_chapter_snapshot,
    make_parts,
    make_project_snapshot,
    rows_of,
    want,
    write_pack,
)

KEYS = st.binary(min_size=32, max_size=32)
PARTS = st.builds(
    SnapshotPart,
    segment_key=KEYS,
    frame_count=st.integers(0, 2**40),
    size_bytes=st.integers(0, 2**40),
    text=st.text(st.characters(exclude_categories=["Cs"])),
    spans=st.lists(st.integers(0, 2**31)).map(tuple),
    block_id=st.none() | st.just(BlockId("block")),
    node_id=st.none() | st.just(NodeId("node")),
    speech_key=st.none() | KEYS,
    spoken_text=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
)


@given(st.lists(PARTS, max_size=4))
def test_a_document_gives_its_parts_back(parts: list[SnapshotPart]) -> None:
    """Any parts survive the way into bytes and back, and equal parts are equal bytes."""
    document = pack_document(parts)

    assert unpack_document(document) == tuple(parts)
    assert pack_document(unpack_document(document)) == document


@pytest.mark.parametrize(
    "document", [b"", b"no zlib", pack_document([])[:-3], b"x\x9c\x03\x00\x00\x00\x00\x01"]
)
def test_a_document_that_can_not_be_read_is_damage(document: bytes) -> None:
    """Bytes that are no document raise the error for damage, whatever they are."""
    with pytest.raises(DataDamaged, match="document of a snapshot"):
        unpack_document(document)


def test_a_chapter_snapshot_comes_back(records: Records, blobs: LocalBlobs) -> None:
    """All fields, the head with its cover, and the parts in their order."""
    keys = [key_of(name) for name in ("b", "a", "c", "b")]
    commit(records, write_pack(blobs, dict.fromkeys(keys, b"x")))
    commit(records, write_pack(blobs, {key_of(key): b"s" for key in keys}, "speech"))
    commit(records, write_pack(blobs, {key_of("cover"): b"png"}, "image"))
    snapshot = make_chapter_snapshot(head=FileHead(b"before after", 6, key_of("cover")))
    pause = SnapshotPart(key_of("a"), 3, 1, "\n")
    parts = (*make_parts(keys), pause)

    with records.write(WORKSPACE) as tx:
        snapshots.insert_chapter_snapshot(tx, snapshot, parts)

    with records.read(WORKSPACE) as tx:
        identity = snapshot.chapter_snapshot_id
        assert snapshots.get_chapter_snapshot(tx, identity) == snapshot
        assert snapshots.get_parts(tx, identity) == parts
        owned = segments.find_owned_segments(tx, identity)
    assert set(owned) == {*keys, *map(key_of, keys), key_of("cover")}


def test_a_snapshot_without_its_segments_is_not_kept(records: Records, blobs: LocalBlobs) -> None:
    """A snapshot whose segment the records don't know is refused, with nothing left of it."""
    commit(records, write_pack(blobs, {key_of("a"): b"x"}))

    with pytest.raises(DataDamaged, match="no longer there"), records.write(WORKSPACE) as tx:
        snapshots.insert_chapter_snapshot(tx, make_chapter_snapshot(), make_parts([key_of("a")]))

    assert rows_of(records, schema.chapter_snapshots) == []
    assert rows_of(records, schema.segment_references) == []


def test_a_project_snapshot_lists_its_chapters(records: Records, blobs: LocalBlobs) -> None:
    """The chapters come back in the order given, which isn't that of their ids."""
    made = [keep_snapshot(records, blobs, [name]) for name in "abc"]
    snapshot = make_project_snapshot(made[2], made[0], made[1])
    with records.write(WORKSPACE) as tx:
        snapshots.insert_project_snapshot(tx, snapshot)
        snapshots.insert_project_snapshot(tx, make_project_snapshot())

    with records.read(WORKSPACE) as tx:
        assert snapshots.get_project_snapshot(tx, snapshot.project_snapshot_id) == snapshot


def test_a_project_snapshot_holds_on_to_its_cover(records: Records) -> None:
    """The cover of the single file stays, also when the project and its chapters have another by now."""
    want(records, "conversion", [key_of("cover")], "image")
    snapshot = make_project_snapshot(head=FileHead(b"head", 2, key_of("cover")))

    with records.write(WORKSPACE) as tx:
        snapshots.insert_project_snapshot(tx, snapshot)

    owners = {row["owner_id"] for row in rows_of(records, schema.segment_references)}
    assert owners == {"conversion", snapshot.project_snapshot_id}
    with records.read(WORKSPACE) as tx:
        assert snapshots.get_project_snapshot(tx, snapshot.project_snapshot_id) == snapshot


def test_project_snapshots_are_listed_newest_first(records: Records) -> None:
    """Only those of the project asked for."""
    project_id = ProjectId("mine")
    made = [
        make_project_snapshot(project_id=project_id, project_snapshot_id=ProjectSnapshotId(name))
        for name in ("0a", "0Z", "1a")
    ]
    with records.write(WORKSPACE) as tx:
        for snapshot in (*made, make_project_snapshot()):
            snapshots.insert_project_snapshot(tx, snapshot)

    with records.read(WORKSPACE) as tx:
        listed = snapshots.list_project_snapshots(tx, project_id)
        assert [snapshot.snapshot_id for snapshot in listed] == ["1a", "0a", "0Z"]
        assert snapshots.list_project_snapshots(tx, ProjectId("none")) == []


def test_chapter_snapshots_are_listed_newest_first(records: Records) -> None:
    """Only those of the chapter asked for, in its own project."""
    project_id, chapter_id = ProjectId("mine"), ChapterId("one")
    made = [
        make_chapter_snapshot(
            project_id=ProjectId(of),
            chapter_id=ChapterId(chapter),
            chapter_snapshot_id=ChapterSnapshotId(name),
        )
        for name, of, chapter in (
            ("0b", "mine", "one"),
            ("0a", "mine", "one"),
            ("0c", "mine", "two"),
            ("0d", "yours", "one"),
        )
    ]
    with records.write(WORKSPACE) as tx:
        for snapshot in made:
            snapshots.insert_chapter_snapshot(tx, snapshot, ())

    with records.read(WORKSPACE) as tx:
        listed = snapshots.list_chapter_snapshots(tx, project_id, chapter_id)
        assert [snapshot.snapshot_id for snapshot in listed] == ["0b", "0a"]
        assert listed[0].name == made[0].name
        assert snapshots.list_chapter_snapshots(tx, project_id, ChapterId("none")) == []


def test_the_latest_snapshot_of_each_chapter_is_listed(records: Records) -> None:
    """One for each chapter of the project, the newest."""
    project_id, chapters = ProjectId("mine"), (ChapterId("one"), ChapterId("two"))
    made = [
        make_chapter_snapshot(
            project_id=project_id, chapter_id=chapter_id, chapter_snapshot_id=ChapterSnapshotId(name)
        )
        for name, chapter_id in (("0a", chapters[0]), ("0b", chapters[0]), ("0c", chapters[1]))
    ]
    with records.write(WORKSPACE) as tx:
        for snapshot in (made[1], made[0], made[2], make_chapter_snapshot()):
            snapshots.insert_chapter_snapshot(tx, snapshot, ())

    with records.read(WORKSPACE) as tx:
        found = snapshots.list_latest_chapter_snapshots(tx, project_id)

    assert found == {chapters[0]: made[1], chapters[1]: made[2]}


def test_an_absent_snapshot_is_not_found(records: Records) -> None:
    """Unknown ids raise, also for the parts alone."""
    with records.read(WORKSPACE) as tx:
        for ask in (
            lambda: snapshots.get_chapter_snapshot(tx, ChapterSnapshotId("none")),
            lambda: snapshots.get_parts(tx, ChapterSnapshotId("none")),
            lambda: snapshots.get_project_snapshot(tx, ProjectSnapshotId("none")),
        ):
            with pytest.raises(NotFound):
                ask()


@sqlite_only
@pytest.mark.parametrize("cover", [None, b"png" * 9])
def test_the_documented_program_writes_a_chapter(
    tmp_path: Path, records: Records, blobs: LocalBlobs, cover: bytes | None
) -> None:
    """The program in docs/storage.md writes a chapter's file byte for byte, and stops at a damaged one."""
    guide = (Path(__file__).parents[3] / "docs" / "storage.md").read_text("utf-8")
    program = guide.split("```python\n")[2].split("```")[0]
    contents = {key_of(name): name.encode() * 99 for name in ("b", "a", "c")}
    pack = write_pack(blobs, contents)
    commit(records, pack)
    commit(records, write_pack(blobs, {key_of(key): b"s" for key in contents}, "speech"))
    head, file = FileHead(b"before after"), b"before after"
    if cover is not None:
        commit(records, write_pack(blobs, {key_of("cover"): cover}, "image"))
        head, file = FileHead(b"before after", 6, key_of("cover")), b"before" + cover + b" after"
    file = (file + b"".join(contents.values()))[:-30]
    snapshot = make_chapter_snapshot(head=head, file_size_bytes=len(file), file_crc32=zlib.crc32(file))
    with records.write(WORKSPACE) as tx:
        snapshots.insert_chapter_snapshot(tx, snapshot, make_parts(contents, size_bytes=99))
    records.close()
    target = tmp_path / "chapter.mp3"
    command = [sys.executable, "-c", program, str(tmp_path), snapshot.chapter_snapshot_id, str(target)]

    subprocess.run(command, check=True)
    with blobs.path(pack_key(pack.pack_id)).open("r+b") as damaged:
        damaged.seek(50)
        damaged.write(b"!")
    again = subprocess.run(command, check=False, capture_output=True)

    assert target.read_bytes() == file
    assert again.returncode != 0


def changed(value: Any) -> Any:
    """Something else of the same kind."""
    if isinstance(value, FileHead):
        return replace(value, content=value.content + b"!")
    if isinstance(value, tuple):
        return (*value, value[0])
    return value + b"!" if isinstance(value, bytes) else value + ("!" if isinstance(value, str) else 1)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ChapterSnapshot)])
def test_every_field_of_a_chapter_snapshot_is_in_its_digest(name: str) -> None:
    """A change of any field is a change of the digest, and so is one of the document or the cover."""
    snapshot = make_chapter_snapshot()
    other = replace(snapshot, **{name: changed(getattr(snapshot, name))})

    assert chapter_digest(other, b"document") != chapter_digest(snapshot, b"document")
    assert chapter_digest(snapshot, b"documenT") != chapter_digest(snapshot, b"document")
    covered = replace(snapshot, head=FileHead(b"head", 0, key_of(1)))
    moved = replace(snapshot, head=FileHead(b"head", 1, key_of(1)))
    assert len({chapter_digest(s, b"") for s in (snapshot, covered, moved)}) == 3


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ProjectSnapshot)])
def test_every_field_of_a_project_snapshot_is_in_its_digest(name: str) -> None:
    """A change of any field is a change of the digest, and so is another order of chapters."""
    snapshot = make_project_snapshot(make_chapter_snapshot(), make_chapter_snapshot())
    other = replace(snapshot, **{name: changed(getattr(snapshot, name))})
    turned = replace(snapshot, chapter_snapshot_ids=snapshot.chapter_snapshot_ids[::-1])

    assert len({project_digest(s) for s in (snapshot, other, turned)}) == 3


def test_the_digests_are_made_as_documented() -> None:
    """docs/storage.md lists the parts of both digests in their order."""
    guide = (Path(__file__).parents[3] / "docs" / "storage.md").read_text("utf-8")
    chapter = make_chapter_snapshot(head=FileHead(b"head", 2, key_of(1)))
    project = make_project_snapshot(chapter, chapter, head=FileHead(b"head", 2, key_of(1)))
    head: dict[str, Any] = {
        "head": b"head",
        "cover_offset": 2,
        "cover_key": key_of(1),
        "document": b"document",
    }

    parts = documented_parts(guide, "chapter-snapshot/1")
    values = [head[name] if name in head else getattr(chapter, name) for name in parts]
    assert digest("chapter-snapshot/1", *values) == chapter_digest(chapter, b"document")

    parts = documented_parts(guide, "project-snapshot/1")
    values = [head[name] if name in head else getattr(project, name) for name in parts]
    ids = project.chapter_snapshot_ids
    assert digest("project-snapshot/1", *values, len(ids), *ids) == project_digest(project)


def documented_parts(guide: str, domain: str) -> list[str]:
    """The names in the third column of the row with this domain."""
    (row,) = [line for line in guide.splitlines() if f"| `{domain}` |" in line]
    return re.findall(r"`(\w+)`", row.split("|")[3])
