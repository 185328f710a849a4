"""Projects on the wire. Sources: the schemas that each model names.

What a project here never has (videos, captions, sharing, agents) is null or empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel

from rhapsode.api.studio_models import ChapterModel, unix_time, voice_ref_id
from rhapsode.api.voice_models import VoiceSettingsModel
from rhapsode.authoring.cast.creation import CAST
from rhapsode.authoring.creations import PODCAST
from rhapsode.rendering.project_state import ProjectState
from rhapsode.storage.creations import Creation
from rhapsode.storage.dictionaries import DictionaryVersion
from rhapsode.studio.document import LeftOut
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.models import DEFAULT_MODEL_ID
from rhapsode.studio.project import Project
from rhapsode.voices.catalogue import Catalogue

CreationType = Literal["blank", "generate_podcast", "auto_assign_voices"]


class CreationMeta(BaseModel):
    """How the content came or comes. Source: schema ProjectCreationMetaResponseModel.

    error: ours, why it failed.
    """

    creation_progress: float = 1.0
    status: Literal["creating", "finished", "failed"] = "finished"
    type: CreationType = "blank"
    error: str | None = None


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
    cover_image_url: str | None
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
    creation_meta: CreationMeta
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


class DictionaryVersionModel(BaseModel):
    """A version that a project's words are looked up in. Source: schema PronunciationDictionaryVersionResponseModel.

    version_name: nobody names versions.    created_by: the one user that a workspace has.
    """

    version_id: str
    version_rules_num: int
    pronunciation_dictionary_id: str
    dictionary_name: str
    version_name: str = ""
    permission_on_resource: Literal["admin"] = "admin"
    created_by: str
    creation_time_unix: int
    archived_time_unix: int | None


class LocatorModel(BaseModel):
    """version_id: null for the latest. Source: schema PronunciationDictionaryLocatorResponseModel."""

    pronunciation_dictionary_id: str
    version_id: str | None


class ProjectExtendedModel(ProjectModel):
    """A project with its chapters and voices. Source: schema ProjectExtendedResponseModel."""

    quality_preset: str
    chapters: list[ChapterModel]
    pronunciation_dictionary_versions: list[DictionaryVersionModel]
    pronunciation_dictionary_locators: list[LocatorModel]
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


def project_model(project: Project, state: ProjectState, cover_image_url: str | None) -> ProjectModel:
    """A project of a list. cover_image_url: None without a cover."""
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
        cover_image_url=cover_image_url,
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
        creation_meta=_creation_meta(state.creation),
        source_type=details.source_type,
    )


def _creation_meta(creation: Creation | None) -> CreationMeta:
    """Most projects are whole when their creation is answered, and have none."""
    if creation is None:
        return CreationMeta()
    return CreationMeta(
        creation_progress=creation.progress,
        status=creation.status,
        type=_creation_type(creation.kind),
        error=creation.error,
    )


def _creation_type(kind: str) -> CreationType:
    if kind == PODCAST:
        return "generate_podcast"
    return "auto_assign_voices" if kind.endswith(CAST) else "blank"


def project_extended_model(
    project: Project,
    listed: ProjectModel,
    chapters: list[ChapterModel],
    versions: Sequence[DictionaryVersion],
    *,
    user_id: str,
    catalogue: Catalogue,
) -> ProjectExtendedModel:
    """A project with everything but the text of its chapters.

    listed: what a list says of it.    user_id: of its workspace's user.    catalogue: its voices.
    """
    return ProjectExtendedModel(
        **listed.model_dump(),
        quality_preset=project.quality_preset,
        chapters=chapters,
        pronunciation_dictionary_versions=[_version(version, user_id) for version in versions],
        pronunciation_dictionary_locators=[
            LocatorModel(pronunciation_dictionary_id=locator.dictionary_id, version_id=locator.version_id)
            for locator in project.details.pronunciation_dictionary_locators
        ],
        apply_text_normalization=project.details.apply_text_normalization,
        voices=[project_voice(project, voice_id, catalogue) for voice_id in _voice_ids(project, chapters)],
    )


def _version(version: DictionaryVersion, user_id: str) -> DictionaryVersionModel:
    return DictionaryVersionModel(
        version_id=version.version_id,
        version_rules_num=version.rule_count,
        pronunciation_dictionary_id=version.dictionary_id,
        dictionary_name=version.dictionary_name,
        created_by=user_id,
        creation_time_unix=version.created_at_ms // 1000,
        archived_time_unix=unix_time(version.archived_at_ms),
    )


def _voice_ids(project: Project, chapters: Iterable[ChapterModel]) -> list[VoiceId]:
    """The default voices and all others that read something, each once, in reading order."""
    used = (VoiceId(voice_id) for chapter in chapters for voice_id in chapter.voice_ids)
    return list(dict.fromkeys([project.default_title_voice_id, project.default_paragraph_voice_id, *used]))


def project_voice(project: Project, voice_id: VoiceId, catalogue: Catalogue) -> ProjectVoice:
    """A voice as a project uses it, which outlives those that are installed. catalogue: its workspace's."""
    return ProjectVoice(
        project_voice_ref_id=voice_ref_id(project.project_id, voice_id),
        voice_id=voice_id,
        alias=catalogue.name_of(voice_id),
        volume_gain=project.gain_of(voice_id),
        **asdict(project.settings_of(voice_id)),
    )


def left_out_models(left_out: Iterable[LeftOut]) -> list[LeftOutModel]:
    """What was left out, as the answer to a creation has it."""
    return [LeftOutModel(what=omission.what, reason=omission.reason) for omission in left_out]
