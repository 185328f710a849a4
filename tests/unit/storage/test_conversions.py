"""Conversions: frozen, found, ended once, and what they used."""

from dataclasses import replace

import pytest

from rhapsode.storage import conversions, projects, schema
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.conversions import (
    Conversion,
    ConversionChapter,
    ConversionSlice,
    DueConversion,
    Usage,
)
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.storage.workspaces import set_disabled
from rhapsode.studio.errors import NotFound
from rhapsode.studio.ids import (
    ChapterId,
    ChapterSnapshotId,
    ConversionId,
    ProjectId,
    ProjectSnapshotId,
    new_id,
)

from .stored import FOREIGN, WORKSPACE, key_of, make_project, rows_of, want

CHAPTERS = [
    ConversionChapter(0, ChapterId("one"), key_of("one"), b"plan one", None),
    ConversionChapter(1, ChapterId("two"), key_of("two"), None, ChapterSnapshotId("done")),
    ConversionChapter(2, ChapterId("three"), key_of("three"), b"plan three" * 9000, None),
]
SLICES = [ConversionSlice(0, 0, b"first"), ConversionSlice(1, 2, b"second" * 9000)]


@pytest.fixture
def project_id(records: Records) -> ProjectId:
    project = make_project()
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
    return project.project_id


def insert(
    records: Records,
    project_id: ProjectId,
    *,
    state: str = "converting",
    chapter_id: ChapterId | None = None,
) -> Conversion:
    conversion = Conversion(
        ConversionId(new_id()), project_id, state, key_of("plan"), 5, chapter_id=chapter_id
    )
    with records.write(WORKSPACE) as tx:
        conversions.insert_conversion(tx, conversion)
        for chapter in CHAPTERS:
            mine = [piece for piece in SLICES if piece.chapter_ordinal == chapter.ordinal]
            conversions.insert_conversion_chapter(tx, conversion.conversion_id, chapter, mine)
    return conversion


def test_a_conversion_comes_back(records: Records, project_id: ProjectId) -> None:
    """What was frozen is read again byte for byte; the list of chapters goes without their plans."""
    conversion = insert(records, project_id)
    identity = conversion.conversion_id

    with records.read(WORKSPACE) as tx:
        assert conversions.get_conversion(tx, identity) == conversion
        assert [conversions.get_conversion_chapter(tx, identity, i) for i in range(3)] == CHAPTERS
        assert conversions.list_conversion_chapters(tx, identity) == [replace(c, plan=None) for c in CHAPTERS]
        assert conversions.list_slices(tx, identity) == [(0, 0), (1, 2)]
        assert [conversions.get_slice(tx, identity, i) for i in range(2)] == SLICES


def test_a_conversion_without_work_is_one_too(records: Records, project_id: ProjectId) -> None:
    """No chapters and no slices are fine."""
    conversion = Conversion(ConversionId(new_id()), project_id, "converting", b"", 5)

    with records.write(WORKSPACE) as tx:
        conversions.insert_conversion(tx, conversion)
        assert conversions.list_slices(tx, conversion.conversion_id) == []
        assert conversions.list_conversion_chapters(tx, conversion.conversion_id) == []


def test_a_conversion_gets_its_digest_last(records: Records, project_id: ProjectId) -> None:
    """That of one, and of no other."""
    first, second = insert(records, project_id), insert(records, project_id)
    with records.write(WORKSPACE) as tx:
        conversions.set_plan_digest(tx, first.conversion_id, key_of("whole"))
        found = [conversions.get_conversion(tx, c.conversion_id).plan_digest for c in (first, second)]
    assert found == [key_of("whole"), second.plan_digest]


def test_what_is_absent_is_not_found(records: Records, project_id: ProjectId) -> None:
    """Unknown conversions, chapters and slices raise the same kind of error."""
    identity = insert(records, project_id).conversion_id

    with records.read(WORKSPACE) as tx:
        for ask in (
            lambda: conversions.get_conversion(tx, ConversionId("none")),
            lambda: conversions.get_conversion_chapter(tx, identity, 3),
            lambda: conversions.get_slice(tx, identity, 2),
        ):
            with pytest.raises(NotFound):
                ask()


