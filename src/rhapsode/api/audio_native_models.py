"""Audio Native on the wire. Sources: the schemas that each model names."""

from html import escape
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from rhapsode.api.addresses import Addresses
from rhapsode.api.project_form import Strings, read_locators
from rhapsode.api.source_form import SourceForm
from rhapsode.authoring.bylines import Byline
from rhapsode.authoring.projects import ProjectWishes
from rhapsode.delivery.players import OpenPlayer, checked_settings
from rhapsode.storage.players import PlayerSettings
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.models import get_model
from rhapsode.studio.project import ProjectDetails

FILE_FIELD = "file"
FORM_LISTS = frozenset({"pronunciation_dictionary_locators"})
_MAX_MINUTES = 366 * 24 * 60
_HEIGHT, _SMALL_HEIGHT = 180, 90  # pixels that the page needs


class NewAudioNative(SourceForm):
    """All fields but the file. Source: schema Body_Creates_Audio_Native_enabled_project__v1_audio_native_post."""

    name: str
    image: str | None = None
    author: str | None = None
    title: str | None = None
    small: bool = False
    text_color: str | None = None
    background_color: str | None = None
    sessionization: Annotated[int, Field(ge=0, le=_MAX_MINUTES)] = 0
    voice_id: str | None = None
    model_id: str | None = None
    apply_text_normalization: Literal["auto", "on", "off", "apply_english"] = "auto"
    pronunciation_dictionary_locators: Annotated[Strings, Field(default_factory=list)]

    @property
    def settings(self) -> PlayerSettings:
        """How the player looks. Raises: InvalidInput."""
        return checked_settings(
            PlayerSettings(
                title=self.title,
                author=self.author,
                image=self.image,
                small=self.small,
                sessionization=self.sessionization,
            ),
            text_color=self.text_color,
            background_color=self.background_color,
        )

    @property
    def wishes(self) -> ProjectWishes:
        """The project. Raises: UnknownModel; InvalidInput; RequestValidationError."""
        model_id = self.model_id
        return article_wishes(
            self.name,
            Byline(self.title, self.author),
            voice_id=None if self.voice_id is None else VoiceId(self.voice_id),
            details=ProjectDetails(
                default_model_id=None if model_id is None else get_model(model_id).model_id,
                apply_text_normalization=self.apply_text_normalization,
                pronunciation_dictionary_locators=read_locators(self.pronunciation_dictionary_locators),
                source_type="article",
            ),
        )


def article_wishes(
    name: str, byline: Byline, *, voice_id: VoiceId | None = None, details: ProjectDetails | None = None
) -> ProjectWishes:
    """The project of an article."""
    return ProjectWishes(
        name=name,
        title=byline.title,
        author=byline.author,
        default_paragraph_voice_id=voice_id,
        details=details or ProjectDetails(source_type="article"),
    )


class ContentForm(SourceForm):
    """Source: schema Body_Update_audio_native_Project_content_v1_audio_native__project_id__content_post."""

    auto_publish: bool = False


class UrlContent(BaseModel):
    """Source: schema Body_Update_audio_native_content_from_URL_v1_audio_native_content_post."""

    url: str
    author: str | None = None
    title: str | None = None


class CreatedAudioNative(BaseModel):
    """Source: schema AudioNativeCreateProjectResponseModel."""

    project_id: str
    converting: bool
    html_snippet: str


class EditedAudioNative(CreatedAudioNative):
    """Source: schema AudioNativeEditContentResponseModel."""

    publishing: bool


class SettingsModel(BaseModel):
    """Source: schema AudioNativeProjectSettingsResponseModel. audio_url: for everybody who knows it."""

    title: str
    image: str
    author: str
    small: bool
    text_color: str
    background_color: str
    sessionization: int
    audio_path: str | None
    audio_url: str | None
    status: Literal["processing", "ready"]


class ProjectSettings(BaseModel):
    """Source: schema GetAudioNativeProjectSettingsResponseModel."""

    enabled: bool
    snapshot_id: str | None = None
    settings: SettingsModel | None = None


def settings_model(addresses: Addresses, opened: OpenPlayer) -> ProjectSettings:
    """The settings of a project that has a player."""
    settings = opened.player.settings
    path = None if opened.snapshot_id is None else f"{player_path(opened)}/audio"
    return ProjectSettings(
        enabled=True,
        snapshot_id=opened.snapshot_id,
        settings=SettingsModel(
            title=opened.title,
            image=settings.image or "",
            author=opened.author,
            small=settings.small,
            text_color=settings.text_color,
            background_color=settings.background_color,
            sessionization=settings.sessionization,
            audio_path=None if path is None else path.removeprefix("/"),
            audio_url=None if path is None else addresses.of(path),
            status="ready" if opened.state == "default" else "processing",
        ),
    )


def player_path(opened: OpenPlayer) -> str:
    """Where the page of a player is, below the server's address."""
    return f"/player/{opened.player.token}"


def html_snippet(addresses: Addresses, opened: OpenPlayer) -> str:
    """What a page is given to show the player: a frame."""
    url = addresses.of(player_path(opened))
    height = _SMALL_HEIGHT if opened.player.settings.small else _HEIGHT
    return (
        f'<iframe src="{escape(url)}" title="{escape(opened.title)}" width="100%" height="{height}" '
        'style="border:0" loading="lazy"></iframe>'
    )
