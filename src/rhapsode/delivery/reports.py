"""The mastering report of a chapter or a project: arithmetic on what was measured when its segments were made.

No audio is read, and no clock: the report of a snapshot is always the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.audio.levels import Levels, levels_of
from rhapsode.audio.measurements import (
    Measurements,
    join_measurements,
    silence,
    unmeasured,
    unpack_measurements,
)
from rhapsode.audio.standards import Verdict, judge_acx, judge_r128
from rhapsode.storage import snapshots
from rhapsode.storage.measured import find_measured
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import BlockId, ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot, SnapshotPart
from rhapsode.text.characters import beginning_of

_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class FlawedPassage:
    """Speech that something seems wrong with.

    text: its beginning, in one line.    flaws: names of audio.flaws, the worst first.
    """

    block_id: BlockId
    text: str
    flaws: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChapterReport:
    """How a chapter's file sounds, in figures."""

    chapter_id: ChapterId
    chapter_snapshot_id: ChapterSnapshotId
    name: str
    levels: Levels
    acx: Verdict
    ebu_r128: Verdict
    flaws: tuple[FlawedPassage, ...]


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """How a project sounds.

    levels, ebu_r128: of its single file.    acx: passed where every chapter's file is as it must be.
    """

    project_id: ProjectId
    project_snapshot_id: ProjectSnapshotId
    name: str
    levels: Levels
    acx: Verdict
    ebu_r128: Verdict
    chapters: tuple[ChapterReport, ...]


def report_chapter(tx: Transaction, snapshot: ChapterSnapshot) -> ChapterReport:
    """The report of a chapter's snapshot. Raises: DataDamaged."""
    return _report_chapter(tx, snapshot)[0]


def report_project(tx: Transaction, snapshot: ProjectSnapshot) -> ProjectReport:
    """The report of a project's snapshot, chapter by chapter. Raises: DataDamaged."""
    found = [
        _report_chapter(tx, snapshots.get_chapter_snapshot(tx, chapter_snapshot_id))
        for chapter_snapshot_id in snapshot.chapter_snapshot_ids
    ]
    chapters = tuple(report for report, _ in found)
    measured = join_measurements([each for _, each in found] or [silence(1)])
    levels = levels_of(measured, ENCODINGS[snapshot.encoding])
    return ProjectReport(
        project_id=snapshot.project_id,
        project_snapshot_id=snapshot.project_snapshot_id,
        name=snapshot.name,
        levels=levels,
        acx=_acx_of_all(chapters),
        ebu_r128=judge_r128(levels),
        chapters=chapters,
    )


def _report_chapter(tx: Transaction, snapshot: ChapterSnapshot) -> tuple[ChapterReport, Measurements]:
    parts = snapshots.get_parts(tx, snapshot.chapter_snapshot_id)
    known = find_measured(tx, snapshot.chapter_snapshot_id)
    measured = join_measurements(
        [_measured(part, known.measurements.get(part.segment_key)) for part in parts]
    )
    encoding = ENCODINGS[snapshot.encoding]
    levels = levels_of(measured, encoding)
    report = ChapterReport(
        chapter_id=snapshot.chapter_id,
        chapter_snapshot_id=snapshot.chapter_snapshot_id,
        name=snapshot.name,
        levels=levels,
        acx=judge_acx(levels, encoding),
        ebu_r128=judge_r128(levels),
        flaws=tuple(
            FlawedPassage(
                part.block_id, beginning_of(part.text, _SHOWN_CHARACTERS), known.flaws[part.speech_key]
            )
            for part in parts
            if part.block_id is not None and part.speech_key is not None and part.speech_key in known.flaws
        ),
    )
    return report, measured


def _measured(part: SnapshotPart, content: bytes | None) -> Measurements:
    if part.speech_key is None:
        return silence(part.frame_count)
    if content is None:
        return unmeasured(part.frame_count)
    try:
        return unpack_measurements(content)
    except ValueError as error:
        msg = f"What was measured of segment {part.segment_key.hex()} can't be read: {error}."
        raise DataDamaged(msg) from error


def _acx_of_all(chapters: Sequence[ChapterReport]) -> Verdict:
    verdicts = {chapter.acx.passed for chapter in chapters}
    reasons = tuple(
        f"{number}. {chapter.name}: {reason}"
        for number, chapter in enumerate(chapters, start=1)
        for reason in chapter.acx.reasons
    )
    if not chapters:
        return Verdict(False, ("There are no chapters.",))
    return Verdict(False if False in verdicts else None if None in verdicts else True, reasons)