def test_a_finished_chapter_is_noted(records: Records, project_id: ProjectId) -> None:
    """The snapshot of one chapter of one conversion is set, and no other."""
    first, second = insert(records, project_id), insert(records, project_id)

    with records.write(WORKSPACE) as tx:
        conversions.set_chapter_snapshot(tx, first.conversion_id, 0, ChapterSnapshotId("new"))
        found = [
            [chapter.chapter_snapshot_id for chapter in conversions.list_conversion_chapters(tx, identity)]
            for identity in (first.conversion_id, second.conversion_id)
        ]

    assert found == [["new", "done", None], [None, "done", None]]


def test_unfinished_conversions_are_listed_oldest_first(records: Records, project_id: ProjectId) -> None:
    """Those that have ended are not among them."""
    made = [insert(records, project_id) for _ in range(3)]
    with records.write(WORKSPACE) as tx:
        conversions.finish_conversion(tx, made[1].conversion_id, "cancelled")

    with records.read(WORKSPACE) as tx:
        found = conversions.list_unfinished_conversions(tx)
        assert conversions.list_unfinished_conversions(tx, project_id) == found
        assert conversions.list_unfinished_conversions(tx, ProjectId("other")) == []

    assert found == sorted((made[0], made[2]), key=lambda conversion: conversion.conversion_id)


def test_the_newest_conversion_of_a_project_is_found(records: Records, project_id: ProjectId) -> None:
    """Whether it has ended or not, and whatever it is of."""
    _, newest = insert(records, project_id), insert(records, project_id, chapter_id=ChapterId("one"))
    with records.write(WORKSPACE) as tx:
        assert conversions.find_newest_conversion(tx, project_id) == newest
        conversions.finish_conversion(tx, newest.conversion_id, "cancelled")
        found = conversions.find_newest_conversion(tx, project_id)
    assert found is not None
    assert (found.conversion_id, found.state) == (newest.conversion_id, "cancelled")


def test_a_waiting_conversion_begins_once(records: Records, project_id: ProjectId) -> None:
    """It then runs; one that has ended stays ended, and others stay as they are."""
    waiting, other, ended = (insert(records, project_id, state="in_queue") for _ in range(3))
    with records.write(WORKSPACE) as tx:
        conversions.finish_conversion(tx, ended.conversion_id, "cancelled")
        for _ in range(2):
            conversions.begin_conversion(tx, waiting.conversion_id)
        conversions.begin_conversion(tx, ended.conversion_id)
        found = [conversions.get_conversion(tx, c.conversion_id).state for c in (waiting, other, ended)]
    assert found == ["converting", "in_queue", "cancelled"]


def test_a_conversion_is_of_a_project_or_of_one_chapter(records: Records, project_id: ProjectId) -> None:
    """Its record says which."""
    found = [insert(records, project_id), insert(records, project_id, chapter_id=ChapterId("one"))]
    with records.read(WORKSPACE) as tx:
        read = [conversions.get_conversion(tx, c.conversion_id).chapter_id for c in found]
    assert read == [None, "one"]


def test_one_conversion_of_each_project_is_due(records: Records, project_id: ProjectId) -> None:
    """The oldest that is unfinished, of every workspace."""
    first, second, third = (insert(records, project_id) for _ in range(3))
    foreign = make_project()
    with records.write(WORKSPACE) as tx:
        conversions.finish_conversion(tx, first.conversion_id, "succeeded")
    with records.write(FOREIGN) as tx:
        ensure_workspace(tx)
        projects.save_project(tx, foreign)
        elsewhere = Conversion(ConversionId(new_id()), foreign.project_id, "in_queue", b"", 5)
        conversions.insert_conversion(tx, elsewhere)

    due = conversions.list_due_conversions(records)

    oldest = min(second, third, key=lambda conversion: conversion.conversion_id)
    expected = [
        DueConversion(WORKSPACE, oldest.conversion_id),
        DueConversion(FOREIGN, elsewhere.conversion_id),
    ]
    assert due == sorted(expected, key=lambda one: one.conversion_id)


