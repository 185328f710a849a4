"""Exports as rows: what a stranger reads of them, and which of them go."""

import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from rhapsode.storage import exports, projects, schema
from rhapsode.storage.exports import ExportPiece
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import pack_key
from rhapsode.storage.records import Records
from rhapsode.studio.errors import DataDamaged

from .stored import FOREIGN, WORKSPACE, commit, key_of, make_project, write_pack

PROJECT = make_project()


def keep(records: Records, pieces: list[ExportPiece], crc32: int = 0) -> str:
    """An export of a project; its id."""
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, PROJECT)
        exports.insert_export(
            tx,
            export_key=key_of("export"),
            project_id=PROJECT.project_id,
            format_name="m4b",
            crc32=crc32,
            pieces=pieces,
        )
        export = exports.find_export(tx, key_of("export"))
        assert export is not None
        return export.export_id


def test_the_documented_program_writes_an_export(tmp_path: Path, records: Records, blobs: LocalBlobs) -> None:
    """The program in docs/storage.md writes the file byte for byte, and stops at a damaged one."""
    guide = (Path(__file__).parents[3] / "docs" / "storage.md").read_text("utf-8")
    program = next(each for each in guide.split("```python\n") if "export_id, target" in each).split("```")[0]
    contents = {key_of(name): name.encode() * 99 for name in ("b", "a", "c")}
    pack = write_pack(blobs, contents, "file")
    commit(records, pack)
    pieces = [ExportPiece(key, 50) for key in (*contents, key_of("b"))]
    file = b"".join(contents[piece.segment_key][:50] for piece in pieces)
    export_id = keep(records, pieces, zlib.crc32(file))
    records.close()
    command = [sys.executable, "-c", program, str(tmp_path), export_id, str(tmp_path / "file")]

    subprocess.run(command, check=True)
    with blobs.path(pack_key(pack.pack_id)).open("r+b") as damaged:
        damaged.seek(50)
        damaged.write(b"!")
    again = subprocess.run(command, check=False, capture_output=True)

    assert (tmp_path / "file").read_bytes() == file
    assert again.returncode != 0


def test_the_first_of_a_key_stays(records: Records, blobs: LocalBlobs) -> None:
    """Others would have the same bytes; another workspace sees none of it."""
    commit(records, write_pack(blobs, {key_of("a"): b"a" * 10}, "file"))
    first = keep(records, [ExportPiece(key_of("a"), 10)], 5)
    assert keep(records, [ExportPiece(key_of("a"), 9)], 6) == first
    with records.read(WORKSPACE) as tx:
        assert exports.get_pieces(tx, first) == (ExportPiece(key_of("a"), 10),)
        assert set(exports.find_exports(tx, [key_of("export"), key_of("other")])) == {key_of("export")}
    with records.read(FOREIGN) as tx:
        assert exports.find_exports(tx, [key_of("export")]) == {}
        with pytest.raises(DataDamaged):
            exports.get_pieces(tx, first)


def test_an_export_of_what_is_not_there_is_refused(records: Records) -> None:
    """Nothing of it is kept."""
    with pytest.raises(DataDamaged):
        keep(records, [ExportPiece(key_of("absent"), 10)])
    with records.read(WORKSPACE) as tx:
        assert exports.list_exports(tx) == []


def test_use_is_noted_once_a_day(records: Records, blobs: LocalBlobs) -> None:
    """What is asked for all the time isn't written to each time, and is kept."""
    commit(records, write_pack(blobs, {key_of("a"): b"a"}, "file"))
    export_id = keep(records, [ExportPiece(key_of("a"), 1)])
    with records.write(WORKSPACE) as tx:
        assert exports.list_due_for_touch(tx, [export_id]) == []
        long_ago_ms = tx.now_ms - 2 * 24 * 3600 * 1000
        tx.connection.execute(schema.exports.update().values(used_at_ms=long_ago_ms))
        assert exports.list_due_for_touch(tx, [export_id]) == [export_id]
        exports.touch_exports(tx, [export_id])
        assert exports.list_due_for_touch(tx, [export_id]) == []
        assert exports.delete_old_exports(tx, before_ms=long_ago_ms + 1) == 0
        assert exports.delete_old_exports(tx, before_ms=tx.now_ms + 1) == 1
