"""Mastering reports as the wire has them. All of it is ours."""

from pydantic import BaseModel

from rhapsode.audio.grid import seconds_of
from rhapsode.audio.levels import Levels
from rhapsode.audio.standards import Verdict
from rhapsode.delivery.reports import ChapterReport, ProjectReport


class VerdictModel(BaseModel):
    """Whether a file is as a standard asks. reasons: a sentence for each thing that isn't.

    passed: null where that isn't known, because the levels of some of the audio aren't.
    """

    passed: bool | None
    reasons: list[str]


class LevelsModel(BaseModel):
    """How loud a file is. Decibels are those of full scale, and at least -96.

    unmeasured_secs: how much of it was made before levels were kept, and has a part in none of them.
    noise_floor_db: RMS of the quietest half second.    true_peak_db: between the samples too.
    integrated_lufs, loudness_range_lu: null where there is nothing loud enough, or too little.
    leading_room_tone_secs, trailing_room_tone_secs: how long it is below -60 dB at either end; null where that isn't
    known.
    """

    duration_secs: float
    unmeasured_secs: float
    rms_db: float
    sample_peak_db: float
    true_peak_db: float
    noise_floor_db: float
    integrated_lufs: float | None
    loudness_range_lu: float | None
    clipped_samples: int
    leading_room_tone_secs: float | None
    trailing_room_tone_secs: float | None


class FlawedPassageModel(BaseModel):
    """Speech that something seems wrong with. text: its beginning.    flaws: what, the worst first."""

    block_id: str
    text: str
    flaws: list[str]


class ChapterReportModel(LevelsModel):
    """How a chapter's file sounds."""

    chapter_id: str
    chapter_snapshot_id: str
    name: str
    acx: VerdictModel
    ebu_r128: VerdictModel
    flawed_passages: list[FlawedPassageModel]


class ProjectReportModel(LevelsModel):
    """How a project sounds: its single file, and every chapter.

    acx: passed where every chapter's file is as it must be.
    """

    project_id: str
    project_snapshot_id: str
    name: str
    acx: VerdictModel
    ebu_r128: VerdictModel
    chapters: list[ChapterReportModel]


def chapter_report_model(report: ChapterReport) -> ChapterReportModel:
    """The report of a chapter."""
    return ChapterReportModel(
        **_levels(report.levels).model_dump(),
        chapter_id=report.chapter_id,
        chapter_snapshot_id=report.chapter_snapshot_id,
        name=report.name,
        acx=_verdict(report.acx),
        ebu_r128=_verdict(report.ebu_r128),
        flawed_passages=[
            FlawedPassageModel(block_id=each.block_id, text=each.text, flaws=list(each.flaws))
            for each in report.flaws
        ],
    )


def project_report_model(report: ProjectReport) -> ProjectReportModel:
    """The report of a project."""
    return ProjectReportModel(
        **_levels(report.levels).model_dump(),
        project_id=report.project_id,
        project_snapshot_id=report.project_snapshot_id,
        name=report.name,
        acx=_verdict(report.acx),
        ebu_r128=_verdict(report.ebu_r128),
        chapters=list(map(chapter_report_model, report.chapters)),
    )


def _verdict(verdict: Verdict) -> VerdictModel:
    return VerdictModel(passed=verdict.passed, reasons=list(verdict.reasons))


def _levels(levels: Levels) -> LevelsModel:
    return LevelsModel(
        duration_secs=seconds_of(levels.duration_samples),
        unmeasured_secs=seconds_of(levels.unmeasured_samples),
        rms_db=round(levels.rms_db, 2),
        sample_peak_db=round(levels.sample_peak_db, 2),
        true_peak_db=round(levels.true_peak_db, 2),
        noise_floor_db=round(levels.noise_floor_db, 2),
        integrated_lufs=None if levels.integrated_lufs is None else round(levels.integrated_lufs, 2),
        loudness_range_lu=None if levels.loudness_range_lu is None else round(levels.loudness_range_lu, 2),
        clipped_samples=levels.clipped_samples,
        leading_room_tone_secs=_known_seconds(levels.leading_samples),
        trailing_room_tone_secs=_known_seconds(levels.trailing_samples),
    )


def _known_seconds(samples: int | None) -> float | None:
    return None if samples is None else seconds_of(samples)
