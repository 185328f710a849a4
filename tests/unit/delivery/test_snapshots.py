"""Snapshots, where they are looked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, Studio, make_document, make_document_chapter, open_studio

from rhapsode.delivery import snapshots
from rhapsode.studio.errors import ChapterNotFound, ProjectNotFound, SnapshotNotFound
from rhapsode.studio.ids import ChapterId, ProjectId

BOOK = make_document(make_document_chapter("It rained."), make_document_chapter("Nobody came."))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def test_each_chapter_starts_where_those_before_it_end(studio: Studio) -> None:
    """In frames of the project's single file."""
    snapshot = studio.project_snapshot(studio.convert(BOOK))
    one, two = studio.chapter_snapshots(snapshot.project_snapshot_id)
    with studio.records.read(WORKSPACE) as tx:
        starts = snapshots.list_chapter_starts(tx, snapshot)
    assert [start.start_frame for start in starts] == [0, one.frame_count]
    assert [start.chapter_snapshot_id for start in starts] == [
        one.chapter_snapshot_id,
        two.chapter_snapshot_id,
    ]
    assert snapshot.frame_count == one.frame_count + two.frame_count


def test_a_snapshot_is_found_where_it_belongs_and_nowhere_else(studio: Studio) -> None:
    """What isn't there is named: the project, the chapter, or the snapshot."""
    snapshot = studio.project_snapshot(studio.convert(BOOK))
    one, two = studio.chapter_snapshots(snapshot.project_snapshot_id)
    project_id, absent = snapshot.project_id, ProjectId("absent")
    with studio.records.read(WORKSPACE) as tx:
        assert snapshots.get_of_project(tx, project_id, snapshot.project_snapshot_id) == snapshot
        assert snapshots.get_of_chapter(tx, project_id, one.chapter_id, one.chapter_snapshot_id) == one
        with pytest.raises(ProjectNotFound):
            snapshots.get_of_project(tx, absent, snapshot.project_snapshot_id)
        with pytest.raises(ChapterNotFound):
            snapshots.get_of_chapter(tx, project_id, ChapterId("absent"), one.chapter_snapshot_id)
        with pytest.raises(SnapshotNotFound):
            snapshots.get_of_chapter(tx, project_id, two.chapter_id, one.chapter_snapshot_id)
