"""Reports of snapshots, made of what records know of their segments."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.archive import REPORT_NAME, iterate_archive, plan_archive
from rhapsode.delivery.book_report import report_book
from rhapsode.delivery.report_text import chapter_report_text, project_report_text
from rhapsode.delivery.reports import ProjectReport, report_chapter, report_project
from rhapsode.storage import schema
from rhapsode.storage.check import rebuild_segments
from rhapsode.studio.errors import DataDamaged, ProjectNotFound, SnapshotNotFound
from rhapsode.studio.ids import ProjectSnapshotId
from rhapsode.studio.project import QualityPreset

LONG = "It came back at night, and with it the boats, one after the other, and their lamps, and the wind."
BOOK = make_document(
    make_document_chapter("The tide went out.", "Nobody saw it.", name="The Harbour"),
    make_document_chapter(LONG, LONG, name="The Hill"),
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def report(studio: Studio, snapshot_id: ProjectSnapshotId) -> ProjectReport:
    with studio.records.read(WORKSPACE) as tx:
        return report_project(tx, studio.project_snapshot(snapshot_id))


def change_segments(studio: Studio, *criteria: sa.ColumnElement[bool], **values: object) -> None:
    """Change records behind everybody's back."""
    with studio.records.write(WORKSPACE) as tx:
        tx.connection.execute(sa.update(schema.segments).where(*criteria).values(**values))


def test_a_project_is_its_chapters(studio: Studio) -> None:
    """As long as all of them with a frame between, as loud as the loudest; its chapters are as they are alone."""
    snapshot_id = studio.convert(BOOK)
    whole = report(studio, snapshot_id)
    with studio.records.read(WORKSPACE) as tx:
        alone = tuple(report_chapter(tx, snapshot) for snapshot in studio.chapter_snapshots(snapshot_id))
    assert whole.chapters == alone
    durations = [chapter.levels.duration_samples for chapter in alone]
    assert whole.levels.duration_samples == sum(durations) + FRAME_SAMPLES
    assert whole.levels.sample_peak_db == max(chapter.levels.sample_peak_db for chapter in alone)
    assert min(c.levels.rms_db for c in alone) < whole.levels.rms_db < max(c.levels.rms_db for c in alone)
    assert [chapter.acx.passed for chapter in alone] == [False, False]
    assert whole.acx.reasons[0].startswith("1. The Harbour: ")


def test_an_edit_changes_one_chapter(studio: Studio) -> None:
    """What another quality does is what the encoder does to it: nothing is measured again for a report."""
    before = report(studio, studio.convert(BOOK))
    options = BookOptions(voice_id=TONE_LOW, quality_preset=QualityPreset.ULTRA_LOSSLESS)
    after = report(studio, studio.convert(BOOK, options))
    louder_db = after.levels.rms_db - before.levels.rms_db
    assert louder_db == pytest.approx(0.446, abs=0.001)
    assert after.levels.sample_peak_db - before.levels.sample_peak_db == pytest.approx(louder_db, abs=0.001)
    assert after.levels.duration_samples == before.levels.duration_samples


def test_audio_that_nobody_measured(studio: Studio) -> None:
    """Audio of an earlier version has a length, and no verdict; the rest has its levels."""
    snapshot_id = studio.convert(BOOK)
    before = report(studio, snapshot_id)
    first = studio.chapter_snapshots(snapshot_id)[0].chapter_snapshot_id
    keys = [part.segment_key for part in studio.parts(first) if part.speech_key is not None]
    change_segments(studio, schema.segments.c.key.in_(keys), measurements=None)

    after = report(studio, snapshot_id)

    sound = sum(part.frame_count for part in studio.parts(first) if part.speech_key is not None)
    assert after.chapters[0].levels.unmeasured_samples == sound * FRAME_SAMPLES
    assert after.chapters[0].ebu_r128.passed is None
    assert after.chapters[0].acx.passed is False
    assert after.chapters[1] == before.chapters[1]
    assert after.ebu_r128.passed is None
    assert "EBU R 128: isn't known:" in project_report_text(after)


