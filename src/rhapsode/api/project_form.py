"""The request that makes a project. Source: operation add_project."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import Request
from pydantic import FailFast, Field

from rhapsode.api.json_lists import read_json_list
from rhapsode.api.source_form import SentFile, SourceForm, read_source_form
from rhapsode.api.text_to_speech_models import DictionaryLocator, VoiceSettingsBody, clamped_settings
from rhapsode.authoring.checks import checked_words
from rhapsode.authoring.projects import ProjectWishes
from rhapsode.studio import pronunciation
from rhapsode.studio.ids import DictionaryId, DictionaryVersionId, VoiceId
from rhapsode.studio.limits import MAX_GENRES, MAX_PROJECT_LOCATORS, MAX_VOICE_SETTINGS
from rhapsode.studio.models import get_model
from rhapsode.studio.project import ProjectDetails, QualityPreset

_LISTS = frozenset({"genres", "pronunciation_dictionary_locators", "voice_settings"})

Strings = Annotated[list[str], FailFast()]


class VoiceSettingsOfProject(VoiceSettingsBody):
    """How one voice reads a project: an element of `voice_settings`, as the contract's example has it.

    volume_gain: ours, decibels; projects tell it of each of their voices.
    """

    voice_id: str
    volume_gain: float | None = None


class ProjectForm(SourceForm):
    """All fields but the file. Source: schema Body_Create_Studio_project_v1_studio_projects_post."""

    name: str
    default_title_voice_id: str | None = None
    default_paragraph_voice_id: str | None = None
    default_model_id: str | None = None
    quality_preset: QualityPreset = QualityPreset.STANDARD
    title: str | None = None
    author: str | None = None
    description: str | None = None
    genres: Annotated[Strings, Field(max_length=MAX_GENRES, default_factory=list)]
    target_audience: Literal["children", "young adult", "adult", "all ages"] | None = None
    language: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    content_type: str | None = None
    original_publication_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$|^\d{4}$")] | None = None
    mature_content: bool | None = None
    isbn_number: str | None = None
    acx_volume_normalization: bool = False
    volume_normalization: bool = False
    pronunciation_dictionary_locators: Annotated[Strings, Field(default_factory=list)]
    callback_url: str | None = None
    fiction: Literal["fiction", "non-fiction"] | None = None
    apply_text_normalization: Literal["auto", "on", "off", "apply_english"] = "auto"
    auto_assign_voices: bool = False
    source_type: Literal["blank", "book", "article", "genfm", "video", "screenplay"] | None = None
    voice_settings: Annotated[Strings, Field(default_factory=list)]
    create_publishing_read: bool = False

    @property
    def wishes(self) -> ProjectWishes:
        """What it says of the project. Raises: UnknownModel; InvalidInput."""
        return ProjectWishes(
            name=self.name,
            default_title_voice_id=_voice_id(self.default_title_voice_id),
            default_paragraph_voice_id=_voice_id(self.default_paragraph_voice_id),
            quality_preset=self.quality_preset,
            title=self.title,
            author=self.author,
            description=self.description,
            language=self.language,
            isbn_number=self.isbn_number,
            details=self._details,
        )

    @property
    def _details(self) -> ProjectDetails:
        model_id, said = self.default_model_id, self._said_of_voices
        return ProjectDetails(
            genres=tuple(filter(None, (checked_words(genre, what="A genre") for genre in self.genres))),
            target_audience=self.target_audience,
            content_type=checked_words(self.content_type, what="The content type"),
            original_publication_date=self.original_publication_date,
            mature_content=self.mature_content,
            fiction=self.fiction,
            source_type=self.source_type,
            default_model_id=None if model_id is None else get_model(model_id).model_id,
            apply_text_normalization=self.apply_text_normalization,
            volume_normalization=self.volume_normalization or self.acx_volume_normalization,
            # What is said last of a voice holds.
            voice_settings={voice_id: clamped_settings(settings) for voice_id, settings in said},
            voice_gains={voice_id: settings.volume_gain or 0.0 for voice_id, settings in said},
            pronunciation_dictionary_locators=read_locators(self.pronunciation_dictionary_locators),
            callback_url=self.callback_url,
        )

    @property
    def _said_of_voices(self) -> list[tuple[VoiceId, VoiceSettingsOfProject]]:
        said = read_json_list(
            self.voice_settings, VoiceSettingsOfProject, where="voice_settings", limit=MAX_VOICE_SETTINGS
        )
        return [(VoiceId(settings.voice_id), settings) for settings in said]


def read_locators(texts: list[str]) -> tuple[pronunciation.DictionaryLocator, ...]:
    """The values of `pronunciation_dictionary_locators`. Raises: what read_json_list raises."""
    said = read_json_list(
        texts, DictionaryLocator, where="pronunciation_dictionary_locators", limit=MAX_PROJECT_LOCATORS
    )
    return tuple(
        pronunciation.DictionaryLocator(
            DictionaryId(locator.pronunciation_dictionary_id),
            None if locator.version_id is None else DictionaryVersionId(locator.version_id),
        )
        for locator in said
    )


def _voice_id(voice_id: str | None) -> VoiceId | None:
    return None if voice_id is None else VoiceId(voice_id)


@asynccontextmanager
async def read_project_form(request: Request) -> AsyncIterator[tuple[ProjectForm, SentFile | None]]:
    """The fields and the file of a request; the file is closed at the end. Raises: what read_source_form raises."""
    async with read_source_form(request, ProjectForm, lists=_LISTS) as read:
        yield read