def test_nothing_of_a_closed_workspace_is_due(records: Records, project_id: ProjectId) -> None:
    """As long as it is disabled: its conversions wait, and are there again when it is opened."""
    waiting = insert(records, project_id)
    with records.write(WORKSPACE) as tx:
        set_disabled(tx, disabled=True)
    assert conversions.list_due_conversions(records) == []

    with records.write(WORKSPACE) as tx:
        set_disabled(tx, disabled=False)
    assert conversions.list_due_conversions(records) == [DueConversion(WORKSPACE, waiting.conversion_id)]


def test_what_is_left_is_read_with_its_plans(records: Records, project_id: ProjectId) -> None:
    """The slices with their requests, and the chapters that have no snapshot yet, each in order."""
    identity = insert(records, project_id).conversion_id
    with records.read(WORKSPACE) as tx:
        assert [*conversions.iterate_slices(tx, identity)] == SLICES
        assert [*conversions.iterate_unfinished_chapters(tx, identity)] == [CHAPTERS[0], CHAPTERS[2]]


def test_a_conversion_ends_once(records: Records, project_id: ProjectId) -> None:
    """The first end counts; it lets go of all segments and drops what was frozen."""
    conversion = insert(records, project_id)
    other = insert(records, project_id)
    want(records, conversion.conversion_id, [key_of(1)])
    want(records, other.conversion_id, [key_of(2)])

    with records.write(WORKSPACE) as tx:
        assert conversions.finish_conversion(
            tx, conversion.conversion_id, "succeeded", project_snapshot_id=ProjectSnapshotId("snapshot")
        )
        ended_at_ms = tx.now_ms
    with records.write(WORKSPACE) as tx:
        assert not conversions.finish_conversion(tx, conversion.conversion_id, "failed", error="too late")
        assert not conversions.finish_conversion(tx, ConversionId("none"), "failed")

    with records.read(WORKSPACE) as tx:
        assert conversions.get_conversion(tx, conversion.conversion_id) == replace(
            conversion,
            state="succeeded",
            project_snapshot_id=ProjectSnapshotId("snapshot"),
            finished_at_ms=ended_at_ms,
        )
        assert conversions.list_slices(tx, conversion.conversion_id) == []
        assert conversions.list_conversion_chapters(tx, conversion.conversion_id) == []
        assert conversions.list_slices(tx, other.conversion_id) == [(0, 0), (1, 2)]
    held = {row["owner_id"] for row in rows_of(records, schema.segment_references)}
    assert held == {other.conversion_id}


def test_a_failure_keeps_its_reason(records: Records, project_id: ProjectId) -> None:
    """What a person should know of a failed conversion is in its record."""
    conversion = insert(records, project_id)

    with records.write(WORKSPACE) as tx:
        conversions.finish_conversion(tx, conversion.conversion_id, "failed", error="The engine died.")
        ended = conversions.get_conversion(tx, conversion.conversion_id)

    assert (ended.state, ended.error) == ("failed", "The engine died.")


def test_usage_is_added_up(records: Records, project_id: ProjectId) -> None:
    """The ledger keeps every entry, and a conversion's use is the sum of its own, kind by kind."""
    first, second = insert(records, project_id).conversion_id, insert(records, project_id).conversion_id
    with records.write(WORKSPACE) as tx:
        conversions.add_usage(tx, first, "speech", Usage(1, 20, 300))
        conversions.add_usage(tx, first, "speech", Usage(2, 30, 2**40))
        conversions.add_usage(tx, first, "audio", Usage(9, 0, 9))
        conversions.add_usage(tx, second, "speech", Usage(5, 5, 5))

    with records.read(WORKSPACE) as tx:
        assert conversions.get_usage(tx, first, "speech") == Usage(3, 50, 300 + 2**40)
        assert conversions.get_usage(tx, first, "audio") == Usage(9, 0, 9)
        assert conversions.get_usage(tx, ConversionId("none"), "speech") == Usage(0, 0, 0)
    assert len(rows_of(records, schema.usage_ledger)) == 4


def test_the_audit_log_keeps_its_order(records: Records) -> None:
    """Entries stand in the order in which they were written."""
    with records.write(WORKSPACE) as tx:
        for action in ("project.created", "project.updated"):
            add_audit_entry(tx, actor="ida", action=action, object_id="p")

    rows = rows_of(records, schema.audit_log)

    assert [row["action"] for row in rows] == ["project.created", "project.updated"]
    assert {row["created_at_ms"] for row in rows} == {tx.now_ms}
