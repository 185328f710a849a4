"""What projects and chapters share on the wire. Sources: the schemas that each model names."""

import functools
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

from rhapsode.rendering.project_state import ChapterState
from rhapsode.rendering.statistics import NOTHING, ChapterStatistics, ConvertedCount
from rhapsode.storage.outlines import ChapterOutline
from rhapsode.studio.ids import ChapterId, ProjectId, VoiceId, derived_id

NEVER_CONVERTED = ChapterState(
    state="default",
    can_be_downloaded=False,
    last_conversion_at_ms=None,
    conversion_progress=None,
    last_conversion_error=None,
)


class Done(BaseModel):
    """The whole answer of a request that only has to be carried out."""

    status: Literal["ok"] = "ok"


class VoiceStatisticsModel(BaseModel):
    """Characters (code points) by voice; nothing is charged. Source: schema VoiceStatisticsResponseModel."""

    project_voice_ref_id: str
    voice_id: str
    characters_converted: int
    characters_unconverted: int
    credits_needed_to_convert: int = 0


class ChapterStatisticsModel(BaseModel):
    """Source: schema ChapterStatisticsResponseModel."""

    characters_converted: int
    characters_unconverted: int
    paragraphs_converted: int
    paragraphs_unconverted: int
    credits_needed_to_convert: int = 0
    voice_statistics: list[VoiceStatisticsModel]


class ChapterModel(BaseModel):
    """A chapter without its text. Source: schema ChapterResponseModel."""

    chapter_id: str
    name: str
    last_conversion_date_unix: int | None
    conversion_progress: float | None
    can_be_downloaded: bool
    state: Literal["default", "converting"]
    has_video: bool = False
    has_visual_content: bool = False
    voice_ids: list[str]
    statistics: ChapterStatisticsModel
    last_conversion_error: str | None


# A page of a project names the same few for each of its chapters.
@functools.lru_cache(maxsize=1024)
def voice_ref_id(project_id: ProjectId, voice_id: VoiceId) -> str:
    """What a project calls a voice: always the same, and another in each project."""
    return derived_id("project voice", project_id, voice_id)


def unix_time(at_ms: int | None) -> int | None:
    """Whole seconds, which the wire has, of milliseconds."""
    return None if at_ms is None else at_ms // 1000


def chapter_model(
    project_id: ProjectId, outline: ChapterOutline, state: ChapterState, statistics: ChapterStatistics
) -> ChapterModel:
    """A chapter of a list."""
    return ChapterModel(
        chapter_id=outline.chapter_id,
        name=outline.name,
        last_conversion_date_unix=unix_time(state.last_conversion_at_ms),
        conversion_progress=state.conversion_progress,
        can_be_downloaded=state.can_be_downloaded,
        state=state.state,
        voice_ids=list(statistics.voices),
        statistics=_statistics(project_id, statistics),
        last_conversion_error=state.last_conversion_error,
    )


def chapter_models(
    project_id: ProjectId,
    outlines: list[ChapterOutline],
    states: Mapping[ChapterId, ChapterState],
    statistics: Mapping[ChapterId, ChapterStatistics],
) -> list[ChapterModel]:
    """All chapters of a list."""
    return [
        chapter_model(
            project_id,
            outline,
            states.get(outline.chapter_id, NEVER_CONVERTED),
            statistics.get(outline.chapter_id, NOTHING),
        )
        for outline in outlines
    ]


def _statistics(project_id: ProjectId, statistics: ChapterStatistics) -> ChapterStatisticsModel:
    characters = statistics.characters
    return ChapterStatisticsModel(
        characters_converted=characters.converted,
        characters_unconverted=characters.unconverted,
        paragraphs_converted=statistics.paragraphs.converted,
        paragraphs_unconverted=statistics.paragraphs.unconverted,
        voice_statistics=[
            _voice_statistics(project_id, voice_id, count) for voice_id, count in statistics.voices.items()
        ],
    )


def _voice_statistics(
    project_id: ProjectId, voice_id: VoiceId, count: ConvertedCount
) -> VoiceStatisticsModel:
    return VoiceStatisticsModel(
        project_voice_ref_id=voice_ref_id(project_id, voice_id),
        voice_id=voice_id,
        characters_converted=count.converted,
        characters_unconverted=count.unconverted,
    )
