"""What is deleted can be had again until it is purged."""

from dataclasses import replace

import pytest

from rhapsode.storage import chapters, projects, restoring
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records
from rhapsode.studio.errors import ChapterNotFound, ProjectNotFound
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import Project

from .stored import WORKSPACE, make_block, make_chapter, make_project


def kept(records: Records, **fields: object) -> Project:
    project = replace(make_project(), **fields)  # type: ignore[arg-type]
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
    return project


def test_an_origin_that_was_taken_stays_with_who_has_it(records: Records) -> None:
    """The restored project is one of its own; one whose origin is free has it again, and its exports with it."""
    project = kept(records, origin="/books/a.epub")
    export = kept(records, project_id=ProjectId("E" * 20), origin=f"export:acx:{project.project_id}")
    with records.write(WORKSPACE) as tx:
        for each in (project, export):
            projects.delete_project(tx, each.project_id)
        assert [each.project_id for each in restoring.list_restorable_projects(tx)] == [project.project_id]
        assert restoring.restore_project(tx, project.project_id)
        assert projects.get_project(tx, project.project_id) == project
        assert projects.get_project(tx, export.project_id) == export
        projects.delete_project(tx, project.project_id)
    other = kept(records, project_id=ProjectId("O" * 20), origin="/books/a.epub")

    with records.write(WORKSPACE) as tx:
        assert restoring.restore_project(tx, project.project_id)
        assert not restoring.restore_project(tx, project.project_id)
        assert projects.get_project(tx, project.project_id).origin is None
        assert projects.find_project_by_origin(tx, "/books/a.epub") == other


def test_chapters_are_restored_in_whatever_order(records: Records) -> None:
    """Each stands where it stood: behind what was in front of it, and in front of what was added since."""
    project = kept(records)
    book = [make_chapter(name=name) for name in "ABCDE"]
    with records.write(WORKSPACE) as tx:
        projects.save_chapters(tx, project.project_id, book)
        for deleted in (book[1], book[3]):
            chapters.delete_chapter(tx, project.project_id, deleted.chapter_id)
        for restored in (book[1], book[3]):
            assert restoring.restore_chapter(tx, project.project_id, restored.chapter_id)
        assert [chapter.name for chapter in chapters.list_chapters(tx, project.project_id)] == [*"ABCDE"]

        added = make_chapter(name="F")
        chapters.delete_chapter(tx, project.project_id, book[3].chapter_id)
        chapters.delete_chapter(tx, project.project_id, book[4].chapter_id)
        chapters.append_chapter(tx, project.project_id, added)
        for restored in (book[3], book[4]):
            assert restoring.restore_chapter(tx, project.project_id, restored.chapter_id)
        assert [chapter.name for chapter in chapters.list_chapters(tx, project.project_id)] == [*"ABCDEF"]

        chapters.delete_chapter(tx, project.project_id, book[1].chapter_id)
        projects.save_chapters(tx, project.project_id, chapters.list_chapters(tx, project.project_id))
        assert restoring.restore_chapter(tx, project.project_id, book[1].chapter_id)
        assert [chapter.name for chapter in chapters.list_chapters(tx, project.project_id)] == [*"ABCDEF"]


def test_what_was_purged_is_gone(records: Records, blobs: LocalBlobs) -> None:
    """A day after it was deleted, at the next clean-up."""
    project, spare = kept(records), kept(records, project_id=ProjectId("S" * 20))
    chapter = make_chapter(make_block("It rained."))
    with records.write(WORKSPACE) as tx:
        projects.save_chapters(tx, spare.project_id, [chapter])
        chapters.delete_chapter(tx, spare.project_id, chapter.chapter_id)
        projects.delete_project(tx, project.project_id)
        now_ms = tx.now_ms
    clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms + CleanupPolicy().deleted_ms)
    with records.write(WORKSPACE) as tx:
        assert len(restoring.list_restorable_projects(tx)) == 1
    clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms + CleanupPolicy().deleted_ms + 1)

    with records.write(WORKSPACE) as tx:
        assert restoring.list_restorable_projects(tx) == []
        with pytest.raises(ProjectNotFound):
            restoring.restore_project(tx, project.project_id)
        with pytest.raises(ChapterNotFound):
            restoring.restore_chapter(tx, spare.project_id, chapter.chapter_id)
