"""The files of an export: a chapter each, named so that they are uploaded in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import ENCODINGS, SAMPLE_RATE_HZ
from rhapsode.delivery.reports import ChapterReport, report_chapter
from rhapsode.delivery.zip_layout import clean_title, entry_name
from rhapsode.storage import snapshots
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export.

    name: good on every file system.    audio_s: how long it lasts, in seconds.    rms_db: how loud it is.
    passed: whether a shop takes it (audio.standards); None where not all of it was measured.
    reasons: a sentence for each thing that isn't as it must be, or isn't known.
    """

    chapter_snapshot_id: ChapterSnapshotId
    name: str
    audio_s: float
    rms_db: float
    passed: bool | None
    reasons: tuple[str, ...]


def list_export_files(
    records: Records,
    workspace_id: WorkspaceId,
    project_snapshot_id: ProjectSnapshotId,
    sample_id: ChapterId | None,
) -> list[ExportFile]:
    """The files of an export, in order, with what a shop says of them, which was measured when they were made.

    sample_id: the chapter that isn't numbered.    Raises: SnapshotNotFound; DataDamaged.
    """
    with records.read(workspace_id) as tx:
        snapshot = snapshots.get_project_snapshot(tx, project_snapshot_id)
        chapters = [snapshots.get_chapter_snapshot(tx, c) for c in snapshot.chapter_snapshot_ids]
        reports = [report_chapter(tx, chapter) for chapter in chapters]
    names = _names(chapters, sample_id)
    return [_file(report, name) for report, name in zip(reports, names, strict=True)]


def _names(chapters: Sequence[ChapterSnapshot], sample_id: ChapterId | None) -> Iterator[str]:
    numbered = [chapter.chapter_id for chapter in chapters if chapter.chapter_id != sample_id]
    for chapter in chapters:
        extension = ENCODINGS[chapter.encoding].extension
        if chapter.chapter_id == sample_id:
            yield f"{clean_title(chapter.name)}.{extension}"
        else:
            number = numbered.index(chapter.chapter_id) + 1
            yield entry_name(number, len(numbered), chapter.name, extension)


def _file(report: ChapterReport, name: str) -> ExportFile:
    return ExportFile(
        report.chapter_snapshot_id,
        name,
        audio_s=report.levels.duration_samples / SAMPLE_RATE_HZ,
        rms_db=report.levels.rms_db,
        passed=report.acx.passed,
        reasons=report.acx.reasons,
    )
