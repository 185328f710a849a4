"""No question about a few rows walks through all rows of a workspace."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rhapsode.storage import conversions, projects, references, segments, snapshots
from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.conversions import Conversion, Usage
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ConversionId, TakeId
from rhapsode.studio.project import Take, TakePart

from .stored import (
    ENCODING,
    WORKSPACE,
    keep_snapshot,
    key_of,
    make_block,
    make_chapter,
    make_project,
    make_project_snapshot,
    records_path,
    want,
)

# What is about all of a workspace, or about all of them: clean-up and check read everything once.
WHOLE = (
    "NOT (EXISTS",
    "FROM workspaces",
    "FROM packs",
    "SELECT count(segments.pack_id) AS count_1 \n",
    "SELECT count(*) AS count_1 \nFROM chapter_snapshots",
    "SELECT count(*) AS count_1 \nFROM project_snapshots",
    "packs.workspace_id != ?",
    "SELECT chapter_snapshots.chapter_snapshot_id \n",
    "SELECT project_snapshots.project_snapshot_id, project_snapshots.digest \n",
)


@pytest.fixture
def statements(records: Records) -> dict[str, Any]:
    """Every statement that is sent from now on, with some parameters."""
    seen: dict[str, Any] = {}

    def listen(_c: object, _cursor: object, statement: str, parameters: Any, _x: object, many: bool) -> None:
        seen.setdefault(statement, parameters[0] if many else parameters)

    for transaction in (records.read, records.write):
        with transaction(WORKSPACE) as tx:
            sa.event.listen(tx.connection.engine, "before_cursor_execute", listen)
    return seen


def exercise(records: Records, blobs: LocalBlobs) -> None:
    """Ask and change what the product asks and changes."""
    project, chapter = make_project(origin="here"), make_chapter("One.", "Two.")
    node = chapter.blocks[0].nodes[0]
    snapshot = keep_snapshot(records, blobs, ["one", "two"])
    want(records, "owner", [key_of("one"), key_of("wanted")])
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
        projects.save_chapters(tx, project.project_id, [chapter])
        take = Take(TakeId("take"), key_of("source"), (TakePart(0, 4, key_of(key_of("one"))),))
        projects.set_takes(tx, [(node.node_id, take)])
        projects.get_chapter(tx, project.project_id, chapter.chapter_id)
        edited = replace(chapter, blocks=(make_block(node),))
        projects.save_chapters(tx, project.project_id, [edited])
        projects.save_chapters(tx, project.project_id, [])
        conversion = Conversion(ConversionId("c"), project.project_id, "converting", b"d", 5)
        conversions.insert_conversion(tx, conversion)
        conversions.set_plan_digest(tx, ConversionId("c"), b"whole")
        conversions.add_usage(tx, ConversionId("c"), "speech", Usage(1, 2, 3))
        project_snapshot = make_project_snapshot(snapshot, project_id=project.project_id)
        snapshots.insert_project_snapshot(tx, project_snapshot)
        conversions.finish_conversion(tx, ConversionId("c"), "succeeded")
        references.drop_references(tx, ["owner"])
    with records.read(WORKSPACE) as tx:
        projects.get_project(tx, project.project_id)
        projects.find_project_by_origin(tx, "here")
        projects.find_takes(tx, [node.node_id])
        segments.find_segments(tx, [key_of("one"), key_of("two")])
        segments.find_owned_segments(tx, "owner")
        segments.find_wanted(tx, "owner", [key_of("one")])
        segments.measure_owned_audio(tx, "owner")
        segments.find_encoded(tx, [key_of(key_of("one"))], ENCODING)
        conversions.list_unfinished_conversions(tx)
        conversions.list_conversion_chapters(tx, ConversionId("c"))
        conversions.list_slices(tx, ConversionId("c"))
        conversions.get_usage(tx, ConversionId("c"), "speech")
        snapshots.get_parts(tx, snapshot.chapter_snapshot_id)
        snapshots.list_latest_chapter_snapshots(tx, snapshot.project_id)
        snapshots.get_project_snapshot(tx, project_snapshot.project_snapshot_id)
        snapshots.list_project_snapshots(tx, project.project_id)
    everything = CleanupPolicy(
        unused_segment_ms=0, deleted_ms=0, retired_pack_ms=0, live_share=1, small_pack_count=1
    )
    for _ in range(2):
        clean_up(records, blobs, everything, now_ms=2**50)
    check_storage(records, blobs)


def test_every_question_has_an_index(
    tmp_path: Path, records: Records, blobs: LocalBlobs, statements: dict[str, Any]
) -> None:
    """SQLite's plans, made without statistics, never begin with the whole of a table or a workspace."""
    exercise(records, blobs)
    database = sqlite3.connect(records_path(tmp_path))
    verbs = ("SELECT", "UPDATE", "DELETE", "INSERT")
    narrow = [s for s in statements if s.startswith(verbs) and not any(whole in s for whole in WHOLE)]

    walks = {
        statement: step
        for statement in narrow
        for *_, step in database.execute(f"EXPLAIN QUERY PLAN {statement}", statements[statement])
        if "SCAN" in step or step.endswith("(workspace_id=?)")
    }
    database.close()

    # This index holds only the few conversions that run.
    walks = {statement: step for statement, step in walks.items() if "ix_conversions_unfinished" not in step}
    assert walks == {}
    assert len(narrow) > 40