def test_measurements_come_back_from_packs(studio: Studio) -> None:
    """Lost with the records, they are in the index of their pack, and the report is what it was."""
    snapshot_id = studio.convert(BOOK)
    before = report(studio, snapshot_id)
    change_segments(studio, measurements=None)
    assert report(studio, snapshot_id) != before
    rebuild_segments(studio.records, studio.blobs)
    assert report(studio, snapshot_id) == before


def test_flawed_speech_is_listed(studio: Studio) -> None:
    """With its block and the beginning of its text, the worst flaw first."""
    snapshot_id = studio.convert(BOOK)
    second = studio.chapter_snapshots(snapshot_id)[1].chapter_snapshot_id
    part = next(part for part in studio.parts(second) if part.text.startswith("It came"))
    change_segments(studio, schema.segments.c.key == part.speech_key, flaws="silent,clipped")

    found = report(studio, snapshot_id)

    assert found.chapters[0].flaws == ()
    flaws = found.chapters[1].flaws
    assert (flaws[0].block_id, flaws[0].flaws) == (part.block_id, ("silent", "clipped"))
    assert flaws[0].text == LONG[:79].rstrip() + "…"
    text = project_report_text(found)
    assert f"  The Hill, block {part.block_id}: silent, clipped: It came back" in text


def test_damaged_measurements_are_told(studio: Studio) -> None:
    """What isn't what was packed is no report."""
    snapshot_id = studio.convert(BOOK)
    change_segments(studio, schema.segments.c.measurements.is_not(None), measurements=b"nonsense")
    with pytest.raises(DataDamaged, match="can't be read"):
        report(studio, snapshot_id)


def test_the_text_is_a_table(studio: Studio) -> None:
    """A line for each chapter and one for all, in columns; then who takes it and why not."""
    found = report(studio, studio.convert(BOOK))
    lines = project_report_text(found).splitlines()
    assert lines[0] == "Mastering report: Tides"
    assert [line.split("  ")[0] for line in lines[4:7]] == ["1. The Harbour", "2. The Hill", "Together"]
    assert {len(line) for line in lines[4:7]} == {len(lines[2])}
    assert " ".join(lines[2].split()) == (
        "Length RMS Peak True peak Noise floor LUFS Range Clipped Head Tail"
    )
    assert lines[8] == "ACX: doesn't pass:"
    chapter = chapter_report_text(found.chapters[0]).splitlines()
    assert chapter[0] == "Mastering report: The Harbour"
    assert chapter[4].split() == lines[4].removeprefix("1. The Harbour").split()


def test_an_archive_with_the_report(studio: Studio) -> None:
    """Its size is known beforehand, and the report is its last file."""
    snapshot_id = studio.convert(BOOK)
    layout = plan_archive(studio.records, WORKSPACE, studio.project_snapshot(snapshot_id), with_report=True)
    content = b"".join(iterate_archive(studio.records, studio.blobs, WORKSPACE, layout, 0, layout.size_bytes))
    assert len(content) == layout.size_bytes
    assert project_report_text(report(studio, snapshot_id)).encode() in content
    assert content.count(REPORT_NAME.encode()) == 2


def test_a_book_is_known_by_its_place_or_its_project(studio: Studio) -> None:
    """And its newest snapshot is reported; one that isn't there or wasn't narrated is told by its name."""
    project_id = studio.save(BOOK)
    with pytest.raises(SnapshotNotFound, match=r"Tides hasn't been narrated yet\."):
        report_book(studio.records, WORKSPACE, project_id, None)
    studio.convert(make_document(make_document_chapter("Rain.", name="Rain")))
    text = project_report_text(report(studio, studio.convert(BOOK)))
    assert report_book(studio.records, WORKSPACE, project_id, None) == text
    assert report_book(studio.records, WORKSPACE, "/books/tides.epub", None) == text
    with pytest.raises(
        ProjectNotFound, match=r"There is no project of /books/rain\.epub: `rhapsode narrate`"
    ):
        report_book(studio.records, WORKSPACE, "/books/rain.epub", None)
    with pytest.raises(ProjectNotFound, match="There is no export of Tides"):
        report_book(studio.records, WORKSPACE, project_id, "acx")
