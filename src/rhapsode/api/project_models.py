"""Projects on the wire. Sources: the schemas that each model names.

What a project here never has (videos, captions, sharing, agents) is null or empty.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel

from rhapsode.api.studio_models import ChapterModel, unix_time, voice_ref_id
from rhapsode.api.voice_models import VoiceSettingsModel
from rhapsode.engines.premade import find_premade
from rhapsode.engines.registry import get_voice
from rhapsode.rendering.project_state import ProjectState
from rhapsode.studio.document import LeftOut
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import ProjectId, VoiceId
from rhapsode.studio.models import DEFAULT_MODEL_ID
from rhapsode.studio.project import Project


class CreationMeta(BaseModel):
    """A project is whole when its creation is answered. Source: schema ProjectCreationMetaResponseModel."""

    creation_progress: float = 1.0
    status: Literal["finished"] = "finished"
    type: Literal["blank"] = "blank"


class ProjectModel(BaseModel):
    """A project without its chapters. Source: schema ProjectResponseModel."""

    project_id: str
    name: str
    create_date_unix: int
    created_by_user_id: str | None = None
    default_title_voice_ref_id: str
    default_paragraph_voice_ref_id: str
    default_title_voice_id: str
    default_paragraph_voice_id: str
    default_model_id: str
    last_conversion_date_unix: int | None
    can_be_downloaded: bool
    title: str | None
    author: str | None
    description: str | None
    genres: list[str]
    cover_image_url: str | None = None
    target_audience: str | None
    language: str
    content_type: str | None
    original_publication_date: str | None
    mature_content: bool | None
    isbn_number: str | None
    volume_normalization: bool
    state: Literal["creating", "default", "converting", "in_queue"]
    access_level: Literal["admin"] = "admin"
    fiction: str | None
    quality_check_on: bool = False
    quality_check_on_when_bulk_convert: bool = False
    creation_meta: CreationMeta = CreationMeta()
    source_type: str | None
    chapters_enabled: bool = True
    captions_enabled: bool = True
    caption_style: None = None
    caption_style_template_overrides: None = None
    public_share_id: None = None
    aspect_ratio: None = None
    agent_settings: None = None


class ProjectVoice(VoiceSettingsModel):
    """A voice as a project uses it. Source: schema ProjectVoiceResponseModel."""

    project_voice_ref_id: str
    voice_id: str
    alias: str
    is_pinned: bool = False
    volume_gain: float = 0.0


class ProjectExtendedModel(ProjectModel):
    """A project with its chapters and voices. Source: schema ProjectExtendedResponseModel."""

    quality_preset: str
    chapters: list[ChapterModel]
    pronunciation_dictionary_versions: list[str] = []
    pronunciation_dictionary_locators: list[str] = []
    apply_text_normalization: str
    experimental: dict[str, str] = {}
    assets: list[str] = []
    voices: list[ProjectVoice]
    base_voices: None = None
    publishing_read: None = None


class ProjectList(BaseModel):
    """Newest first. Source: schema GetProjectsResponseModel."""

    projects: list[ProjectModel]


class ProjectAnswer(BaseModel):
    """Source: schemas AddProjectResponseModel, EditProjectResponseModel."""

    project: ProjectModel


class LeftOutModel(BaseModel):
    """Something that was sent and isn't heard, and why, in words."""

    what: str
    reason: str


class CreatedProject(ProjectAnswer):
    """`left_out` is ours: what of the document or of the request is not in what will be heard."""

    left_out: list[LeftOutModel]


def project_model(project: Project, state: ProjectState) -> ProjectModel:
    """A project of a list."""
    details = project.details
    title, paragraph = project.default_title_voice_id, project.default_paragraph_voice_id
    return ProjectModel(
        project_id=project.project_id,
        name=project.name,
        create_date_unix=project.created_at_ms // 1000,
        default_title_voice_ref_id=voice_ref_id(project.project_id, title),
        default_paragraph_voice_ref_id=voice_ref_id(project.project_id, paragraph),
        default_title_voice_id=title,
        default_paragraph_voice_id=paragraph,
        default_model_id=details.default_model_id or DEFAULT_MODEL_ID,
        last_conversion_date_unix=unix_time(state.last_conversion_at_ms),
        can_be_downloaded=state.can_be_downloaded,
        title=project.title,
        author=project.author,
        description=project.description,
        genres=list(details.genres),
        target_audience=details.target_audience,
        # The wire has two letters, a document may say more ("en-GB").
        language=project.language.replace("_", "-").split("-")[0].lower(),
        content_type=details.content_type,
        original_publication_date=details.original_publication_date,
        mature_content=details.mature_content,
        isbn_number=project.isbn_number,
        volume_normalization=details.volume_normalization,
        state=state.state,
        fiction=details.fiction,
        source_type=details.source_type,
    )


def project_extended_model(
    project: Project, state: ProjectState, chapters: list[ChapterModel]
) -> ProjectExtendedModel:
    """A project with everything but the text of its chapters."""
    return ProjectExtendedModel(
        **project_model(project, state).model_dump(),
        quality_preset=project.quality_preset,
        chapters=chapters,
        apply_text_normalization=project.details.apply_text_normalization,
        voices=[_project_voice(project.project_id, voice_id) for voice_id in _voice_ids(project, chapters)],
    )


def _voice_ids(project: Project, chapters: Iterable[ChapterModel]) -> list[VoiceId]:
    """The default voices and all others that read something, each once, in reading order."""
    used = (VoiceId(voice_id) for chapter in chapters for voice_id in chapter.voice_ids)
    return list(dict.fromkeys([project.default_title_voice_id, project.default_paragraph_voice_id, *used]))


def _project_voice(project_id: ProjectId, voice_id: VoiceId) -> ProjectVoice:
    return ProjectVoice(
        project_voice_ref_id=voice_ref_id(project_id, voice_id), voice_id=voice_id, alias=_name(voice_id)
    )


def _name(voice_id: VoiceId) -> str:
    premade = find_premade(voice_id)
    if premade is not None:
        return premade.name
    try:
        return get_voice(voice_id).name
    except UnknownVoice:
        # A project outlives the voices that are installed.
        return voice_id


def left_out_models(left_out: Iterable[LeftOut]) -> list[LeftOutModel]:
    """What was left out, as the answer to a creation has it."""
    return [LeftOutModel(what=omission.what, reason=omission.reason) for omission in left_out]
